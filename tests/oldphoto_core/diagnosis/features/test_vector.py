"""The same names for any photograph, and finite numbers for the oddest ones."""

import numpy as np
import pytest

from oldphoto_core.diagnosis.features.vector import measured_numbers, photo_numbers
from oldphoto_core.image import Photo

ODD: dict[str, Photo] = {
    "black": np.zeros((80, 70, 3), dtype=np.float32),
    "white": np.ones((64, 64, 3), dtype=np.float32),
    "one pixel": np.full((1, 1, 3), 0.3, dtype=np.float32),
    "a strip": np.random.default_rng(0).random((3, 300, 3), dtype=np.float32),
    "too bright": np.full((90, 90, 3), 1.4, dtype=np.float32),
    "large": np.random.default_rng(0).random((40, 1500, 3), dtype=np.float32),
}


@pytest.mark.parametrize("photo", ODD.values(), ids=ODD.keys())
def test_names_are_always_the_same_and_numbers_finite(photo: Photo) -> None:
    numbers = photo_numbers(photo)
    assert list(numbers) == list(photo_numbers(np.full((100, 120, 3), 0.5, dtype=np.float32)))
    assert np.isfinite(list(numbers.values())).all()


def test_measures_of_shares_are_logarithms_and_sizes_are_left_out() -> None:
    numbers = measured_numbers({"tear_share": 0.0, "cast_lab": 2.0, "stain_weight": 0.9999, "detail_long_side_px": 9.0})
    assert numbers == {
        "measure_tear_share": pytest.approx(-4.0),
        "measure_cast_lab": 2.0,
        "measure_stain_weight": pytest.approx(0.0),
    }
