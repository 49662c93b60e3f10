"""Measures of one picture: they move the right way, and noise is read in its own unit."""

import cv2
import numpy as np
import pytest
from skimage import data

from oldphoto_core.image import Photo, from_bytes8, luma
from oldphoto_core.quality.blind import blind_quality, clipped_share, quiet_noise_sigma


def scene() -> Photo:
    return from_bytes8(data.astronaut()[:256, :256])


def noisy(photo: Photo, sigma: float) -> Photo:
    noise = np.random.default_rng(1).normal(0.0, sigma, photo.shape).astype(np.float32)
    return photo + noise


@pytest.mark.parametrize("sigma", [0.02, 0.05, 0.1])
def test_noise_is_read_to_within_a_fifth(sigma: float) -> None:
    grey = np.full((128, 128), 0.5, dtype=np.float32) + np.linspace(0.0, 0.2, 128, dtype=np.float32)
    noise = np.random.default_rng(3).normal(0.0, sigma, grey.shape).astype(np.float32)
    assert quiet_noise_sigma(grey + noise) == pytest.approx(sigma, rel=0.2)


def test_blur_lowers_sharpness_and_leaves_contrast() -> None:
    soft = cv2.GaussianBlur(scene(), (0, 0), 1.5)
    before, after = blind_quality(scene()), blind_quality(soft)
    assert after.sharpness < 0.7 * before.sharpness
    assert after.contrast == pytest.approx(before.contrast, abs=0.05)


def test_flattening_lowers_contrast_and_leaves_sharpness() -> None:
    flat = np.float32(0.3) + np.float32(0.4) * scene()
    before, after = blind_quality(scene()), blind_quality(flat)
    assert after.contrast == pytest.approx(0.4 * before.contrast, rel=1e-3)
    assert after.sharpness == pytest.approx(before.sharpness, rel=1e-2)


def test_clipping_counts_both_ends() -> None:
    photo = np.full((10, 10, 3), 0.5, dtype=np.float32)
    photo[:2] = 0.0
    photo[-1] = 1.0
    assert clipped_share(luma(photo)) == pytest.approx(0.3)


@pytest.mark.parametrize("shape", [(1, 1), (1, 30), (3, 3), (16, 16)])
def test_small_pictures_have_measures(shape: tuple[int, int]) -> None:
    quality = blind_quality(np.full((*shape, 3), 0.25, dtype=np.float32))
    assert (quality.sharpness, quality.noise_sigma, quality.contrast) == (0.0, 0.0, 0.0)
