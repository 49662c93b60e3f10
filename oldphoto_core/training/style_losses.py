"""Losses of a style field: whose look each pixel takes, which places are matched, how smooth the field is."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from oldphoto_core.networks.compact.style_field import StyleField
from oldphoto_core.networks.compact.style_statistics import CELL_PX
from oldphoto_core.training.losses import Loss, charbonnier

UNJUDGED = -100
"""In place of an owner: nothing is asked of this pixel."""

_LEAST = 1e-3
"""Share below which it makes no difference how much less it is: a pixel that cannot be told must not outweigh all."""


def owner_entropy(weights: Float[Tensor, "N K1 h w"], owner: Int64[Tensor, "N H W"]) -> Loss:
    """Return the mean cross entropy, in nats, of shares against whom each pixel belongs to.

    Args:
        weights: Share of each reference, and last of the photograph's own style.
        owner: Number of the right share, or ``UNJUDGED``.
    """
    shares = F.interpolate(weights, size=owner.shape[-2:], mode="bilinear", align_corners=False)
    judged = (owner != UNJUDGED).sum().clamp_min(1)
    logs = torch.log(shares.clamp_min(_LEAST))
    return F.nll_loss(logs, owner, ignore_index=UNJUDGED, reduction="sum") / judged


def match_entropy(
    attention: Float[Tensor, "M G P R"], regions: Int64[Tensor, "M H W"], shown: Int64[Tensor, "M U V"]
) -> Loss:
    """Return the mean of ``-log`` of the attention that lies where the reference shows the region of each place.

    Args:
        attention: Of P cells of a photograph to R cells of a reference, for M such pairs.
        regions: Regions of the photographs.
        shown: Where in the references these regions are to be seen; cells whose region is not there do not count.
    """
    here, there = (one[:, CELL_PX // 2 :: CELL_PX, CELL_PX // 2 :: CELL_PX].flatten(1) for one in (regions, shown))
    same: Bool[Tensor, "M P R"] = here[:, :, None] == there[:, None]
    rightly = (attention * same[:, None]).sum(dim=-1).clamp_min(_LEAST)
    counts = same.any(dim=-1)[:, None].expand_as(rightly)
    return -(rightly.log() * counts).sum() / counts.sum().clamp_min(1)


def roughness(field: StyleField) -> Loss:
    """Return the mean absolute step between neighbouring nodes of the field, across plus down."""
    return field.grid.diff(dim=-1).abs().mean() + field.grid.diff(dim=-2).abs().mean()


STYLE_LOSSES: Mapping[str, Any] = MappingProxyType(
    {"charbonnier": charbonnier, "owner": owner_entropy, "match": match_entropy, "rough": roughness}
)
"""Losses of a style network, by name."""
