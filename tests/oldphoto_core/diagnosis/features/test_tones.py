"""Ends of the tones, chroma, and distance from a single tone, of pictures whose colours are known."""

import numpy as np
import pytest
from skimage import data

from oldphoto_core.diagnosis.features.tones import tone_numbers
from oldphoto_core.image import Photo


def ramp(low: float, high: float) -> Photo:
    return np.repeat(np.tile(np.linspace(low, high, 200, dtype=np.float32), (200, 1))[..., None], 3, axis=2)


def test_the_ends_of_a_ramp_are_found() -> None:
    numbers = tone_numbers(ramp(0.2, 0.7))
    for name in "rgb":
        assert numbers[f"end_{name}_0.01"] == pytest.approx(0.205, abs=0.004)
        assert numbers[f"end_{name}_0.99"] == pytest.approx(0.695, abs=0.004)
    assert numbers["chroma_95"] == pytest.approx(0.0, abs=0.01)


def test_a_toned_print_stays_on_its_curve_and_a_colour_photograph_does_not() -> None:
    toned = ramp(0.1, 0.9) ** np.array((0.8, 1.0, 1.3), dtype=np.float32)
    coloured = np.ascontiguousarray(data.astronaut().astype(np.float32) / 255)
    assert tone_numbers(toned)["off_curve_80"] < 0.15
    assert tone_numbers(toned)["chroma_50"] > 0.05
    assert tone_numbers(coloured)["off_curve_80"] > 0.5


def test_the_size_hardly_matters() -> None:
    large = np.ascontiguousarray(data.astronaut().astype(np.float32) / 255)
    small = np.ascontiguousarray(large.reshape(256, 2, 256, 2, 3).mean(axis=(1, 3)))
    one, other = tone_numbers(large), tone_numbers(small)
    for name, value in one.items():
        assert other[name] == pytest.approx(value, abs=0.1)
