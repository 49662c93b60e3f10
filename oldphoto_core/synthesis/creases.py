"""Creases: folds across a print or over a corner, where the emulsion cracked and flaked off along a line.

Severity of ``crease``: the amount is the mean change over the whole picture, in [0, 1]; half is 0.008.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float32

from oldphoto_core.image import Grey, Photo
from oldphoto_core.synthesis.effect import Effect, laid_on
from oldphoto_core.synthesis.fields import Line, blend, cloud, paper_tone, smooth_step, wander


@dataclass(frozen=True, slots=True, kw_only=True)
class Creases:
    """Folds of a print."""

    count: int = 1
    """How many folds."""

    corner_share: float = 0.5
    """Share of the folds that bend a corner over, in [0, 1]; the others cross the whole picture."""

    width: float = 0.003
    """Typical width of the crack as a share of the longer side."""

    shading: float = 0.12
    """How much lighter one flank and darker the other, in [0, 1]."""

    def apply(self, photo: Photo, rng: np.random.Generator) -> Effect:
        """Return the creased photograph, the mask and the severity of creases."""
        shape = (photo.shape[0], photo.shape[1])
        paper = paper_tone(photo)
        creased = photo
        for _ in range(self.count):
            along, across = fold_axes(shape, rng, corner=bool(rng.random() < self.corner_share))
            across = across - wandering(along, rng, reach_px=0.004 * max(shape))
            flank = np.float32(0.012 * max(shape))
            relief = (across / flank) * np.exp(-((across / flank) ** 2)) * np.float32(2.0 * self.shading)
            crack = crack_opacity(along, across, rng, width_px=max(0.8, self.width * max(shape)))
            creased = blend(np.clip(creased + cv2.merge([relief] * 3), 0.0, 1.0), paper, crack)
        return laid_on(photo, creased, kind="crease", half=0.008)


def fold_axes(shape: tuple[int, int], rng: np.random.Generator, *, corner: bool) -> tuple[Grey, Grey]:
    """Return for each pixel its place along a straight fold and its signed distance from it, both in pixels.

    Args:
        shape: Height and width in pixels.
        rng: The source of chance.
        corner: True for a fold over one corner, False for one across the picture near its middle.
    """
    height, width = shape
    if corner:
        x, y = rng.choice([0, width]), rng.choice([0, height])
        reach = rng.uniform(0.12, 0.4, 2) * min(shape)
        start, end = np.array([abs(x - reach[0]), y]), np.array([x, abs(y - reach[1])])
    elif rng.random() < 0.5:
        start, end = (
            np.array([0, rng.uniform(0.25, 0.75) * height]),
            np.array([width, rng.uniform(0.25, 0.75) * height]),
        )
    else:
        start, end = np.array([rng.uniform(0.25, 0.75) * width, 0]), np.array([rng.uniform(0.25, 0.75) * width, height])
    ahead = (end - start) / np.linalg.norm(end - start)
    x_px = np.arange(width, dtype=np.float32)[None, :] - np.float32(start[0])
    y_px = np.arange(height, dtype=np.float32)[:, None] - np.float32(start[1])
    ahead32 = ahead.astype(np.float32)
    return x_px * ahead32[0] + y_px * ahead32[1], y_px * ahead32[0] - x_px * ahead32[1]


def wandering(along: Grey, rng: np.random.Generator, *, reach_px: float) -> Grey:
    """Return how far a line strays to the side, in pixels, at each pixel's place along it."""
    return look_up(along, wander(256, rng, knots=5) * np.float32(reach_px))


def look_up(along: Grey, line: Line) -> Grey:
    """Return the line's value at each place, the line stretched over the whole range of places."""
    low, high = float(along.min()), float(along.max())
    scale = np.float32((len(line) - 1) / max(high - low, 1e-6))
    place = (along - np.float32(low)) * scale
    left = np.minimum(place.astype(np.int32), len(line) - 2)
    rest = place - left.astype(np.float32)
    return line[left] * (np.float32(1.0) - rest) + line[left + 1] * rest


def crack_opacity(along: Grey, across: Grey, rng: np.random.Generator, *, width_px: float) -> Grey:
    """Return the opacity of bare paper along a crack that opens, closes and flakes, in [0, 1].

    Args:
        along: Place of each pixel along the crack, in pixels.
        across: Signed distance of each pixel from the crack, in pixels.
        rng: The source of chance.
        width_px: Typical width of the crack.
    """
    openness: Float32[np.ndarray, " N"] = np.clip(0.7 + wander(256, rng, knots=12), 0.0, None).astype(np.float32)
    flakes = cloud((along.shape[0], along.shape[1]), rng, cell=0.012, octaves=2)
    reach = look_up(along, openness) * (np.float32(0.25) + np.float32(1.1) * flakes**2) * np.float32(width_px)
    return np.float32(0.92) * smooth_step(reach - np.abs(across) + np.float32(0.5))
