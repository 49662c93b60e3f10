"""Severity is a law, and the effect of a structured damage is read off the change it made."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oldphoto_core.synthesis.effect import VISIBLE, change, combined, laid_on, severity

AMOUNTS = st.floats(0.0, 20.0)


@given(AMOUNTS, AMOUNTS)
def test_amounts_of_one_kind_add_up(first: float, second: float) -> None:
    together = combined(severity(first, half=2.0), severity(second, half=2.0))
    assert together == pytest.approx(severity(first + second, half=2.0), abs=1e-12)


@given(AMOUNTS, AMOUNTS)
def test_more_damage_is_never_less_severe(first: float, second: float) -> None:
    low, high = sorted((first, second))
    assert 0.0 <= severity(low, half=0.3) <= severity(high, half=0.3) <= 1.0


def test_half_is_plainly_visible_and_none_is_none() -> None:
    assert severity(0.03, half=0.03) == 0.5
    assert severity(0.0, half=0.03) == 0.0
    assert severity(-1.0, half=0.03) == 0.0


def test_change_is_the_largest_of_the_three_channels() -> None:
    before = np.random.default_rng(0).random((5, 7, 3), dtype=np.float32)
    after = np.random.default_rng(1).random((5, 7, 3), dtype=np.float32)
    np.testing.assert_array_equal(change(before, after), np.abs(after - before).max(axis=2))


def test_the_mask_holds_what_changed_by_more_than_can_be_overlooked() -> None:
    before = np.full((2, 2, 3), 0.5, dtype=np.float32)
    after = before.copy()
    after[0, 0, 1] += 2 * VISIBLE
    after[1, 1, :] += VISIBLE / 2
    effect = laid_on(before, after, kind="dust", half=0.01)
    np.testing.assert_array_equal(effect.masks["dust"], [[True, False], [False, False]])
    assert effect.severities["dust"] == pytest.approx(severity(2.5 * VISIBLE / 4, half=0.01), rel=1e-4)
