"""How well a mask agrees with the true one: overlap, and precision and recall with a tolerance of pixels."""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool

from oldphoto_core.errors import PhotoShapeError
from oldphoto_core.image import Mask

TOLERANCE_PX = 2.0
"""A pixel that lies no farther from one of the other mask counts as met: thin lines are drawn a pixel off by anyone."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How a mask agrees with the truth, each in [0, 1]."""

    iou: float
    """Pixels in both over pixels in either, no tolerance; 1 if both are empty."""

    precision: float
    """Share of what is marked that lies on, or near, true damage; 0 if nothing is marked."""

    recall: float
    """Share of the true damage that lies under, or near, a mark; 0 if there is none."""

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 0 if both are."""
        both = self.precision + self.recall
        return 2.0 * self.precision * self.recall / both if both else 0.0


def agreement(found: Mask, truth: Bool[np.ndarray, "_ _"], *, tolerance_px: float = TOLERANCE_PX) -> Agreement:
    """Return how a mask agrees with the true one.

    Raises:
        PhotoShapeError: The masks differ in size.

    Examples:
        >>> truth = np.zeros((9, 9), dtype=bool)
        >>> truth[4] = True
        >>> agreement(np.roll(truth, 2, axis=0), truth).f1, agreement(truth, truth).iou
        (1.0, 1.0)
    """
    if found.shape != truth.shape:
        raise PhotoShapeError(found=f"a mask of {found.shape}", expected=f"the size of the truth, {truth.shape}")
    either = int(np.count_nonzero(found | truth))
    return Agreement(
        iou=int(np.count_nonzero(found & truth)) / either if either else 1.0,
        precision=_share_near(found, truth, tolerance_px),
        recall=_share_near(truth, found, tolerance_px),
    )


def _share_near(points: Mask, target: Mask, tolerance_px: float) -> float:
    """Return the share of the points within the tolerance of the target."""
    if not bool(points.any()) or not bool(target.any()):
        return 0.0
    distance = cv2.distanceTransform((~target).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return float(np.mean(distance[points] <= tolerance_px + 1e-4))
