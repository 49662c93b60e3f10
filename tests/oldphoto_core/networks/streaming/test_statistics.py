import numpy as np
import pytest
import torch

from oldphoto_core.networks.streaming.statistics import Moments


@pytest.mark.parametrize("strips", [[40], [1, 39], [13, 13, 14]])
@pytest.mark.parametrize(("centre", "spread"), [(0.0, 1.0), (1000.0, 0.5), (-3.0, 1e-3)])
def test_the_moments_are_those_of_float64(centre: float, spread: float, strips: list[int]) -> None:
    draws = np.random.default_rng(0)
    x = torch.from_numpy((centre + spread * draws.standard_normal((1, 7, 40, 900))).astype(np.float32))
    moments = Moments(7)
    for part in torch.split(x, strips, dim=2):
        moments.add(part)
    scale, shift = moments.scale_and_shift(1e-5)
    exact = x.numpy().astype(np.float64)
    expected = 1.0 / np.sqrt(exact.var(axis=(0, 2, 3)) + 1e-5)
    np.testing.assert_allclose(scale.numpy(), expected, rtol=1e-5)
    np.testing.assert_allclose(shift.numpy(), -exact.mean(axis=(0, 2, 3)) * expected, rtol=1e-5, atol=1e-6)


def test_a_constant_map_becomes_zero() -> None:
    moments = Moments(2)
    moments.add(torch.full((1, 2, 5, 5), 3.0))
    scale, shift = moments.scale_and_shift(1e-5)
    torch.testing.assert_close(3.0 * scale + shift, torch.zeros(2, dtype=torch.float64), atol=1e-9, rtol=0.0)
