"""Harm: each kind is seen, and an honest change is not mistaken for one."""

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from oldphoto_core.classical.style_checks import harm_measures, harm_verdict
from oldphoto_core.classical.style_settings import StyleSettings
from oldphoto_core.image import LUMA, Photo, from_bytes8


@pytest.fixture
def photo() -> Photo:
    return (0.15 + 0.6 * from_bytes8(astronaut()[::2, ::2])).astype(np.float32)


def verdict(before: Photo, after: np.ndarray) -> str | None:
    return harm_verdict(harm_measures(before, np.clip(after, 0.0, 1.0).astype(np.float32)), StyleSettings())


def test_no_change_has_perfect_measures(photo: Photo) -> None:
    found = harm_measures(photo, photo)
    assert found["edge_ssim"] == pytest.approx(1.0)
    assert found["clipped_share"] == found["reversed_share"] == 0.0
    assert found["chroma_growth"] == 1.0


def test_more_contrast_is_no_harm(photo: Photo) -> None:
    assert verdict(photo, (photo - 0.1) * 1.3) is None
    assert verdict(photo, photo**1.6) is None


def test_each_harm_is_named(photo: Photo) -> None:
    grey = photo.mean(axis=2, keepdims=True)
    ripple = 0.15 * np.sin(np.arange(photo.shape[1]) * 2.0)[None, :, None]
    assert verdict(photo, (photo - 0.5) * 4.0 + 0.5) == "clipped"
    assert verdict(photo, 0.9 - photo) == "gradients-reversed"
    assert verdict(photo, grey + 2.5 * (photo - grey)) in {"colour-explosion", "clipped"}
    assert verdict(photo, cv2.GaussianBlur(photo, (0, 0), 4.0)) in {"edges-changed", "gradients-reversed"}
    assert verdict(photo, photo + ripple) is not None


def test_colour_explosion_alone_is_seen(photo: Photo) -> None:
    pale = (0.5 + 0.25 * (photo - 0.45)).astype(np.float32)
    grey = (pale @ LUMA)[..., None]
    assert verdict(pale, grey + 5.0 * (pale - grey)) == "colour-explosion"


def test_lost_contrast_alone_is_seen(photo: Photo) -> None:
    assert verdict(photo, 0.5 + 0.9 * (photo - 0.5)) is None
    assert verdict(photo, 0.5 + 0.5 * (photo - 0.5)) == "flattened"


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (16, 16)])
def test_small_pictures_are_measured(size: tuple[int, int]) -> None:
    photo = np.random.default_rng(0).random((*size, 3), dtype=np.float32)
    assert harm_verdict(harm_measures(photo, photo), StyleSettings()) is None
