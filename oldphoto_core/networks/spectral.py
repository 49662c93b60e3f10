"""Spectral normalisation: the names its tensors bear in older checkpoints, and folding it away."""

from torch import nn
from torch.nn.utils import parametrize

from oldphoto_core.networks.keys import Renaming

SPECTRAL: Renaming = (
    ("weight_orig", "parametrizations.weight.original"),
    ("weight_u", "parametrizations.weight.0._u"),
    ("weight_v", "parametrizations.weight.0._v"),
)
"""The weight as it was learned, and the left and right vectors of its largest singular value."""


def fold_spectral_norm(module: nn.Module) -> nn.Module:
    """Return the module with every normalised weight computed once and kept, for inference; the module itself changes.

    The result equals evaluation with the stored vectors. It can no longer be trained or given its official names.
    """
    for layer in module.modules():
        if parametrize.is_parametrized(layer, "weight"):
            parametrize.remove_parametrizations(layer, "weight", leave_parametrized=True)
    return module
