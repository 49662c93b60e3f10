"""The noise that was added is the noise that is measured."""

import cv2
import numpy as np
import pytest
from skimage import data
from skimage.restoration import estimate_sigma

from oldphoto_core.diagnosis.noise import grain_sigma, noise_sigma
from oldphoto_core.image import Grey


def ramp() -> Grey:
    return np.tile(np.linspace(0.3, 0.7, 240, dtype=np.float32), (240, 1))


def white_noise(sigma: float, shape: tuple[int, ...] = (240, 240)) -> Grey:
    return np.random.default_rng(1).normal(0, sigma, shape).astype(np.float32)


@pytest.mark.parametrize("sigma", [0.005, 0.02, 0.08])
def test_noise_on_a_ramp_is_measured_as_the_wavelet_estimator_does(sigma: float) -> None:
    noisy = ramp() + white_noise(sigma)
    assert noise_sigma(noisy) == pytest.approx(sigma, rel=0.15)
    assert noise_sigma(noisy) == pytest.approx(float(estimate_sigma(noisy)), rel=0.2)


def test_a_smooth_picture_has_no_noise() -> None:
    assert noise_sigma(ramp()) < 1e-5


def test_texture_is_not_noise() -> None:
    grass = data.grass()[:256, :256].astype(np.float32) / 255
    half = np.full((256, 256), 0.5, dtype=np.float32)
    assert noise_sigma(np.hstack([grass, half])) < 1e-6
    assert noise_sigma(grass) > 0.01


def test_halves_keep_grain_and_lose_white_noise() -> None:
    white = ramp() + white_noise(0.04)
    soft = cv2.GaussianBlur(white_noise(1.0), (0, 0), 1.5)
    grain = ramp() + soft / soft.std() * np.float32(0.04)
    assert grain_sigma(white) == pytest.approx(0.02, rel=0.15)
    assert grain_sigma(grain) > 2 * noise_sigma(grain)


def test_clipped_highlights_do_not_hide_the_noise_elsewhere() -> None:
    picture = np.clip(np.hstack([np.full((240, 240), 1.2, np.float32), ramp()]) + white_noise(0.03, (240, 480)), 0, 1)
    assert noise_sigma(picture) == pytest.approx(0.03, rel=0.15)


@pytest.mark.parametrize("shape", [(1, 300), (13, 13), (20, 20)])
def test_slivers_give_zero(shape: tuple[int, int]) -> None:
    assert noise_sigma(np.full(shape, 0.4, dtype=np.float32)) == 0.0
