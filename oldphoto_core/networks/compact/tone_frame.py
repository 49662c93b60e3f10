"""A picture without its tone, and back: what networks that cannot see tone are shown, and how their answer gets it.

Instance normalisation takes mean and contrast off every map, so the published autoencoders give the same latent for a
picture and for that picture lighter or flatter: what tone it had, they can only guess. Here the tone is taken off
before and put on again behind, channel by channel; colour is left to those who can see it.

Tone is measured on means of 8x8 pixels, so that noise does not count as contrast, nor blur as lack of it.
"""

from dataclasses import dataclass

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

SPREAD = 0.3
"""What the spread of a channel becomes; 1 is then more than three spreads away from the mean."""

_CELL_PX = 8
_LEAST_SPREAD = 0.02
_LEAST_SHARE = 1e-6


@dataclass(frozen=True, slots=True)
class Tone:
    """The tone of each channel of each picture."""

    mean: Float[Tensor, "N 3 1 1"]
    """Mean over the pixels that count, in the unit of the picture."""

    spread: Float[Tensor, "N 3 1 1"]
    """Standard deviation of the means of 8x8 pixels, plus 0.02."""


def tone_of(picture: Float[Tensor, "N 3 H W"], valid: Float[Tensor, "N 1 H W"]) -> Tone:
    """Return the tone of pictures.

    Args:
        picture: In [0, 1], 8 pixels a side at least; what is beyond the last whole 8x8 cell does not count.
        valid: 1 where a pixel counts, 0 within holes. Where none counts, the mean is 0 and the spread the least.
    """
    weight = F.avg_pool2d(valid.float(), _CELL_PX)
    cells = F.avg_pool2d(picture.float() * valid, _CELL_PX) / weight.clamp_min(_LEAST_SHARE)
    total = weight.sum(dim=(2, 3), keepdim=True).clamp_min(_LEAST_SHARE)
    mean = (cells * weight).sum(dim=(2, 3), keepdim=True) / total
    variance = ((cells - mean).square() * weight).sum(dim=(2, 3), keepdim=True) / total
    return Tone(mean, variance.sqrt() + _LEAST_SPREAD)


def framed(picture: Float[Tensor, "N 3 H W"], tone: Tone) -> Float[Tensor, "N 3 H W"]:
    """Return pictures in [-1, 1] without their tone; what lies beyond is cut off."""
    return (SPREAD * (picture - tone.mean) / tone.spread).clamp(-1.0, 1.0)


def unframed(answer: Float[Tensor, "N 3 H W"], tone: Tone) -> Float[Tensor, "N 3 H W"]:
    """Return an answer in [-1, 1] with a tone, in the unit of the picture the tone was measured on; not clipped."""
    return answer.float() / SPREAD * tone.spread + tone.mean
