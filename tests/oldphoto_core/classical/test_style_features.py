"""Descriptors: of what is there, not of its colour or fading."""

import numpy as np
import pytest
from skimage.data import coffee

from oldphoto_core.classical.regions import at_working_size, lab_of, segment, stretched_lightness
from oldphoto_core.classical.style_features import FEATURE_GROUPS, FEATURES, describe_regions
from oldphoto_core.image import from_bytes8


def test_groups_tile_the_descriptor() -> None:
    places = [index for part in FEATURE_GROUPS.values() for index in range(FEATURES)[part]]
    assert places == list(range(FEATURES))


def test_histograms_have_length_one_and_everything_is_finite() -> None:
    photo = np.random.default_rng(0).random((48, 64, 3), dtype=np.float32)
    labels = segment(photo, 4)
    found = describe_regions(stretched_lightness(lab_of(photo)), labels)
    assert found.shape == (labels.max() + 1, FEATURES)
    assert np.isfinite(found).all()
    for start, stop in ((11, 17), (17, 23), (23, 33), (33, 43)):
        np.testing.assert_allclose(np.linalg.norm(found[:, start:stop], axis=1), 1.0, atol=1e-9)


@pytest.mark.parametrize("size", [(1, 1), (16, 16)])
def test_flat_and_tiny_pictures_have_descriptors(size: tuple[int, int]) -> None:
    found = describe_regions(np.full(size, 0.5, dtype=np.float32), np.zeros(size, dtype=np.int32))
    assert np.isfinite(found).all()


def test_place_and_direction_are_read_off() -> None:
    stripes = np.tile(np.sin(np.arange(64) * 0.7).astype(np.float32) * 0.4 + 0.5, (64, 1))
    labels = np.repeat(np.array([0, 1], dtype=np.int32), 32)[:, None].repeat(64, axis=1)
    upper, lower = describe_regions(stripes, labels)
    assert upper[2] == pytest.approx(0.25)
    assert lower[2] == pytest.approx(0.75)
    assert upper[11:17].argmax() == 0
    assert describe_regions(stripes.T.copy(), labels)[0][11:17].argmax() == 3


def test_fading_moves_a_region_less_than_another_region_is_away() -> None:
    fresh = at_working_size(from_bytes8(coffee()), 200)
    faded = (0.25 + 0.6 * fresh * np.array([1.0, 0.9, 0.75])).astype(np.float32)
    labels = segment(fresh, 5)
    one, two = (describe_regions(stretched_lightness(lab_of(photo)), labels) for photo in (fresh, faded))
    moved = np.linalg.norm(one - two, axis=1).max()
    apart = min(np.linalg.norm(one[i] - one[j]) for i in range(len(one)) for j in range(i))
    assert moved < apart
