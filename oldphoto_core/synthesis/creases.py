"""Creases: folds across a print or over a corner, where the emulsion cracked and flaked off along a line.

Severity of ``crease``: the amount is the mean change over the whole picture, in [0, 1]; half is 0.008.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from oldphoto_core.image import Grey, Photo
from oldphoto_core.synthesis.effect import Effect, laid_at
from oldphoto_core.synthesis.fields import Line, cloud, paper_tone, smooth_step, wander

CREASE_HALF = 0.008
"""Mean change over the picture, in [0, 1], of plainly visible creases."""

Places = Float32[np.ndarray, "..."]
Span = tuple[float, float]


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
        longer = max(shape)
        paper = paper_tone(photo)
        pixels = photo.copy().reshape(-1, 3)
        touched = np.zeros(len(pixels), dtype=np.bool_)
        for _ in range(self.count):
            along, across = fold_axes(shape, rng, corner=bool(rng.random() < self.corner_share))
            stray = wander(256, rng, knots=5) * np.float32(0.004 * longer)
            # Farther off than this a fold changes nothing that a byte could tell.
            near = np.flatnonzero(np.abs(across) < np.float32(0.038 * longer + 2.0))
            if near.size == 0:
                continue
            places, span = along.reshape(-1)[near], span_of(along)
            fold = Fold(places, across.reshape(-1)[near] - look_up(places, stray, span=span), span)
            relief = fold.slope(0.012 * longer) * np.float32(2.0 * self.shading)
            width_px = max(0.8, self.width * longer)
            reach_px = open_px(fold, rng) * np.float32(width_px)
            flakes = cloud(shape, rng, cell=0.012, octaves=2).reshape(-1)[near]
            crack = crack_opacity(fold, reach_px, flakes)
            bent = np.clip(pixels[near] + relief[:, None], np.float32(0.0), np.float32(1.0))
            pixels[near] = bent + crack[:, None] * (paper - bent)
            touched[near] = True
        changed = np.flatnonzero(touched)
        return laid_at(photo, changed, pixels[changed], kind="crease", half=CREASE_HALF)


@dataclass(frozen=True, slots=True)
class Fold:
    """The pixels beside a fold."""

    along: Places
    """Place of each pixel along the fold, in pixels."""

    across: Places
    """Signed distance of each pixel from the fold, in pixels."""

    span: Span
    """Least and greatest place in the whole picture."""

    def slope(self, flank_px: float) -> Places:
        """Return how the paper leans at each pixel: a wave of about 0.43 up and down, a flank wide on each side."""
        away = self.across / np.float32(flank_px)
        return away * np.exp(-(away**2))


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


def span_of(along: Places) -> Span:
    """Return the least and the greatest of all places."""
    return float(along.min()), float(along.max())


def look_up(along: Places, line: Line, *, span: Span) -> Places:
    """Return the line's value at each place.

    Args:
        along: Places, none of them outside the span.
        line: Values evenly spread over the span.
        span: Least and greatest place.
    """
    low, high = span
    scale = np.float32((len(line) - 1) / max(high - low, 1e-6))
    place = (along - np.float32(low)) * scale
    left = np.minimum(place.astype(np.int32), len(line) - 2)
    rest = place - left.astype(np.float32)
    return line[left] * (np.float32(1.0) - rest) + line[left + 1] * rest


def open_px(fold: Fold, rng: np.random.Generator) -> Places:
    """Return how wide a crack stands open at each pixel, in pixels of a crack of width one; zero where it closed."""
    openness = np.maximum(np.float32(0.7) + wander(256, rng, knots=12), np.float32(0.0))
    return look_up(fold.along, openness, span=fold.span)


def crack_opacity(fold: Fold, width_px: Places, flakes: Places) -> Places:
    """Return the opacity of bare paper along a crack, in [0, 1].

    Args:
        fold: Where the pixels lie.
        width_px: How wide the crack stands open at each pixel.
        flakes: How readily the emulsion flakes off there, in [0, 1].
    """
    reach = width_px * (np.float32(0.25) + np.float32(1.1) * flakes**2)
    return np.float32(0.92) * smooth_step(reach - np.abs(fold.across) + np.float32(0.5))
