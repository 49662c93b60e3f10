"""How sharp a photograph is: the blur of its edges, and the resolution that its spectrum really holds."""

import cv2
import numpy as np
from scipy import fft

from oldphoto_core.image import Grey

FINE_PX = 1.0
COARSE_PX = 2.0
EDGES_NEEDED = 40


def edge_sigma_px(grey: Grey, noise_sigma: float) -> float:
    """Return the Gaussian sigma, in pixels, that best explains the softness of half of its edges.

    A step blurred by ``s`` has a gradient proportional to ``1 / sqrt(s^2 + t^2)`` once it is blurred by ``t`` more;
    the ratio of two such gradients gives ``s`` and drops the unknown height of the step (Zhuo and Sim, "Defocus map
    estimation from a single image", 2011). The median counts: a soft
    background has few edges strong enough to enter, and so weighs little.

    Args:
        grey: Luma in [0, 1].
        noise_sigma: The noise in the picture; edges that noise could make are left out.

    Returns:
        Sigma in [0, 10]; 0 where there are too few edges to judge.
    """
    fine = _gradient(grey, FINE_PX)
    coarse = _gradient(grey, COARSE_PX)
    peak = fine >= cv2.dilate(fine, np.ones((3, 3), np.uint8))
    edges = peak & (fine > max(0.02, 2.5 * noise_sigma / FINE_PX**2 * 0.2821))
    if np.count_nonzero(edges) < EDGES_NEEDED:
        return 0.0
    ratio = fine[edges] / np.maximum(coarse[edges], 1e-6)
    squared = (COARSE_PX**2 - ratio**2 * FINE_PX**2) / np.maximum(ratio**2 - 1.0, 1e-3)
    return float(np.clip(np.sqrt(max(0.0, float(np.median(squared)))), 0.0, 10.0))


def detail_long_side_px(photo_px: int, view_px: int, *, reach: float, edge_sigma: float) -> float:
    """Return the long side in pixels of the smallest picture that would hold the same detail.

    An enlargement by ``k`` follows the law up to about ``1.4 / k``, since it does not cut off at once. Blur empties the
    spectrum too, but softens the edges as much as that says, where an enlargement leaves them sharper: if the edges
    explain the loss, it is blur's, and the side counts 1.8 times.

    Args:
        photo_px: Long side of the photograph.
        view_px: Long side of the view that was measured.
        reach: What ``spectral_reach`` said of the view.
        edge_sigma: What ``edge_sigma_px`` said of the view.

    Examples:
        >>> detail_long_side_px(3000, 1024, reach=1.0, edge_sigma=0.0)
        3000.0
    """
    if reach >= 1.0:
        return float(photo_px)
    unexplained = sigma_of_reach_px(reach) - edge_sigma
    blur_share = float(np.clip((0.45 - unexplained) / 0.3, 0.0, 1.0))
    return float(min(photo_px, 1.4 * reach * view_px * (1.0 + 0.8 * blur_share)))


def sigma_of_reach_px(reach: float) -> float:
    """Return the sigma in pixels of the Gaussian blur that would end the spectrum at this reach.

    A Gaussian of sigma ``s`` takes ``4.343 (2 pi f s)^2`` dB off at ``f`` cycles a pixel: 15 dB at ``f = 0.296 / s``.

    Examples:
        >>> round(sigma_of_reach_px(0.5), 2)
        1.18
    """
    return 0.592 / reach


def _gradient(grey: Grey, sigma_px: float) -> Grey:
    """Return the magnitude of the gradient of the picture blurred by sigma."""
    soft = cv2.GaussianBlur(grey, (0, 0), sigma_px, borderType=cv2.BORDER_REFLECT_101)
    return cv2.magnitude(cv2.Sobel(soft, cv2.CV_32F, 1, 0, scale=0.125), cv2.Sobel(soft, cv2.CV_32F, 0, 1, scale=0.125))


def spectral_reach(grey: Grey) -> float:
    """Return how far the spectrum follows the power law of natural pictures, as a share of the Nyquist frequency.

    Natural pictures have a radial power near ``f^-2``; enlarging leaves the band above the old Nyquist frequency
    empty. The law is fitted where every picture has power and followed up to the first band that falls 15 dB below it.

    Returns:
        A share in (0, 1]; 1 for a picture that holds detail up to its pixel size, or is too flat to tell.
    """
    side = min(512, grey.shape[0], grey.shape[1])
    if side < 64:
        return 1.0
    top, left = (grey.shape[0] - side) // 2, (grey.shape[1] - side) // 2
    square = grey[top : top + side, left : left + side]
    window = np.hanning(side)[:, None] * np.hanning(side)[None, :]
    power = np.abs(fft.rfft2((square - square.mean()) * window)) ** 2
    rows = np.fft.fftfreq(side)[:, None]
    radius = np.sqrt(rows**2 + np.fft.rfftfreq(side)[None, :] ** 2)
    bands = 48
    which = np.minimum((radius * 2 * bands).astype(np.int64), bands)
    profile = np.bincount(which.ravel(), weights=power.ravel()) / np.maximum(np.bincount(which.ravel()), 1)
    level = 10 * np.log10(np.maximum(profile[:bands], 1e-12))
    at = np.log10((np.arange(bands) + 0.5) / bands)
    base = slice(2, 8)
    slope, start = np.polyfit(at[base], level[base], 1)
    slope = float(np.clip(slope, -35.0, -15.0))
    start = float(np.mean(level[base] - slope * at[base]))
    below = np.flatnonzero(level[base.stop :] < start + slope * at[base.stop :] - 15.0)
    return 1.0 if below.size == 0 else float((below[0] + base.stop) / bands)
