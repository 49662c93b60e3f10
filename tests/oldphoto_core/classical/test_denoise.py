"""Denoising: decibels gained on known noise, no seams, nothing taken from a sound picture."""

import cv2
import numpy as np
import pytest
from skimage import data

from oldphoto_core.classical.cosine import TRANSFORM, blocks_of, shrink
from oldphoto_core.classical.denoise import denoise
from oldphoto_core.classical.noise import NoiseProfile, noise_profile, white_profile
from oldphoto_core.image import Photo, from_bytes8, to_bytes8
from oldphoto_core.quality.reference import psnr_db


def scene() -> Photo:
    """A sharp, nearly noise-free colour scene: a photograph halved."""
    return cv2.resize(from_bytes8(data.astronaut()), (256, 256), interpolation=cv2.INTER_AREA)


def noisy(photo: Photo, sigma: float, *, blur_px: float = 0.0) -> Photo:
    noise = np.random.default_rng(2).normal(0.0, 1.0, photo.shape).astype(np.float32)
    if blur_px > 0.0:
        noise = cv2.GaussianBlur(noise, (0, 0), blur_px)
        noise /= noise.std()
    return np.clip(photo + np.float32(sigma) * noise, 0.0, 1.0)


def test_the_transform_keeps_lengths_and_inverts_itself() -> None:
    assert pytest.approx(np.eye(64), abs=1e-6) == TRANSFORM @ TRANSFORM.T


def test_no_noise_means_no_change() -> None:
    plane = scene()[..., 1]
    assert shrink(plane, np.zeros(64, dtype=np.float32)) == pytest.approx(plane, abs=1e-5)


@pytest.mark.parametrize(("sigma", "gain_db"), [(5 / 255, 2.5), (10 / 255, 4.0), (20 / 255, 6.0)])
def test_white_noise_is_taken_out_and_better_than_by_opencv(sigma: float, gain_db: float) -> None:
    photo = noisy(scene(), sigma)
    after = denoise(photo)
    opencv = cv2.fastNlMeansDenoisingColored(to_bytes8(photo), None, 200 * sigma, 255 * sigma, 5, 21)
    assert psnr_db(after, scene()) > psnr_db(photo, scene()) + gain_db
    assert psnr_db(after, scene()) > psnr_db(from_bytes8(opencv), scene()) + 1.0


def test_coarse_grain_is_taken_out_where_a_single_sigma_fails() -> None:
    photo = noisy(scene(), 12 / 255, blur_px=1.0)
    profile = noise_profile(photo)
    finest = float(profile.groups[0][-1])
    single = denoise(photo, profile=white_profile(finest, planes=3))
    assert psnr_db(denoise(photo), scene()) > psnr_db(photo, scene()) + 2.0
    assert psnr_db(single, scene()) < psnr_db(photo, scene()) + 0.5


@pytest.mark.parametrize("sigma", [0.02, 0.05])
def test_the_noise_is_read_in_its_own_unit(sigma: float) -> None:
    assert noise_profile(noisy(scene(), sigma)).sigma == pytest.approx(sigma, rel=0.25)


def test_clipped_parts_do_not_hide_the_noise() -> None:
    photo = scene()
    photo[:128] = 0.0
    assert noise_profile(noisy(photo, 0.05)).sigma > 0.04


def test_tiles_leave_no_seam() -> None:
    photo = noisy(scene(), 0.05)[:200, :240]
    assert denoise(photo, tile_px=64) == pytest.approx(denoise(photo, tile_px=512), abs=1e-6)


def test_a_grey_part_of_a_coloured_picture_is_treated_alike() -> None:
    photo = noisy(scene(), 0.05)
    photo[:, :128] = photo[:, :128, :1]
    assert denoise(photo, tile_px=64) == pytest.approx(denoise(photo, tile_px=256), abs=1e-5)


def test_strength_leaves_the_rest_of_the_noise() -> None:
    photo = noisy(scene(), 0.05)
    whole = denoise(photo) - photo
    none = denoise(photo, strength=0.0, colour_strength=0.0)
    assert none == pytest.approx(photo, abs=1e-6)
    half = denoise(photo, strength=0.5, colour_strength=0.5) - photo
    assert float(np.abs(half - 0.5 * whole).mean()) < 1e-3


def test_a_sound_16_bit_picture_keeps_its_depth() -> None:
    ramp = np.linspace(0.2, 0.8, 128 * 128, dtype=np.float32).reshape(128, 128)
    photo = np.repeat(ramp[..., None], 3, axis=2)
    noise = np.random.default_rng(0).normal(0.0, 0.01, ramp.shape).astype(np.float32)
    after = denoise(photo + noise[..., None])
    assert np.unique(after[..., 0]).size > 10_000


def test_profiles_hold_at_most_the_believable() -> None:
    checks = np.indices((64, 64)).sum(axis=0) % 2
    photo = np.repeat(checks[..., None].astype(np.float32) * np.float32(0.6) + np.float32(0.2), 3, axis=2)
    assert noise_profile(photo).sigma <= 0.12
    assert isinstance(noise_profile(photo), NoiseProfile)


@pytest.mark.parametrize("wrong", [{"strength": 1.5}, {"colour_strength": -0.1}, {"tile_px": 100}])
def test_settings_that_mean_nothing_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="found"):
        denoise(scene(), **wrong)


def test_blocks_are_rows_of_pixels() -> None:
    plane = np.arange(16 * 24, dtype=np.float32).reshape(16, 24)
    assert np.array_equal(blocks_of(plane)[4].reshape(8, 8), plane[8:16, 8:16])
