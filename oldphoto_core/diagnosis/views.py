"""Bounded views: the sizes at which a photograph is measured.

Measures that a person would judge by looking (blur, noise, tone, cast) are taken at a viewing size, so a 600 dpi scan
is not called blurred or noisy for what nobody sees without a loupe. The mask is drawn at a larger size.
"""

import cv2
import numpy as np
from jaxtyping import Bool, Float32

from oldphoto_core.image import Grey, Mask, Photo

View = Float32[np.ndarray, "h w 3"]
"""A photograph at another size."""


def shrink(photo: Photo, long_side_px: int) -> View:
    """Return the photograph with a long side of at most so many pixels; one that fits comes back as it is.

    Area averaging: each new pixel is the mean of the old ones it covers, so nothing aliases.

    Examples:
        >>> shrink(np.zeros((400, 200, 3), dtype=np.float32), 100).shape
        (100, 50, 3)
    """
    height, width = photo.shape[:2]
    scale = long_side_px / max(height, width)
    if scale >= 1.0:
        return photo
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(photo, size, interpolation=cv2.INTER_AREA)


def enlarge_mask(mask: Mask, shape: tuple[int, int]) -> Bool[np.ndarray, "h w"]:
    """Return a mask drawn on a shrunken view at the size (H, W) of the photograph.

    A pixel of the view that is marked marks every pixel of the photograph it was averaged from, so a thin scratch
    loses nothing; a ring of one pixel more covers what lies across the rounding.

    Examples:
        >>> enlarge_mask(np.eye(2, dtype=np.bool_), (4, 4)).shape
        (4, 4)
    """
    if mask.shape == shape:
        return mask
    large = cv2.resize(mask.astype(np.uint8), (shape[1], shape[0]), interpolation=cv2.INTER_NEAREST)
    return cv2.dilate(large, np.ones((3, 3), np.uint8)).astype(np.bool_)


def inner(grey: Grey, margin: float) -> Float32[np.ndarray, "h w"]:
    """Return the picture without its margin, a share of each side; a scan's frame says nothing about the print.

    Examples:
        >>> inner(np.zeros((100, 50), dtype=np.float32), 0.1).shape
        (80, 40)
    """
    height, width = grey.shape
    rows, columns = int(height * margin), int(width * margin)
    return grey[rows : height - rows, columns : width - columns]


def centre(photo: Photo, side_px: int) -> View:
    """Return the central part of at most so many pixels a side, at full size.

    Examples:
        >>> centre(np.zeros((100, 50, 3), dtype=np.float32), 60).shape
        (60, 50, 3)
    """
    height, width = photo.shape[:2]
    top, left = max(0, height - side_px) // 2, max(0, width - side_px) // 2
    return photo[top : top + side_px, left : left + side_px]
