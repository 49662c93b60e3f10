import numpy as np
import pytest

from oldphoto_core.dedupe.likeness import likeness, overlay
from oldphoto_core.image import Photo, luma

IDENTITY = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


def test_a_picture_laid_on_itself_is_itself(cup: Photo) -> None:
    grey = luma(cup)
    pair = overlay(grey, grey, IDENTITY)
    assert np.allclose(pair.a, pair.b, atol=1e-5)
    assert pair.both.all()
    assert pair.area_px == pytest.approx(grey.size)
    assert pair.share_of_smaller == pytest.approx(1.0)
    assert likeness(pair) > 0.999


def test_tones_do_not_count(cup: Photo) -> None:
    grey = luma(cup)
    assert likeness(overlay(grey, 0.4 + 0.2 * np.sqrt(grey), IDENTITY)) > 0.95


def test_a_negative_is_unlike(cup: Photo) -> None:
    grey = luma(cup)
    assert likeness(overlay(grey, 1.0 - grey, IDENTITY)) < 0.1


def test_another_picture_is_unlike(cup: Photo, woman: Photo) -> None:
    assert likeness(overlay(luma(cup), np.ascontiguousarray(luma(woman)[:400]), IDENTITY)) < 0.3


def test_the_share_is_that_of_the_smaller_picture() -> None:
    large, small = np.zeros((100, 200), np.float32), np.zeros((50, 100), np.float32)
    half_out = np.array([[1.0, 0.0, 150.0], [0.0, 1.0, 10.0]])
    assert overlay(large, small, half_out).share_of_smaller == pytest.approx(0.5, abs=0.02)
    assert overlay(large, small, half_out).area_px == pytest.approx(2500, rel=0.03)
    # Enlarged four times, the second one is the larger.
    enlarged = np.array([[4.0, 0.0, 0.0], [0.0, 4.0, 0.0]])
    assert overlay(large, small, enlarged).share_of_smaller == pytest.approx(1.0, abs=0.02)


def test_a_placement_beside_the_picture_overlaps_nothing(cup: Photo) -> None:
    beside = np.array([[1.0, 0.0, 5000.0], [0.0, 1.0, 0.0]])
    pair = overlay(luma(cup), luma(cup), beside)
    assert not pair.both.any()
    assert likeness(pair) == 0.0


def test_a_low_quantile_sees_the_part_that_differs(cup: Photo, woman: Photo) -> None:
    grey = luma(cup)
    patched = grey.copy()
    patched[:, :240] = luma(woman)[:400, :240]
    pair = overlay(grey, patched, IDENTITY)
    assert likeness(pair) > 0.9
    assert likeness(pair, quantile=0.1) < 0.4


def test_plain_pictures_say_nothing() -> None:
    plain = np.full((100, 200), 0.5, np.float32)
    assert likeness(overlay(plain, plain, IDENTITY)) == 0.0
