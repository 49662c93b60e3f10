"""Dots keep the mean tone, repeat at their pitch, and count as noise."""

import numpy as np
import pytest

from oldphoto_core.synthesis.halftone import Halftone, thresholds


def flat(value: float) -> np.ndarray:
    return np.full((192, 192, 3), value, np.float32)


@pytest.mark.parametrize("tone", [0.1, 0.3, 0.5, 0.7, 0.9])
@pytest.mark.parametrize("colour", [False, True])
def test_dots_keep_the_mean_tone(tone: float, *, colour: bool) -> None:
    dots = Halftone(pitch_px=5.0, amount=1.0, colour=colour).apply(flat(tone), np.random.default_rng(0)).photo
    assert dots.mean(axis=(0, 1)) == pytest.approx([tone] * 3, abs=0.035)
    assert float(dots.std()) > 0.15
    assert 0.0 <= float(dots.min()) <= float(dots.max()) <= 1.0


@pytest.mark.parametrize("pitch_px", [4.0, 6.4])
def test_the_screen_repeats_at_its_pitch(pitch_px: float) -> None:
    plane = thresholds((128, 128), pitch_px=pitch_px, turn=0.0, shift=np.zeros(2))
    spectrum = np.abs(np.fft.rfft(plane.mean(axis=0) - plane.mean()))
    assert np.argmax(spectrum) == pytest.approx(128 / pitch_px, abs=1.0)


def test_thresholds_are_evenly_spread() -> None:
    plane = thresholds((256, 256), pitch_px=5.3, turn=0.4, shift=np.array([0.2, 0.7]))
    shares, _ = np.histogram(plane, bins=10, range=(0.0, 1.0))
    assert shares / plane.size == pytest.approx([0.1] * 10, abs=0.02)


def test_black_ink_has_no_colour_and_three_inks_have() -> None:
    black = Halftone(amount=1.0).apply(flat(0.5), np.random.default_rng(0)).photo
    inks = Halftone(amount=1.0, colour=True).apply(flat(0.5), np.random.default_rng(0)).photo
    assert float(np.ptp(black, axis=2).max()) < 1e-6
    assert float(np.ptp(inks, axis=2).mean()) > 0.1


def test_more_of_the_dots_is_more_severe_and_none_is_none() -> None:
    photo = np.random.default_rng(1).random((64, 64, 3), dtype=np.float32)
    found = [Halftone(amount=a).apply(photo, np.random.default_rng(0)).severities["noise"] for a in (0.0, 0.3, 0.8)]
    assert found[0] == 0.0 < found[1] < found[2]
