import hashlib
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from oldphoto_core.dedupe.digest import ROWS_AT_A_TIME, pixel_digest


def test_it_is_the_sha256_of_shape_type_and_pixels() -> None:
    pixels = np.arange(2 * ROWS_AT_A_TIME * 6, dtype=np.uint16).reshape(-1, 2, 3)
    expected = hashlib.sha256(b"(512, 2, 3) <u2\n" + pixels.astype("<u2").tobytes()).hexdigest()
    assert pixel_digest(pixels) == expected


def test_png_and_tiff_of_one_picture_agree() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (300, 7, 3), dtype=np.uint8)
    assert pixel_digest(_through(pixels, "PNG")) == pixel_digest(_through(pixels, "TIFF")) == pixel_digest(pixels)


def test_layout_and_byte_order_do_not_count() -> None:
    pixels = np.random.default_rng(0).integers(0, 65536, (300, 7, 3), dtype=np.uint16)
    assert pixel_digest(np.asfortranarray(pixels)) == pixel_digest(pixels.astype(">u2")) == pixel_digest(pixels)
    assert pixel_digest(pixels[::-1, ::-1][::-1, ::-1]) == pixel_digest(pixels)


@settings(deadline=None, max_examples=50)
@given(arrays.arrays(np.uint8, (3, 4, 3)), st.integers(0, 35), st.integers(1, 255))
def test_one_other_value_is_another_picture(pixels: np.ndarray, place: int, change: int) -> None:
    other = pixels.copy()
    other.flat[place] = (int(other.flat[place]) + change) % 256
    assert pixel_digest(other) != pixel_digest(pixels)


def test_shape_type_and_channels_count() -> None:
    pixels = np.zeros((4, 6), dtype=np.uint8)
    others = [
        pixels.reshape(6, 4),
        pixels.astype(np.int8),
        pixels.astype(np.uint16),
        np.repeat(pixels[..., None], 3, 2),
    ]
    assert len({pixel_digest(other) for other in [pixels, *others]}) == 5


def test_an_array_of_objects_is_refused() -> None:
    with pytest.raises(TypeError, match="found object"):
        pixel_digest(np.array([[None]]))


def _through(pixels: np.ndarray, container: str) -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, container)
    return np.asarray(Image.open(file))
