"""Cracks of the emulsion: jagged lines that branch like veins, on prints that were bent, dried or badly mounted.

They count as ``scratch``, with its law of severity: lines along which the image layer is gone.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64
from scipy.signal import lfilter

from oldphoto_core.image import Photo
from oldphoto_core.synthesis.effect import Effect
from oldphoto_core.synthesis.fields import paper_tone
from oldphoto_core.synthesis.inks import DIRT, inked
from oldphoto_core.synthesis.scratches import SCRATCH_HALF
from oldphoto_core.synthesis.strokes import Stroke, draw

_STEP = 0.012  # of the longer side, from one bend to the next
_JAG, _STRAIGHTENS = 0.38, 0.25  # radians a bend, and how fast a crack finds back to its course
_BRANCHES = 0.07  # chance of a branch at a bend
_BRANCH_WIDTH = 0.75  # of the stem where it leaves it
_DEPTH = 3  # branches of branches


@dataclass(frozen=True, slots=True, kw_only=True)
class Cracks:
    """A number of cracks, each with its branches."""

    count: int
    """How many cracks begin somewhere on the picture."""

    length: float = 0.5
    """Typical length without branches as a share of the longer side; single ones vary from a half to one and a half."""

    width: float = 0.003
    """Typical width where a crack begins as a share of the longer side; it thins out towards its tip."""

    dark_share: float = 0.2
    """Share of the cracks that have filled with dirt, in [0, 1]; the others show the paper."""

    opacity: float = 0.85
    """Opacity of a typical crack, in [0, 1]."""

    def apply(self, photo: Photo, rng: np.random.Generator) -> Effect:
        """Return the cracked photograph, the mask and the severity of scratches."""
        shape = (photo.shape[0], photo.shape[1])
        paper = paper_tone(photo)
        light: list[Stroke] = []
        dark: list[Stroke] = []
        for _ in range(self.count):
            (dark if rng.random() < self.dark_share else light).extend(crack(shape, rng, how=self))
        return inked(
            photo, [(paper, draw(shape, light)), (DIRT * paper, draw(shape, dark))], kind="scratch", half=SCRATCH_HALF
        )


def crack(shape: tuple[int, int], rng: np.random.Generator, *, how: Cracks) -> list[Stroke]:
    """Return one crack and its branches.

    Args:
        shape: Height and width of the picture in pixels.
        rng: The source of chance.
        how: The habits it follows.
    """
    longer = max(shape)
    start = np.array([rng.uniform(0.0, shape[1]), rng.uniform(0.0, shape[0])])
    steps = max(4, int(how.length * rng.uniform(0.5, 1.5) / _STEP))
    width_px = longer * how.width * float(rng.lognormal(0.0, 0.4))
    opacity = how.opacity * float(rng.uniform(0.6, 1.2))
    course = float(rng.uniform(0.0, 2.0 * np.pi))
    stem = _Stem(start, course, steps, width_px, min(opacity, 1.0))
    return _grown(stem, rng, step_px=_STEP * longer, depth=_DEPTH)


@dataclass(frozen=True, slots=True, eq=False)
class _Stem:
    """Where a crack begins, and how it will grow."""

    start: Float64[np.ndarray, " 2"]
    course: float
    steps: int
    width_px: float
    opacity: float


def _grown(stem: _Stem, rng: np.random.Generator, *, step_px: float, depth: int) -> list[Stroke]:
    """Return a crack, before the branches that grow from it."""
    steps = stem.steps
    bends, lengths, drawn = rng.normal(0.0, _JAG, steps), rng.uniform(0.5, 1.5, steps) * step_px, rng.random(steps)
    angles = stem.course + lfilter([1.0], [1.0, _STRAIGHTENS - 1.0], bends)
    moves = np.stack([np.cos(angles), np.sin(angles)], axis=1) * lengths[:, None]
    points = np.concatenate([stem.start[None], stem.start + np.cumsum(moves, axis=0)])
    widths = stem.width_px * np.sqrt(np.linspace(1.0, 0.04, steps + 1))
    opacities = np.full(steps + 1, stem.opacity, dtype=np.float32)
    strokes = [Stroke(points.astype(np.float32), widths.astype(np.float32), opacities)]
    for number in np.flatnonzero(drawn < _BRANCHES).tolist() if depth else []:
        left = int((steps - number) * rng.uniform(0.3, 0.8))
        if left < 2:
            continue
        turned = float(angles[number]) + float(rng.choice((-1.0, 1.0)) * rng.uniform(0.4, 1.2))
        branch = _Stem(points[number], turned, left, _BRANCH_WIDTH * float(widths[number]), stem.opacity)
        strokes += _grown(branch, rng, step_px=step_px, depth=depth - 1)
    return strokes
