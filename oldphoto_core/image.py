"""What a photograph is here: shape, type, range; the conversions.

A ``Photo`` is a float32 array of shape (H, W, 3): sRGB (IEC 61966-2-1, gamma-encoded) in [0, 1]. Black-and-white
photographs have three equal channels. A ``Mask`` marks pixels with True, a ``Grey`` holds one value in [0, 1] a pixel.
"""

import numpy as np
from jaxtyping import Bool, Float32, UInt8

from oldphoto_core.errors import PhotoShapeError

Photo = Float32[np.ndarray, "H W 3"]
Grey = Float32[np.ndarray, "H W"]
Mask = Bool[np.ndarray, "H W"]
Bytes8 = UInt8[np.ndarray, "H W 3"]

LUMA = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)
"""Weights of R, G, B in luma (ITU-R BT.709)."""


def check_photo(photo: np.ndarray) -> None:
    """Refuse an array that is not a photograph.

    Raises:
        PhotoShapeError: The array is not float32 (H, W, 3) with at least one pixel, or holds NaN or infinity.

    Examples:
        >>> check_photo(np.zeros((2, 2, 3), dtype=np.float32))
        >>> check_photo(np.zeros((2, 2), dtype=np.float32))
        Traceback (most recent call last):
        ...
        oldphoto_core.errors.PhotoShapeError: expected float32 (H, W, 3) with pixels, found float32 (2, 2)
    """
    if photo.dtype != np.float32 or photo.ndim != 3 or photo.shape[2] != 3 or photo.size == 0:
        raise PhotoShapeError(found=f"{photo.dtype} {photo.shape}", expected="float32 (H, W, 3) with pixels")
    if not bool(np.isfinite(photo).all()):
        raise PhotoShapeError(found="NaN or infinity", expected="finite values")


def luma(photo: Photo) -> Grey:
    """Return the luma of each pixel in [0, 1] (gamma-encoded, BT.709 weights).

    Examples:
        >>> luma(np.ones((1, 1, 3), dtype=np.float32)).round(4).tolist()
        [[1.0]]
    """
    return photo @ LUMA


def to_bytes8(photo: Photo) -> Bytes8:
    """Return the photograph as 8-bit values in [0, 255], rounded to nearest, clipped.

    Examples:
        >>> to_bytes8(np.full((1, 1, 3), 0.5, dtype=np.float32)).tolist()
        [[[128, 128, 128]]]
    """
    return np.rint(np.clip(photo, 0.0, 1.0) * 255.0).astype(np.uint8)


def from_bytes8(pixels: Bytes8) -> Photo:
    """Return 8-bit values as a photograph in [0, 1].

    Examples:
        >>> float(from_bytes8(np.full((1, 1, 3), 255, dtype=np.uint8)).max())
        1.0
    """
    return pixels.astype(np.float32) / np.float32(255.0)


def is_monochrome(photo: Photo, *, tolerance: float = 0.02) -> bool:
    """Return whether the photograph has one tone: grey, or a single toning hue such as sepia.

    A toned print lies on one smooth curve from black to white: once luma is known, chroma is known. So the test is the
    share of chroma that a curve over luma does not explain.

    Args:
        photo: The photograph.
        tolerance: Largest standard deviation of R-G and B-G about that curve, in units of [0, 1].

    Returns:
        True if no pixel population departs from the curve by more than the tolerance.
    """
    step = max(1, min(photo.shape[:2]) // 256)
    small = photo[::step, ::step].reshape(-1, 3)
    chroma = np.stack([small[:, 0] - small[:, 1], small[:, 2] - small[:, 1]], axis=1)
    bins = np.clip((small @ LUMA) * 32, 0, 31).astype(np.int64)
    count = np.maximum(np.bincount(bins, minlength=32), 1)
    residual = np.empty_like(chroma)
    for channel in range(2):
        mean = np.bincount(bins, weights=chroma[:, channel], minlength=32) / count
        residual[:, channel] = chroma[:, channel] - mean[bins]
    return bool(np.sqrt(np.mean(residual**2, axis=0)).max() <= tolerance)
