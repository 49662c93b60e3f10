"""A torn corner is found; margins, skies, shirts and white scenes are not."""

import cv2
import numpy as np
from skimage import data

from oldphoto_core.diagnosis.tears import find_tears
from oldphoto_core.image import Mask, Photo


def scene() -> Photo:
    return np.repeat(data.camera().astype(np.float32)[..., None] / 255 * 0.7, 3, axis=2)


def torn() -> tuple[Photo, Mask]:
    outline = np.array([[-2, -2], [90, -2], [70, 30], [50, 45], [25, 80], [-2, 100]])
    part = cv2.fillPoly(np.zeros((512, 512), np.uint8), [outline.astype(np.int32)], 1).astype(np.bool_)
    photo = scene()
    photo[part] = 0.97
    return photo, part


def test_a_missing_corner_is_found_whole() -> None:
    photo, part = torn()
    found = find_tears(photo)
    assert (found & part).sum() / part.sum() > 0.97
    assert (found & part).sum() / found.sum() > 0.85


def test_a_margin_a_sky_and_a_white_thing_at_the_side_are_not_missing() -> None:
    margin, sky, side = scene(), scene(), scene()
    margin[:12] = margin[-12:] = margin[:, :12] = margin[:, -12:] = 0.97
    sky[:120] = 1.0
    side[200:300, :60] = 0.97
    assert not any(find_tears(photo).any() for photo in (scene(), margin, sky, side))


def test_white_within_the_scene_says_that_white_is_no_loss() -> None:
    photo, _ = torn()
    photo[300:380, 200:300] = 0.97
    assert not find_tears(photo).any()
