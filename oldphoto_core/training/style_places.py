"""Which parts of pictures are shown, at which size, and how alike pictures are laid out."""

from collections.abc import Sequence

import cv2
import numpy as np
from jaxtyping import Float32

from oldphoto_core.image import Photo, from_bytes8, luma

Window = tuple[slice, slice]
"""Rows and columns of a square."""

_LAYOUT = 12


def windows(shape: tuple[int, int], sides: tuple[float, float], rng: np.random.Generator) -> tuple[Window, Window]:
    """Return two squares of a picture of this height and width, as far apart along its longer side as they may be."""
    side = max(1, round(min(shape) * float(rng.uniform(*sides))))
    first = [int(rng.integers(0, length - side + 1)) for length in shape]
    second = [int(rng.integers(0, length - side + 1)) for length in shape]
    longer = int(shape[1] >= shape[0])
    near = int(rng.integers(0, (shape[longer] - side) // 4 + 1))
    first[longer], second[longer] = near, shape[longer] - side - near
    if rng.random() < 0.5:
        first, second = second, first
    return _window(first, side), _window(second, side)


def square(pixels: np.ndarray, side_px: int) -> Photo:
    """Return a square of 8-bit pixels as a photograph of that side."""
    how = cv2.INTER_AREA if pixels.shape[0] > side_px else cv2.INTER_CUBIC
    return from_bytes8(np.asarray(cv2.resize(np.ascontiguousarray(pixels), (side_px, side_px), interpolation=how)))


def layout(pixels: np.ndarray) -> Float32[np.ndarray, "_ _"]:
    """Return lightness on a square grid, with mean 0 and spread 1."""
    small = cv2.resize(np.ascontiguousarray(pixels), (_LAYOUT, _LAYOUT), interpolation=cv2.INTER_AREA)
    light = luma(from_bytes8(small))
    light = light - light.mean()
    return np.asarray(light / max(float(light.std()), 1e-3), dtype=np.float32)


def likeness(one: Float32[np.ndarray, "_ _"], other: Float32[np.ndarray, "_ _"]) -> float:
    """Return how alike two layouts are, in [-1, 1]: their correlation, or that with the mirror image if it is greater.

    Examples:
        >>> rising = layout(np.repeat(np.arange(0, 240, 20, dtype=np.uint8)[None, :, None], 3, axis=2))
        >>> round(likeness(rising, rising[:, ::-1]), 3)
        1.0
    """
    return max(float((one * other).mean()), float((one * other[:, ::-1]).mean()))


def _window(start: Sequence[int], side: int) -> Window:
    return slice(start[0], start[0] + side), slice(start[1], start[1] + side)
