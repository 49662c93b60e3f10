"""A smooth change of colour that a few numbers describe, and that is applied to a picture of any size.

Three steps, each the identity where its numbers are zero, on gamma-encoded sRGB in [0, 1]:

1. density: every channel is raised to ``exp(p)``, where p is a polynomial of second order over the picture, so what has
   faded unevenly comes back evenly (the density of a dye, ``-log`` of what it lets through, is multiplied);
2. tone: every channel goes through a rising curve, whose slope is linear between knots and never falls to zero;
3. mixing: a 3x3 matrix and an offset.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

SEGMENTS = 12
TERMS = 6

COEFFICIENTS = 3 * TERMS + 3 * (SEGMENTS + 1) + 3 + 9 + 3
"""How many numbers describe a transform."""

_STEEPEST = 2.0  # most |log| of a slope, and of an exponent
_DARKEST = 1.0 / 512.0


@dataclass(frozen=True, slots=True)
class ColourTransform:
    """The numbers of each step; all zero is the identity."""

    density: Float[Tensor, "N 3 6"]
    """Coefficients of 1, u, v, u2 - 1/3, uv, v2 - 1/3 for each channel, u and v from -1 (left, top) to 1."""

    slopes: Float[Tensor, "N 3 13"]
    """Logarithm of the tone curve's slope at evenly spaced knots from 0 to 1."""

    start: Float[Tensor, "N 3"]
    """What the tone curve makes of 0."""

    matrix: Float[Tensor, "N 3 3"]
    """What is added to the identity."""

    offset: Float[Tensor, "N 3"]
    """What is added to each channel."""


def transform_of(numbers: Float[Tensor, "N 72"]) -> ColourTransform:
    """Return the transform that so many numbers describe, in the order of its fields."""
    sizes = [3 * TERMS, 3 * (SEGMENTS + 1), 3, 9, 3]
    density, slopes, start, matrix, offset = torch.split(numbers, sizes, dim=1)
    return ColourTransform(
        density=density.reshape(-1, 3, TERMS),
        slopes=slopes.reshape(-1, 3, SEGMENTS + 1),
        start=start,
        matrix=matrix.reshape(-1, 3, 3),
        offset=offset,
    )


def apply_colour(photo: Float[Tensor, "N 3 H W"], transform: ColourTransform) -> Float[Tensor, "N 3 H W"]:
    """Return the photograph after the transform, not clipped.

    Args:
        photo: sRGB in [0, 1], of any size: a picture and its thumbnail get the same colours.
        transform: One for each picture.
    """
    return mixed(toned(thinned(photo, transform.density), transform.slopes, transform.start), transform)


def thinned(photo: Float[Tensor, "N 3 H W"], density: Float[Tensor, "N 3 6"]) -> Float[Tensor, "N 3 H W"]:
    """Return the photograph with its densities multiplied; exact zeros stay, and zero coefficients change nothing."""
    height, width = photo.shape[-2:]
    v, u = torch.meshgrid(_middles(height, photo), _middles(width, photo), indexing="ij")
    terms = torch.stack([torch.ones_like(u), u, v, u * u - 1.0 / 3.0, u * v, v * v - 1.0 / 3.0])
    field = torch.einsum("nct,thw->nchw", density, terms)
    exponent = torch.exp(_STEEPEST * torch.tanh(field / _STEEPEST))
    # log(x) * (e - 1) is exactly zero where the exponent is one: the identity is exact.
    return photo * torch.exp(photo.clamp(_DARKEST, 1.0).log() * (exponent - 1.0))


def toned(
    photo: Float[Tensor, "N 3 H W"], slopes: Float[Tensor, "N 3 13"], start: Float[Tensor, "N 3"]
) -> Float[Tensor, "N 3 H W"]:
    """Return the photograph after a rising curve for each channel; beyond [0, 1] it goes on straight."""
    steep = torch.exp(_STEEPEST * torch.tanh(slopes / _STEEPEST)) - 1.0  # what is added to the slope of the identity
    areas = (steep[..., 1:] + steep[..., :-1]) / (2.0 * SEGMENTS)
    added = torch.cat([torch.zeros_like(areas[..., :1]), areas.cumsum(dim=-1)], dim=-1) + start[..., None]
    flat = photo.flatten(2)
    segment = (flat.detach() * SEGMENTS).floor().clamp(0.0, SEGMENTS - 1.0)
    index = segment.long()
    along = flat - segment / SEGMENTS
    within = along.clamp(0.0, 1.0 / SEGMENTS)
    low, high = steep.gather(2, index), steep.gather(2, index + 1)
    bent = within * (low + 0.5 * SEGMENTS * (high - low) * within)
    beyond = (along - within) * torch.where(along < 0.0, low, high)
    return (flat + added.gather(2, index) + bent + beyond).reshape(photo.shape)


def mixed(photo: Float[Tensor, "N 3 H W"], transform: ColourTransform) -> Float[Tensor, "N 3 H W"]:
    """Return the photograph after matrix and offset."""
    return photo + torch.einsum("ndc,nchw->ndhw", transform.matrix, photo) + transform.offset[..., None, None]


def _middles(count: int, like: Tensor) -> Tensor:
    """Return where the middles of so many pixels lie between -1 and 1."""
    return (torch.arange(count, device=like.device, dtype=like.dtype) + 0.5) * (2.0 / count) - 1.0
