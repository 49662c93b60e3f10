"""Drawn lines are found and described; the elements are closed under the symmetries of the square."""

import cv2
import numpy as np
import pytest

from oldphoto_core.diagnosis.lines import FEATURES, Level, describe, find_lines, line_elements


def drawn(start: tuple[int, int], end: tuple[int, int], *, ground: int = 90, width: int = 2) -> Level:
    return cv2.line(np.full((200, 200), ground, np.uint8), start, end, 220, width, cv2.LINE_AA)


def features(level: Level) -> dict[str, float]:
    ridges = find_lines(level)
    rows = describe(level, np.zeros(level.shape, dtype=np.float32), ridges)
    assert len(rows) == 1
    return dict(zip(FEATURES, rows[0].tolist(), strict=True))


def test_the_elements_are_closed_under_flips_and_quarter_turns() -> None:
    elements = {element.tobytes() for element in line_elements(15)}
    for element in line_elements(15):
        for twin in (element[::-1], element[:, ::-1], element.T, np.rot90(element), element[::-1, ::-1]):
            assert np.ascontiguousarray(twin).tobytes() in elements


@pytest.mark.parametrize("end", [(180, 100), (180, 130), (180, 160), (170, 180), (110, 185)])
def test_a_line_in_any_direction_is_one_candidate(end: tuple[int, int]) -> None:
    level = drawn((20, 40), end)
    found = find_lines(level).lines
    covered = found.paint(np.ones(found.areas.size, dtype=np.bool_))
    assert found.areas.size == 1
    assert (covered & (level > 150)).sum() / (level > 150).sum() > 0.8
    assert not covered[cv2.dilate((level > 90).astype(np.uint8), np.ones((5, 5), np.uint8)) == 0].any()


def test_an_edge_has_two_different_sides_and_a_line_has_not() -> None:
    line = features(drawn((20, 100), (180, 110)))
    ledge = drawn((20, 100), (180, 110))
    ledge[:100] //= 3
    assert line["log_flank_difference"] < np.log(0.1)
    assert features(ledge)["log_flank_difference"] > np.log(0.3)


def test_a_line_across_things_sees_its_background_change() -> None:
    crossing = np.full((200, 200), 60, np.uint8)
    crossing[:, 100:] = 140
    crossing = cv2.line(crossing, (20, 60), (180, 130), 240, 2, cv2.LINE_AA)
    plain = features(drawn((20, 60), (180, 130)))
    assert features(crossing)["log_background_change"] > plain["log_background_change"] + 1.5
    assert plain["tone_rank"] > 0.95


def test_texture_raises_what_a_line_needs() -> None:
    noise = np.random.default_rng(0).integers(40, 160, (200, 200)).astype(np.uint8)
    faint = cv2.line(noise.copy(), (20, 60), (180, 130), 170, 1)
    assert find_lines(faint).lines.areas.size == 0


def test_dark_lines_are_light_ones_of_the_negative() -> None:
    level = 255 - drawn((20, 40), (180, 160))
    assert find_lines(level).lines.areas.size == 0
    assert find_lines(255 - level).lines.areas.size == 1
