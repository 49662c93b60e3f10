"""Bootstrap intervals against SciPy's, and by how often they hold the truth."""

import numpy as np
import pytest
from scipy.stats import bootstrap

from oldphoto_core.evaluation.intervals import estimate, mean_of

VALUES = np.random.default_rng(3).lognormal(size=40)
NAMES = [f"picture {number}" for number in range(40)]


def test_one_case_a_picture_is_the_ordinary_percentile_bootstrap() -> None:
    found = mean_of(VALUES.tolist(), NAMES, seed=1, resamples=20_000)
    expected = bootstrap((VALUES,), np.mean, method="percentile", n_resamples=20_000, rng=5).confidence_interval
    assert found is not None
    assert (found.value, found.pictures) == (pytest.approx(VALUES.mean()), 40)
    assert (found.low, found.high) == (pytest.approx(expected.low, rel=0.02), pytest.approx(expected.high, rel=0.02))


def test_cases_of_a_picture_are_drawn_together() -> None:
    """Ten copies of every case tell no more than one of each."""
    once, tenfold = (mean_of(VALUES.tolist() * copies, NAMES * copies, seed=1) for copies in (1, 10))
    assert tenfold is not None
    assert once is not None
    assert tenfold.low == pytest.approx(once.low)
    assert tenfold.high == pytest.approx(once.high)


def test_any_statistic_gets_the_same_interval_as_the_mean_when_it_is_the_mean() -> None:
    pictures = [f"picture {number // 4}" for number in range(40)]
    general = estimate(lambda chosen: float(VALUES[chosen].mean()), pictures, seed=2, resamples=4000)
    quick = mean_of(VALUES.tolist(), pictures, seed=2, resamples=4000)
    assert general is not None
    assert quick is not None
    assert general.value == pytest.approx(quick.value)
    assert general.low == pytest.approx(quick.low, rel=0.03)
    assert general.high == pytest.approx(quick.high, rel=0.03)


def test_the_seed_decides_and_one_picture_has_no_interval() -> None:
    assert mean_of(VALUES.tolist(), NAMES, seed=1) == mean_of(VALUES.tolist(), NAMES, seed=1)
    assert mean_of(VALUES.tolist(), NAMES, seed=1) != mean_of(VALUES.tolist(), NAMES, seed=2)
    alone = mean_of([1.0, 2.0], ["a", "a"], seed=1)
    assert alone is not None
    assert (alone.value, alone.low, alone.pictures) == (1.5, None, 1)
    assert mean_of([], [], seed=1) is None
    assert estimate(lambda _: None, ["a", "b"], seed=1) is None
