"""The guided filter against the formula written out."""

import numpy as np
import pytest

from oldphoto_core.classical.style_guided import guided_filter


def slow_guided_filter(values: np.ndarray, guide: np.ndarray, radius: int, epsilon: float) -> np.ndarray:
    """Return He et al. (2010), equations 5, 6 and 8, window by window."""
    height, width = guide.shape
    side = 2 * radius + 1
    padded_guide, padded = np.pad(guide, radius, mode="edge"), np.pad(values, radius, mode="edge")
    slope, offset = np.empty((height, width)), np.empty((height, width))
    for y in range(height):
        for x in range(width):
            window, layer = padded_guide[y : y + side, x : x + side], padded[y : y + side, x : x + side]
            covariance = np.mean((window - window.mean()) * (layer - layer.mean()))
            slope[y, x] = covariance / (window.var() + epsilon)
            offset[y, x] = layer.mean() - slope[y, x] * window.mean()
    slope, offset = np.pad(slope, radius, mode="edge"), np.pad(offset, radius, mode="edge")
    result = np.empty((height, width))
    for y in range(height):
        for x in range(width):
            result[y, x] = slope[y : y + side, x : x + side].mean() * guide[y, x]
            result[y, x] += offset[y : y + side, x : x + side].mean()
    return result


@pytest.mark.parametrize("radius", [0, 1, 4])
def test_it_is_the_formula(radius: int) -> None:
    rng = np.random.default_rng(radius)
    guide = rng.random((13, 17), dtype=np.float32)
    values = rng.normal(size=(13, 17, 2)).astype(np.float32)
    found = guided_filter(values, guide, radius_px=radius, epsilon=0.01)
    for layer in range(2):
        expected = slow_guided_filter(values[..., layer].astype(np.float64), guide.astype(np.float64), radius, 0.01)
        np.testing.assert_allclose(found[..., layer], expected, atol=1e-5)


def test_a_step_in_the_guide_stays_and_a_step_without_one_is_smoothed() -> None:
    step = np.zeros((40, 40), dtype=np.float32)
    step[:, 20:] = 1.0
    values = step[..., None]
    kept = guided_filter(values, step, radius_px=8, epsilon=0.01)[..., 0]
    smoothed = guided_filter(values, np.full((40, 40), 0.5, dtype=np.float32), radius_px=8, epsilon=0.01)[..., 0]
    assert (kept[:, 20] - kept[:, 19]).min() > 0.9
    assert np.abs(np.diff(smoothed, axis=1)).max() < 0.07


def test_constants_stay_even_where_the_window_is_larger_than_the_picture() -> None:
    found = guided_filter(
        np.full((3, 2, 1), 7.5, dtype=np.float32), np.eye(3, 2, dtype=np.float32), radius_px=20, epsilon=0.01
    )
    np.testing.assert_allclose(found, 7.5, atol=1e-5)


def test_nonsense_is_refused() -> None:
    flat = np.zeros((4, 4), dtype=np.float32)
    with pytest.raises(ValueError, match="epsilon"):
        guided_filter(flat[..., None], flat, radius_px=1, epsilon=0.0)
