"""Stains and foxing on prints of one tone: places whose colour has left the tone curve towards yellow-brown.

On a black-and-white or sepia print the colour of a pixel follows from its lightness. Foxing, tea and old glue do not
obey that curve. On colour photographs a brown place may be a table: there nothing is claimed. Nor is anything claimed
where the change of colour follows an edge of the scene: then it is a thing, not a stain.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float32

from oldphoto_core.diagnosis.toning import Channel, is_one_tone, off_curve
from oldphoto_core.diagnosis.views import enlarge_mask, shrink
from oldphoto_core.image import Mask, Photo

VIEW_PX = 512
LEAST_SHIFT = 6.0
"""Shift in b* (CIE Lab) from the tone curve, smoothed over about 1 % of the long side, that marks a stain."""

MOST_SCATTER = 1.5
"""Median distance from the curve, in Lab chroma, above which a stain cannot be told from the scatter."""

MARGIN = 0.03
"""Share of the short side along each edge of the scan where the mount shows and nothing is claimed."""

LARGEST_SHARE = 0.3
"""If more than this share left the curve, it is the curve that does not fit."""

MOST_OTHER = 0.04
"""Share of the picture that may leave the curve in other hues; more makes it a colour photograph."""

MOST_EDGE = 3.0
"""Largest ratio of the lightness gradient along the rim to that inside the stain; more is the outline of a thing."""


@dataclass(frozen=True, slots=True)
class Stains:
    """Where stains lie and how far they stand out."""

    mask: Mask
    """Marked pixels, at the size of the photograph."""

    small: Mask
    """Those of them that belong to stains small enough to be painted over."""

    shift_lab: float
    """Mean shift in b* on the marked pixels; 0 if none."""


def find_stains(photo: Photo, *, largest_small: float) -> Stains:
    """Return the yellow-brown places of a photograph of one tone; none for a coloured one.

    Args:
        photo: The photograph.
        largest_small: Share of the picture up to which a stain counts as small.
    """
    nothing = np.zeros(photo.shape[:2], dtype=np.bool_)
    if not is_one_tone(photo):
        return Stains(mask=nothing, small=nothing, shift_lab=0.0)
    view = shrink(np.clip(photo, 0.0, 1.0), VIEW_PX)
    lab = cv2.cvtColor(view, cv2.COLOR_RGB2LAB)
    brown, yellow = _brown(lab)
    marked, small = np.zeros_like(brown), np.zeros_like(brown)
    softened = cv2.GaussianBlur(lab[..., 0], (0, 0), 1.0)
    gradient = cv2.magnitude(cv2.Sobel(softened, cv2.CV_32F, 1, 0), cv2.Sobel(softened, cv2.CV_32F, 0, 1))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(brown.astype(np.uint8), connectivity=8)
    for label in range(1, min(count, 400)):
        left, top, width, height, area = stats[label]
        around = np.s_[max(0, top - 3) : top + height + 3, max(0, left - 3) : left + width + 3]
        part = labels[around] == label
        if area >= 9 and _soft_rim(gradient[around], part):
            marked[around] |= part
            if area <= largest_small * brown.size:
                small[around] |= part
    return Stains(
        mask=enlarge_mask(marked, photo.shape[:2]),
        small=enlarge_mask(small, photo.shape[:2]),
        shift_lab=float(yellow[marked].mean()) if marked.any() else 0.0,
    )


def _brown(lab: Float32[np.ndarray, "H W 3"]) -> tuple[Mask, Channel]:
    """Return the pixels off the tone curve towards yellow-brown, and the shift in b*; none in a colour photograph."""
    red, yellow = off_curve(lab[..., 0], lab[..., 1]), off_curve(lab[..., 0], lab[..., 2])
    scattered = float(np.median(np.hypot(red, yellow))) > MOST_SCATTER
    sigma = 0.008 * max(lab.shape[:2]) + 0.5
    red, yellow = cv2.GaussianBlur(red, (0, 0), sigma), cv2.GaussianBlur(yellow, (0, 0), sigma)
    spread = 1.4826 * float(np.median(np.abs(yellow - np.median(yellow))))
    least = max(LEAST_SHIFT, 5.0 * spread)
    brown = (yellow > least) & (red > -0.5 * yellow) & (red < 0.8 * yellow)
    other = (np.hypot(red, yellow) > least) & ~brown
    margin = int(MARGIN * min(brown.shape)) + 1
    brown[:margin] = brown[-margin:] = brown[:, :margin] = brown[:, -margin:] = False
    if scattered or float(brown.mean()) > LARGEST_SHARE or float(other.mean()) > MOST_OTHER:
        brown[:] = False
    return brown, yellow


def _soft_rim(gradient: Channel, part: Mask) -> bool:
    """Return whether the rim of a part has no more lightness edges than its inside."""
    kernel = np.ones((3, 3), np.uint8)
    inside = cv2.erode(part.astype(np.uint8), kernel, iterations=2).astype(np.bool_)
    rim = cv2.dilate(part.astype(np.uint8), kernel, iterations=2).astype(np.bool_) & ~inside
    reference = float(gradient[inside].mean()) if inside.any() else float(np.median(gradient))
    return float(gradient[rim].mean()) <= MOST_EDGE * (reference + 4.0)
