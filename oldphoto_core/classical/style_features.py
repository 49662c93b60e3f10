"""What a region looks like with its colours and its fading taken away, as numbers to compare regions by.

All of it is read from lightness stretched to the picture's own range, never from colour: an old print's faded tints
must not choose its reference. It is texture and place, no more: it cannot tell a lawn from a carpet.
"""

from typing import Final

import cv2
import numpy as np
from jaxtyping import Float32, Float64
from skimage.feature import local_binary_pattern

from oldphoto_core.classical.regions import Labels

_SCALES_PX: Final = (1.0, 3.0)
_DIRECTIONS: Final = 6
_PATTERNS: Final = 10

FEATURE_GROUPS: Final[dict[str, slice]] = {
    "lightness": slice(0, 2),
    "place": slice(2, 6),
    "energy": slice(6, 11),
    "direction": slice(11, 23),
    "pattern": slice(23, 43),
}
"""Where each kind of measurement stands in a descriptor."""

FEATURES: Final = 43
"""Length of a descriptor."""


def describe_regions(lightness: Float32[np.ndarray, "H W"], labels: Labels) -> Float64[np.ndarray, "N 43"]:
    """Return one descriptor for each region.

    Args:
        lightness: Lightness stretched to the picture's own range, in [0, 1].
        labels: The region of each pixel, 0..N-1, none empty.

    Returns:
        By columns: mean and spread of the lightness rank in the picture; mean height, its spread, share of the top and
        of the bottom edge; gradient energy at two scales (mean and spread of the log, relative to the picture) and the
        smooth share; Hellinger histograms of edge direction (6 bins) and of local binary patterns (10 bins), each
        at two scales. All of the order of 1.
    """
    flat = labels.ravel()
    areas = np.bincount(flat).astype(np.float64)
    columns = [*_rank(lightness, flat, areas), *_place(labels, areas)]
    directions, patterns = [], []
    energies: list[np.ndarray] = []
    for scale in _SCALES_PX:
        smooth = cv2.GaussianBlur(lightness, (0, 0), scale)
        gradient_x = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, scale=0.125, borderType=cv2.BORDER_REPLICATE)
        gradient_y = cv2.Sobel(smooth, cv2.CV_32F, 0, 1, scale=0.125, borderType=cv2.BORDER_REPLICATE)
        energies += _energy(np.hypot(gradient_x, gradient_y).ravel(), flat, areas)
        directions.append(_directions(gradient_x.ravel(), gradient_y.ravel(), flat))
        patterns.append(_patterns(smooth, flat, scale))
    energies.append(_smooth_share(lightness, flat, areas))
    return np.concatenate([np.stack([*columns, *energies], axis=1), *directions, *patterns], axis=1)


def _mean(values: np.ndarray, flat: np.ndarray, areas: np.ndarray) -> np.ndarray:
    """Return the mean of the values in each region."""
    return np.bincount(flat, weights=values.ravel(), minlength=len(areas)) / areas


def _moments(values: np.ndarray, flat: np.ndarray, areas: np.ndarray) -> list[np.ndarray]:
    """Return mean and standard deviation of the values in each region."""
    mean = _mean(values, flat, areas)
    return [mean, np.sqrt(_mean((values.ravel() - mean[flat]) ** 2, flat, areas))]


def _rank(lightness: np.ndarray, flat: np.ndarray, areas: np.ndarray) -> list[np.ndarray]:
    """Return mean and spread of the rank of the lightness: the share of the picture that is darker."""
    bins = np.clip((lightness * 255.0).astype(np.int64), 0, 255)
    count = np.bincount(bins.ravel(), minlength=256)
    rank = (np.cumsum(count) - 0.5 * count) / bins.size
    return _moments(rank[bins], flat, areas)


def _place(labels: Labels, areas: np.ndarray) -> list[np.ndarray]:
    """Return mean height, its spread, and how much of the top and the bottom edge the region holds."""
    height, width = labels.shape
    rows = np.broadcast_to(((np.arange(height) + 0.5) / height)[:, None], labels.shape)
    edges = [np.bincount(line, minlength=len(areas)) / width for line in (labels[0], labels[-1])]
    return [*_moments(rows, labels.ravel(), areas), *edges]


def _energy(magnitude: np.ndarray, flat: np.ndarray, areas: np.ndarray) -> list[np.ndarray]:
    """Return mean and spread of the log gradient, relative to the picture's mean gradient."""
    relative = magnitude / max(float(magnitude.mean()), 1e-4)
    return _moments(0.25 * np.log(relative + 0.02), flat, areas)


def _smooth_share(lightness: np.ndarray, flat: np.ndarray, areas: np.ndarray) -> np.ndarray:
    """Return the share of pixels in each region without visible detail around them."""
    detail = np.abs(cv2.GaussianBlur(lightness, (0, 0), 1.0) - cv2.GaussianBlur(lightness, (0, 0), 3.0))
    return _mean((detail < 0.01).astype(np.float64), flat, areas)


def _directions(gradient_x: np.ndarray, gradient_y: np.ndarray, flat: np.ndarray) -> np.ndarray:
    """Return the square root of the share of gradient in each of six directions, a row for each region."""
    angle = np.mod(np.arctan2(gradient_y, gradient_x), np.pi)
    bins = np.mod(np.rint(angle * (_DIRECTIONS / np.pi)).astype(np.int64), _DIRECTIONS)
    return _hellinger(bins, flat, bins=_DIRECTIONS, weights=np.hypot(gradient_x, gradient_y) + 1e-5)


def _patterns(smooth: np.ndarray, flat: np.ndarray, scale: float) -> np.ndarray:
    """Return the square root of the share of each uniform local binary pattern (Ojala et al. 2002)."""
    grey = np.rint(np.clip(smooth, 0.0, 1.0) * 255.0).astype(np.uint8)
    # The ignore: scikit-image has no annotations.
    codes = local_binary_pattern(grey, 8, scale, method="uniform").astype(np.int64)  # type: ignore[no-untyped-call]
    return _hellinger(codes.ravel(), flat, bins=_PATTERNS, weights=np.ones(flat.size))


def _hellinger(codes: np.ndarray, flat: np.ndarray, *, bins: int, weights: np.ndarray) -> np.ndarray:
    """Return the square root of the weighted histogram of the codes in each region; its rows have length 1."""
    regions = int(flat.max()) + 1
    table = np.bincount(flat * bins + codes, weights=weights, minlength=regions * bins).reshape(regions, bins)
    return np.sqrt(table / np.maximum(table.sum(axis=1, keepdims=True), 1e-12))
