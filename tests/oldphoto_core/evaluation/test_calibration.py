"""Calibration error against the definition, bin by bin."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oldphoto_core.evaluation.calibration import calibration_error


@given(st.lists(st.tuples(st.floats(0.0, 1.0), st.booleans()), min_size=1, max_size=40))
def test_it_is_the_weighted_gap_between_stated_and_observed(rows: list[tuple[float, bool]]) -> None:
    total = 0.0
    for number in range(10):
        inside = [row for row in rows if min(int(row[0] * 10), 9) == number]
        if inside:
            stated, seen = (sum(row[k] for row in inside) / len(inside) for k in (0, 1))
            total += len(inside) / len(rows) * abs(stated - seen)
    found = calibration_error(np.array([row[0] for row in rows]), np.array([row[1] for row in rows]))
    assert found == pytest.approx(total, abs=1e-12)


def test_honest_probabilities_have_none_and_boasts_have_much() -> None:
    rng = np.random.default_rng(0)
    stated = rng.random(50_000)
    present = rng.random(50_000) < stated
    assert calibration_error(stated, present) == pytest.approx(0.0, abs=0.01)
    assert calibration_error(np.ones(50_000), present) == pytest.approx(0.5, abs=0.01)
    assert calibration_error(np.zeros(0), np.zeros(0, dtype=bool)) is None
