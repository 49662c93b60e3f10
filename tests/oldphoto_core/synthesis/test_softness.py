"""Blur against SciPy, JPEG against Pillow, low resolution against block means."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from oldphoto_core.image import Photo, to_bytes8
from oldphoto_core.synthesis.softness import Blur, JpegBlocks, LowResolution


def textured(height: int = 61, width: int = 80) -> Photo:
    noise = np.random.default_rng(0).random((height, width, 3))
    smooth = gaussian_filter(noise, (1.5, 1.5, 0))
    return ((smooth - smooth.min()) / np.ptp(smooth)).astype(np.float32)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.mark.parametrize("quality", [10, 30, 60, 92])
def test_jpeg_blocks_are_those_of_pillow(quality: int) -> None:
    photo = textured()
    with BytesIO() as file:
        Image.fromarray(to_bytes8(photo)).save(file, "JPEG", quality=quality)
        pillow = np.asarray(Image.open(file)).astype(int)
    ours = to_bytes8(JpegBlocks(quality=quality).apply(photo, rng()).photo).astype(int)
    # Both build on libjpeg; different builds of it may round the last bit differently.
    assert int(np.abs(ours - pillow).max()) <= 2


@pytest.mark.parametrize("sigma_px", [0.7, 2.0])
def test_blur_is_a_gaussian(sigma_px: float) -> None:
    photo = textured()
    slow = np.stack([gaussian_filter(photo[..., c], sigma_px, mode="mirror", truncate=6) for c in range(3)], axis=2)
    np.testing.assert_allclose(Blur(sigma_px=sigma_px).apply(photo, rng()).photo, slow, atol=4e-3)


def test_no_blur_is_no_change() -> None:
    photo = textured()
    effect = Blur(sigma_px=0.0).apply(photo, rng())
    np.testing.assert_array_equal(effect.photo, photo)
    assert effect.severities["blur"] == 0.0


def test_low_resolution_keeps_block_means_and_loses_what_is_finer() -> None:
    photo = textured(64, 64)
    checks = np.indices((64, 64)).sum(axis=0) % 2
    busy = np.clip(photo * 0.5 + 0.25 + 0.2 * (checks[..., None] - 0.5), 0.0, 1.0).astype(np.float32)
    coarse = LowResolution(factor=4.0).apply(busy, rng()).photo
    assert coarse.shape == busy.shape
    assert float(np.abs(np.diff(coarse, axis=0)).mean()) < 0.2 * float(np.abs(np.diff(busy, axis=0)).mean())
    means = [p.reshape(8, 8, 8, 8, 3).mean(axis=(1, 3)) for p in (coarse, busy)]
    assert float(np.abs(means[0] - means[1]).mean()) < 0.02


def test_severities_follow_the_stated_halves() -> None:
    photo = textured(16, 16)
    assert Blur(sigma_px=2.0).apply(photo, rng()).severities == {"blur": 0.5}
    assert LowResolution(factor=2.0).apply(photo, rng()).severities == {"low-resolution": 0.5}
    assert JpegBlocks(quality=25).apply(photo, rng()).severities == {"jpeg-blocks": 0.5}
    assert LowResolution(factor=1.0).apply(photo, rng()).severities == {"low-resolution": 0.0}
