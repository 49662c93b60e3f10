"""Deblocking and sharpening: decibels on known damage, and leaving alone what is sound or too far gone."""

import cv2
import numpy as np
import pytest
from skimage import data

from oldphoto_core.classical.deblock import deblock, grid_step
from oldphoto_core.classical.sharpen import edge_blur_px, sharpen, wiener_kernel
from oldphoto_core.image import Photo, from_bytes8, luma, to_bytes8
from oldphoto_core.quality.reference import psnr_db


def scene() -> Photo:
    return cv2.resize(from_bytes8(data.astronaut()), (320, 320), interpolation=cv2.INTER_AREA)


def saved(photo: Photo, quality: int, *, shift: int = 3) -> Photo:
    """The picture from a JPEG file whose grid began elsewhere."""
    larger = np.ascontiguousarray(np.pad(to_bytes8(photo), ((shift, 0), (shift, 0), (0, 0)), mode="edge"))
    return from_bytes8(
        cv2.imdecode(cv2.imencode(".jpg", larger, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 1)[shift:, shift:]
    )


@pytest.mark.parametrize(("quality", "gain_db"), [(10, 0.3), (25, 0.3), (50, 0.2)])
def test_saved_pictures_gain(quality: int, gain_db: float) -> None:
    photo = saved(scene(), quality)
    assert psnr_db(deblock(photo), scene()) > psnr_db(photo, scene()) + gain_db


def test_the_grid_is_seen_more_the_lower_the_quality() -> None:
    steps = [grid_step(luma(saved(scene(), quality))) for quality in (10, 30, 75)]
    assert steps == sorted(steps, reverse=True)
    assert grid_step(luma(scene())) < 0.5 * steps[-1]


def test_a_sound_picture_is_hardly_touched() -> None:
    assert psnr_db(deblock(scene()), scene()) > 42.0


def blurred(sigma_px: float) -> Photo:
    return cv2.GaussianBlur(scene(), (0, 0), sigma_px)


@pytest.mark.parametrize("blur_px", [1.0, 1.5, 2.0])
def test_mild_blur_is_undone_in_part(blur_px: float) -> None:
    assert psnr_db(sharpen(blurred(blur_px)), scene()) > psnr_db(blurred(blur_px), scene()) + 0.5


def test_noise_does_not_turn_the_gain_into_a_loss() -> None:
    noise = np.random.default_rng(0).normal(0.0, 4 / 255, scene().shape).astype(np.float32)
    photo = np.clip(blurred(1.5) + noise, 0.0, 1.0)
    assert psnr_db(sharpen(photo, blur_px=1.5), scene()) > psnr_db(photo, scene())


def test_blur_is_read_from_the_edges_and_never_far_too_large() -> None:
    read = [edge_blur_px(luma(blurred(size)), noise_sigma=0.0) for size in (1.0, 1.5, 2.0, 3.0)]
    assert read == sorted(read)
    assert all(found < 1.3 * size for found, size in zip(read, (1.0, 1.5, 2.0, 3.0), strict=True))


@pytest.mark.parametrize("blur_px", [0.0, 0.5, 2.6])
def test_sharp_and_hopeless_pictures_are_left(blur_px: float) -> None:
    assert np.array_equal(sharpen(scene(), blur_px=blur_px), scene())


def test_no_halo_at_a_step() -> None:
    step = np.full((64, 64, 3), 0.3, dtype=np.float32)
    step[:, 32:] = 0.7
    after = sharpen(cv2.GaussianBlur(step, (0, 0), 1.5), blur_px=1.5)
    assert float(after.max()) <= 0.7 + 0.021
    assert float(after.min()) >= 0.3 - 0.021


def test_the_filter_keeps_the_mean_and_is_the_inverse_without_noise() -> None:
    kernel = wiener_kernel(0.8, noise_to_signal=1e-4)
    assert float(kernel.sum()) == pytest.approx(1.0, abs=1e-5)
    soft = cv2.GaussianBlur(scene(), (0, 0), 0.8)
    inner = np.s_[20:-20, 20:-20]
    undone = cv2.filter2D(soft, -1, kernel, borderType=cv2.BORDER_REFLECT)
    assert psnr_db(undone[inner], scene()[inner]) > psnr_db(soft[inner], scene()[inner]) + 10.0
