"""Tiles cover each pixel once, and joining what they read gives the picture back."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from oldphoto_core.classical.tiles import tiles


@settings(deadline=None, max_examples=50)
@given(
    shape=st.tuples(st.integers(1, 70), st.integers(1, 70)),
    side=st.sampled_from([8, 16, 32]),
    apron=st.sampled_from([0, 8, 16]),
)
def test_cutting_then_joining_is_the_identity(shape: tuple[int, int], side: int, apron: int) -> None:
    picture = np.arange(shape[0] * shape[1]).reshape(shape)
    joined, visits = np.zeros_like(picture), np.zeros_like(picture)
    for tile in tiles(shape, side_px=side, apron_px=apron):
        joined[tile.place] = picture[tile.read][tile.keep]
        visits[tile.place] += 1
        assert tile.read[0].start % 8 == 0
        assert tile.read[1].start % 8 == 0
    assert np.array_equal(joined, picture)
    assert bool((visits == 1).all())
