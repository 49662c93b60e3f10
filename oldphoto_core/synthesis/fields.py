"""Smooth random fields: clouds over the plane, wandering lines, and the paper under a photograph."""

from functools import lru_cache

import cv2
import numpy as np
from jaxtyping import Float32, Float64

from oldphoto_core.image import Grey, Photo

Line = Float32[np.ndarray, " N"]

_WORKING_PX = 5.0  # an octave is made at no more pixels a cell than this, then enlarged
_FINE_PX = 4.0  # cells of no more pixels than this need no smooth interpolation
_SAMPLES = 64  # pixels a side that the tone of the paper is read from


def smooth_step(value: Float32[np.ndarray, "..."]) -> Float32[np.ndarray, "..."]:
    """Return a value clipped to [0, 1] and eased at both ends (3t^2 - 2t^3).

    Examples:
        >>> smooth_step(np.array([-1.0, 0.5, 2.0], np.float32)).tolist()
        [0.0, 0.5, 1.0]
    """
    t = np.clip(value, np.float32(0.0), np.float32(1.0))
    return t * t * (np.float32(3.0) - np.float32(2.0) * t)


def cloud(
    shape: tuple[int, int], rng: np.random.Generator, *, cell: float, octaves: int = 4, gain: float = 0.5
) -> Grey:
    """Return fractal value noise in [0, 1]: uniform grids of finer and finer cells, falling in weight.

    Args:
        shape: Height and width in pixels.
        rng: The source of chance.
        cell: Size of the coarsest cell as a share of the longer side, above zero.
        octaves: How many grids are added; each has cells half the size of the one before.
        gain: Weight of a grid relative to the one before; 0.5 looks like clouds, 0.75 like rock or leaves.
    """
    height, width = shape
    total: Grey = np.zeros((1, 1), dtype=np.float32)
    weight = 1.0
    for octave in range(octaves):
        size_px = max(1.0, cell * max(shape) / 2**octave)
        rows, columns = int(height / size_px) + 2, int(width / size_px) + 2
        grid = rng.random((rows, columns), dtype=np.float32)
        # A coarse octave needs few pixels: it is enlarged together with the sum of those before it.
        shrink = max(1.0, size_px / _WORKING_PX)
        small = (max(1, round(width / shrink)), max(1, round(height / shrink)))
        total = np.asarray(cv2.resize(total, small, interpolation=cv2.INTER_CUBIC), np.float32)
        way = cv2.INTER_CUBIC if size_px > _FINE_PX else cv2.INTER_LINEAR
        total += cv2.resize(np.float32(weight) * grid, small, interpolation=way)
        weight *= gain
    if total.shape != shape:
        total = np.asarray(cv2.resize(total, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)
    total -= total.min()
    total *= np.float32(1.0) / max(total.max(), np.float32(1e-6))
    return np.minimum(total, np.float32(1.0), out=total)


def wander(length: int, rng: np.random.Generator, *, knots: int, octaves: int = 4) -> Line:
    """Return fractal noise along a line, in [-1, 1]: a crack, a ridge, a torn edge.

    Args:
        length: Number of samples, at least one.
        rng: The source of chance.
        knots: Bends of the coarsest octave along the whole line; each octave doubles them.
        octaves: How many octaves are added.
    """
    bends = _bends(length, knots, octaves)
    total = bends @ rng.uniform(-1.0, 1.0, bends.shape[1])
    return (total / max(float(np.abs(total).max()), 1e-6)).astype(np.float32)


@lru_cache(maxsize=256)
def _bends(length: int, knots: int, octaves: int) -> Float64[np.ndarray, "length K"]:
    """Return the weights by which the knots of all octaves, one after the other, make up each sample of a line."""
    at = np.arange(length) / max(length - 1, 1)
    weights = []
    for octave in range(octaves):
        pieces = knots * 2**octave
        away = np.abs(at[:, None] * pieces - np.arange(pieces + 1))
        weights.append(np.maximum(1.0 - away, 0.0) / 2**octave)
    together = np.concatenate(weights, axis=1)
    together.setflags(write=False)
    return together


def paper_tone(photo: Photo) -> Float32[np.ndarray, " 3"]:
    """Return the colour of the paper, in [0, 1], guessed as a little lighter than the lightest two percent."""
    step = max(1, min(photo.shape[:2]) // _SAMPLES)
    some = photo[::step, ::step].reshape(-1, 3)
    lightest = np.partition(some, int(0.98 * (len(some) - 1)), axis=0)[int(0.98 * (len(some) - 1))]
    return (0.35 + 0.62 * lightest).clip(0.0, 0.98).astype(np.float32)


def blend(photo: Photo, colour: Float32[np.ndarray, "... 3"], opacity: Grey) -> Photo:
    """Return the photograph under a colour of the given opacity per pixel, in [0, 1].

    Examples:
        >>> half = np.full((1, 1), 0.5, np.float32)
        >>> blend(np.zeros((1, 1, 3), np.float32), np.ones(3, np.float32), half).tolist()
        [[[0.5, 0.5, 0.5]]]
    """
    lift = np.subtract(colour, photo) if colour.ndim == 3 else _away_from(photo, colour)
    lift *= cv2.cvtColor(opacity, cv2.COLOR_GRAY2RGB)
    lift += photo
    return lift


def _away_from(photo: Photo, colour: Float32[np.ndarray, " 3"]) -> Photo:
    """Return how much lighter the colour is than each pixel."""
    # One affine transform: broadcasting over a last axis of three is several times slower.
    return cv2.transform(photo, np.hstack([-np.eye(3, dtype=np.float32), colour[:, None]]))
