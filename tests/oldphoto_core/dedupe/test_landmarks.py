import cv2
import numpy as np
import pytest

from oldphoto_core.dedupe.features import extract_features, mirrored
from oldphoto_core.dedupe.landmarks import (
    KEY_BITS,
    MOST_LANDMARKS,
    key,
    keys_of,
    landmarks,
    mirrored_key,
    mirrored_places,
    places,
)
from oldphoto_core.dedupe.proxy import grey_proxy
from oldphoto_core.image import Photo


def words_of(photo: np.ndarray) -> np.ndarray:
    return np.array(landmarks(grey_proxy(np.ascontiguousarray(photo, dtype=np.float32), 256)), dtype=np.uint64)


def test_the_key_in_a_mirror_is_that_of_the_mirrored_descriptor(cat: Photo) -> None:
    features = extract_features(cat)
    straight = keys_of(features.descriptors).astype(np.uint64)
    assert np.array_equal(mirrored_key(straight), keys_of(mirrored(features).descriptors).astype(np.uint64))
    assert np.array_equal(mirrored_key(mirrored_key(straight)), straight)


def test_words_are_few_sorted_and_of_different_keys(woman: Photo) -> None:
    words = words_of(woman)
    assert len(words) == MOST_LANDMARKS
    assert np.array_equal(words, np.sort(words))
    assert len(np.unique(key(words))) == len(words)
    assert int(key(words).max()) < 2**KEY_BITS


def test_places_are_those_of_the_features(woman: Photo) -> None:
    grey = grey_proxy(woman, 256)
    there = places(words_of(woman))
    low, high = np.percentile(grey, (0.5, 99.5))
    stretched = np.rint(np.clip((grey - low) / (high - low), 0, 1) * 255).astype(np.uint8)
    found = cv2.SIFT.create(nfeatures=400, contrastThreshold=0.02, enable_precise_upscale=True).detect(stretched, None)
    points = np.array([(*one.pt, one.angle, np.log2(one.size)) for one in found])
    for x, y, angle, octave in zip(there.x, there.y, there.angle, there.octave, strict=True):
        off = np.abs(points[:, :2] - [256 * x, 256 * y]).max(axis=1) + np.abs(points[:, 3] - octave)
        turned = np.abs((np.radians(points[:, 2]) - angle + np.pi) % (2 * np.pi) - np.pi)
        assert ((off < 0.4) & (turned < 0.02)).any()


@pytest.mark.parametrize("turn", [0, 1, 2, 3])
def test_a_turned_picture_repeats_its_keys_turned(woman: Photo, turn: int) -> None:
    first, second = words_of(woman), words_of(np.rot90(woman, -turn))
    common, here, there = np.intersect1d(key(first), key(second), return_indices=True)
    assert len(common) >= 40
    turned = places(second[there]).angle - places(first[here]).angle
    assert np.median(np.abs((turned - turn * np.pi / 2 + np.pi) % (2 * np.pi) - np.pi)) < 0.05


def test_a_mirrored_picture_repeats_its_keys_in_the_mirror(woman: Photo) -> None:
    first, second = words_of(woman), words_of(woman[:, ::-1])
    common, here, there = np.intersect1d(key(first), mirrored_key(key(second)), return_indices=True)
    assert len(common) >= 40
    seen = mirrored_places(places(second[there]))
    assert np.median(np.abs(seen.x + 1.0 - places(first[here]).x)) < 0.01


def test_a_plain_picture_has_none() -> None:
    assert landmarks(np.full((60, 80), 0.4, dtype=np.float32)) == []
