"""Tones: a faded dye is given back, a fresh picture is left alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.data import astronaut

from oldphoto_core.classical.style_settings import StyleSettings
from oldphoto_core.classical.style_tones import (
    MODERN_DARKEST,
    MODERN_LIGHTEST,
    ToneCurve,
    end_tones,
    fading_measures,
    tone_curve,
)
from oldphoto_core.image import Photo, from_bytes8

ENDS = (np.full(3, MODERN_DARKEST), np.full(3, MODERN_LIGHTEST))


@pytest.fixture
def fresh() -> Photo:
    return np.clip(from_bytes8(astronaut()[::2, ::2]), MODERN_DARKEST, 1.0).astype(np.float32)


def test_lost_density_is_recovered_channel_by_channel(fresh: Photo) -> None:
    loss = np.array([0.5, 0.3, 0.4])
    faded = (fresh ** (1.0 - loss)).astype(np.float32)
    curve = tone_curve(faded, 1.0, ENDS, StyleSettings(tone_strength=1.0, max_white_gain=1.0))
    np.testing.assert_allclose(curve.exponents, 1.0 / (1.0 - loss), rtol=0.05)
    assert np.abs(curve.apply(faded) - fresh).max() < 0.06


def test_no_fading_is_the_identity(fresh: Photo) -> None:
    curve = tone_curve((0.3 + 0.5 * fresh).astype(np.float32), 0.0, ENDS, StyleSettings())
    assert curve == ToneCurve((1.0, 1.0, 1.0), (1.0, 1.0, 1.0))
    np.testing.assert_array_equal(curve.apply(fresh), fresh)


def test_fading_grows_with_the_loss(fresh: Photo) -> None:
    found = [fading_measures((fresh ** (1.0 - loss)).astype(np.float32))["fading"] for loss in (0.0, 0.5, 0.6, 0.7)]
    assert found[0] == 0.0
    assert found == sorted(found)
    assert found[-1] == 1.0


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 999), fading=st.floats(0.0, 1.0), low=st.floats(0.0, 0.9), width=st.floats(0.0, 1.0))
def test_whatever_the_picture_the_bounds_hold_and_tones_keep_their_order(
    seed: int, fading: float, low: float, width: float
) -> None:
    photo = np.random.default_rng(seed).random((12, 12, 3), dtype=np.float32)
    photo = np.clip(low + width * photo, 0.0, 1.0).astype(np.float32)
    limits = StyleSettings()
    curve = tone_curve(photo, fading, ENDS, limits)
    assert all(1.0 <= value <= limits.max_exponent for value in curve.exponents)
    assert all(1.0 <= value <= limits.max_white_gain for value in curve.gains)
    ramp = np.linspace(0.0, 1.0, 64, dtype=np.float32)[:, None, None].repeat(3, axis=2)
    after = curve.apply(ramp)
    assert np.diff(after, axis=0).min() >= 0.0
    assert after.min() >= 0.0
    assert after.max() <= 1.0


def test_black_scanner_edges_do_not_count() -> None:
    photo = np.full((100, 100, 3), 0.5, dtype=np.float32)
    photo[:4] = 0.0
    assert end_tones(photo)[0].min() == pytest.approx(0.5)


def test_unevenly_toned_prints_have_one_hue() -> None:
    rng = np.random.default_rng(5)
    grey = rng.random((64, 64, 1), dtype=np.float32) * 0.6 + 0.2
    toning = np.linspace(0.0, 0.12, 64, dtype=np.float32)[:, None, None]
    sepia = (grey + toning * np.array([1.0, 0.2, -1.2], dtype=np.float32)).astype(np.float32)
    assert fading_measures(sepia)["second_hue"] < StyleSettings().min_second_hue
    colour = from_bytes8(astronaut()[::4, ::4])
    assert fading_measures(colour)["second_hue"] > 2.0 * StyleSettings().min_second_hue
