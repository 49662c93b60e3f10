import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oldphoto_core.dedupe.proxy import grey_proxy, resized
from oldphoto_core.image import Photo, luma


def test_an_even_shrink_averages_blocks(cup: Photo) -> None:
    blocks = luma(cup).reshape(100, 4, 150, 4).mean(axis=(1, 3))
    assert np.allclose(grey_proxy(cup, 150), blocks, atol=1e-5)


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 80), st.integers(1, 80), st.integers(1, 100))
def test_the_long_side_is_as_wanted_and_values_stay_in_range(height: int, width: int, side: int) -> None:
    photo = np.random.default_rng(0).random((height, width, 3)).astype(np.float32)
    small = grey_proxy(photo, side)
    assert max(small.shape) == side
    assert min(small.shape) >= 1
    assert small.min() >= 0.0
    assert small.max() <= 1.0


@pytest.mark.parametrize("shape", [(20, 30), (7, 90), (100, 100)])
def test_resized_has_exactly_the_shape_and_keeps_a_constant(shape: tuple[int, int]) -> None:
    out = resized(np.full((40, 60), 0.3, dtype=np.float32), shape)
    assert out.shape == shape
    assert out.dtype == np.float32
    assert np.allclose(out, 0.3, atol=1e-6)
