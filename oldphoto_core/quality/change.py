"""What one step did to a photograph, and whether it took away or made up anything that was in the scene.

Everything is judged on luma outside the mask of damage, since that is where nothing was to be repaired.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from oldphoto_core.image import Grey, Mask, Photo, luma

SEEN_CHANGE = 1.0 / 1024.0
"""A pixel counts as changed if a channel moved by more than this."""

_EDGE = 0.04
"""Gradient, in luma per pixel after smoothing, that counts as an edge."""

_SMOOTHING_PX = 1.0
_WINDOW_PX = 9
_NEIGHBOURHOOD = np.ones((7, 7), np.uint8)


@dataclass(frozen=True, slots=True)
class Change:
    """Measures of the way from one picture to the next."""

    changed_share: float
    """Share of all pixels that moved visibly, in [0, 1]."""

    mean_outside: float
    """Mean absolute change of the channels outside the mask, in [0, 1]."""

    new_edge_share: float
    """Share of pixels outside the mask with an edge where there was none nearby, in [0, 1]."""

    detail_taken: float
    """Correlation in [-1, 1] of the fine detail removed with the structure of the picture; noise gives about 0."""


def measure_change(before: Photo, after: Photo, *, mask: Mask) -> Change:
    """Return what changed from before to after.

    Args:
        before: The picture before the step.
        after: The picture after it, of the same size.
        mask: Pixels that the step was asked to repair.

    Examples:
        >>> grey = np.full((16, 16, 3), 0.5, dtype=np.float32)
        >>> measure_change(grey, grey, mask=np.zeros((16, 16), dtype=bool))
        Change(changed_share=0.0, mean_outside=0.0, new_edge_share=0.0, detail_taken=0.0)
    """
    difference = np.abs(after - before)
    outside = ~mask
    return Change(
        changed_share=float(np.mean(difference.max(axis=2) > SEEN_CHANGE)),
        mean_outside=float(difference[outside].mean()) if bool(outside.any()) else 0.0,
        new_edge_share=new_edge_share(luma(before), luma(after), outside=outside),
        detail_taken=detail_taken(luma(before), luma(after), outside=outside),
    )


def new_edge_share(before: Grey, after: Grey, *, outside: Mask) -> float:
    """Return the share of pixels that gained an edge: strong now, weak before within 3 pixels.

    An overall gain of contrast is taken out first, so that a stretched tone scale makes no new edges of old ones.
    """
    gain = max(1.0, float(after.std()) / max(float(before.std()), 1e-3))
    old = cv2.dilate(_gradient(before), _NEIGHBOURHOOD) * gain
    new = _gradient(after)
    gained = (new > _EDGE * gain) & (old < 0.5 * new) & outside
    return float(np.mean(gained))


def detail_taken(before: Grey, after: Grey, *, outside: Mask) -> float:
    """Return how much what was removed looks like the picture, as a correlation; 0 if nothing fine was removed.

    The residual of a good denoiser is as strong on edges as on flat parts ("method noise", Buades et al. 2005). So the
    local strength of the residual's fine part is correlated with the local gradient of the picture that is left.
    """
    residual = before - after
    fine = residual - cv2.blur(residual, (_WINDOW_PX, _WINDOW_PX))
    if float(np.abs(fine).max()) <= SEEN_CHANGE or np.count_nonzero(outside) < 2:
        return 0.0
    strength, structure = _local_rms(fine)[outside], _local_rms(_gradient(after))[outside]
    spread = float(strength.std()) * float(structure.std())
    if spread < 1e-9:
        return 0.0
    return float(np.mean((strength - strength.mean()) * (structure - structure.mean())) / spread)


def _local_rms(grey: Grey) -> Grey:
    """Return the root of the mean square around each pixel; the running sum may fall a hair under 0, hence the cut."""
    return np.sqrt(np.maximum(cv2.blur(np.square(grey), (_WINDOW_PX, _WINDOW_PX)), 0.0))


def _gradient(grey: Grey) -> Grey:
    """Return the gradient of the slightly smoothed luma, per pixel."""
    soft = cv2.GaussianBlur(grey, (0, 0), _SMOOTHING_PX)
    return cv2.magnitude(cv2.Sobel(soft, cv2.CV_32F, 1, 0, scale=0.125), cv2.Sobel(soft, cv2.CV_32F, 0, 1, scale=0.125))
