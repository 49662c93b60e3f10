"""Connected groups of pixels and averages over them."""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float32, Float64, Int32, Int64

from oldphoto_core.image import Mask


@dataclass(frozen=True, slots=True)
class Components:
    """The groups that were kept, and their pixels.

    Pixels are listed once, in the order of the array; ``group`` says which kept group each belongs to.
    """

    rows: Int64[np.ndarray, " P"]
    """Row of each pixel."""

    columns: Int64[np.ndarray, " P"]
    """Column of each pixel."""

    group: Int64[np.ndarray, " P"]
    """Number of the group of each pixel, from 0 to the number of groups less one."""

    boxes: Int32[np.ndarray, "N 4"]
    """Left, top, width and height of each group in pixels."""

    areas: Int32[np.ndarray, " N"]
    """Pixels in each group."""

    shape: tuple[int, int]
    """Height and width of the picture."""

    def mean(self, values: Float32[np.ndarray, " P"]) -> Float64[np.ndarray, " N"]:
        """Return the mean over each group of a value given for each pixel."""
        return np.bincount(self.group, weights=values, minlength=self.areas.size) / np.maximum(self.areas, 1)

    def extent_px(self) -> Float64[np.ndarray, " N"]:
        """Return the diagonal of the box around each group."""
        return np.hypot(self.boxes[:, 2], self.boxes[:, 3])

    def paint(self, chosen: np.ndarray) -> Mask:
        """Return a mask of the groups chosen by a boolean for each group."""
        mask = np.zeros(self.shape, dtype=np.bool_)
        inside = chosen[self.group]
        mask[self.rows[inside], self.columns[inside]] = True
        return mask


def connect(low: Mask, strength: Float32[np.ndarray, "H W"], *, extent_px: tuple[float, float]) -> Components:
    """Return the 8-connected groups of ``low`` that reach a strength of 1 somewhere and have a fitting extent.

    Args:
        low: The pixels that may belong to a group.
        strength: How far a pixel is above the threshold that a group must reach once; 1 is on it.
        extent_px: Smallest and largest diagonal of the box around a group, both included.
    """
    count, labels, stats, _ = cv2.connectedComponentsWithStats(low.astype(np.uint8), connectivity=8)
    extent = np.hypot(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT])
    strong = np.zeros(count, dtype=np.bool_)
    strong[labels[low & (strength >= 1.0)]] = True
    keep = strong & (extent >= extent_px[0]) & (extent <= extent_px[1])
    keep[0] = False
    rows, columns = np.nonzero(keep[labels])
    renumbered = np.cumsum(keep) - 1
    return Components(
        rows=rows,
        columns=columns,
        group=renumbered[labels[rows, columns]],
        boxes=stats[keep, :4],
        areas=stats[keep, cv2.CC_STAT_AREA],
        shape=low.shape,
    )
