"""Outlines of regions, filled again by a slow reader of SVG paths."""

import re
from itertools import pairwise

import numpy as np
import pytest
from catalog_rows import plain_row
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from catalogs.schema import StyleRegionRow
from oldphoto_core.classical.style_masks import encode_mask
from oldphoto_core.image import Mask
from tasks.report.region_shapes import innermost, outline, region_shape

MASKS = st.tuples(st.integers(1, 9), st.integers(1, 9)).flatmap(lambda shape: arrays(bool, shape))


def filled(path: str, height: int, width: int) -> Mask:
    """Fill a path by the even-odd rule: a pixel is inside if an odd number of vertical edges lies to its left."""
    crossings = np.zeros((height, width), int)
    for loop in re.findall(r"M(\d+) (\d+)((?:[hv]-?\d+)*)z", path):
        x, y = int(loop[0]), int(loop[1])
        start = x, y
        moves = [(move[0], int(move[1:])) for move in re.findall(r"[hv]-?\d+", loop[2])]
        corners = [(x, y)]
        for axis, length in moves:
            x, y = (x + length, y) if axis == "h" else (x, y + length)
            corners.append((x, y))
        for (x0, y0), (x1, y1) in zip(corners, [*corners[1:], start], strict=True):
            if x0 == x1:
                crossings[min(y0, y1) : max(y0, y1), x0:] += 1
    return crossings % 2 == 1


@given(MASKS)
def test_the_filled_outline_is_the_mask(mask: Mask) -> None:
    assert np.array_equal(filled(outline(mask), *mask.shape), mask)


@given(MASKS)
def test_corners_are_where_the_outline_turns(mask: Mask) -> None:
    for loop in outline(mask).split("M")[1:]:
        axes = re.findall(r"[hv]", loop)
        assert all(one != other for one, other in pairwise(axes[1:]))


@given(MASKS)
def test_the_innermost_point_is_inside(mask: Mask) -> None:
    x, y = innermost(mask)
    assert (mask[int(y), int(x)]) == mask.any()


def test_a_ring_is_two_loops() -> None:
    ring = np.ones((3, 3), bool)
    ring[1, 1] = False
    assert outline(ring) == "M0 0h3v3h-3zM1 2h1v-1h-1z"


@pytest.mark.parametrize("rle", ["", "1 2", "a b", "-1 5"])
def test_a_mask_that_cannot_be_read_is_drawn_as_nothing(rle: str) -> None:
    row = plain_row(StyleRegionRow, mask_rle=rle, mask_width_px=2, mask_height_px=2)
    assert region_shape(row).path == ""


def test_a_row_is_drawn_as_its_mask() -> None:
    mask = np.array([[True, False], [True, True]])
    row = plain_row(StyleRegionRow, mask_rle=encode_mask(mask), mask_width_px=2, mask_height_px=2)
    shape = region_shape(row)
    assert np.array_equal(filled(shape.path, 2, 2), mask)
    assert shape.row is row
