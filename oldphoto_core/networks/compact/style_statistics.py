"""What the style network reads off pictures by fixed rules: content without its tint, and colours cell by cell."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from oldphoto_core.networks.compact.colour_statistics import sorted_values

CELL_PX = 8
"""Side of the cells that pictures are matched by, at working size."""

CONTENT = 4
"""Channels of ``content_of``."""

TEXTURE = 8
"""Channels of ``cell_texture``."""

LEAST_SPREAD = 0.02
"""Standard deviations below this count as this: noise and rounding are no style."""

_LUMA = (0.2126, 0.7152, 0.0722)  # ITU-R BT.709, as ``image.luma``
_OPPONENT = (
    (0.57735027, 0.57735027, 0.57735027),
    (0.70710678, 0.0, -0.70710678),
    (0.40824829, -0.81649658, 0.40824829),
)
_LOW, _HIGH, _LEAST_RANGE = 0.01, 0.99, 0.04
_NEIGHBOURS = 13


def opponent_matrix(like: Tensor) -> Float[Tensor, "3 3"]:
    """Return the orthonormal matrix from R, G, B to lightness, red-blue and green-magenta; its transpose leads back."""
    return like.new_tensor(_OPPONENT)


def luma_of(photo: Float[Tensor, "N 3 H W"]) -> Float[Tensor, "N 1 H W"]:
    """Return the luma of sRGB in [0, 1], in [0, 1]."""
    return (photo * photo.new_tensor(_LUMA)[:, None, None]).sum(dim=1, keepdim=True)


def range_of(luma: Float[Tensor, "N 1 H W"]) -> Float[Tensor, "N 2"]:
    """Return the 1st and the 99th percentile of the luma of each picture, at least 0.04 apart."""
    ordered = sorted_values(luma.detach().flatten(1))
    last = ordered.shape[1] - 1
    low, high = ordered[:, round(_LOW * last)], ordered[:, round(_HIGH * last)]
    return torch.stack([low, torch.maximum(high, low + _LEAST_RANGE)], dim=1)


def stretched(luma: Float[Tensor, "N 1 H W"], limits: Float[Tensor, "N 2"]) -> Float[Tensor, "N 1 H W"]:
    """Return the luma between its limits as [0, 1], clipped: how much a print has faded no longer shows."""
    low, high = limits[:, 0, None, None, None], limits[:, 1, None, None, None]
    return ((luma - low) / (high - low)).clamp(0.0, 1.0)


def content_of(photo: Float[Tensor, "N 3 H W"]) -> Float[Tensor, "N 4 H W"]:
    """Return what pictures are matched by: stretched lightness, its local contrast, and the place; no colour at all.

    Args:
        photo: sRGB in [0, 1].

    Returns:
        Each channel within about [-1, 1]: stretched luma; its difference from the mean of the neighbourhood, divided
        by the spread there; height in the picture; distance from the middle line.
    """
    luma = luma_of(photo)
    light = stretched(luma, range_of(luma))
    mean, square = _local(light), _local(light.square())
    spread = (square - mean.square()).clamp_min(0.0).add(1e-3).sqrt()
    texture = (0.5 * (light - mean) / spread).clamp(-1.0, 1.0)
    height, width = photo.shape[-2:]
    down = torch.linspace(-1.0, 1.0, height, device=photo.device)[:, None].expand(height, width)
    aside = torch.linspace(-1.0, 1.0, width, device=photo.device).abs()[None].expand(height, width)
    place = torch.stack([down, aside])[None].expand(photo.shape[0], 2, height, width)
    return torch.cat([2.0 * light - 1.0, texture, place], dim=1)


def cell_texture(content: Float[Tensor, "N 4 H W"]) -> Float[Tensor, "N 8 h w"]:
    """Return what each cell is like however it is turned or mirrored: lightness, its spread, local contrast, slopes.

    Args:
        content: What ``content_of`` gives, sides multiples of 8.

    Returns:
        Four numbers of each cell of 8 x 8 pixels, then their means over the 3 x 3 cells around it.
    """
    light, texture = content[:, :1], content[:, 1:2]
    across, down = F.pad(light.diff(dim=-1), (0, 1)), F.pad(light.diff(dim=-2), (0, 0, 0, 1))
    parts = torch.cat([light, light.square(), texture.square(), across.square() + down.square()], dim=1)
    mean, square, contrast, slope = torch.split(F.avg_pool2d(parts, CELL_PX), 1, dim=1)
    spread = (square - mean.square()).clamp_min(0.0).add(1e-4).sqrt()
    cells = torch.cat([mean, 2.0 * spread, 2.0 * contrast, 4.0 * slope.add(1e-4).sqrt()], dim=1)
    around = F.avg_pool2d(cells, 3, stride=1, padding=1, count_include_pad=False)
    return torch.cat([cells, around], dim=1)


def cell_moments(photo: Float[Tensor, "N 3 H W"]) -> Float[Tensor, "N 6 h w"]:
    """Return mean and mean square of the three opponent channels in each cell of 8 x 8 pixels."""
    opponent = torch.einsum("dc,nchw->ndhw", opponent_matrix(photo), photo)
    return F.avg_pool2d(torch.cat([opponent, opponent.square()], dim=1), CELL_PX)


def mean_and_spread(
    moments: Float[Tensor, "... 6"],
) -> tuple[Float[Tensor, "... 3"], Float[Tensor, "... 3"]]:
    """Return mean and standard deviation of what was pooled into means and mean squares."""
    mean, square = moments[..., :3], moments[..., 3:]
    return mean, (square - mean.square()).clamp_min(LEAST_SPREAD**2).sqrt()


def _local(light: Tensor) -> Tensor:
    """Return the mean over a neighbourhood, at the border over what of it lies within the picture."""
    for side in ((_NEIGHBOURS, 1), (1, _NEIGHBOURS)):
        light = F.avg_pool2d(light, side, stride=1, padding=(side[0] // 2, side[1] // 2), count_include_pad=False)
    return light
