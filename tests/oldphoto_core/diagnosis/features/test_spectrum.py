"""White noise has the power of its variance in every band, a wave that of its band alone."""

import numpy as np
import pytest

from oldphoto_core.diagnosis.features.spectrum import BANDS, spectrum_numbers
from oldphoto_core.image import Grey


def wave(cycles_a_pixel: float) -> Grey:
    row = 0.5 + 0.2 * np.sin(2 * np.pi * cycles_a_pixel * np.arange(192))
    return np.tile(row, (128, 1)).astype(np.float32)


def noise(sigma: float) -> Grey:
    return np.random.default_rng(1).normal(0.5, sigma, (256, 256)).astype(np.float32)


@pytest.mark.parametrize("sigma", [0.01, 0.05])
def test_white_noise_has_its_variance_in_every_band(sigma: float) -> None:
    numbers = spectrum_numbers(noise(sigma), noise(sigma))
    for band in range(2, BANDS):
        assert numbers[f"spectrum_{band}_50"] == pytest.approx(np.log10(sigma**2), abs=0.12)
    assert numbers["spectrum_colour_5_50"] == pytest.approx(np.log10(sigma**2), abs=0.12)


@pytest.mark.parametrize("band", [3, 8, 13])
def test_a_wave_lies_in_its_band(band: int) -> None:
    one = wave((band + 0.5) / (2 * BANDS))
    numbers = spectrum_numbers(one, one)
    levels = [numbers[f"spectrum_{number}_50"] for number in range(BANDS)]
    assert int(np.argmax(levels)) == band


def test_dots_are_peaks_and_noise_is_not() -> None:
    bare = noise(0.01)
    row = (0.1 * np.sin(2 * np.pi * 0.3125 * np.arange(256))).astype(np.float32)
    plain, dotted = (spectrum_numbers(one, one) for one in (bare, bare + row))
    assert dotted["spectrum_peak_10"] > plain["spectrum_peak_10"] + 0.7


def test_a_turned_picture_has_the_same_spectrum() -> None:
    one = noise(0.05) + np.linspace(0, 0.3, 256, dtype=np.float32)
    plain, turned = spectrum_numbers(one, one), spectrum_numbers(one.T.copy(), one.T.copy())
    for name, value in plain.items():
        assert turned[name] == pytest.approx(value, abs=5e-3)
