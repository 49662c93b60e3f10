"""The degradation that MROPM-Net (CVPR 2023) was trained with: every labelled region is aged on its own.

For each region everything else is blacked out, the colours are jittered, four operations follow in random order, each
with probability one half, and the region is pasted back. Source: the released training code, style-variant transform.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np
from jaxtyping import Float32, Int, UInt8
from PIL import Image

from oldphoto_core.damage import DamageKind
from oldphoto_core.errors import PhotoShapeError
from oldphoto_core.image import Bytes8, Photo, from_bytes8
from oldphoto_core.synthesis.effect import Effect, severity
from oldphoto_core.synthesis.published_operations import (
    AddedNoise,
    Operation,
    SpeckleNoise,
    amounts,
    drawn_operations,
    truncated,
)

BRIGHTNESS = (0.8, 1.2)
"""Range of the brightness factor."""

CONTRAST = (0.8, 1.2)
"""Range of the contrast factor."""

SATURATION = (0.6, 1.4)
"""Range of the saturation factor."""

HUE = (-0.4, 0.4)
"""Range of the shift of hue, in turns."""

CHANCE = 0.5
"""Probability of each of the four operations."""

ADDED_SIGMA = (5.0 / 255.0, 10.0 / 255.0)
"""Range of the standard deviation of added noise, in [0, 1]."""

SPECKLE_SIGMA = (5.0 / 255.0, 20.0 / 255.0)
"""Range of the standard deviation of speckle noise, in [0, 1]."""

CAST_HALF = 0.15
"""Change of a region's mean colour differences, in [0, 1], that is a plainly visible cast."""

Labels = Int[np.ndarray, "H W"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ColourJitter:
    """Four changes of colour in a drawn order, on bytes, as Pillow and torchvision make them."""

    brightness: float
    """Factor on the values."""

    contrast: float
    """Factor on the distance from the mean grey."""

    saturation: float
    """Factor on the distance from the grey picture."""

    hue: float
    """Shift of the hue in turns."""

    order: tuple[int, ...] = (0, 1, 2, 3)
    """Which comes when: 0 brightness, 1 contrast, 2 saturation, 3 hue."""

    def apply(self, pixels: Bytes8) -> Bytes8:
        """Return the jittered picture."""
        for number in self.order:
            if number == 0:
                pixels = _blended(np.zeros(3, np.float32), pixels, self.brightness)
            elif number == 1:
                mean = np.full(3, int(_grey(pixels).mean() + 0.5), np.float32)
                pixels = _blended(mean, pixels, self.contrast)
            elif number == 2:
                pixels = _blended(
                    cv2.cvtColor(_grey(pixels), cv2.COLOR_GRAY2RGB).astype(np.float32), pixels, self.saturation
                )
            else:
                pixels = _hue_shifted(pixels, self.hue)
        return pixels


def _blended(other: Float32[np.ndarray, "..."], pixels: Bytes8, factor: float) -> Bytes8:
    """Return other + factor (pixels - other), clipped and truncated to bytes."""
    # In this order, and in single precision, as Pillow: another order would round some whole numbers down.
    values = pixels.astype(np.float32)
    values -= other
    values *= np.float32(factor)
    values += other
    return np.clip(values, np.float32(0.0), np.float32(255.0), out=values).astype(np.uint8)


def _grey(pixels: Bytes8) -> np.ndarray:
    """Return Pillow's mode L of a picture."""
    return np.asarray(Image.fromarray(pixels).convert("L"))


def _hue_shifted(pixels: Bytes8, turns: float) -> Bytes8:
    """Return a picture whose hue, in 256 steps a turn, is shifted."""
    hue, saturation, value = Image.fromarray(pixels).convert("HSV").split()
    shifted = (np.asarray(hue).astype(np.int16) + int(turns * 255.0)) % 256
    together = Image.merge("HSV", (Image.fromarray(shifted.astype(np.uint8)), saturation, value))
    return np.array(together.convert("RGB"))


def jitter(rng: np.random.Generator) -> ColourJitter:
    """Return a change of colour with drawn factors and order."""
    return ColourJitter(
        brightness=float(rng.uniform(*BRIGHTNESS)),
        contrast=float(rng.uniform(*CONTRAST)),
        saturation=float(rng.uniform(*SATURATION)),
        hue=float(rng.uniform(*HUE)),
        order=tuple(rng.permutation(4).tolist()),
    )


def plan(shape: tuple[int, int], rng: np.random.Generator) -> tuple[Operation, ...]:
    """Return the operations for one region, in order, with their parameters.

    Args:
        shape: Height and width of the picture in pixels.
        rng: The source of chance.
    """
    return drawn_operations(shape, rng, chance=CHANCE, noise=_drawn_noise)


def _drawn_noise(rng: np.random.Generator) -> Operation:
    """Return added or speckle noise."""
    if rng.random() < 0.5:
        return AddedNoise(sigma=float(rng.uniform(*ADDED_SIGMA)))
    return SpeckleNoise(sigma=float(rng.uniform(*SPECKLE_SIGMA)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PublishedMropm:
    """The style-variant transform as one step of a recipe."""

    labels: Labels | None = field(default=None, repr=False)
    """The region of each pixel, of the photograph's size; None is one region, as for a picture without labels."""

    def apply(self, photo: Photo, rng: np.random.Generator) -> Effect:
        """Return the degraded photograph; severities are means over the regions, weighed by their area.

        Raises:
            PhotoShapeError: The labels are not of the photograph's size.
        """
        shape = (photo.shape[0], photo.shape[1])
        labels = np.zeros(shape, np.int64) if self.labels is None else self.labels
        if labels.shape != shape:
            raise PhotoShapeError(found=f"labels {labels.shape}", expected=f"labels of the photograph's size {shape}")
        whole, pasted = truncated(photo), np.zeros((*shape, 3), np.uint8)
        total: dict[DamageKind, float] = {}
        for label in sorted(set(labels.reshape(-1).tolist())):
            region = (labels == label).astype(np.uint8)
            operations = plan(shape, rng)
            aged = jitter(rng).apply(cv2.bitwise_and(whole, whole, mask=region))
            cast = _cast(whole, aged, region)
            for operation in operations:
                aged = operation.apply(aged, rng)
            cv2.copyTo(aged, region, pasted)
            for kind, amount in {**amounts(operations, shape), "colour-cast": cast / CAST_HALF}.items():
                total[kind] = total.get(kind, 0.0) + float(region.mean()) * amount
        return Effect(from_bytes8(pasted), severities={kind: severity(a, half=1.0) for kind, a in total.items()})


def _cast(before: Bytes8, after: Bytes8, region: UInt8[np.ndarray, "H W"]) -> float:
    """Return how far the mean colour of a region moved away from a mere change of brightness, in [0, 1]."""
    moved = np.subtract(cv2.mean(after, mask=region)[:3], cv2.mean(before, mask=region)[:3]) / 255.0
    return float(np.ptp(moved))
