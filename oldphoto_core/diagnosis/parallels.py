"""Lines with company: rails, wires, railings and planks come in straight parallels, scratches hardly ever do."""

import numpy as np
from jaxtyping import Bool, Float64

from oldphoto_core.diagnosis.components import Components

ANGLE_DEG = 9.0
"""Largest difference in direction between two lines of one structure; perspective makes rails converge."""

LENGTH_RATIO = 0.4
"""Smallest ratio of their lengths."""

GAP = 0.35
"""Largest distance between them, as a share of the short side."""

MOST_BEND = 0.015
"""Largest standard deviation across a line that counts as straight, as a share of its length (1.5 pixels are free)."""

SHORTEST = 0.2
"""Share of the short side; shorter lines are parallel by chance too often to tell."""


def have_parallels(lines: Components, considered: Bool[np.ndarray, " N"]) -> Bool[np.ndarray, " N"]:
    """Return which of the considered lines have a straight one of similar length beside them, in the same direction."""
    extent, short = lines.extent_px(), min(lines.shape)
    angle, centre, bend = _axes(lines)
    straight = bend <= np.maximum(1.5, MOST_BEND * extent)
    chosen = np.flatnonzero(considered & straight & (extent >= SHORTEST * short))
    found = np.zeros(lines.areas.size, dtype=np.bool_)
    along = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    for one in chosen:
        away = centre[chosen] - centre[one]
        gap = np.abs(away[:, 0] * along[one, 1] - away[:, 1] * along[one, 0])
        shift = np.abs(away @ along[one])
        turn = np.abs((angle[chosen] - angle[one] + np.pi / 2) % np.pi - np.pi / 2)
        ratio = np.minimum(extent[chosen], extent[one]) / np.maximum(extent[chosen], extent[one])
        beside = (gap > 4.0) & (gap <= GAP * short) & (shift <= 0.5 * (extent[chosen] + extent[one]))
        found[one] = bool(np.any(beside & (ratio >= LENGTH_RATIO) & (turn <= np.radians(ANGLE_DEG))))
    return found


def _axes(
    lines: Components,
) -> tuple[Float64[np.ndarray, " N"], Float64[np.ndarray, "N 2"], Float64[np.ndarray, " N"]]:
    """Return the angle of the long axis of each group in radians, its centre (column, row), its deviation across."""
    x, y = lines.columns.astype(np.float32), lines.rows.astype(np.float32)
    mean_x, mean_y = lines.mean(x), lines.mean(y)
    x -= mean_x[lines.group].astype(np.float32)
    y -= mean_y[lines.group].astype(np.float32)
    xx, yy, xy = lines.mean(x * x), lines.mean(y * y), lines.mean(x * y)
    across = np.maximum(0.0, 0.5 * (xx + yy) - np.hypot(0.5 * (xx - yy), xy))
    return 0.5 * np.arctan2(2.0 * xy, xx - yy), np.stack([mean_x, mean_y], axis=1), np.sqrt(across)
