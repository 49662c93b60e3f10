"""Rails are told from a single line and from a cross."""

import cv2
import numpy as np
import pytest

from oldphoto_core.diagnosis.lines import find_lines
from oldphoto_core.diagnosis.parallels import have_parallels

Ends = tuple[tuple[int, int], tuple[int, int]]


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ([((30, 20), (90, 180)), ((70, 20), (130, 180))], [True, True]),
        ([((30, 20), (90, 180)), ((70, 20), (120, 180))], [True, True]),
        ([((30, 20), (90, 180))], [False]),
        ([((30, 20), (60, 180)), ((100, 150), (190, 100))], [False, False]),
        ([((20, 20), (20, 180)), ((170, 20), (170, 180))], [False, False]),
    ],
    ids=["rails", "converging rails", "alone", "two directions", "far apart"],
)
def test_only_neighbours_in_one_direction_are_parallels(ends: list[Ends], expected: list[bool]) -> None:
    level = np.full((200, 200), 60, np.uint8)
    for start, end in ends:
        cv2.line(level, start, end, 200, 2, cv2.LINE_AA)
    lines = find_lines(level).lines
    assert have_parallels(lines, np.ones(lines.areas.size, dtype=np.bool_)).tolist() == expected


def test_lines_that_are_not_considered_do_not_count() -> None:
    level = np.full((200, 200), 60, np.uint8)
    for column in (60, 90):
        cv2.line(level, (column, 20), (column, 180), 200, 2)
    assert not have_parallels(find_lines(level).lines, np.array([True, False])).any()
