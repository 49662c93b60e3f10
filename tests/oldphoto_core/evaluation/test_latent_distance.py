"""The distance of latents against SciPy's on each slice, and on clouds whose distance is known."""

import numpy as np
import pytest
from scipy.stats import wasserstein_distance

from oldphoto_core.evaluation.latent_distance import common_spread, latent_distance, wasserstein_of_line


@pytest.mark.parametrize(("count", "other"), [(50, 50), (31, 80), (1, 7), (40, 3)])
def test_a_line_is_scipys(count: int, other: int) -> None:
    rng = np.random.default_rng(count)
    one, two = rng.normal(0.0, 2.0, count), rng.exponential(1.0, other)
    assert wasserstein_of_line(one, two) == pytest.approx(wasserstein_distance(one, two))
    rounded, ties = np.round(one), np.round(two)
    assert wasserstein_of_line(rounded, ties) == pytest.approx(wasserstein_distance(rounded, ties))


def test_clouds_are_the_mean_of_their_slices() -> None:
    rng = np.random.default_rng(0)
    one, other = rng.normal(size=(60, 5)), rng.normal(0.5, 2.0, (45, 5))
    drawn = np.random.Generator(np.random.PCG64(3)).standard_normal((5, 20))
    each = []
    for number in range(20):
        direction = drawn[:, number] / np.sqrt((drawn[:, number] ** 2).sum())
        each.append(wasserstein_distance(one @ direction, other @ direction))
    middle = 0.5 * (one.mean(axis=0) + other.mean(axis=0))
    spread = np.sqrt(0.5 * ((one - middle) ** 2).mean() + 0.5 * ((other - middle) ** 2).mean())
    assert common_spread(one, other) == pytest.approx(spread)
    assert latent_distance(one, other, directions=20, seed=3) == pytest.approx(np.mean(each) / spread)


def test_a_shift_counts_by_its_length_over_the_spread() -> None:
    one = np.random.default_rng(0).normal(size=(400, 3))
    shift = np.array([3.0, 0.0, 0.0])
    # The mean of |cos| between a fixed and a random direction in space is 1/2.
    wanted = 1.5 / common_spread(one, one + shift)
    assert latent_distance(one, one + shift, directions=4000) == pytest.approx(wanted, rel=0.03)


def test_order_and_scale_do_not_count_and_it_is_symmetric() -> None:
    rng = np.random.default_rng(1)
    one, other = rng.normal(size=(50, 4)), rng.normal(1.0, 1.0, (30, 4))
    found = latent_distance(one, other)
    assert latent_distance(rng.permutation(one), other) == pytest.approx(found)
    assert latent_distance(7.0 * one, 7.0 * other) == pytest.approx(found)
    assert latent_distance(other, one) == pytest.approx(found)
    assert latent_distance(one, one) == 0.0
    assert latent_distance(np.ones((4, 2)), np.ones((3, 2))) == 0.0


def test_what_cannot_be_compared_is_refused() -> None:
    one = np.zeros((3, 2))
    with pytest.raises(ValueError, match="points in both clouds"):
        latent_distance(one, np.zeros((0, 2)))
    with pytest.raises(ValueError, match="and a direction"):
        latent_distance(one, one, directions=0)
    with pytest.raises(ValueError, match="diverged"):
        latent_distance(one, np.full((3, 2), np.nan))
