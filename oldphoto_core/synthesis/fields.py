"""Smooth random fields: clouds over the plane, wandering lines, and the paper under a photograph."""

import cv2
import numpy as np
from jaxtyping import Float32

from oldphoto_core.image import Grey, Photo

Line = Float32[np.ndarray, " N"]


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
    total = np.zeros(shape, dtype=np.float32)
    weight = 1.0
    for octave in range(octaves):
        size_px = max(1.0, cell * max(shape) / 2**octave)
        rows, columns = int(height / size_px) + 2, int(width / size_px) + 2
        grid = rng.random((rows, columns), dtype=np.float32)
        total += np.float32(weight) * cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
        weight *= gain
    low, high = float(total.min()), float(total.max())
    return (total - np.float32(low)) / np.float32(max(high - low, 1e-6))


def wander(length: int, rng: np.random.Generator, *, knots: int, octaves: int = 4) -> Line:
    """Return fractal noise along a line, in [-1, 1]: a crack, a ridge, a torn edge.

    Args:
        length: Number of samples, at least one.
        rng: The source of chance.
        knots: Bends of the coarsest octave along the whole line; each octave doubles them.
        octaves: How many octaves are added.
    """
    at = np.arange(length) / max(length - 1, 1)
    total = np.zeros(length)
    for octave in range(octaves):
        pieces = knots * 2**octave
        total += np.interp(at * pieces, np.arange(pieces + 1), rng.uniform(-1.0, 1.0, pieces + 1)) / 2**octave
    return (total / max(float(np.abs(total).max()), 1e-6)).astype(np.float32)


def paper_tone(photo: Photo) -> Float32[np.ndarray, " 3"]:
    """Return the colour of the paper, in [0, 1], guessed as a little lighter than the lightest two percent."""
    step = max(1, min(photo.shape[:2]) // 96)
    lightest = np.percentile(photo[::step, ::step].reshape(-1, 3), 98, axis=0)
    return (0.35 + 0.62 * lightest).clip(0.0, 0.98).astype(np.float32)


def blend(photo: Photo, colour: Float32[np.ndarray, "... 3"], opacity: Grey) -> Photo:
    """Return the photograph under a colour of the given opacity per pixel, in [0, 1].

    Examples:
        >>> half = np.full((1, 1), 0.5, np.float32)
        >>> blend(np.zeros((1, 1, 3), np.float32), np.ones(3, np.float32), half).tolist()
        [[[0.5, 0.5, 0.5]]]
    """
    # Plane by plane: broadcasting over a last axis of three is several times slower.
    inks = cv2.split(colour) if colour.ndim == 3 else colour
    return cv2.merge([plane + opacity * (ink - plane) for plane, ink in zip(cv2.split(photo), inks, strict=True)])
