import numpy as np
import pytest

from oldphoto_core.dedupe.features import LONG_SIDE_PX, MOST_FEATURES, extract_features, mirrored
from oldphoto_core.image import Photo


def test_features_of_the_flipped_picture_are_the_flipped_features(woman: Photo) -> None:
    found = extract_features(np.ascontiguousarray(woman[:, ::-1]))
    flipped = mirrored(extract_features(woman))
    distance = np.linalg.norm(found.points[:, None] - flipped.points[None], axis=2)
    near = distance.min(axis=1) < 0.3
    assert near.mean() > 0.9
    # Several features of other angles may lie in one place: the best of those must be the same feature.
    alike = np.where(distance < 0.3, found.descriptors @ flipped.descriptors.T, 0.0).max(axis=1)
    assert np.median(alike[near]) > 0.995
    assert np.array_equal(flipped.grey, found.grey)


def test_mirroring_twice_changes_nothing(cat: Photo) -> None:
    features = extract_features(cat)
    twice = mirrored(mirrored(features))
    assert np.allclose(twice.points, features.points, atol=1e-3)
    assert np.array_equal(twice.descriptors, features.descriptors)
    assert np.array_equal(twice.grey, features.grey)


def test_descriptors_have_unit_length_and_points_lie_inside(cat: Photo) -> None:
    features = extract_features(cat)
    assert max(features.grey.shape) == LONG_SIDE_PX
    assert 300 < len(features.points) <= MOST_FEATURES + 5
    assert np.allclose(np.linalg.norm(features.descriptors, axis=1), 1.0, atol=1e-4)
    assert (features.points >= 0).all()
    assert (features.points < features.grey.shape[::-1]).all()


def test_a_faded_print_has_as_many_features(cat: Photo) -> None:
    faded = (0.5 + 0.15 * cat).astype(np.float32)
    assert len(extract_features(faded).points) > 0.9 * len(extract_features(cat).points)


@pytest.mark.parametrize("shape", [(16, 16, 3), (1, 300, 3), (900, 2, 3), (1, 1, 3)])
def test_a_plain_picture_has_none(shape: tuple[int, int, int]) -> None:
    assert len(extract_features(np.full(shape, 0.5, dtype=np.float32)).points) == 0


def test_the_same_picture_gives_the_same_features(cup: Photo) -> None:
    first, second = extract_features(cup), extract_features(cup.copy())
    assert np.array_equal(first.points, second.points)
    assert np.array_equal(first.descriptors, second.descriptors)
