"""How alike every place of one frame is to every place of another, at several scales."""

import math

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from oldphoto_core.networks.rtn.sampling import sample

KEPT = 2**28
"""Up to how many products are kept while a flow is refined (1 GiB in float32, and a third more)."""

PRODUCTS_AT_ONCE = 2**26
"""How many are made at a time if they are not kept."""

Pyramid = tuple[Tensor, ...]
"""Likeness of each place of the first frame to a map of the second, shape (N h w, 1, h', w'), finest first."""


class Likeness:
    """Looks up how alike two frames are.

    The products of all pairs are kept as long as they are not too many, else a few rows of them are made anew for every
    look: the same numbers in bounded memory, slower.
    """

    def __init__(
        self, first: Float[Tensor, "N C h w"], second: Float[Tensor, "N C h w"], levels: int, radius: int
    ) -> None:
        self._first, self._second = first, second
        self._levels, self._radius = levels, radius
        products = len(first) * first[0, 0].numel() ** 2
        self._kept = all_pairs(first, second, levels) if products <= KEPT else None

    def around(self, at: Float[Tensor, "N h w 2"]) -> Float[Tensor, "N K h w"]:
        """Return the likeness around a place of the second frame, for each place of the first; see ``look_up``."""
        if self._kept is not None:
            return look_up(self._kept, at, self._radius)
        in_a_row = len(at) * at.shape[2] * self._second[0, 0].numel()
        rows = max(1, PRODUCTS_AT_ONCE // in_a_row)
        pieces = [
            look_up(all_pairs(some, self._second, self._levels), here, self._radius)
            for some, here in zip(torch.split(self._first, rows, dim=2), torch.split(at, rows, dim=1), strict=True)
        ]
        return torch.cat(pieces, dim=2)


def all_pairs(first: Float[Tensor, "N C h w"], second: Float[Tensor, "N C _h _w"], levels: int) -> Pyramid:
    """Return dot products of features over the root of their number, halved ``levels - 1`` times over the second frame.

    They are 4/3 times as many as there are pairs of places.
    """
    channels = first.shape[1]
    products = torch.einsum("nca,ncb->nab", first.flatten(2), second.flatten(2)) / math.sqrt(channels)
    maps = [products.reshape(-1, 1, *second.shape[2:])]
    for _ in range(levels - 1):
        maps.append(F.avg_pool2d(maps[-1], 2))
    return tuple(maps)


def look_up(pyramid: Pyramid, at: Float[Tensor, "N h w 2"], radius: int) -> Float[Tensor, "N K h w"]:
    """Return the likeness around a place of the second frame, for each place of the first.

    Args:
        pyramid: From ``all_pairs``.
        at: Where to look in the second frame, in places of the finest map, x before y.
        radius: How many places around, at every scale.

    Returns:
        One channel for each scale and offset; of the offsets that in x is the slow one, as in the release.
    """
    count, height, width, _ = at.shape
    around = offsets(at, radius)
    seen = [
        sample(one, at.reshape(-1, 1, 1, 2) / 2**level + around).reshape(count, height, width, -1)
        for level, one in enumerate(pyramid)
    ]
    return torch.cat(seen, dim=-1).permute(0, 3, 1, 2).contiguous()


def offsets(like: Tensor, radius: int) -> Float[Tensor, "1 side side 2"]:
    """Return the offsets up to a radius, x before y; x grows along the first of the two axes."""
    steps = torch.arange(-radius, radius + 1, dtype=like.dtype, device=like.device)
    x, y = torch.meshgrid(steps, steps, indexing="ij")
    return torch.stack([x, y], dim=-1)[None]
