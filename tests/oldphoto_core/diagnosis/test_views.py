"""Views keep what they promise: size, mean, every marked pixel."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from oldphoto_core.diagnosis.views import centre, enlarge_mask, inner, shrink


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 300), st.integers(1, 300), st.integers(1, 400))
def test_shrinking_bounds_the_long_side_and_never_enlarges(height: int, width: int, limit: int) -> None:
    photo = np.full((height, width, 3), 0.25, dtype=np.float32)
    view = shrink(photo, limit)
    assert max(view.shape[:2]) <= max(1, min(limit, max(height, width)))
    assert min(view.shape) >= 1
    np.testing.assert_allclose(view, 0.25, atol=1e-6)


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 5), st.integers(0, 2**31))
def test_every_pixel_under_a_marked_one_is_marked(height: int, width: int, factor: int, seed: int) -> None:
    small = np.random.default_rng(seed).uniform(size=(height, width)) < 0.2
    large = enlarge_mask(small, (height * factor, width * factor))
    assert large[np.kron(small, np.ones((factor, factor), dtype=np.bool_))].all()


def test_inner_and_centre_cut_evenly() -> None:
    grid = np.arange(100, dtype=np.float32).reshape(10, 10)
    np.testing.assert_array_equal(inner(grid, 0.2), grid[2:8, 2:8])
    photo = np.repeat(grid[..., None], 3, axis=2)
    np.testing.assert_array_equal(centre(photo, 4), photo[3:7, 3:7])
