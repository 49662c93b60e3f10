"""Regions: what belongs together, the same every time, for any size."""

import numpy as np
import pytest

from oldphoto_core.classical.regions import at_working_size, lab_of, segment, stretched_lightness
from oldphoto_core.errors import PhotoShapeError
from oldphoto_core.image import Photo


def two_halves(height: int = 96, width: int = 128) -> Photo:
    """Return a dark reddish left half beside a light bluish right half, with a little fixed noise."""
    photo = np.empty((height, width, 3), dtype=np.float32)
    photo[:, : width // 2] = (0.35, 0.2, 0.15)
    photo[:, width // 2 :] = (0.6, 0.7, 0.85)
    noise = np.random.default_rng(0).normal(0.0, 0.01, photo.shape)
    return np.clip(photo + noise, 0.0, 1.0).astype(np.float32)


def test_two_halves_become_two_regions_along_their_border() -> None:
    labels = segment(two_halves(), 2)
    assert labels.max() == 1
    left, right = labels[:, :60], labels[:, 68:]
    assert len(np.unique(left)) == 1
    assert len(np.unique(right)) == 1
    assert left[0, 0] != right[0, 0]


def test_fading_does_not_move_the_regions() -> None:
    fresh = two_halves()
    faded = (0.3 + 0.5 * fresh).astype(np.float32)
    assert np.mean(segment(fresh, 2) == segment(faded, 2)) > 0.97


def test_a_constant_picture_is_one_region() -> None:
    labels = segment(np.full((64, 64, 3), 0.5, dtype=np.float32), 6)
    assert labels.max() == 0


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (7, 7), (16, 16), (9, 300)])
def test_any_size_is_labelled_without_gaps(size: tuple[int, int]) -> None:
    photo = np.random.default_rng(1).random((*size, 3), dtype=np.float32)
    labels = segment(photo, 6)
    assert labels.shape == size
    assert np.unique(labels).tolist() == list(range(labels.max() + 1))
    assert labels.max() < 6


def test_regions_are_ordered_downwards_none_is_a_crumb_and_the_same_comes_again() -> None:
    photo = np.random.default_rng(2).random((24, 32, 3), dtype=np.float32).repeat(4, axis=0).repeat(4, axis=1)
    labels = segment(photo, 6)
    heights = [np.nonzero(labels == name)[0].mean() for name in range(labels.max() + 1)]
    assert heights == sorted(heights)
    assert np.bincount(labels.ravel()).min() >= 0.02 * labels.size
    np.testing.assert_array_equal(labels, segment(photo, 6))


def test_no_regions_and_no_photograph_are_refused() -> None:
    with pytest.raises(ValueError, match="found 0"):
        segment(two_halves(), 0)
    with pytest.raises(PhotoShapeError, match="NaN"):
        at_working_size(np.full((4, 4, 3), np.nan, dtype=np.float32), 32)


def test_lab_agrees_with_scikit_image() -> None:
    from skimage.color import rgb2lab  # noqa: PLC0415 - the oracle, needed here only

    photo = np.random.default_rng(3).random((32, 32, 3), dtype=np.float32)
    np.testing.assert_allclose(lab_of(photo), rgb2lab(photo), atol=0.6)


def test_working_size_keeps_proportions_and_small_pictures() -> None:
    assert at_working_size(np.zeros((300, 600, 3), dtype=np.float32), 100).shape == (50, 100, 3)
    small = two_halves()
    assert at_working_size(small, 320) is small


def test_stretched_lightness_does_not_blow_up_noise() -> None:
    flat = np.full((20, 20, 3), 50.0, dtype=np.float32)
    flat[..., 0] += np.random.default_rng(4).normal(0.0, 0.1, (20, 20)).astype(np.float32)
    assert np.ptp(stretched_lightness(flat)) < 0.25
