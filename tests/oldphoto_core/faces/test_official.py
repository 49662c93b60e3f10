"""The published face chain, against what the published code gave for one picture."""

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from oldphoto_core.faces.official import OfficialBlend, official_face_blend

FIXTURE = Path(__file__).parent / "data" / "face_blend.npz"
"""Arrays of the published code (scikit-image 0.26, OpenCV 5.0) for one picture, side 256."""


@pytest.fixture(scope="module")
def golden() -> dict[str, np.ndarray]:
    with np.load(FIXTURE) as arrays:
        return dict(arrays)


@pytest.fixture(scope="module")
def ours(golden: dict[str, np.ndarray]) -> OfficialBlend:
    a, b, c, d, e = ((float(x), float(y)) for x, y in golden["landmarks"])
    return official_face_blend(golden["image"], (a, b, c, d, e), golden["restored"])


def test_the_matrix_is_the_same(golden: dict[str, np.ndarray], ours: OfficialBlend) -> None:
    assert_allclose(ours.matrix, golden["matrix"], atol=1e-6)


@pytest.mark.parametrize("step", ["aligned", "hist_matched", "backward_mask", "blended"])
def test_every_step_is_the_same_to_the_last_grey_level(
    golden: dict[str, np.ndarray], ours: OfficialBlend, step: str
) -> None:
    assert_array_equal(getattr(ours, step), golden[step])


def test_the_face_is_in_the_picture(golden: dict[str, np.ndarray]) -> None:
    changed = (golden["blended"] != golden["image"]).any(axis=2)
    assert 0.05 < changed.mean() < 0.9
