"""Whether filling a hole mends more than it invents, found by filling sound places of the same shape beside it.

Such a placebo shows how far a fill is off where the truth is known. What lies under a hole departs from its fill by the
damage and by that same error together; only if the damage is the larger part does the fill bring the picture nearer to
the truth.
"""

import cv2
import numpy as np
from jaxtyping import Bool, Float64, Int32, Int64

from oldphoto_core.image import Grey, Mask

DEPARTURE_FACTOR = 2.0
"""Least mean square departure over that of the placebo: at 2, damage and error of the fill are equal."""

STAINED_SHARE = 0.15
"""A rim that shows more than this share of the damage beside it belongs to the hole."""

LEAST_SHIFT_PX = 6
CELL_PX = 64
"""Long holes are judged piece by piece, cut by a grid of this width: what lies beside them changes."""

Labels = Int32[np.ndarray, "H W"]
PerHole = Float64[np.ndarray, " K"]
Pixels = Int64[np.ndarray, "_"]


def placebo_labels(holes: Mask, blocked: Mask) -> tuple[Labels, Labels]:
    """Return the number of each pixel's hole, from 1, and the same for each pixel of the shifted copies; 0 elsewhere.

    Each piece of a hole is shifted to both sides, across its own length, by a little more than twice its width.

    Args:
        holes: The holes to judge.
        blocked: Pixels where no placebo may lie: all that is or may be damaged.
    """
    labels = _pieces(holes)
    count = int(labels.max()) + 1
    shifted = np.zeros_like(labels)
    rows, columns = np.nonzero(holes)
    numbers = labels[rows, columns]
    down, right = _shifts(rows, columns, numbers, count)
    for sign in (1, -1):
        y, x = rows + sign * down[numbers], columns + sign * right[numbers]
        inside = (y >= 0) & (y < holes.shape[0]) & (x >= 0) & (x < holes.shape[1])
        y, x, own = y[inside], x[inside], numbers[inside]
        free = ~blocked[y, x]
        shifted[y[free], x[free]] = own[free]
    return labels, shifted


def worth_filling(plane: Grey, filled: Grey, tried: Grey, *, labels: Labels, shifted: Labels) -> Bool[np.ndarray, " K"]:
    """Return for each hole number whether to fill it; [0] stands for no hole and is False.

    Args:
        plane: The picture as it is.
        filled: The same with the holes filled.
        tried: The same with holes and placebos filled.
        labels: Numbers of the holes.
        shifted: Numbers of the placebos.
    """
    count = int(labels.max()) + 1
    damage = _means(np.square(plane - filled), labels, count)
    error = _means(np.square(plane - tried), shifted, count)
    worth: Bool[np.ndarray, " K"] = damage > DEPARTURE_FACTOR * error
    worth[0] = False
    return worth


def stained_rim(departure: Grey, labels: Labels) -> Mask:
    """Return the pixels that touch a piece of a hole whose rim, on the whole, departs from its fill as the hole does.

    The border of a scratch is soft, and a mask may stop short of it. Signed departures are summed over the piece, so
    that texture of the scene cancels out.

    Args:
        departure: The picture less the same with holes and their rims filled.
        labels: Numbers of the pieces; 0 elsewhere.
    """
    hole = labels > 0
    around = cv2.dilate(labels.astype(np.float32), np.ones((3, 3), np.uint8)).astype(np.int32)
    rim = np.where(hole, 0, around).astype(np.int32)
    count = int(labels.max()) + 1
    inside = cv2.blur(np.where(hole, departure, np.float32(0.0)), (3, 3))
    beside = inside / np.maximum(cv2.blur(hole.astype(np.float32), (3, 3)), np.float32(1.0 / 9.0))
    shared = _means(departure * beside, rim, count)
    stained = shared > STAINED_SHARE * _means(np.square(beside), rim, count)
    stained[0] = False
    return stained[rim]


def _pieces(holes: Mask) -> Labels:
    """Return numbers from 1 for each part of a connected hole in each cell of the grid; 0 elsewhere."""
    _, connected = cv2.connectedComponents(holes.astype(np.uint8), connectivity=8)
    rows, columns = np.nonzero(holes)
    across = holes.shape[1] // CELL_PX + 1
    cell = (rows // CELL_PX).astype(np.int64) * across + columns // CELL_PX
    cells = (holes.shape[0] // CELL_PX + 1) * across
    labels = np.zeros(holes.shape, dtype=np.int32)
    names = connected[rows, columns].astype(np.int64) * cells + cell
    labels[rows, columns] = np.unique(names, return_inverse=True)[1] + 1
    return labels


def _shifts(rows: Pixels, columns: Pixels, numbers: Int32[np.ndarray, "_"], count: int) -> tuple[Pixels, Pixels]:
    """Return how far to shift each hole down and to the right: across its main axis, by its width and a little."""
    size = np.maximum(np.bincount(numbers, minlength=count), 1)
    y, x = rows.astype(np.float64), columns.astype(np.float64)
    y -= (np.bincount(numbers, weights=y, minlength=count) / size)[numbers]
    x -= (np.bincount(numbers, weights=x, minlength=count) / size)[numbers]
    yy, xx, xy = (np.bincount(numbers, weights=product, minlength=count) / size for product in (y * y, x * x, x * y))
    across = 0.5 * np.arctan2(2.0 * xy, xx - yy) + 0.5 * np.pi
    # A bar of width w has variance w^2 / 12 across itself.
    variance = 0.5 * (xx + yy) - np.sqrt(0.25 * (xx - yy) ** 2 + xy**2)
    far = 2.0 * np.sqrt(12.0 * np.maximum(variance, 0.0)) + LEAST_SHIFT_PX
    return np.rint(far * np.sin(across)).astype(np.int64), np.rint(far * np.cos(across)).astype(np.int64)


def _means(field: Grey, labels: Labels, count: int) -> PerHole:
    """Return the mean of a field over each number; the mean over all numbers where one has no pixel."""
    marked = labels > 0
    numbers = labels[marked]
    size = np.bincount(numbers, minlength=count)
    total = np.bincount(numbers, weights=field[marked].astype(np.float64), minlength=count)
    everywhere = float(total.sum() / max(1, int(size.sum())))
    return np.where(size > 0, total / np.maximum(size, 1), everywhere)
