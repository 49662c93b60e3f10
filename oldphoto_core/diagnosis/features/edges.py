"""How wide edges are, and whether the picture was once enlarged."""

from itertools import pairwise

import cv2
import numpy as np
from jaxtyping import Float32, Float64
from scipy import fft, ndimage

from oldphoto_core.image import Grey

QUANTILES = (0.05, 0.15, 0.3, 0.5, 0.7, 0.9)
FINE_PX, COARSE_PX = 0.8, 1.6
EDGES_NEEDED = 40
WIDEST_PX = 8.0
PROFILE_PX = 256
BEATS = (0.085, 0.117, 0.133, 0.17, 0.21, 0.242, 0.258, 0.29, 0.33, 0.367, 0.383, 0.42, 0.46, 0.492)
"""Edges of the bands of frequency, in cycles a pixel, in which an enlargement is looked for. One by less than 2 shows
at the frequency that its own folds to."""

HARMONICS = (0.125, 0.25, 0.375, 0.5)
"""Frequencies of the grid of JPEG, looked at by themselves, within ``NEAR``; enlargement by 4/3 has 0.25 too."""

NEAR = 0.006


def edge_numbers(grey: Grey) -> dict[str, float]:
    """Return quantiles of the blur of edges, how strong edges are, and traces of enlargement.

    Args:
        grey: Luma in [0, 1], 64 pixels a side or more.

    Returns:
        ``edge_sigma``: Gaussian sigmas in pixels that explain the softness of edges (ratio of gradients, Zhuo and Sim
        2011). ``edge_slope``: log10 of gradients. ``beat`` and ``harmonic``: log10 of how far the second difference,
        summed along rows or columns, beats with a period (Gallagher, "Detection of linear and cubic interpolation in
        JPEG compressed images", 2005), over its usual spectrum.
    """
    fine, coarse = _gradient(grey, FINE_PX), _gradient(grey, COARSE_PX)
    numbers = {
        f"edge_slope_{int(1000 * share)}": float(value)
        for share, value in zip(
            (0.5, 0.9, 0.99, 0.999), np.log10(np.quantile(fine, (0.5, 0.9, 0.99, 0.999)) + 1e-4), strict=True
        )
    }
    sigmas = _sigmas(fine, coarse)
    found = np.quantile(sigmas, QUANTILES)
    numbers |= {f"edge_sigma_{int(100 * share)}": float(one) for share, one in zip(QUANTILES, found, strict=True)}
    return numbers | _periods(grey)


def _sigmas(fine: Grey, coarse: Grey) -> Float32[np.ndarray, " N"]:
    """Return the sigma of each clear edge; all the widest if there are too few edges."""
    peak = fine >= cv2.dilate(fine, np.ones((3, 3), np.uint8))
    edges = peak & (fine > max(0.012, float(np.quantile(fine, 0.8))))
    if np.count_nonzero(edges) < EDGES_NEEDED:
        return np.full(1, WIDEST_PX, dtype=np.float32)
    squared_ratio = (fine[edges] / np.maximum(coarse[edges], np.float32(1e-6))) ** 2
    squared = (COARSE_PX**2 - squared_ratio * FINE_PX**2) / np.maximum(squared_ratio - 1.0, 1e-2)
    return np.sqrt(np.clip(squared, 0.0, WIDEST_PX**2)).astype(np.float32)


def _gradient(grey: Grey, sigma_px: float) -> Grey:
    soft = cv2.GaussianBlur(grey, (0, 0), sigma_px, borderType=cv2.BORDER_REFLECT_101)
    return cv2.magnitude(cv2.Sobel(soft, cv2.CV_32F, 1, 0, scale=0.125), cv2.Sobel(soft, cv2.CV_32F, 0, 1, scale=0.125))


def _periods(grey: Grey) -> dict[str, float]:
    strength = np.log10(np.sqrt(_beat(grey) * _beat(grey.T)) + 1e-2)
    frequency = fft.rfftfreq(PROFILE_PX)
    numbers = {}
    for low, high in pairwise(BEATS):
        inside = (frequency >= low) & (frequency < high)
        for harmonic in HARMONICS:
            inside &= np.abs(frequency - harmonic) > NEAR
        if np.count_nonzero(inside) > 1:
            numbers[f"beat_{low:g}"] = float(strength[inside].max())
    for harmonic in HARMONICS:
        near = np.abs(frequency - harmonic) <= NEAR
        numbers[f"harmonic_{harmonic:g}"] = float(strength[near].max())
    return numbers


def _beat(grey: Grey) -> Float64[np.ndarray, " F"]:
    """Return the power spectrum of the mean size of second differences along columns, over the median around each."""
    second = np.abs(2.0 * grey[:, 1:-1] - grey[:, :-2] - grey[:, 2:])
    profile = np.log(np.minimum(second, 0.05).mean(axis=0) + 1e-4)
    profile = profile - cv2.blur(profile[None], (9, 1), borderType=cv2.BORDER_REFLECT_101)[0]
    total = np.zeros(PROFILE_PX // 2 + 1)
    step = PROFILE_PX // 2
    starts = range(0, max(1, len(profile) - step), step)
    for start in starts:
        part = profile[start : start + PROFILE_PX]
        total += np.abs(fft.rfft(part * np.hanning(len(part)), n=PROFILE_PX)) ** 2 / len(part)
    return np.asarray(total / (ndimage.median_filter(total, size=33) + 1e-6))
