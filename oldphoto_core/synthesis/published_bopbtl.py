"""The degradation that "Bringing Old Photos Back to Life" was trained with, as its released code draws it.

Four operations in random order, each with probability 0.7; then grey with probability 0.1. The released training of
the scratch branch lays a white hole from a mask on half of the pictures. (The paper's blending of scratch textures was
never released.) Source: the released training code, degradation of the VOC pictures and the hole data set.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from oldphoto_core.image import Bytes8, Photo, from_bytes8
from oldphoto_core.synthesis.effect import Effect, severity
from oldphoto_core.synthesis.published_operations import (
    AddedNoise,
    Operation,
    SaltAndPepper,
    SpeckleNoise,
    amounts,
    drawn_operations,
    truncated,
)
from oldphoto_core.synthesis.tears import TEAR_HALF

CHANCE = 0.7
"""Probability of each operation."""

GREY_CHANCE = 0.1
"""Probability that the picture is turned grey; for training pairs both sides are."""

NOISE_SIGMA = (5.0 / 255.0, 50.0 / 255.0)
"""Range of the standard deviation of added and of speckle noise, in [0, 1]."""

SALT_AND_PEPPER_SHARE = (0.0, 0.01)
"""Range of the share of values hit."""

SALT_SHARE = (0.3, 0.8)
"""Range of the share of white among them."""

HOLE_CHANCE = 0.5
"""Probability that a picture of the hole data set keeps its mask."""


def plan(shape: tuple[int, int], rng: np.random.Generator) -> tuple[Operation, ...]:
    """Return the operations for one picture, in order, with their parameters.

    Args:
        shape: Height and width of the picture in pixels.
        rng: The source of chance.
    """
    return drawn_operations(shape, rng, chance=CHANCE, noise=_drawn_noise)


def _drawn_noise(rng: np.random.Generator) -> Operation:
    """Return added, speckle or salt-and-pepper noise."""
    which = int(rng.integers(3))
    if which == 2:
        return SaltAndPepper(share=float(rng.uniform(*SALT_AND_PEPPER_SHARE)), salt=float(rng.uniform(*SALT_SHARE)))
    sigma = float(rng.uniform(*NOISE_SIGMA))
    return AddedNoise(sigma=sigma) if which == 0 else SpeckleNoise(sigma=sigma)


def grey(pixels: Bytes8) -> Bytes8:
    """Return a picture as grey, as Pillow's mode L weighs the channels (ITU-R BT.601)."""
    return np.array(Image.fromarray(pixels).convert("L").convert("RGB"))


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedBopbtl:
    """The whole degradation as one step of a recipe."""

    grey_chance: float = GREY_CHANCE
    """Probability of grey; 0 where the pair is greyed elsewhere."""

    def apply(self, photo: Photo, rng: np.random.Generator) -> Effect:
        """Return the degraded photograph and the severities of blur, noise, low resolution and JPEG blocks."""
        shape = (photo.shape[0], photo.shape[1])
        operations = plan(shape, rng)
        pixels = truncated(photo)
        for operation in operations:
            pixels = operation.apply(pixels, rng)
        if rng.random() < self.grey_chance:
            pixels = grey(pixels)
        severities = {kind: severity(amount, half=1.0) for kind, amount in amounts(operations, shape).items()}
        return Effect(from_bytes8(pixels), severities=severities)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PublishedHole:
    """The white hole of the released scratch training: a mask from a set, laid on with probability one half."""

    masks: tuple[UInt8[np.ndarray, "_ _"], ...]
    """Irregular masks, 0 sound to 255 gone; at least one."""

    def apply(self, photo: Photo, rng: np.random.Generator) -> Effect:
        """Return the photograph with its hole painted white by m / 255, the mask, and the severity of tears."""
        shape = (photo.shape[0], photo.shape[1])
        if rng.random() < HOLE_CHANCE:
            return Effect(photo.copy())
        chosen = Image.fromarray(self.masks[int(rng.integers(len(self.masks)))])
        alpha = np.array(chosen.resize((shape[1], shape[0]), Image.Resampling.NEAREST)).astype(np.float32)
        alpha *= np.float32(1.0 / 255.0)
        white = photo + alpha[..., None] * (np.float32(1.0) - photo)
        gone = alpha > 0.5
        amount = severity(float(gone.mean()), half=TEAR_HALF)
        return Effect(white, masks={"tear": gone}, severities={"tear": amount}, covers=gone)
