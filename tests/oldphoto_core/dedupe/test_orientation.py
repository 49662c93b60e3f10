import itertools

import numpy as np
import pytest
from PIL import Image, ImageOps

from oldphoto_core.dedupe.orientation import ORIENTATIONS, Orientation, compose, inverse, orient

PICTURE = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)

PILLOW = {
    "identity": [],
    "rotate-90": [Image.Transpose.ROTATE_270],  # Pillow turns counter-clockwise
    "rotate-180": [Image.Transpose.ROTATE_180],
    "rotate-270": [Image.Transpose.ROTATE_90],
    "mirror": [Image.Transpose.FLIP_LEFT_RIGHT],
    "mirror-rotate-90": [Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.ROTATE_270],
    "mirror-rotate-180": [Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.ROTATE_180],
    "mirror-rotate-270": [Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.ROTATE_90],
}


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_orient_does_what_pillow_does(orientation: Orientation) -> None:
    expected = Image.fromarray(PICTURE)
    for step in PILLOW[orientation]:
        expected = expected.transpose(step)
    assert np.array_equal(orient(PICTURE, orientation), np.asarray(expected))


def test_the_eight_are_different() -> None:
    assert (
        len(
            {
                orient(PICTURE, orientation).tobytes() + bytes(orient(PICTURE, orientation).shape)
                for orientation in ORIENTATIONS
            }
        )
        == 8
    )


def test_a_quarter_turn_is_what_exif_calls_6() -> None:
    exif_6_undone = np.asarray(ImageOps.exif_transpose(_tagged(6)))
    assert np.array_equal(orient(PICTURE, "rotate-90"), exif_6_undone)


@pytest.mark.parametrize(("first", "second"), list(itertools.product(ORIENTATIONS, ORIENTATIONS)))
def test_compose_is_one_after_the_other(first: Orientation, second: Orientation) -> None:
    assert np.array_equal(orient(PICTURE, compose(first, second)), orient(orient(PICTURE, first), second))


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_the_inverse_undoes(orientation: Orientation) -> None:
    assert np.array_equal(orient(orient(PICTURE, orientation), inverse(orientation)), PICTURE)


def _tagged(orientation: int) -> Image.Image:
    picture = Image.fromarray(PICTURE)
    picture.getexif()[274] = orientation
    return picture
