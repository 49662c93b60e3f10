"""Colours carried, pixels not: an affine change comes back exactly, detail and strips are those of the photograph."""

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from oldphoto_core.image import LUMA, Photo, from_bytes8
from oldphoto_core.inference import carry
from oldphoto_core.inference.style_carry import EPSILON, affine_field, apply_field

MATRIX = np.array([[0.8, 0.1, 0.0], [0.05, 0.9, 0.0], [0.0, 0.1, 0.7]], dtype=np.float32)
OFFSET = np.array([0.02, 0.05, 0.1], dtype=np.float32)


@pytest.fixture(scope="module")
def photo() -> Photo:
    return from_bytes8(astronaut()[::2, ::2].copy())


def half(photo: Photo) -> Photo:
    return np.asarray(cv2.resize(photo, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), dtype=np.float32)


def test_one_affine_change_of_the_copy_is_that_of_the_photograph(photo: Photo) -> None:
    small = half(photo)
    found = apply_field(photo, affine_field(small, small @ MATRIX.T + OFFSET), strength=1.0)
    expected = photo @ MATRIX.T + OFFSET
    # Windows as flat as EPSILON are shifted rather than stretched: that is all the difference there is.
    assert np.abs(found - expected).mean() < 0.003
    rough = np.abs(photo - cv2.blur(photo, (21, 21))).max(axis=2) ** 2 > 20 * EPSILON
    assert np.abs(found - expected)[rough].mean() < 0.01


def test_nothing_changed_is_nothing_changed_and_strength_is_a_share_of_the_way(photo: Photo) -> None:
    small = half(photo)
    np.testing.assert_array_equal(apply_field(photo, affine_field(small, small), strength=1.0), photo)
    field = affine_field(small, small * np.float32(0.6) + np.float32(0.2))
    np.testing.assert_array_equal(apply_field(photo, field, strength=0.0), photo)
    middle, whole = (apply_field(photo, field, strength=strength) for strength in (0.5, 1.0))
    np.testing.assert_allclose(middle - photo, 0.5 * (whole - photo), atol=1e-6)


def test_what_the_network_redraws_is_left_behind(photo: Photo) -> None:
    small = half(photo)
    drawn = np.clip(
        cv2.GaussianBlur(small, (0, 0), 1.0) * 0.8 + 0.1 + 0.05 * np.sin(np.arange(small.shape[1]))[:, None], 0, 1
    )
    found = apply_field(photo, affine_field(small, drawn.astype(np.float32)), strength=1.0)
    detail = [one @ LUMA - cv2.GaussianBlur(one @ LUMA, (0, 0), 1.0) for one in (photo, found)]
    assert np.corrcoef(detail[0].ravel(), detail[1].ravel())[0, 1] > 0.95


def test_strips_are_invisible(photo: Photo, monkeypatch: pytest.MonkeyPatch) -> None:
    small = half(photo)
    field = affine_field(small, small[..., ::-1].copy())
    whole = apply_field(photo, field, strength=1.0)
    monkeypatch.setattr(carry, "_PIXELS_AT_ONCE", 256 * 3)
    np.testing.assert_allclose(apply_field(photo, field, strength=1.0), whole, atol=1e-6)


@pytest.mark.parametrize("size", [(1, 1), (2, 90), (17, 3)])
def test_small_copies_and_flat_ones_are_carried(size: tuple[int, int]) -> None:
    small = np.full((*size, 3), 0.5, dtype=np.float32)
    found = apply_field(small.repeat(3, axis=0), affine_field(small, small + np.float32(0.1)), strength=1.0)
    np.testing.assert_allclose(found, 0.6, atol=1e-5)
