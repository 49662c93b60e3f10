"""A cast is a lean of everything; toned prints and colourful scenes have none."""

import numpy as np
import pytest
from skimage import data

from oldphoto_core.diagnosis.cast import cast_lab
from oldphoto_core.image import Photo


def astronaut() -> Photo:
    return data.astronaut().astype(np.float32) / 255


@pytest.mark.parametrize("gains", [(1.0, 0.75, 0.5), (0.6, 1.0, 0.8), (0.7, 0.7, 1.0)])
def test_a_lean_of_all_channels_is_a_cast(gains: tuple[float, float, float]) -> None:
    plain = cast_lab(astronaut())
    assert plain < 6.0
    assert cast_lab(astronaut() * np.array(gains, dtype=np.float32)) > plain + 8.0


def test_sepia_and_grey_prints_have_no_cast() -> None:
    grey = data.camera().astype(np.float32)[..., None] / 255
    sepia = np.concatenate([grey**0.8, grey, grey**1.4], axis=2)
    assert cast_lab(np.repeat(grey, 3, axis=2)) == 0.0
    assert cast_lab(sepia) == 0.0


def test_a_cast_does_not_depend_on_orientation() -> None:
    warm = np.clip(astronaut() * np.array([1.0, 0.8, 0.5], dtype=np.float32), 0, 1)
    turned = np.ascontiguousarray(np.rot90(warm))
    assert cast_lab(turned) == pytest.approx(cast_lab(warm), rel=0.1)
