"""Warping against a slow loop."""

import numpy as np
import pytest
import torch

from oldphoto_core.networks.rtn.sampling import places, sample, warp


def slowly(x: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """Return for each pixel the sum over all pixels of its value times how near it lies to where the flow leads."""
    channels, height, width = x.shape
    result = np.zeros_like(x)
    for row in range(height):
        for column in range(width):
            to_x, to_y = column + flow[0, row, column], row + flow[1, row, column]
            near_x = np.clip(1.0 - np.abs(np.arange(width) - to_x), 0.0, None)
            near_y = np.clip(1.0 - np.abs(np.arange(height) - to_y), 0.0, None)
            for channel in range(channels):
                result[channel, row, column] = near_y @ x[channel] @ near_x
    return result


def test_it_is_bilinear_and_zero_outside() -> None:
    rng = np.random.default_rng(1)
    x, flow = rng.normal(size=(2, 3, 7, 9)), rng.uniform(-4, 4, size=(2, 2, 7, 9))
    found = warp(torch.from_numpy(x), torch.from_numpy(flow)).numpy()
    for one in range(2):
        assert np.allclose(found[one], slowly(x[one], flow[one]), atol=1e-12)
    assert np.count_nonzero(found == 0.0) > 0


@pytest.mark.parametrize(("right", "down"), [(1, 0), (0, 2), (-2, 1)])
def test_a_whole_step_takes_the_neighbour(right: int, down: int) -> None:
    x = torch.arange(48, dtype=torch.float64).reshape(1, 1, 6, 8)
    flow = torch.tensor([right, down], dtype=torch.float64).reshape(1, 2, 1, 1).expand(1, 2, 6, 8)
    assert float(warp(x, flow)[0, 0, 3, 4]) == pytest.approx(float(x[0, 0, 3 + down, 4 + right]))


def test_places_are_x_before_y() -> None:
    assert places(torch.zeros(1, 1, 2, 3)).tolist() == [[[[0, 0], [1, 0], [2, 0]], [[0, 1], [1, 1], [2, 1]]]]


def test_a_map_at_its_own_places_is_itself() -> None:
    x = torch.rand((1, 2, 5, 4), generator=torch.Generator().manual_seed(2))
    assert torch.allclose(sample(x, places(x)), x, atol=1e-6)
