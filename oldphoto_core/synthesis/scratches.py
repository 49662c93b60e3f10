"""Scratches: thin lines where the emulsion is gone (light) or dirt has settled (dark).

Severity of ``scratch``: the amount is the mean change over the whole picture, in [0, 1]; half is 0.006, about one
pixel in a hundred turned from mid-grey to white.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from oldphoto_core.image import Photo
from oldphoto_core.synthesis.effect import Effect
from oldphoto_core.synthesis.fields import Line, paper_tone, wander
from oldphoto_core.synthesis.inks import DIRT, inked
from oldphoto_core.synthesis.strokes import Stroke, draw

SCRATCH_HALF = 0.006
"""Mean change over the picture, in [0, 1], of plainly visible scratches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scratches:
    """A number of scratches over the whole picture."""

    count: int
    """How many scratches."""

    length: float = 0.35
    """Typical length as a share of the longer side; single ones vary from a quarter to twice of it."""

    width: float = 0.0022
    """Typical width as a share of the longer side; under half a pixel scratches grow fainter, not thinner."""

    dark_share: float = 0.2
    """Share of the scratches that are darker than the picture, in [0, 1]."""

    upright: float = 0.5
    """Share of the scratches that run along the picture's height, as on film, in [0, 1]; the others run anywhere."""

    opacity: float = 0.8
    """Opacity of a typical scratch, in [0, 1]."""

    def apply(self, photo: Photo, rng: np.random.Generator) -> Effect:
        """Return the scratched photograph, the mask and the severity of scratches."""
        shape = (photo.shape[0], photo.shape[1])
        paper = paper_tone(photo)
        strokes = [scratch(shape, rng, how=self) for _ in range(self.count)]
        dark = rng.random(self.count) < self.dark_share
        layers = [(paper, draw(shape, [stroke for stroke, is_dark in zip(strokes, dark, strict=True) if not is_dark]))]
        if dark.any():
            soot = draw(shape, [stroke for stroke, is_dark in zip(strokes, dark, strict=True) if is_dark])
            layers.append((DIRT * paper, soot))
        return inked(photo, layers, kind="scratch", half=SCRATCH_HALF)


def scratch(shape: tuple[int, int], rng: np.random.Generator, *, how: Scratches) -> Stroke:
    """Return one scratch: nearly straight, slightly bent, thinner and fainter in places, with gaps.

    Args:
        shape: Height and width of the picture in pixels.
        rng: The source of chance.
        how: The habits it follows.
    """
    longer = max(shape)
    of_length, shorter, turn, curve, unrest, x, y, wear = rng.random(8).tolist()
    length_px = longer * how.length * (0.25 + 1.75 * of_length) * (0.5 + 0.5 * shorter)
    points = min(max(int(length_px / 6.0), 6), 96)
    upright = rng.random() < how.upright
    angle = float(rng.normal(np.pi / 2, 0.05)) if upright else np.pi * turn
    share, taper = _shares(points)
    bend = (0.1 * curve - 0.05) * (4.0 * share**2 - 1.0)
    across = length_px * (bend + 0.01 * unrest * wander(points, rng, knots=3))
    cosine, sine = float(np.cos(angle)), float(np.sin(angle))
    path = np.empty((points, 2), dtype=np.float32)
    path[:, 0] = x * shape[1] + length_px * cosine * share - sine * across
    path[:, 1] = y * shape[0] + length_px * sine * share + cosine * across
    width = np.float32(longer * how.width * rng.lognormal(0.0, 0.45)) * (
        np.float32(1.0) + np.float32(0.4) * wander(points, rng, knots=5)
    )
    worn = np.minimum(np.maximum(np.float32(0.75) + np.float32(0.9) * wander(points, rng, knots=6), 0.0), 1.0)
    return Stroke(path, width * taper, np.float32(how.opacity * (0.5 + 0.7 * wear)) * worn * taper)


@lru_cache(maxsize=128)
def _shares(points: int) -> tuple[Line, Line]:
    """Return the places along a scratch, from -0.5 to 0.5, and how wide it is there compared with its middle."""
    share = np.linspace(-0.5, 0.5, points, dtype=np.float32)
    taper = np.sqrt(np.sin(np.linspace(0.02, np.pi - 0.02, points))).astype(np.float32)
    share.setflags(write=False)
    taper.setflags(write=False)
    return share, taper
