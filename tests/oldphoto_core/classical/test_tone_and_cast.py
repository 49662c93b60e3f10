"""Tone and cast: known fadings undone in part, nothing clipped, one-toned prints keep their tone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage import data

from oldphoto_core.classical.cast import remove_cast
from oldphoto_core.classical.tone import ToneTargets, restore_tone
from oldphoto_core.image import Photo, from_bytes8, luma
from oldphoto_core.quality.blind import clipped_share
from oldphoto_core.quality.reference import mean_delta_e, psnr_db


def scene() -> Photo:
    return from_bytes8(data.astronaut()[::2, ::2])


def dyes_gone(photo: Photo) -> Photo:
    """The red print: cyan lost most of its density, the paper yellowed."""
    density = -np.log((photo + np.float32(0.04)) / np.float32(1.04))
    faded = density * np.array([0.45, 0.75, 0.65], np.float32) + np.array([0.01, 0.05, 0.15], np.float32)
    return np.clip(np.float32(1.04) * np.exp(-faded) - np.float32(0.04), 0.0, 1.0)


def sepia(photo: Photo) -> Photo:
    grey = luma(photo)[..., None]
    return np.concatenate([grey**0.8, grey**1.0, grey**1.4], axis=2).astype(np.float32)


def test_a_linear_fading_is_mostly_undone() -> None:
    faded = np.float32(0.2) + np.float32(0.5) * scene()
    assert psnr_db(restore_tone(faded), scene()) > psnr_db(faded, scene()) + 5.0


def test_strength_lies_between_nothing_and_all() -> None:
    faded = np.float32(0.2) + np.float32(0.5) * scene()
    errors = [psnr_db(restore_tone(faded, strength=share), scene()) for share in (0.0, 0.5, 1.0)]
    assert errors == sorted(errors)
    assert restore_tone(faded, strength=0.0) == pytest.approx(faded, abs=1e-5)


@settings(deadline=None, max_examples=20)
@given(low=st.floats(0.0, 0.4), span=st.floats(0.05, 0.6), bend=st.floats(0.5, 2.0))
def test_the_curve_rises_and_clips_nothing_new(low: float, span: float, bend: float) -> None:
    ramp = (low + span * np.linspace(0.0, 1.0, 4000) ** bend).astype(np.float32)
    photo = np.repeat(ramp.reshape(50, 80)[..., None], 3, axis=2)
    after = restore_tone(photo)
    assert bool((np.diff(after[..., 0].ravel()) >= -1e-6).all())
    assert clipped_share(luma(after)) <= clipped_share(luma(photo)) + 0.001


def test_no_stretch_is_steeper_than_allowed() -> None:
    flat = np.float32(0.45) + np.float32(0.02) * scene()
    after = restore_tone(flat, targets=ToneTargets(steepest=2.0, tolerance=0.4))
    assert float(np.ptp(np.quantile(luma(after), [0.01, 0.99]))) <= 2.05 * float(
        np.ptp(np.quantile(luma(flat), [0.01, 0.99]))
    )


def test_damaged_pixels_do_not_count() -> None:
    faded = np.float32(0.2) + np.float32(0.5) * scene()
    mask = np.zeros(faded.shape[:2], dtype=bool)
    mask[:40] = True
    torn = faded.copy()
    torn[mask] = 1.0
    assert restore_tone(torn, mask=mask)[~mask] == pytest.approx(restore_tone(faded, mask=mask)[~mask])
    assert restore_tone(torn)[~mask] != pytest.approx(restore_tone(faded)[~mask], abs=0.01)


def test_targets_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match="black < middle < white"):
        ToneTargets(black=0.6)


def test_the_red_print_comes_nearer_to_its_colours() -> None:
    red = dyes_gone(scene())
    assert mean_delta_e(remove_cast(red), scene()) < 0.9 * mean_delta_e(red, scene())


def test_the_mean_of_the_red_print_comes_nearer_to_grey() -> None:
    def lean(photo: Photo) -> float:
        return float(np.ptp(photo.reshape(-1, 3).mean(axis=0) - scene().reshape(-1, 3).mean(axis=0)))

    red = dyes_gone(scene())
    assert lean(remove_cast(red)) < 0.6 * lean(red)


def test_sepia_is_no_cast() -> None:
    assert np.array_equal(remove_cast(sepia(scene())), sepia(scene()))


def test_tone_keeps_the_order_of_sepia_channels() -> None:
    toned = np.float32(0.15) + np.float32(0.6) * sepia(scene())
    after = restore_tone(toned)
    assert bool((after[..., 0] >= after[..., 1] - 1e-6).all())
    assert bool((after[..., 1] >= after[..., 2] - 1e-6).all())


def test_no_cast_no_change() -> None:
    grey_ends = scene().copy()
    grey_ends[:8] = 0.0
    grey_ends[8:16] = 1.0
    assert psnr_db(remove_cast(grey_ends), grey_ends) > 35.0


def test_cast_removal_clips_nothing_new() -> None:
    red = dyes_gone(scene())
    after = remove_cast(red)
    for end in (0.0, 1.0):
        assert float(np.mean(after == end)) <= float(np.mean(red == end)) + 0.001
