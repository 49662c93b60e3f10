"""Local features of a photograph: where they lie and what they look like, also in the mirror.

SIFT (Lowe 2004) in the RootSIFT form (Arandjelovic and Zisserman 2012): the square root of the L1-normalised
descriptor, so that a dot product of two descriptors is their Hellinger similarity in [0, 1].
"""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float32

from oldphoto_core.dedupe.proxy import grey_proxy
from oldphoto_core.image import Grey, Photo

LONG_SIDE_PX = 512
"""Long side of the grey copy that features are taken from; their coordinates are its pixels."""

MOST_FEATURES = 800
"""The strongest features kept of one picture."""

WEAKEST_CONTRAST = 0.02
"""SIFT's contrast threshold; half the usual value, since faded prints have little."""


@dataclass(frozen=True, slots=True)
class Features:
    """What geometric verification needs of one photograph; about 0.7 MB, so it can be kept between pairs."""

    grey: Grey
    """Luma of the small copy, in [0, 1]."""

    points: Float32[np.ndarray, "N 2"]
    """Positions (x, y) in pixels of the small copy."""

    descriptors: Float32[np.ndarray, "N 128"]
    """RootSIFT descriptors of unit length."""


def extract_features(photo: Photo) -> Features:
    """Return the local features of a photograph; none for a plain one."""
    grey = grey_proxy(photo, LONG_SIDE_PX)
    low, high = np.percentile(grey, (0.5, 99.5))
    # Stretched to the full range, so that a faded print has as many features as a fresh one.
    stretched = np.clip((grey - low) / max(float(high - low), 0.05), 0.0, 1.0)
    # Without precise upscaling every feature lies a quarter of a pixel off, and a mirrored one on the other side.
    sift = cv2.SIFT.create(nfeatures=MOST_FEATURES, contrastThreshold=WEAKEST_CONTRAST, enable_precise_upscale=True)
    keypoints, described = sift.detectAndCompute(np.rint(stretched * 255).astype(np.uint8), None)
    if described is None:
        return Features(grey=grey, points=np.zeros((0, 2), np.float32), descriptors=np.zeros((0, 128), np.float32))
    points = np.array([keypoint.pt for keypoint in keypoints], dtype=np.float32)
    return Features(grey=grey, points=points, descriptors=_root(described))


def mirrored(features: Features) -> Features:
    """Return the features of the same photograph flipped left to right, without finding them again.

    A descriptor is a 4 by 4 grid of cells of 8 gradient directions, turned with its feature. In a mirror one axis of
    the grid runs backwards and each direction k becomes -k.
    """
    cells = features.descriptors.reshape(-1, 4, 4, 8)
    flipped = cells[:, ::-1, :, :][..., -np.arange(8) % 8]
    width = features.grey.shape[1]
    points = np.stack([width - 1 - features.points[:, 0], features.points[:, 1]], axis=1).astype(np.float32)
    return Features(
        grey=np.ascontiguousarray(features.grey[:, ::-1]),
        points=points,
        descriptors=np.ascontiguousarray(flipped.reshape(-1, 128)),
    )


def _root(described: np.ndarray) -> np.ndarray:
    total = np.maximum(described.sum(axis=1, keepdims=True), 1e-6)
    return np.sqrt(described / total).astype(np.float32)
