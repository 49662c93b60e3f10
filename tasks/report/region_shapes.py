"""Regions of style as shapes for a browser: the outline of a mask as one SVG path."""

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from catalogs.schema import StyleRegionRow
from oldphoto_core.classical.style_masks import decode_mask
from oldphoto_core.image import Mask


@dataclass(frozen=True, slots=True)
class RegionShape:
    """One region, to be drawn in a view box of the mask's size."""

    row: StyleRegionRow
    """What the catalog says of it."""

    path: str
    """SVG path of its outline; empty for a region without pixels."""

    centre: tuple[float, float]
    """A point well inside it, for its number, in pixels of the mask (x, y)."""


def region_shape(row: StyleRegionRow) -> RegionShape:
    """Return the shape of a catalogued region; one whose mask cannot be read is drawn as nothing."""
    try:
        mask = decode_mask(row.mask_rle, width_px=row.mask_width_px, height_px=row.mask_height_px)
    except ValueError:  # the audit complains; a page about forty other things need not fail
        return RegionShape(row, "", (0.0, 0.0))
    return RegionShape(row, outline(mask), innermost(mask))


def outline(mask: Mask) -> str:
    """Return the SVG path around the pixels of a mask, holes included, to be filled by the even-odd rule.

    Each pixel is the unit square whose upper left corner is (column, row); corners are whole numbers, and every
    move is horizontal or vertical.

    Args:
        mask: (H, W).

    Examples:
        >>> outline(np.array([[True, True], [False, False]]))
        'M0 0h2v1h-2z'
    """
    padded = np.pad(mask, 1)
    return "".join(_loops(padded))


def _loops(padded: Mask) -> list[str]:
    """Follow every border once, the region always at the right hand."""
    steps = _steps(padded)
    loops = []
    while steps:
        start = next(iter(steps))
        x, y = start
        corners = [start]
        heading = steps[start][0]
        while True:
            ways = steps[x, y]
            # Where two pixels touch by a corner only, turn right: the two stay apart.
            turn = (-heading[1], heading[0])
            step = turn if turn in ways else ways[0]
            ways.remove(step)
            if not ways:
                del steps[x, y]
            if step != heading and (x, y) != start:
                corners.append((x, y))
            heading = step
            x, y = x + step[0], y + step[1]
            if (x, y) == start:
                break
        loops.append(_path(corners))
    return loops


def _steps(padded: Mask) -> dict[tuple[int, int], list[tuple[int, int]]]:
    """Return, for each corner on a border, the unit moves that leave it."""
    steps: dict[tuple[int, int], list[tuple[int, int]]] = {}
    inside = padded[1:-1, 1:-1]
    sides = (
        (inside & ~padded[:-2, 1:-1], (0, 0), (1, 0)),  # nothing above: go right along the top
        (inside & ~padded[1:-1, 2:], (1, 0), (0, 1)),
        (inside & ~padded[2:, 1:-1], (1, 1), (-1, 0)),
        (inside & ~padded[1:-1, :-2], (0, 1), (0, -1)),
    )
    for border, (dx, dy), move in sides:
        for y, x in np.argwhere(border).tolist():
            steps.setdefault((x + dx, y + dy), []).append(move)
    return steps


def _path(corners: list[tuple[int, int]]) -> str:
    words = [f"M{corners[0][0]} {corners[0][1]}"]
    for (x0, y0), (x1, y1) in pairwise(corners):
        words.append(f"h{x1 - x0}" if y0 == y1 else f"v{y1 - y0}")
    return "".join([*words, "z"])


def innermost(mask: Mask) -> tuple[float, float]:
    """Return the middle of the pixel farthest from the border of the mask (x, y); (0, 0) if it is empty."""
    if not mask.any():
        return 0.0, 0.0
    depth = cv2.distanceTransform(np.pad(mask, 1).astype(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]
    y, x = np.unravel_index(int(depth.argmax()), depth.shape)
    return float(x) + 0.5, float(y) + 0.5
