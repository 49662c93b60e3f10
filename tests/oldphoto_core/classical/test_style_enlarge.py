"""Enlarged rows: those of the whole, straight between pixel centres."""

import numpy as np
import pytest

from oldphoto_core.classical.style_enlarge import enlarged_rows


@pytest.mark.parametrize("layers", [1, 3, 4])
def test_rows_are_those_of_the_whole(layers: int) -> None:
    maps = np.random.default_rng(0).random((5, 7, layers), dtype=np.float32)
    whole = enlarged_rows(maps, (33, 41), 0, 33)
    assert whole.shape == (33, 41, layers)
    parts = [enlarged_rows(maps, (33, 41), start, min(start + 4, 33)) for start in range(0, 33, 4)]
    np.testing.assert_allclose(np.concatenate(parts), whole, atol=1e-6)


def test_values_are_interpolated_by_straight_lines() -> None:
    maps = (np.arange(4, dtype=np.float32)[:, None] * 10.0 + np.arange(5, dtype=np.float32))[..., None]
    found = enlarged_rows(maps, (40, 50), 0, 40)[..., 0]
    rows = np.clip((np.arange(40) + 0.5) / 10 - 0.5, 0, 3)
    columns = np.clip((np.arange(50) + 0.5) / 10 - 0.5, 0, 4)
    np.testing.assert_allclose(found, rows[:, None] * 10.0 + columns, atol=1e-4)


def test_a_map_of_one_pixel_is_constant() -> None:
    found = enlarged_rows(np.full((1, 1, 2), 0.25, dtype=np.float32), (3, 5), 1, 2)
    np.testing.assert_array_equal(found, np.full((1, 5, 2), 0.25))
