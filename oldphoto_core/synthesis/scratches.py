"""Scratches: thin lines where the emulsion is gone (light) or dirt has settled (dark).

Severity of ``scratch``: the amount is the mean change over the whole picture, in [0, 1]; half is 0.006, about one
pixel in a hundred turned from mid-grey to white.
"""

from dataclasses import dataclass

import numpy as np

from oldphoto_core.image import Photo
from oldphoto_core.synthesis.effect import Effect, laid_on
from oldphoto_core.synthesis.fields import blend, paper_tone, wander
from oldphoto_core.synthesis.strokes import Stroke, draw


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
        strokes = [scratch(shape, rng, how=self) for _ in range(self.count)]
        dark = rng.random(self.count) < self.dark_share
        light = draw(shape, [stroke for stroke, is_dark in zip(strokes, dark, strict=True) if not is_dark])
        scratched = blend(photo, paper_tone(photo), light)
        if dark.any():
            soot = draw(shape, [stroke for stroke, is_dark in zip(strokes, dark, strict=True) if is_dark])
            scratched = blend(scratched, np.float32(0.12) * paper_tone(photo), soot)
        return laid_on(photo, scratched, kind="scratch", half=0.006)


def scratch(shape: tuple[int, int], rng: np.random.Generator, *, how: Scratches) -> Stroke:
    """Return one scratch: nearly straight, slightly bent, thinner and fainter in places, with gaps.

    Args:
        shape: Height and width of the picture in pixels.
        rng: The source of chance.
        how: The habits it follows.
    """
    longer = max(shape)
    length_px = longer * how.length * float(rng.uniform(0.25, 2.0)) * float(rng.uniform(0.5, 1.0))
    points = int(np.clip(length_px / 6.0, 6, 96))
    upright = rng.random() < how.upright
    angle = rng.normal(np.pi / 2, 0.05) if upright else rng.uniform(0.0, np.pi)
    along = np.linspace(-0.5, 0.5, points) * length_px
    bend = 0.5 * float(rng.uniform(-0.1, 0.1)) * length_px * ((2.0 * along / length_px) ** 2 - 1.0)
    across = bend + wander(points, rng, knots=3) * rng.uniform(0.0, 0.01) * length_px
    centre = rng.uniform(0.0, 1.0, 2) * (shape[1], shape[0])
    ahead, aside = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    path = centre + along[:, None] * ahead + across[:, None] * aside
    taper = np.sqrt(np.clip(np.sin(np.linspace(0.02, np.pi - 0.02, points)), 0.0, 1.0))
    width = longer * how.width * rng.lognormal(0.0, 0.45) * (1.0 + 0.4 * wander(points, rng, knots=5))
    worn = np.clip(0.75 + 0.9 * wander(points, rng, knots=6), 0.0, 1.0) * rng.uniform(0.5, 1.2)
    return Stroke(
        path.astype(np.float32), (width * taper).astype(np.float32), (how.opacity * worn * taper).astype(np.float32)
    )
