"""Noise from the table is normal, white, and the same for the same seed."""

import numpy as np
import pytest
from scipy.stats import kstest, norm

from oldphoto_core.synthesis.noise import gaussian


def test_the_distribution_is_normal() -> None:
    drawn = gaussian((400, 500), np.random.default_rng(0)).reshape(-1).astype(np.float64)
    assert kstest(drawn, norm.cdf).pvalue > 0.01
    assert float(drawn.std()) == pytest.approx(1.0, abs=0.006)
    assert float((np.abs(drawn) > 3.0).mean()) == pytest.approx(2 * norm.sf(3.0), rel=0.15)


def test_neighbours_have_nothing_in_common() -> None:
    drawn = gaussian((256, 256, 3), np.random.default_rng(1))
    for first, second in ((drawn[1:], drawn[:-1]), (drawn[:, 1:], drawn[:, :-1]), (drawn[..., 1:], drawn[..., :-1])):
        assert abs(float(np.corrcoef(first.ravel(), second.ravel())[0, 1])) < 0.01


def test_the_samples_are_the_quantiles_that_the_bytes_name() -> None:
    drawn = gaussian((50,), np.random.default_rng(2))
    raw = np.random.default_rng(2).bytes(100)
    ranks = [raw[2 * k] + 256 * raw[2 * k + 1] for k in range(50)]
    np.testing.assert_allclose(drawn, norm.ppf((np.array(ranks) + 0.5) / 65536), rtol=1e-4, atol=1e-6)


def test_the_shape_and_type_are_as_asked() -> None:
    drawn = gaussian((2, 3, 4), np.random.default_rng(0))
    assert drawn.shape == (2, 3, 4)
    assert drawn.dtype == np.float32
    assert drawn.flags.writeable
