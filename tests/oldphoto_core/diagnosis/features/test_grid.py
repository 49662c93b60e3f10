"""Real JPEG files, written by Pillow, stand on the table of their quality and on their grid, wherever it begins."""

import io

import numpy as np
import pytest
from PIL import Image
from skimage import data

from oldphoto_core.diagnosis.features.grid import QUALITIES, grid_numbers
from oldphoto_core.image import Grey


def jpeg(quality: int) -> Grey:
    buffer = io.BytesIO()
    Image.fromarray(data.camera()[100:400, 50:450]).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer), dtype=np.float32) / 255


def plain() -> Grey:
    noise = np.random.default_rng(0).normal(0.0, 0.01, (300, 400))
    return (data.camera()[100:400, 50:450] / 255 + noise).astype(np.float32)


@pytest.mark.parametrize("quality", [quality for quality in QUALITIES if 12 <= quality <= 82])
def test_the_table_of_the_quality_fits_best(quality: int) -> None:
    numbers = grid_numbers(jpeg(quality))
    fits = {one: numbers[f"table_{one}"] for one in QUALITIES}
    assert max(fits, key=lambda one: fits[one]) == quality
    assert fits[quality] > 0.6


def test_no_table_fits_a_picture_that_was_never_a_jpeg() -> None:
    numbers = grid_numbers(plain())
    assert max(numbers[f"table_{quality}"] for quality in QUALITIES) < 0.2
    assert abs(numbers["zeros_high_0_more"]) < 0.05


@pytest.mark.parametrize("crop", [(0, 0), (3, 5), (7, 1)])
def test_the_grid_is_found_at_any_offset(crop: tuple[int, int]) -> None:
    whole = jpeg(17)
    numbers, cut = grid_numbers(whole), grid_numbers(whole[crop[0] :, crop[1] :])
    for name in ("grid_x_0", "grid_y_0", "table_17", "zeros_high_0_more", "zeros_middle_1"):
        assert cut[name] == pytest.approx(numbers[name], abs=0.1)


def test_worse_files_have_stronger_steps_and_more_zeros() -> None:
    measured = [grid_numbers(jpeg(quality)) for quality in (88, 55, 28, 12)]
    for name in ("grid_x_0", "grid_y_0", "zeros_middle_0"):
        found = [numbers[name] for numbers in measured]
        assert found == sorted(found)
