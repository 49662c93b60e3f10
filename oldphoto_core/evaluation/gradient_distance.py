"""A distance that follows what people see without learned weights: how unevenly the gradients were changed.

It sees structure, not colour and not overall lightness. It is no LPIPS: its figures compare with each other only.
"""

import cv2
import numpy as np
from jaxtyping import Float32

from oldphoto_core.errors import PhotoShapeError
from oldphoto_core.image import Grey, Photo, luma

SMALLEST_SIDE_PX = 32
_WEIGHTS = (0.096, 0.596, 0.289, 0.019)
"""Weight of the picture at full size, halved, quartered, at an eighth (Zhang, Sun and Mou 2017)."""

_STEADY = 170.0 / 255.0**2
"""The constant 170 of the paper, for values in [0, 1]."""

_PREWITT = np.array([[1.0, 0.0, -1.0]] * 3, dtype=np.float32) / np.float32(3.0)


def gradient_distance(photo: Photo, reference: Float32[np.ndarray, "_ _ 3"]) -> float:
    """Return the multi-scale gradient magnitude similarity deviation, MS-GMSD: 0 for equal pictures, about 0.3 at most.

    GMSD (Xue et al. 2014) is the standard deviation over the picture of the similarity of gradient magnitudes; four
    scales are joined as the root of the weighted mean square (Zhang, Sun and Mou 2017).

    Raises:
        PhotoShapeError: The pictures differ in size or are under 32 pixels on a side.

    Examples:
        >>> grey = np.full((32, 32, 3), 0.5, dtype=np.float32)
        >>> gradient_distance(grey, grey)
        0.0
    """
    if photo.shape != reference.shape or min(photo.shape[:2]) < SMALLEST_SIDE_PX:
        raise PhotoShapeError(
            found=f"{photo.shape} and {reference.shape}", expected=f"one size, {SMALLEST_SIDE_PX} px or more a side"
        )
    one, other = luma(photo), luma(reference)
    total = 0.0
    for scale, weight in enumerate(_WEIGHTS):
        if scale:
            one, other = _halved(one), _halved(other)
        total += weight * _deviation(one, other) ** 2
    return float(np.sqrt(total))


def _deviation(one: Grey, other: Grey) -> float:
    """Return the standard deviation of the similarity of gradient magnitudes."""
    first, second = _gradient(one), _gradient(other)
    alike = (2.0 * first * second + _STEADY) / (np.square(first) + np.square(second) + _STEADY)
    return float(alike.std())


def _gradient(grey: Grey) -> Float32[np.ndarray, "_ _"]:
    """Return the length of the Prewitt gradient, without the rim whose neighbours are not known."""
    across, down = cv2.filter2D(grey, cv2.CV_32F, _PREWITT), cv2.filter2D(grey, cv2.CV_32F, _PREWITT.T)
    return cv2.magnitude(across, down)[1:-1, 1:-1]


def _halved(grey: Float32[np.ndarray, "H W"]) -> Float32[np.ndarray, "_ _"]:
    """Return the means of 2x2 pixels; an odd row or column is left out."""
    rows, columns = grey.shape[0] // 2, grey.shape[1] // 2
    blocks = grey[: 2 * rows, : 2 * columns].reshape(rows, 2, columns, 2)
    return np.asarray(blocks.mean(axis=(1, 3)), dtype=np.float32)
