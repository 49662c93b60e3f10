"""Faces to test with: five landmarks laid out as the template's, anywhere, at any size and turn; smooth pictures."""

import math

import numpy as np

from oldphoto_core.faces.align import DetectedFace, FaceBox, Landmarks
from oldphoto_core.image import Photo

_SHAPE = ((89.0, 108.5), (167.0, 108.5), (128.0, 147.5), (104.6, 195.86), (151.4, 195.86))


def similarity(factor: float, degrees: float, middle: tuple[float, float], side: int = 256) -> np.ndarray:
    """The similarity that takes the middle of a crop to a point, turned and magnified."""
    cos, sin = factor * math.cos(math.radians(degrees)), factor * math.sin(math.radians(degrees))
    half = (side - 1) / 2
    x, y = middle
    return np.array(
        [[cos, -sin, x - cos * half + sin * half], [sin, cos, y - sin * half - cos * half], [0.0, 0.0, 1.0]]
    )


def layout(factor: float, degrees: float, middle: tuple[float, float], side: int = 256) -> Landmarks:
    """The template's five points under that similarity."""
    points = np.array([(x / 256 * side, y / 256 * side, 1.0) for x, y in _SHAPE])
    a, b, c, d, e = ((float(x), float(y)) for x, y, _ in points @ similarity(factor, degrees, middle, side).T)
    return a, b, c, d, e


def face_at(factor: float, degrees: float, middle: tuple[float, float], side: int = 256) -> DetectedFace:
    """A detected face there."""
    points = layout(factor, degrees, middle, side)
    xs, ys = zip(*points, strict=True)
    box = FaceBox(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))
    return DetectedFace(box=box, landmarks=points, score=0.9)


def smooth_photo(height: int, width: int, *, period_px: float = 60.0) -> Photo:
    """Three slow waves in colour, far from 0 and 1."""
    y, x = np.mgrid[0:height, 0:width] * (2 * math.pi / period_px)
    waves = [np.sin(x + 0.5 * y), np.sin(y - 0.3 * x), np.cos(0.7 * x + 0.7 * y)]
    return np.stack([0.5 + 0.3 * wave for wave in waves], axis=2).astype(np.float32)
