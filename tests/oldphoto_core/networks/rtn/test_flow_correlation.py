"""Looking up likeness against a slow loop over places, scales and offsets."""

import numpy as np
import pytest
import torch

from oldphoto_core.networks.rtn import flow_correlation
from oldphoto_core.networks.rtn.flow_correlation import Likeness, all_pairs, offsets

LEVELS, RADIUS = 2, 1


def features() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    return rng.normal(size=(2, 5, 6, 8)), rng.normal(size=(2, 5, 6, 8))


def bilinear(x: np.ndarray, to_x: float, to_y: float) -> float:
    near_x = np.clip(1.0 - np.abs(np.arange(x.shape[1]) - to_x), 0.0, None)
    near_y = np.clip(1.0 - np.abs(np.arange(x.shape[0]) - to_y), 0.0, None)
    return float(near_y @ x @ near_x)


def slowly(first: np.ndarray, second: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Return the likeness of each place of one pair, by averaging the second frame's features rather than products."""
    channels, height, width = first.shape
    halved = second.reshape(channels, height // 2, 2, width // 2, 2).mean(axis=(2, 4))
    result = []
    for level, other in enumerate((second, halved)):
        for right in range(-RADIUS, RADIUS + 1):
            for down in range(-RADIUS, RADIUS + 1):
                seen = np.zeros((height, width))
                for row in range(height):
                    for column in range(width):
                        x, y = at[row, column] / 2**level
                        alike = np.einsum("c,chw->hw", first[:, row, column], other) / np.sqrt(channels)
                        seen[row, column] = bilinear(alike, x + right, y + down)
                result.append(seen)
    return np.stack(result)


@pytest.mark.parametrize("kept", [2**28, 0])
def test_kept_or_made_anew_it_is_that_of_the_loop(kept: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow_correlation, "KEPT", kept)
    monkeypatch.setattr(flow_correlation, "PRODUCTS_AT_ONCE", 2 * 8 * 48 * 4)  # four rows of six at a time
    first, second = features()
    at = np.random.default_rng(5).uniform(-2, 9, size=(2, 6, 8, 2))
    likeness = Likeness(torch.from_numpy(first), torch.from_numpy(second), LEVELS, RADIUS)
    found = likeness.around(torch.from_numpy(at)).numpy()
    assert found.shape == (2, LEVELS * 9, 6, 8)
    for one in range(2):
        assert np.allclose(found[one], slowly(first[one], second[one], at[one]), atol=1e-10)


def test_never_more_products_than_allowed_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    def counted(first: torch.Tensor, second: torch.Tensor, levels: int) -> flow_correlation.Pyramid:
        found = all_pairs(first, second, levels)
        made.append(found[0].numel())
        return found

    monkeypatch.setattr(flow_correlation, "all_pairs", counted)
    monkeypatch.setattr(flow_correlation, "KEPT", 2 * 48 * 48 - 1)
    monkeypatch.setattr(flow_correlation, "PRODUCTS_AT_ONCE", 2 * 8 * 48 * 2)
    first, second = (torch.from_numpy(one) for one in features())
    Likeness(first, second, LEVELS, RADIUS).around(torch.zeros((2, 6, 8, 2), dtype=torch.float64))
    assert made == [2 * 8 * 48 * 2] * 3


def test_of_the_offsets_x_is_the_slow_one() -> None:
    assert offsets(torch.zeros(1), 1)[0, 0].tolist() == [[-1, -1], [-1, 0], [-1, 1]]
