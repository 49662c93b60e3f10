"""Noise of known strength, colour and width is found as such."""

import cv2
import numpy as np
import pytest
from skimage import data

from oldphoto_core.diagnosis.features.scales import scale_numbers
from oldphoto_core.image import Photo, luma


def grey_noise(sigma: float, *, radius: float = 0.0) -> Photo:
    plane = np.random.default_rng(2).normal(0.0, sigma, (256, 256)).astype(np.float32)
    if radius:
        plane = cv2.GaussianBlur(plane, (0, 0), radius)
    return np.repeat(plane[..., None], 3, axis=2) + np.float32(0.5)


def numbers_of(photo: Photo) -> dict[str, float]:
    return scale_numbers(photo, luma(photo))


@pytest.mark.parametrize("sigma", [0.01, 0.04])
def test_white_noise_is_as_strong_as_it_is_made(sigma: float) -> None:
    numbers = numbers_of(grey_noise(sigma))
    gain = np.sqrt((1 - 1 / (2 * np.pi)) ** 2 + 1 / (4 * np.pi) - 1 / (2 * np.pi) ** 2)  # identity less a Gaussian
    assert numbers["scale_0_50"] == pytest.approx(np.log10(sigma * gain), abs=0.03)
    assert numbers["kurtosis_0"] == pytest.approx(np.log10(3.0), abs=0.05)


def test_wider_grain_hangs_together() -> None:
    fine, wide = numbers_of(grey_noise(0.05)), numbers_of(grey_noise(0.2, radius=1.2))
    assert wide["lag_x1"] > fine["lag_x1"] + 0.4
    assert wide["lag_y1"] == pytest.approx(wide["lag_x1"], abs=0.05)


def test_colour_noise_differs_between_channels_and_grain_does_not() -> None:
    colour = np.random.default_rng(3).normal(0.5, 0.05, (256, 256, 3)).astype(np.float32)
    assert numbers_of(grey_noise(0.05))["channels_rg"] == pytest.approx(1.0, abs=0.01)
    assert numbers_of(colour)["channels_rg"] == pytest.approx(0.0, abs=0.05)


def test_calm_places_tell_noise_from_detail() -> None:
    sound = np.ascontiguousarray(data.astronaut()[:256, 150:406].astype(np.float32) / 255)
    noisy = np.clip(sound + grey_noise(0.04) - np.float32(0.5), 0.0, 1.0)
    before, after = numbers_of(sound), numbers_of(noisy)
    assert after["scale_0_10"] - before["scale_0_10"] > 0.3
    assert after["scale_0_95"] - before["scale_0_95"] < 0.15


def test_tones_say_where_noise_lies() -> None:
    ramp = np.repeat(np.tile(np.linspace(0, 1, 256, dtype=np.float32), (256, 1))[..., None], 3, axis=2)
    strength = np.where(ramp < 0.5, 0.03, 0.003).astype(np.float32)
    numbers = numbers_of(np.clip(ramp + strength * (grey_noise(1.0) - np.float32(0.5)), 0.0, 1.0))
    assert numbers["tone_1"] > numbers["tone_2"] + 0.5
