"""Missing corners: flat, light, colourless ground that reaches in from a corner of the scan.

White skies, shirts and margins reach the edge too; parts missing elsewhere than at a corner are not sought, since
nothing tells them from a white thing cut by the edge. What is taken for a missing part is small, holds no trace of
picture, meets the picture in a hard step with a plain outline (a sky between leaves has a frayed one), does not run
along most of a side (a margin does), and is lighter than nearly everything that is left of the picture.
"""

import cv2
import numpy as np

from oldphoto_core.diagnosis.views import enlarge_mask, shrink
from oldphoto_core.image import Grey, Mask, Photo, luma

VIEW_PX = 512
LEAST_TONE = 0.86
"""Luma of the ground at least."""

MOST_RANGE = 0.05
"""Range of luma within 3x3 pixels at most: paper and the scanner's lid are flat."""

MOST_COLOUR = 0.12
"""Largest difference between two of the channels R, G and B."""

SHARES = (0.003, 0.2)
"""Smallest and largest share of the picture. Smaller: the rounded corners of many prints, no loss."""

LONGEST_CONTACT = 0.6
"""Largest share of one side of the scan; a margin or a sky runs along more."""

LEAST_STEP = 0.15
"""Luma from the ground down to what lies 4 pixels beyond it, in the median."""

LEAST_PLAINNESS = 0.8
"""Perimeter of the convex hull over the perimeter of the part, at least; 1 for a straight cut."""

MOST_ELSEWHERE = 0.01
"""Share of the picture outside that may be as light: white linen and clouds say that white belongs to the scene."""

_NEAR = np.ones((3, 3), np.uint8)
_FAR = np.ones((9, 9), np.uint8)


def find_tears(photo: Photo) -> Mask:
    """Return the missing parts of a photograph at its own size."""
    view = shrink(np.clip(photo, 0.0, 1.0), VIEW_PX)
    grey = luma(view)
    span = cv2.dilate(grey, _NEAR) - cv2.erode(grey, _NEAR)
    colourless = view.max(axis=2) - view.min(axis=2) < MOST_COLOUR
    ground = ((grey > LEAST_TONE) & (span < MOST_RANGE) & colourless).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ground, connectivity=4)
    found = np.zeros(grey.shape, dtype=np.bool_)
    for label in range(1, count):
        if SHARES[0] <= stats[label, cv2.CC_STAT_AREA] / grey.size <= SHARES[1]:
            part = labels == label
            if _reaches_in(part) and _steps_down(grey, part) and _plainness(part) >= LEAST_PLAINNESS:
                found |= part
    if not found.any() or _white_elsewhere(grey, found):
        return np.zeros(photo.shape[:2], dtype=np.bool_)
    return enlarge_mask(_grow(found, np.ones((5, 5), np.uint8)), photo.shape[:2])


def _grow(mask: Mask, kernel: np.ndarray) -> Mask:
    """Return the mask dilated by a kernel."""
    return cv2.dilate(mask.astype(np.uint8), kernel).astype(np.bool_)


def _reaches_in(part: Mask) -> bool:
    """Return whether a part holds a corner of the scan, but does not run along most of a side."""
    corner = bool(part[0, 0] or part[0, -1] or part[-1, 0] or part[-1, -1])
    return (
        corner and max(float(side.mean()) for side in (part[0], part[-1], part[:, 0], part[:, -1])) <= LONGEST_CONTACT
    )


def _steps_down(grey: Grey, part: Mask) -> bool:
    """Return whether the picture beyond the part is darker by a hard step."""
    ring = _grow(part, _FAR) & ~_grow(part, np.ones((5, 5), np.uint8))
    return bool(ring.any()) and float(np.median(grey[part])) - float(np.median(grey[ring])) > LEAST_STEP


def _plainness(part: Mask) -> float:
    """Return how near the outline of a part is to its convex hull, in (0, 1]."""
    outlines, _ = cv2.findContours(part.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = max(outlines, key=len)
    smooth = cv2.approxPolyDP(outline, 1.5, True)  # noqa: FBT003 - OpenCV takes "closed" by position
    hull = cv2.convexHull(outline)
    around, shortest = cv2.arcLength(smooth, closed=True), cv2.arcLength(hull, closed=True)
    return min(1.0, shortest / around) if around > 0 else 1.0


def _white_elsewhere(grey: Grey, found: Mask) -> bool:
    """Return whether more than a trace of the rest of the picture is as light as the parts found."""
    as_light = grey > float(np.median(grey[found])) - 0.03
    return float((as_light & ~_grow(found, _FAR)).mean()) > MOST_ELSEWHERE
