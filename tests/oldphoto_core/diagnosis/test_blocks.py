"""Real JPEG files show their grid, other textures do not."""

import io

import numpy as np
import pytest
from PIL import Image
from skimage import data

from oldphoto_core.diagnosis.blocks import blockiness
from oldphoto_core.image import Grey


def jpeg(picture: np.ndarray, quality: int) -> Grey:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer), dtype=np.float32) / 255


def test_lower_quality_measures_more() -> None:
    measured = [blockiness(jpeg(data.camera(), quality)) for quality in (95, 50, 25, 10)]
    assert measured == sorted(measured)
    assert measured[0] < 0.1
    assert measured[2] > 0.2


@pytest.mark.parametrize("crop", [(0, 0), (3, 5), (7, 1)])
def test_the_grid_is_found_at_any_offset(crop: tuple[int, int]) -> None:
    whole = jpeg(data.camera(), 10)
    assert blockiness(whole[crop[0] :, crop[1] :]) == pytest.approx(blockiness(whole), rel=0.15)


def test_bricks_noise_and_flat_ground_have_no_grid() -> None:
    brick = data.brick().astype(np.float32) / 255
    noise = np.random.default_rng(0).uniform(size=(256, 256)).astype(np.float32)
    assert max(blockiness(brick), blockiness(noise), blockiness(np.zeros((256, 256), np.float32))) < 0.05


def test_stripes_in_one_direction_are_not_a_grid() -> None:
    stripes = np.tile((np.arange(256) % 8 < 4).astype(np.float32), (256, 1)) * 0.05
    assert blockiness(stripes) == 0.0


def test_slivers_give_zero() -> None:
    assert blockiness(np.zeros((16, 400), dtype=np.float32)) == 0.0
