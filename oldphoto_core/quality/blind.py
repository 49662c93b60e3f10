"""What can be said about a photograph alone: sharpness, noise, contrast, clipping. Luma in [0, 1] throughout."""

from dataclasses import dataclass

import cv2
import numpy as np

from oldphoto_core.image import Grey, Photo, luma

CLIPPED_MARGIN = 0.5 / 255.0
"""A luma this close to 0 or 1 counts as clipped."""

_QUIET_SHARE = 0.15
_BLOCK_PX = 8
_MAD_TO_SIGMA = 1.4826


@dataclass(frozen=True, slots=True)
class BlindQuality:
    """Four measures of one picture; none of them is a mark, they serve to compare before with after."""

    sharpness: float
    """Mean luma gradient of the strongest tenth of the edges over the contrast, per pixel, in [0, about 2]."""

    noise_sigma: float
    """Standard deviation of the noise in the flattest parts, in [0, 1]."""

    contrast: float
    """Distance from the 2 % to the 98 % quantile of luma, in [0, 1]."""

    clipped_share: float
    """Share of pixels whose luma is 0 or 1, in [0, 1]."""


def blind_quality(photo: Photo) -> BlindQuality:
    """Return the four measures of a photograph.

    Examples:
        >>> blind_quality(np.full((16, 16, 3), 0.5, dtype=np.float32))
        BlindQuality(sharpness=0.0, noise_sigma=0.0, contrast=0.0, clipped_share=0.0)
    """
    grey = luma(photo)
    contrast = luma_contrast(grey)
    return BlindQuality(
        sharpness=sharpness(grey, contrast=contrast),
        noise_sigma=quiet_noise_sigma(grey),
        contrast=contrast,
        clipped_share=clipped_share(grey),
    )


def luma_contrast(grey: Grey) -> float:
    """Return the distance from the 2 % to the 98 % quantile, in [0, 1]."""
    low, high = np.quantile(_thinned(grey), [0.02, 0.98])
    return float(high - low)


def clipped_share(grey: Grey) -> float:
    """Return the share of pixels at black or white.

    Examples:
        >>> clipped_share(np.array([[0.0, 0.5], [1.0, 0.25]], dtype=np.float32))
        0.5
    """
    return float(np.mean((grey <= CLIPPED_MARGIN) | (grey >= 1.0 - CLIPPED_MARGIN)))


def sharpness(grey: Grey, *, contrast: float) -> float:
    """Return the mean gradient of the strongest tenth of the pixels, over the contrast; 0 for a flat picture."""
    if contrast <= 1e-3 or min(grey.shape) < 3:
        return 0.0
    gradient = _thinned(
        cv2.magnitude(cv2.Sobel(grey, cv2.CV_32F, 1, 0, scale=0.125), cv2.Sobel(grey, cv2.CV_32F, 0, 1, scale=0.125))
    )
    return float(gradient[gradient >= np.quantile(gradient, 0.9)].mean() / contrast)


def quiet_noise_sigma(grey: Grey) -> float:
    """Return the standard deviation of white noise that explains the flattest blocks; 0 for pictures under 16 px.

    In each block the diagonal second difference (a - b - c + d) / 2 of 2x2 pixels is taken, which has the noise's own
    standard deviation; the median over the blocks with the least of it counts.
    """
    if min(grey.shape) < 2 * _BLOCK_PX:
        return 0.0
    detail = 0.5 * (grey[:-1, :-1] - grey[:-1, 1:] - grey[1:, :-1] + grey[1:, 1:])
    rows, columns = detail.shape[0] // _BLOCK_PX, detail.shape[1] // _BLOCK_PX
    cut = np.abs(detail[: rows * _BLOCK_PX, : columns * _BLOCK_PX])
    blocks = cut.reshape(rows, _BLOCK_PX, columns, _BLOCK_PX).swapaxes(1, 2).reshape(rows * columns, -1)
    return _MAD_TO_SIGMA * float(np.quantile(np.median(blocks, axis=1), _QUIET_SHARE))


def _thinned(grey: Grey, *, most: int = 1_000_000) -> Grey:
    """Return every n-th row and column, so that about ``most`` pixels are left."""
    step = max(1, int(np.sqrt(grey.size / most)))
    return grey[::step, ::step]
