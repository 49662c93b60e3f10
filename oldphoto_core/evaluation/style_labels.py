"""Regions of a labelled picture, made fit to divide it: few, none of them tiny, numbered from 0."""

import cv2
import numpy as np
from jaxtyping import Int32, UInt8
from scipy.ndimage import distance_transform_edt

from oldphoto_core.classical.regions import at_working_size, segment
from oldphoto_core.image import Photo

RegionLabels = Int32[np.ndarray, "H W"]
"""The region of each pixel, numbered from 0."""

SMALLEST_SHARE = 0.02
"""A region that covers less of the picture goes to its neighbours."""

SEGMENTS = 6
"""So many regions at most where nobody labelled them."""

_LOOKED_AT_PX = 320

LabelPicture = UInt8[np.ndarray, "_ _"] | UInt8[np.ndarray, "_ _ _"]
"""A picture of labels as it is on disk: a number or a colour for each region."""


def tidy_labels(raw: LabelPicture, size: tuple[int, int]) -> RegionLabels:
    """Return the labels at a size, every region under ``SMALLEST_SHARE`` given to the nearest larger one.

    Blended colours on the borders of a colour-coded picture are such small regions, so they vanish.

    Args:
        raw: Numbers or colours, one for each region.
        size: Height and width that are wanted.
    """
    codes = raw if raw.ndim == 2 else raw.astype(np.int64) @ (256 ** np.arange(raw.shape[2]))
    codes = np.unique(codes, return_inverse=True)[1].reshape(raw.shape[:2])
    enlarged = cv2.resize(codes.astype(np.int32), (size[1], size[0]), interpolation=cv2.INTER_NEAREST_EXACT)
    return without_crumbs(np.asarray(enlarged, dtype=np.int32))


def without_crumbs(labels: RegionLabels) -> RegionLabels:
    """Return the labels numbered from 0 anew, every small region given, pixel by pixel, to the nearest larger one.

    Where all are small the largest one stays.
    """
    names, counts = np.unique(labels, return_counts=True)
    large = names[counts >= min(SMALLEST_SHARE * labels.size, counts.max())]
    crumbs = ~np.isin(labels, large)
    if bool(crumbs.any()):
        rows, columns = distance_transform_edt(crumbs, return_distances=False, return_indices=True)
        labels = labels[rows, columns]
    return np.unique(labels, return_inverse=True)[1].reshape(labels.shape).astype(np.int32)


def found_regions(photo: Photo) -> RegionLabels:
    """Return the regions of a picture that nobody labelled: its segments, which know nothing of what is seen."""
    labels = segment(at_working_size(photo, _LOOKED_AT_PX), SEGMENTS)
    size = (photo.shape[1], photo.shape[0])
    return np.asarray(cv2.resize(labels, size, interpolation=cv2.INTER_NEAREST_EXACT), dtype=np.int32)
