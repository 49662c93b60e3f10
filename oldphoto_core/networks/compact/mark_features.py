"""What scratches, creases and dust stand out by: top-hats for small marks, oriented line filters for long ones.

A small network finds marks several times sooner with these beside the picture than from its pixels alone. Nothing is
learned here, and each value depends on the pixels within ``REACH_PX`` alone.
"""

import math
from functools import lru_cache

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

HAT_SIDES_PX = (3, 7, 15)
LINE_PX = 21
ORIENTATIONS = 8

FEATURES = 2 * len(HAT_SIDES_PX) + ORIENTATIONS
"""How many there are."""

REACH_PX = max(*HAT_SIDES_PX, LINE_PX)
"""No value depends on pixels further away."""

_HAT_GAIN, _LINE_GAIN, _MIDDLE = 2.5, 5.0, 0.5
_THIN_PX, _BROAD_PX = 0.7, 2.5  # spreads of the line itself and of what it is compared with


@torch.no_grad()
def mark_features(photo: Float[Tensor, "N 3 H W"]) -> Float[Tensor, "N 14 H W"]:
    """Return the features of photographs in [0, 1]: 0.5 where nothing stands out, most of them within [0, 1].

    First the white and the black top-hat of the mean of the channels at each size: how much brighter, or darker, a
    pixel is than everything as broad as the square. Then, for each orientation, the mean along a thin line minus that
    along a broad one: bright lines above 0.5, dark ones below.
    """
    grey = photo.float().mean(dim=1, keepdim=True).contiguous()
    hats = [_MIDDLE + _HAT_GAIN * (signed - opened(signed, side)) for side in HAT_SIDES_PX for signed in (grey, -grey)]
    margin = LINE_PX // 2
    extended = F.pad(grey, (margin, margin, margin, margin), mode="replicate")
    return torch.cat([*hats, _MIDDLE + _LINE_GAIN * F.conv2d(extended, line_filters().to(grey))], dim=1)


def opened(grey: Float[Tensor, "N 1 H W"], side_px: int) -> Float[Tensor, "N 1 H W"]:
    """Return the morphological opening by a square: every bright mark that it does not fit into is gone.

    Args:
        grey: Any values above -10.
        side_px: Side of the square, odd.
    """
    return _greatest(-_greatest(-grey, side_px), side_px)


@lru_cache(maxsize=1)
def line_filters() -> Float[Tensor, "8 1 21 21"]:
    """Return the filters, each of sum zero, the first for horizontal lines."""
    half = LINE_PX // 2
    places = torch.arange(-half, half + 1, dtype=torch.float32)
    v, u = torch.meshgrid(places, places, indexing="ij")
    filters = []
    for number in range(ORIENTATIONS):
        angle = math.pi * number / ORIENTATIONS
        along = u * math.cos(angle) + v * math.sin(angle)
        across = v * math.cos(angle) - u * math.sin(angle)
        window = torch.exp(-0.5 * (along / (half / 2.0)).square())
        thin, broad = (window * torch.exp(-0.5 * (across / spread).square()) for spread in (_THIN_PX, _BROAD_PX))
        filters.append(thin / thin.sum() - broad / broad.sum())
    return torch.stack(filters)[:, None]


def _greatest(values: Tensor, side_px: int) -> Tensor:
    """Return the greatest value in the square around each pixel, by doubling: a dozen times as fast as pooling."""
    margin = side_px // 2
    for axis, pads in ((3, (margin, margin, 0, 0)), (2, (0, 0, margin, margin))):
        values, covered = F.pad(values, pads, value=-10.0), 1
        while covered < side_px:
            step = min(covered, side_px - covered)
            left = values.shape[axis] - step
            values = torch.maximum(values.narrow(axis, 0, left), values.narrow(axis, step, left))
            covered += step
    return values
