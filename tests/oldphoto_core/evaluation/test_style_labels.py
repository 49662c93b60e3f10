import numpy as np
import pytest
from skimage import data

from oldphoto_core.evaluation.style_labels import SMALLEST_SHARE, found_regions, tidy_labels, without_crumbs
from oldphoto_core.image import from_bytes8


def nearest_by_search(labels: np.ndarray, large: set[int]) -> np.ndarray:
    """The slow obvious version: for each pixel of a crumb, the least distance to a pixel of every large region."""
    distance = {name: np.argwhere(labels == name) for name in large}
    best = labels.copy()
    for row, column in np.argwhere(~np.isin(labels, list(large))):
        away = {name: np.min(np.sum((there - (row, column)) ** 2, axis=1)) for name, there in distance.items()}
        best[row, column] = min(away, key=lambda name: away[name])
    return best


def test_crumbs_go_to_the_nearest_large_region() -> None:
    labels = np.zeros((20, 20), np.int32)
    labels[:, 10:] = 5
    labels[3, 2], labels[8, 17] = 7, 9
    expected = nearest_by_search(labels, {0, 5})
    np.testing.assert_array_equal(without_crumbs(labels), (expected == 5).astype(np.int32))


def test_where_all_are_small_the_largest_stays() -> None:
    labels = np.arange(100, dtype=np.int32).reshape(10, 10)
    labels[0, :2] = 0
    assert np.unique(without_crumbs(labels)).tolist() == [0]


def test_blended_borders_of_a_colour_coded_picture_vanish() -> None:
    raw = np.zeros((40, 60, 3), np.uint8)
    raw[:, 30:] = (255, 0, 0)
    raw[:, 30] = (128, 0, 0)
    labels = tidy_labels(raw, (80, 120))
    assert labels.shape == (80, 120)
    assert np.unique(labels).tolist() == [0, 1]
    assert bool((labels[:, :58] == labels[0, 0]).all())
    assert bool((labels[:, 64:] == labels[0, -1]).all())


def test_index_maps_keep_their_regions_at_another_size() -> None:
    raw = np.kron(np.array([[3, 9], [9, 200]], np.uint8), np.ones((8, 8), np.uint8))
    np.testing.assert_array_equal(tidy_labels(raw, (4, 4)), [[0, 0, 1, 1]] * 2 + [[1, 1, 2, 2]] * 2)


@pytest.mark.parametrize("name", ["astronaut", "coffee"])
def test_unlabelled_pictures_are_divided_into_a_few_regions(name: str) -> None:
    photo = from_bytes8(np.ascontiguousarray(getattr(data, name)()[:240, :320]))
    labels = found_regions(photo)
    shares = np.bincount(labels.ravel()) / labels.size
    assert labels.shape == photo.shape[:2]
    assert 2 <= shares.size <= 6
    assert shares.min() >= 0.9 * SMALLEST_SHARE
