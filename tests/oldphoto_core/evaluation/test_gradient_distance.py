"""The gradient distance against SciPy's Prewitt filters, and in the order people would give."""

import cv2
import numpy as np
import pytest
from scipy.ndimage import correlate
from skimage.measure import block_reduce

from oldphoto_core.errors import PhotoShapeError
from oldphoto_core.evaluation.gradient_distance import gradient_distance
from oldphoto_core.image import LUMA
from oldphoto_core.synthesis.scenes import scene

PHOTO = scene("facade", (97, 130), np.random.default_rng(0))


def slow_distance(one: np.ndarray, other: np.ndarray) -> float:
    """Return the measure as the papers write it: lumas of 0 to 255, constant 170, four scales."""
    planes = [255.0 * (photo.astype(np.float64) @ LUMA.astype(np.float64)) for photo in (one, other)]
    total = 0.0
    for weight in (0.096, 0.596, 0.289, 0.019):
        sizes = []
        for plane in planes:
            across = correlate(plane, np.array([[1, 0, -1]] * 3) / 3)[1:-1, 1:-1]
            down = correlate(plane, np.array([[1, 0, -1]] * 3).T / 3)[1:-1, 1:-1]
            sizes.append(np.hypot(across, down))
        alike = (2 * sizes[0] * sizes[1] + 170) / (sizes[0] ** 2 + sizes[1] ** 2 + 170)
        total += weight * np.mean((alike - alike.mean()) ** 2)
        even = [plane[: plane.shape[0] // 2 * 2, : plane.shape[1] // 2 * 2] for plane in planes]
        planes = [block_reduce(plane, (2, 2), np.mean) for plane in even]
    return float(np.sqrt(total))


@pytest.mark.parametrize("sigma", [0.6, 1.5, 4.0])
def test_it_is_the_papers_measure(sigma: float) -> None:
    soft = cv2.GaussianBlur(PHOTO, (0, 0), sigma)
    assert gradient_distance(soft, PHOTO) == pytest.approx(slow_distance(soft, PHOTO), rel=1e-3)


def test_more_damage_lies_farther_and_colour_is_not_seen() -> None:
    soft = [gradient_distance(cv2.GaussianBlur(PHOTO, (0, 0), sigma), PHOTO) for sigma in (0.6, 1.2, 2.4)]
    assert 0.0 < soft[0] < soft[1] < soft[2]
    assert gradient_distance(PHOTO, PHOTO) == 0.0
    assert gradient_distance(0.5 * PHOTO + np.float32(0.3), PHOTO + np.float32(0.0)) > 0.0
    assert gradient_distance(PHOTO + np.float32(0.1), PHOTO) == pytest.approx(0.0, abs=1e-4)


def test_small_or_unequal_pictures_are_refused() -> None:
    with pytest.raises(PhotoShapeError, match="32 px"):
        gradient_distance(PHOTO[:31], PHOTO[:31])
    with pytest.raises(PhotoShapeError):
        gradient_distance(PHOTO[:40], PHOTO)
