"""Maps whose claims are known pixel by pixel."""

import numpy as np
import pytest

from oldphoto_core.diagnosis.features.maps import map_numbers
from oldphoto_core.image import Grey


def empty() -> Grey:
    return np.full((100, 100), 0.001, dtype=np.float32)


def test_shares_pieces_and_lengths_are_counted() -> None:
    one = empty()
    one[10:12, 20:70] = 0.95  # a line of 50 x 2
    one[50:55, 50:60] = 0.6  # a spot of 10 x 5
    one[90, 90] = 1.0  # a single pixel is no piece
    numbers = map_numbers({"scratch": one})
    assert numbers["map_scratch_above_0.9"] == pytest.approx(np.log10(0.0101 + 1e-5))
    assert numbers["map_scratch_above_0.5"] == pytest.approx(np.log10(0.0151 + 1e-5))
    assert numbers["map_scratch_pieces"] == pytest.approx(np.log10(3.0))
    assert numbers["map_scratch_longest"] == pytest.approx(np.log10(np.hypot(50, 2) / np.hypot(100, 100) + 0.003))


def test_an_empty_map_is_below_any_other() -> None:
    nothing, something = empty(), empty()
    something[40:44, 40:44] = 0.9
    low, high = map_numbers({"dust": nothing}), map_numbers({"dust": something})
    assert all(low[name] <= high[name] for name in low)
    assert low["map_dust_top_0.001"] < high["map_dust_top_0.001"] - 0.5


def test_where_a_piece_lies_does_not_matter() -> None:
    one, other = empty(), empty()
    one[10:14, 10:40] = 0.8
    other[60:64, 50:80] = 0.8
    assert map_numbers({"tear": one}) == pytest.approx(map_numbers({"tear": other}), abs=1e-5)
