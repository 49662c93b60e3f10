"""The luma is the one asked for, and the tint the one there was."""

import numpy as np
import pytest

from oldphoto_core.image import Photo, is_monochrome, luma
from oldphoto_core.inference.tint import has_one_tone, tint_left, with_luma


def sepia(height: int = 60, width: int = 80) -> Photo:
    grey = np.random.default_rng(1).random((height, width, 1), dtype=np.float32) * np.float32(0.5) + np.float32(0.25)
    return (grey + np.array([0.05, 0.0, -0.06], np.float32)).astype(np.float32)


def test_the_luma_is_the_one_asked_for_and_the_tint_stays() -> None:
    photo = sepia()
    target = (luma(photo) * np.float32(0.5) + np.float32(0.3)).astype(np.float32)
    result = with_luma(photo, target)
    np.testing.assert_allclose(luma(result), target, atol=1e-6)
    np.testing.assert_allclose(result - target[..., None], photo - luma(photo)[..., None], atol=1e-6)


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_black_is_black_and_white_is_white(level: float) -> None:
    photo = sepia()
    target = np.full(photo.shape[:2], level, np.float32)
    np.testing.assert_allclose(with_luma(photo, target), level, atol=1e-6)


def test_one_tone_is_seen_on_photographs_of_any_size() -> None:
    colourful = np.random.default_rng(2).random((1100, 2100, 3), dtype=np.float32)
    assert not has_one_tone(colourful)
    assert has_one_tone(sepia(1100, 2100))
    assert is_monochrome(sepia())


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_a_weaker_tint_is_measured_whatever_becomes_of_the_luma(share: float) -> None:
    photo = sepia()
    target = (luma(photo) * np.float32(0.7) + np.float32(0.1)).astype(np.float32)
    paler = with_luma(photo, target, tint_share=share)
    assert tint_left(photo, paler) == pytest.approx(share, abs=0.01)
    np.testing.assert_allclose(luma(paler), target, atol=1e-6)


def test_a_tint_that_grew_or_turned_is_not_followed() -> None:
    photo = sepia()
    grey = luma(photo)[..., None]
    assert tint_left(photo, grey + np.float32(1.8) * (photo - grey)) == 1.0
    assert tint_left(photo, grey - (photo - grey)) == 0.0


def test_without_a_tint_there_is_none_to_lose() -> None:
    photo = np.repeat(luma(sepia())[..., None], 3, axis=2)
    assert tint_left(photo, sepia()) == 1.0
