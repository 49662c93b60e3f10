"""Regions of a photograph: which pixels belong together by lightness, texture, tint and place.

Superpixels (SLIC, Achanta et al. 2012) are joined bottom-up by Ward's rule into a handful of regions. It knows no
semantics: a region is a patch of similar look, not a sky, a face or a wall. Lightness is stretched to the picture's own
range and tint divided by the picture's own spread, so a faded print is divided much as a fresh one. Nothing is drawn at
random: the same picture gives the same regions.
"""

from typing import Final

import cv2
import numpy as np
from jaxtyping import Float32, Int32
from scipy.cluster.hierarchy import fcluster, ward
from skimage.segmentation import slic

from oldphoto_core.image import Photo, check_photo

Labels = Int32[np.ndarray, "H W"]
"""The region of each pixel, numbered from 0 at the top of the picture downwards."""

Lab = Float32[np.ndarray, "H W 3"]
"""CIELAB (D65): L* in [0, 100], a* and b* in about [-128, 127]."""

_SMALLEST_SIDE_PX: Final = 8
_SUPERPIXELS: Final = 200
_TINT_WEIGHT: Final = 0.6
_PLACE_WEIGHT: Final = 0.35
_TEXTURE_WEIGHT: Final = 0.5
_LEAST_DIFFERENCE: Final = 1.0
_SMALLEST_SHARE: Final = 0.02


def lab_of(photo: Photo) -> Lab:
    """Return the photograph in CIELAB (D65); values outside [0, 1] are clipped first.

    Examples:
        >>> lab_of(np.ones((1, 1, 3), dtype=np.float32)).round(1).tolist()[0][0][0]
        100.0
    """
    return np.asarray(cv2.cvtColor(np.clip(photo, 0.0, 1.0), cv2.COLOR_RGB2Lab), dtype=np.float32)


def at_working_size(photo: Photo, side_px: int) -> Float32[np.ndarray, "h w 3"]:
    """Return the photograph with its longer side reduced to ``side_px`` by area averaging; smaller ones as they are.

    Raises:
        PhotoShapeError: The array is no photograph.
    """
    check_photo(photo)
    height, width = photo.shape[:2]
    scale = side_px / max(height, width)
    if scale >= 1.0:
        return photo
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_AREA), dtype=np.float32)


def stretched_lightness(lab: Lab) -> Float32[np.ndarray, "H W"]:
    """Return L* between the picture's own 1st and 99th percentile as [0, 1], so that fading does not show.

    A picture whose range is under 4 L* is treated as if it had that range: noise is not blown up to content.
    """
    lightness = lab[..., 0]
    low, high = np.percentile(lightness, (1.0, 99.0))
    return np.clip((lightness - np.float32(low)) / np.float32(max(high - low, 4.0)), 0.0, 1.0)


def segment(photo: Photo, regions: int) -> Labels:
    """Return the region of each pixel of a small photograph (some hundred pixels a side).

    Args:
        photo: The photograph at the size the regions are wanted in.
        regions: Largest number of regions, at least 1. Fewer come back where the picture has less to tell apart.

    Returns:
        Labels 0..n-1, n <= ``regions``, ordered by the mean height of the region in the picture, each covering at
        least 2 percent of it. A picture under 8 pixels a side is one region.

    Raises:
        ValueError: ``regions`` is below 1.
        PhotoShapeError: The array is no photograph.
    """
    check_photo(photo)
    if regions < 1:
        raise ValueError(f"need at least one region, found {regions}; ask for 4 to 8")
    height, width = photo.shape[:2]
    if regions == 1 or min(height, width) < _SMALLEST_SIDE_PX:
        return np.zeros((height, width), dtype=np.int32)
    content = _content(photo)
    count = int(np.clip(height * width / 64, 4, _SUPERPIXELS))
    cells = slic(content, count, compactness=0.35, channel_axis=-1, convert2lab=False, start_label=0)
    cells = np.unique(cells, return_inverse=True)[1].reshape(height, width)
    return _ordered(_joined(cells, content, regions))


def _content(photo: Photo) -> Float32[np.ndarray, "H W F"]:
    """Return what pixels are compared by: lightness, tint (two), texture at two scales; each about [0, 1] wide."""
    lab = lab_of(photo)
    lightness = stretched_lightness(lab)
    tint = lab[..., 1:] - np.median(lab[..., 1:], axis=(0, 1))
    spread = max(float(np.percentile(np.hypot(tint[..., 0], tint[..., 1]), 95.0)), 4.0)
    layers = [lightness, *np.moveaxis(_TINT_WEIGHT * cv2.GaussianBlur(tint, (0, 0), 1.0) / spread, -1, 0)]
    for sigma in (1.5, 4.0):
        detail = np.abs(lightness - cv2.GaussianBlur(lightness, (0, 0), sigma))
        energy = cv2.GaussianBlur(detail, (0, 0), 2.0 * sigma)
        layers.append(_TEXTURE_WEIGHT * np.sqrt(np.clip(energy / 0.15, 0.0, 1.0)))
    return np.stack(layers, axis=-1).astype(np.float32)


def _joined(cells: np.ndarray, content: np.ndarray, regions: int) -> np.ndarray:
    """Return the cells joined by Ward's rule into at most that many regions."""
    means, areas = _cell_means(cells, content)
    if len(areas) < 2:
        return np.zeros_like(cells)
    tree = ward(means)
    count = min(regions, int(fcluster(tree, _LEAST_DIFFERENCE, criterion="distance").max()))
    groups = fcluster(tree, count, criterion="maxclust") - 1
    return _without_crumbs(groups, means, areas)[cells]


def _cell_means(cells: np.ndarray, content: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean content and place of each cell (N, F), and its area in pixels (N)."""
    height, width = cells.shape
    rows, columns = np.mgrid[:height, :width]
    flat = cells.ravel()
    areas = np.bincount(flat).astype(np.float64)
    layers = [*np.moveaxis(content, -1, 0), _PLACE_WEIGHT * rows / height, _PLACE_WEIGHT * columns / width]
    means = np.stack([np.bincount(flat, weights=layer.ravel()) / areas for layer in layers], axis=1)
    return means, areas


def _without_crumbs(groups: np.ndarray, means: np.ndarray, areas: np.ndarray) -> np.ndarray:
    """Return the groups with each one under 2 percent of the picture given to the group most like it."""
    groups = groups.copy()
    while True:
        names = np.unique(groups)
        shares = np.array([areas[groups == name].sum() for name in names]) / areas.sum()
        if len(names) == 1 or shares.min() >= _SMALLEST_SHARE:
            return groups
        centres = np.stack([np.average(means[groups == n], axis=0, weights=areas[groups == n]) for n in names])
        small = int(shares.argmin())
        distance = np.linalg.norm(centres - centres[small], axis=1)
        distance[small] = np.inf
        groups[groups == names[small]] = names[int(distance.argmin())]


def _ordered(labels: np.ndarray) -> Labels:
    """Return the labels renumbered from the top of the picture downwards."""
    labels = np.unique(labels, return_inverse=True)[1].reshape(labels.shape)
    rows = np.broadcast_to(np.arange(len(labels))[:, None], labels.shape)
    areas = np.bincount(labels.ravel())
    heights = np.bincount(labels.ravel(), weights=rows.ravel()) / areas
    rank = np.empty(len(areas), dtype=np.int32)
    rank[np.argsort(heights, kind="stable")] = np.arange(len(areas), dtype=np.int32)
    return rank[labels]
