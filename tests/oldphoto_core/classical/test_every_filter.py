"""Five questions to every classical step: shape, range, small and flat pictures, grey stays grey, input untouched."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage import data

from oldphoto_core.classical.cast import remove_cast
from oldphoto_core.classical.deblock import deblock
from oldphoto_core.classical.denoise import denoise
from oldphoto_core.classical.inpaint import inpaint
from oldphoto_core.classical.sharpen import sharpen
from oldphoto_core.classical.tone import restore_tone
from oldphoto_core.image import Photo, from_bytes8

Step = Callable[[Photo], Photo]


def fill_a_stroke(photo: Photo) -> Photo:
    mask = np.zeros(photo.shape[:2], dtype=bool)
    mask[photo.shape[0] // 2, 1:-1] = True
    return inpaint(photo, mask, rng=np.random.default_rng(0)).photo


STEPS: dict[str, Step] = {
    "cast": remove_cast,
    "deblock": deblock,
    "denoise": denoise,
    "inpaint": fill_a_stroke,
    "sharpen": lambda photo: sharpen(photo, blur_px=1.2),
    "tone": restore_tone,
}
every_step = pytest.mark.parametrize("step", STEPS.values(), ids=STEPS.keys())


def damaged() -> Photo:
    """A small colour scene, faded, noisy, with a white stroke where ``fill_a_stroke`` fills."""
    photo = from_bytes8(data.astronaut()[:96, 180:290])
    noise = np.random.default_rng(5).normal(0.0, 0.03, photo.shape).astype(np.float32)
    faded = np.clip(np.array([0.4, 0.25, 0.2], np.float32) + np.float32(0.5) * photo + noise, 0.0, 1.0)
    faded[48, 1:-1] = 1.0
    return faded


@every_step
def test_shape_type_and_range_are_kept_and_the_input_too(step: Step) -> None:
    photo = damaged()
    before = photo.copy()
    after = step(photo)
    assert after.shape == photo.shape
    assert after.dtype == np.float32
    assert float(after.min()) >= 0.0
    assert float(after.max()) <= 1.0
    assert np.array_equal(photo, before)
    assert not np.shares_memory(after, photo)


@every_step
def test_every_step_does_something_to_a_damaged_scene(step: Step) -> None:
    assert not np.array_equal(step(damaged()), damaged())


@every_step
@pytest.mark.parametrize("shape", [(16, 16), (9, 21), (3, 3)])
def test_small_pictures_come_back(step: Step, shape: tuple[int, int]) -> None:
    photo = damaged()[: shape[0], : shape[1]]
    assert step(photo).shape == photo.shape


@every_step
@pytest.mark.parametrize("level", [0.0, 0.37, 1.0])
def test_a_constant_picture_stays_as_it_is(step: Step, level: float) -> None:
    photo = np.full((40, 48, 3), level, dtype=np.float32)
    assert step(photo) == pytest.approx(photo, abs=1e-5)


@every_step
def test_three_equal_channels_stay_equal(step: Step) -> None:
    grey = np.repeat(damaged()[..., :1], 3, axis=2)
    after = step(grey)
    assert np.array_equal(after[..., 0], after[..., 1])
    assert np.array_equal(after[..., 0], after[..., 2])


@every_step
@settings(deadline=None, max_examples=10)
@given(seed=st.integers(0, 1000), height=st.integers(3, 40), width=st.integers(3, 40))
def test_any_picture_gives_finite_values_in_range(step: Step, seed: int, height: int, width: int) -> None:
    photo = np.random.default_rng(seed).random((height, width, 3)).astype(np.float32)
    after = step(photo)
    assert bool(np.isfinite(after).all())
    assert 0.0 <= float(after.min()) <= float(after.max()) <= 1.0
