"""Small grey copies of a photograph: all that hashing and geometric comparison look at."""

import cv2
import numpy as np
from jaxtyping import Float32

from oldphoto_core.image import Grey, Photo, luma

Scaled = Float32[np.ndarray, "H2 W2"]
"""A grey picture as ``Grey``, of another size than the one it was made from."""


def grey_proxy(photo: Photo, long_side_px: int) -> Scaled:
    """Return the luma of the photograph, scaled so that its long side has the wanted length.

    Scaling down averages areas, so grain, halftone dots and the resolution of the scan leave little trace; scaling up
    interpolates linearly. No side becomes shorter than one pixel.

    Args:
        photo: The photograph; it is not changed.
        long_side_px: Length of the long side of the result in pixels.

    Returns:
        Luma in [0, 1].

    Examples:
        >>> grey_proxy(np.ones((40, 80, 3), dtype=np.float32), 20).shape
        (10, 20)
    """
    scale = long_side_px / max(photo.shape[:2])
    return scaled(luma(photo), scale)


def scaled(grey: Grey, scale: float) -> Scaled:
    """Return the picture at another size, clipped to [0, 1]: area averages going down, linear going up."""
    height, width = (max(1, round(side * scale)) for side in grey.shape)
    return resized(grey, (height, width))


def resized(grey: Grey, shape: tuple[int, int]) -> Scaled:
    """Return the picture with exactly this (height, width), clipped to [0, 1]."""
    shrinks = shape[0] <= grey.shape[0] and shape[1] <= grey.shape[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    small = cv2.resize(np.ascontiguousarray(grey), (shape[1], shape[0]), interpolation=method)
    clipped: Scaled = np.clip(small, 0.0, 1.0).astype(np.float32, copy=False)
    return clipped
