"""Each loss a function of tensors that gives one number; which are used, and their weights, stand in the recipe.

Pictures are (N, C, H, W) in [0, 1] or a little beyond; masks are (N, K, H, W) of 0 and 1, predicted as logits.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

Map = Float[Tensor, "N C H W"]
Loss = Float[Tensor, ""]

FOCUS = 2.0
BALANCE, MOST_WEIGHT = 0.75, 40.0
_CHARBONNIER_PX = 1e-3
_DICE_SMOOTH = 1.0


def l1(found: Map, wanted: Map) -> Loss:
    """Return the mean absolute difference, 0 or more."""
    return (found - wanted).abs().mean()


def charbonnier(found: Map, wanted: Map, softness: float = _CHARBONNIER_PX) -> Loss:
    """Return the mean of ``sqrt(difference ** 2 + softness ** 2)``: L1 that is smooth at zero (Charbonnier 1994).

    Args:
        found: What the network gave.
        wanted: The truth.
        softness: The least value, reached where both agree, above zero.
    """
    return ((found - wanted).square() + softness**2).sqrt().mean()


def gradient_l1(found: Map, wanted: Map) -> Loss:
    """Return the mean absolute difference of the steps between neighbouring pixels, across plus down."""
    difference = found - wanted
    return difference.diff(dim=-1).abs().mean() + difference.diff(dim=-2).abs().mean()


def edge(found: Map, wanted: Map, softness: float = _CHARBONNIER_PX) -> Loss:
    """Return the Charbonnier difference of the Laplacians (4-neighbour kernel, border left out; Zamir et al. 2021).

    Args:
        found: What the network gave, at least 3 pixels on a side.
        wanted: The truth.
        softness: As in ``charbonnier``.
    """
    d = found - wanted
    middle = d[..., 1:-1, 1:-1]
    sides = d[..., :-2, 1:-1] + d[..., 2:, 1:-1] + d[..., 1:-1, :-2] + d[..., 1:-1, 2:]
    return ((sides - 4.0 * middle).square() + softness**2).sqrt().mean()


def bce(logits: Map, truth: Map) -> Loss:
    """Return the mean cross entropy of logits against masks, in nats."""
    return F.binary_cross_entropy_with_logits(logits, truth)


def balanced_bce(logits: Map, truth: Map) -> Loss:
    """Return the mean cross entropy, rare positives weighted up, each map by itself.

    A positive weighs ``(negatives / positives) ** 0.75``, at most 40, both counted over the batch: thin scratches are
    not drowned by broad stains, nor by all that is sound. What is learned ranks pixels well and says too much; the
    probabilities are set right afterwards (``mask_calibration.py``).
    """
    positives = truth.sum(dim=(0, 2, 3))
    negatives = truth.numel() / truth.shape[1] - positives
    weight = (negatives / positives.clamp_min(1.0)).pow(BALANCE).clamp(1.0, MOST_WEIGHT)
    return F.binary_cross_entropy_with_logits(logits, truth, pos_weight=weight[:, None, None])


def focal(logits: Map, truth: Map, focus: float = FOCUS) -> Loss:
    """Return the mean cross entropy, each pixel weighted by (1 - probability of the truth) ** focus (Lin et al. 2017).

    Args:
        logits: What the network gave.
        truth: The masks.
        focus: 0 is plain cross entropy; the greater, the less easy pixels count.
    """
    entropy = F.binary_cross_entropy_with_logits(logits, truth, reduction="none")
    return ((1.0 - torch.exp(-entropy)) ** focus * entropy).mean()


def soft_dice(logits: Map, truth: Map) -> Loss:
    """Return 1 minus the Dice overlap of probabilities and masks, each map pooled over the batch, in [0, 1].

    With one added above and below, so that a map that is rightly empty costs nothing (Milletari et al. 2016).
    """
    probability = torch.sigmoid(logits)
    both = (probability * truth).sum(dim=(0, 2, 3))
    either = probability.sum(dim=(0, 2, 3)) + truth.sum(dim=(0, 2, 3))
    return (1.0 - (2.0 * both + _DICE_SMOOTH) / (either + _DICE_SMOOTH)).mean()


PICTURE_LOSSES: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = MappingProxyType(
    {"l1": l1, "charbonnier": charbonnier, "gradient_l1": gradient_l1, "edge": edge}
)
"""Losses of a picture against the truth, by name."""

MASK_LOSSES: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = MappingProxyType(
    {"bce": bce, "balanced_bce": balanced_bce, "focal": focal, "soft_dice": soft_dice}
)
"""Losses of logits against masks, by name."""


def weighted(
    terms: Mapping[str, float],
    found: Map,
    wanted: Map,
    known: Mapping[str, Callable[[Tensor, Tensor], Tensor]],
) -> tuple[Loss, dict[str, Tensor]]:
    """Return the weighted sum of losses, and each of them without its weight and out of the graph.

    Args:
        terms: Weight of each loss by name.
        found: What the network gave.
        wanted: The truth.
        known: Where the names are looked up: ``PICTURE_LOSSES`` or ``MASK_LOSSES``.
    """
    each = {name: known[name](found, wanted) for name in terms}
    total = torch.stack([weight * each[name] for name, weight in terms.items()]).sum()
    return total, {name: value.detach() for name, value in each.items()}
