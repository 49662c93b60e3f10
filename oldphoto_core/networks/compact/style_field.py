"""A smooth field of colour transforms, and its application to a picture of any size.

Each node of a coarse grid over the picture, and over its lightness, holds an affine map of R, G, B. A pixel takes the
map between the eight nodes around it (a bilateral grid: Chen et al. 2007, learned ones: Gharbi et al. 2017). Maps vary
slowly from place to place, so edges and detail stay those of the picture.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from oldphoto_core.networks.compact.style_statistics import luma_of, stretched

NUMBERS = 12
"""Of an affine map: a 3 x 3 matrix, row by row, then an offset."""


@dataclass(frozen=True, slots=True, eq=False)
class StyleField:
    """What is to be done to pictures, and why; all zero changes nothing."""

    grid: Float[Tensor, "N 12 D h w"]
    """What is added to the identity at each node: depth is lightness, from dark to light."""

    limits: Float[Tensor, "N 2"]
    """Luma of the darkest and the lightest nodes."""

    weights: Float[Tensor, "N K1 h w"]
    """Share of each reference, in its order, and last the share that keeps its own style; they sum to 1."""

    similarity: Float[Tensor, "N K y x"]
    """How alike the best matching cell of each reference is, in [0, 1]."""


def apply_field(photo: Float[Tensor, "N 3 H W"], field: StyleField, *, rows: tuple[int, int] | None = None) -> Tensor:
    """Return the picture after the transform of each pixel, same size, not clipped.

    Args:
        photo: sRGB in [0, 1], of any size.
        field: One for each picture.
        rows: First row and number of rows of the whole picture, where the photo given is a strip of it.
    """
    first, whole = rows or (0, photo.shape[-2])
    depth = 2.0 * stretched(luma_of(photo), field.limits)[:, 0] - 1.0  # (N, H, W)
    y, x = torch.meshgrid(
        _middles(first, photo.shape[-2], whole, photo),
        _middles(0, photo.shape[-1], photo.shape[-1], photo),
        indexing="ij",
    )
    places = torch.stack([x.expand_as(depth), y.expand_as(depth), _inward(depth, field.grid.shape[2])], dim=-1)
    maps = F.grid_sample(field.grid, places[:, None], padding_mode="border", align_corners=False)[:, :, 0]
    matrix, offset = maps[:, :9].reshape(len(maps), 3, 3, *maps.shape[-2:]), maps[:, 9:]
    mixed = (matrix * photo[:, None]).sum(dim=2)
    return photo + mixed + offset


def _middles(first: int, count: int, whole: int, like: Tensor) -> Tensor:
    """Return where the middles of so many pixels lie between -1 and 1, the whole picture being so many pixels."""
    return (torch.arange(first, first + count, device=like.device, dtype=like.dtype) + 0.5) * (2.0 / whole) - 1.0


def _inward(depth: Tensor, nodes: int) -> Tensor:
    """Return lightness so that 0 and 1 fall on the middles of the first and the last node."""
    return depth * ((nodes - 1) / nodes)
