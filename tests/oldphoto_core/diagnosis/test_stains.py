"""Brown places on a print of one tone; nothing on colour, nothing on things with an outline."""

import cv2
import numpy as np
from skimage import data

from oldphoto_core.diagnosis.stains import find_stains
from oldphoto_core.image import Mask, Photo

BROWN = np.array([0.15, 0.35, 0.6], dtype=np.float32)
"""What a full stain takes off R, G and B."""


def print_of_one_tone() -> Photo:
    return np.repeat(data.camera().astype(np.float32)[..., None] / 255, 3, axis=2)


def stain(photo: Photo, at: tuple[int, int], radius: int) -> tuple[Photo, Mask]:
    spot = cv2.circle(np.zeros(photo.shape[:2], np.float32), at, radius, 1.0, -1)
    depth = cv2.GaussianBlur(spot, (0, 0), 3.0)[..., None] * 0.6
    return photo * (1 - depth * BROWN), spot > 0


def test_a_brown_place_on_a_print_is_found() -> None:
    stained, truth = stain(print_of_one_tone(), (380, 120), 30)
    found = find_stains(stained, largest_small=0.001)
    assert (found.mask & truth).sum() / truth.sum() > 0.8
    assert (found.mask & truth).sum() / found.mask.sum() > 0.7
    assert found.shift_lab > 6.0
    assert not found.small.any()


def test_foxing_is_small_enough_to_be_painted_over() -> None:
    stained, truth = stain(print_of_one_tone(), (380, 120), 8)
    found = find_stains(stained, largest_small=0.005)
    assert (found.small & truth).any()
    np.testing.assert_array_equal(found.small, found.mask)


def test_an_unstained_print_and_a_colour_photograph_have_none() -> None:
    assert not find_stains(print_of_one_tone(), largest_small=1.0).mask.any()
    for colour in (data.astronaut(), data.coffee(), data.chelsea()):
        assert not find_stains(colour.astype(np.float32) / 255, largest_small=1.0).mask.any()


def test_a_brown_thing_with_an_outline_is_not_a_stain() -> None:
    thing = np.full((300, 300, 3), 0.8, dtype=np.float32)
    thing[100:160, 100:160] = (0.45, 0.38, 0.25)
    assert not find_stains(thing, largest_small=1.0).mask.any()
