"""The pictures that a report compares: of one size whatever became of the pixels, whole or not there."""

from pathlib import Path

import numpy as np
import pytest
from nights import bare_night
from PIL import Image

from tasks.comparison import SIDE_PX, SMALL_PX, keep_sides


@pytest.mark.parametrize("size", [(1500, 900), (900, 1501), (200, 300), (3000, 16)])
def test_both_sides_are_of_one_size_and_fit(tmp_path: Path, size: tuple[int, int]) -> None:
    (tmp_path / "scans").mkdir()
    night = bare_night(tmp_path / "scans", tmp_path / "out", tmp_path / "work")
    height, width = size
    for side, shade in (("before", 0.2), ("after", 0.8)):
        keep_sides(night, "ab", side, np.full((height, width, 3), shade, np.float32))  # type: ignore[arg-type]
    for folder, longest in (("", SIDE_PX), ("small/", SMALL_PX)):
        with (
            Image.open(night.workshop.compared("ab", f"{folder}before")) as before,
            Image.open(night.workshop.compared("ab", f"{folder}after")) as after,
        ):
            assert before.size == after.size
            assert max(before.size) == min(longest, max(size))
            assert before.width / before.height == pytest.approx(width / height, rel=0.5 / min(before.size) + 0.01)
            shades = [picture.convert("L").getpixel((0, 0)) for picture in (before, after)]
            assert shades == [pytest.approx(51, abs=2), pytest.approx(204, abs=2)]


def test_nothing_is_left_in_progress(tmp_path: Path) -> None:
    (tmp_path / "scans").mkdir()
    night = bare_night(tmp_path / "scans", tmp_path / "out", tmp_path / "work")
    keep_sides(night, "ab", "after", np.zeros((20, 30, 3), np.float32))
    assert list(night.workshop.incoming().iterdir()) == []
    assert night.workshop.compared("ab", "after").stat().st_size > 0
