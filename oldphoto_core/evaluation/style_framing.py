"""Square parts of a picture for a case: one to be made old, another to show the same colours elsewhere."""

import cv2
import numpy as np

from oldphoto_core.evaluation.style_cases import StyleSubject
from oldphoto_core.evaluation.style_labels import RegionLabels, without_crumbs
from oldphoto_core.image import Photo

ROOM = 1.25
"""The picture's shorter side, in sides of the square; the published pairs use 286 / 256 for one square alone."""


def framed(photo: Photo, labels: RegionLabels, square_px: int) -> StyleSubject:
    """Return the square at the top left with its regions, and the one at the bottom right.

    The two share little over half of their area at most (a square picture), and next to nothing at 3:2.

    Args:
        photo: The whole clean picture.
        labels: Its regions.
        square_px: Side of the squares.
    """
    scale = ROOM * square_px / min(photo.shape[:2])
    size = (round(photo.shape[1] * scale), round(photo.shape[0] * scale))
    way = cv2.INTER_AREA if scale < 1.0 else cv2.INTER_LINEAR
    resized = np.clip(cv2.resize(photo, size, interpolation=way), np.float32(0.0), np.float32(1.0))
    regions = cv2.resize(labels, size, interpolation=cv2.INTER_NEAREST_EXACT)[:square_px, :square_px]
    return StyleSubject(
        photo=np.ascontiguousarray(resized[:square_px, :square_px], dtype=np.float32),
        labels=without_crumbs(np.ascontiguousarray(regions)),
        beyond=np.ascontiguousarray(resized[-square_px:, -square_px:], dtype=np.float32),
    )
