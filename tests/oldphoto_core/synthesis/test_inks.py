"""Layers laid on few pixels equal layers laid on all of them, slowly."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from oldphoto_core.synthesis.effect import laid_at, laid_on
from oldphoto_core.synthesis.inks import inked


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32), st.floats(0.0, 1.0))
def test_layers_equal_the_slow_formula(seed: int, covered: float) -> None:
    rng = np.random.default_rng(seed)
    photo, slow = (rng.random((9, 11, 3), dtype=np.float32),) * 2
    layers = []
    for _ in range(2):
        opacity = rng.random((9, 11), dtype=np.float32) * (rng.random((9, 11)) < covered)
        ink = rng.random(3, dtype=np.float32)
        layers.append((ink, opacity.astype(np.float32)))
        slow = slow * (1 - layers[-1][1][..., None]) + ink * layers[-1][1][..., None]
    kept = photo.copy()
    effect = inked(photo, layers, kind="dust", half=0.01)
    whole = laid_on(photo, slow, kind="dust", half=0.01)
    np.testing.assert_allclose(effect.photo, slow, atol=1e-6)
    np.testing.assert_array_equal(photo, kept)
    assert abs(effect.severities["dust"] - whole.severities["dust"]) < 1e-4
    differing = effect.masks["dust"] != whole.masks["dust"]
    moved = np.abs(slow - photo).max(axis=2)
    assert (np.abs(moved[differing] - 0.03) < 1e-5).all()


def test_touching_every_pixel_is_the_same_as_the_whole_picture() -> None:
    rng = np.random.default_rng(0)
    before, after = rng.random((5, 6, 3), dtype=np.float32), rng.random((5, 6, 3), dtype=np.float32)
    part = laid_at(before, np.arange(30), after.reshape(-1, 3), kind="stain", half=0.2)
    whole = laid_on(before, after, kind="stain", half=0.2)
    np.testing.assert_array_equal(part.photo, after)
    np.testing.assert_array_equal(part.masks["stain"], whole.masks["stain"])
    assert abs(part.severities["stain"] - whole.severities["stain"]) < 1e-6
