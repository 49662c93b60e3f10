"""What a style network computes from a batch, and what of it is asked."""

import torch
from torch import Tensor, nn

from oldphoto_core.networks.compact.style_field import apply_field
from oldphoto_core.networks.compact.style_merge import StyleMerger
from oldphoto_core.training.losses import charbonnier
from oldphoto_core.training.recipes import Recipe
from oldphoto_core.training.style_losses import UNJUDGED, match_entropy, owner_entropy, roughness
from oldphoto_core.training.style_pairs import KEEPS, UNSAID, StyleBatch


def style_loss(network: nn.Module, recipe: Recipe, batch: StyleBatch) -> tuple[Tensor, dict[str, Tensor]]:
    """Return the recipe's loss of a batch, to go back from, and its terms without their weights.

    Raises:
        TypeError: It is no style network.
    """
    if not isinstance(network, StyleMerger):
        raise TypeError(f"expected a StyleMerger, found a {type(network).__name__}")
    with torch.autocast(batch.damaged.device.type, dtype=torch.bfloat16, enabled=recipe.bf16):
        field, codes = network.styled(batch.damaged, batch.references, batch.present)
    whose = batch.present.nonzero()[:, 0]
    terms = {
        "charbonnier": charbonnier(apply_field(batch.damaged, field), batch.sound),
        "owner": owner_entropy(field.weights, right_shares(batch)),
        "match": match_entropy(codes.attention, batch.regions[whose], batch.shown_regions[batch.present]),
        "rough": roughness(field),
    }
    total = torch.stack([weight * terms[name] for name, weight in recipe.losses.items()]).sum()
    return total, {name: terms[name].detach() for name in recipe.losses}


def right_shares(batch: StyleBatch) -> Tensor:
    """Return the number of the share each pixel should have: that of its reference, or the last, or ``UNJUDGED``."""
    keeps = batch.present.shape[1]
    return batch.owner.masked_fill(batch.owner == KEEPS, keeps).masked_fill(batch.owner == UNSAID, UNJUDGED)
