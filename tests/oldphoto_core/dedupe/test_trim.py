import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oldphoto_core.dedupe.trim import trim_border

RNG_SEED = 7


def picture(height: int, width: int) -> np.ndarray:
    """A picture with contrast in every line, up to its edges."""
    return np.random.default_rng(RNG_SEED).random((height, width)).astype(np.float32)


def bordered(grey: np.ndarray, widths: tuple[int, int, int, int], value: float) -> np.ndarray:
    top, bottom, left, right = widths
    return np.pad(grey, ((top, bottom), (left, right)), constant_values=value)


@settings(deadline=None, max_examples=50)
@given(st.tuples(*[st.integers(0, 20)] * 4), st.sampled_from([0.0, 0.05, 0.9, 1.0]))
def test_a_plain_border_goes_and_nothing_else(widths: tuple[int, int, int, int], value: float) -> None:
    inner = picture(60, 50)
    assert np.array_equal(trim_border(bordered(inner, widths, value)), inner)


def test_a_grainy_border_goes() -> None:
    card = bordered(picture(60, 80), (8, 8, 8, 8), 0.9)
    noisy = card + np.random.default_rng(0).normal(0.0, 0.015, card.shape).astype(np.float32)
    assert trim_border(noisy).shape == (60, 80)


def test_a_margin_inside_a_scanner_lid_goes_too() -> None:
    card = bordered(bordered(picture(60, 80), (5, 5, 5, 5), 0.95), (6, 6, 6, 6), 0.0)
    assert trim_border(card).shape == (60, 80)


def test_a_wide_plain_sky_stays() -> None:
    landscape = bordered(picture(40, 80), (40, 0, 0, 0), 0.8)
    assert trim_border(landscape).shape == (80, 80)


@pytest.mark.parametrize("shape", [(1, 1), (1, 200), (200, 1), (2, 2), (64, 64)])
@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_a_constant_picture_stays_whole(shape: tuple[int, int], value: float) -> None:
    assert trim_border(np.full(shape, value, dtype=np.float32)).shape == shape
