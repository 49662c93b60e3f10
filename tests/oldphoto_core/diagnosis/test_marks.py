"""Scratches, creases and dust on real pictures: found where drawn, absent where not, the same under any turn."""

import cv2
import numpy as np
import pytest
from skimage import data

from oldphoto_core.diagnosis.marks import Marks, find_marks
from oldphoto_core.image import Mask, Photo


def camera() -> Photo:
    return np.repeat(data.camera().astype(np.float32)[..., None] / 255, 3, axis=2)


def scratched(photo: Photo, *, count: int = 12, seed: int = 0) -> tuple[Photo, Mask]:
    """Return the photograph under bent white scratches of about 100 to 250 pixels, and where they are."""
    rng = np.random.default_rng(seed)
    ink = np.zeros(photo.shape[:2], np.uint8)
    for _ in range(count):
        start = rng.uniform(60, 400, 2)
        turn = rng.uniform(0, np.pi) + np.cumsum(rng.normal(0, 0.06, 16))
        steps = np.cumsum(np.stack([np.cos(turn), np.sin(turn)], axis=1) * rng.uniform(7, 16), axis=0)
        cv2.polylines(ink, [np.rint((start + steps) * 16).astype(np.int32)], False, 255, 2, cv2.LINE_AA, 4)
    return painted(photo, ink)


def dusted(photo: Photo, *, count: int = 120) -> tuple[Photo, Mask]:
    """Return the photograph under white specks of 2 to 6 pixels, and where they are."""
    rng = np.random.default_rng(1)
    ink = np.zeros(photo.shape[:2], np.uint8)
    for column, row in rng.integers(30, 480, (count, 2)).tolist():
        cv2.circle(ink, (column, row), int(rng.integers(1, 4)), 255, -1, cv2.LINE_AA)
    return painted(photo, ink)


def painted(photo: Photo, ink: np.ndarray) -> tuple[Photo, Mask]:
    share = (ink.astype(np.float32) / 255)[..., None]
    return photo * (1 - share) + np.float32(0.97) * share, ink > 60


def overlap(found: Mask, truth: Mask) -> tuple[float, float]:
    """Return precision (within 2 pixels) and recall."""
    near = cv2.dilate(truth.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(np.bool_)
    return float((found & near).sum() / found.sum()), float((found & truth).sum() / truth.sum())


def marked(marks: Marks) -> Mask:
    return marks.scratch | marks.crease | marks.dust


@pytest.mark.parametrize("name", ["camera", "astronaut", "rocket", "brick", "grass", "gravel", "text"])
def test_pictures_without_damage_are_left_alone(name: str) -> None:
    picture = getattr(data, name)().astype(np.float32) / 255
    photo = picture if picture.ndim == 3 else np.repeat(picture[..., None], 3, axis=2)
    marks = find_marks(photo, caution=0.0)
    assert not marked(marks).any()
    assert max(marks.scratch_evidence, marks.crease_evidence, marks.speck_evidence) < 1.0


def test_scratches_are_marked_where_they_are() -> None:
    photo, truth = scratched(camera())
    marks = find_marks(photo, caution=0.0)
    precision, recall = overlap(marks.scratch | marks.crease, truth)
    assert marks.scratch_evidence > 1.1
    assert precision > 0.7
    assert recall > 0.4


def test_a_crease_runs_over_half_of_the_short_side() -> None:
    ink = np.zeros((512, 512), np.uint8)
    points = np.array([[40, 180], [180, 215], [330, 190], [470, 230]])
    cv2.polylines(ink, [points.astype(np.int32)], False, 255, 4, cv2.LINE_AA)
    photo, truth = painted(camera(), ink)
    marks = find_marks(photo, caution=0.0)
    assert marks.crease_evidence > 1.0
    assert overlap(marks.crease, truth)[1] > 0.5


def test_dust_is_marked_where_it_is() -> None:
    photo, truth = dusted(camera())
    marks = find_marks(photo, caution=0.0)
    precision, recall = overlap(marks.dust, truth)
    assert marks.speck_evidence > 2.0
    assert precision > 0.9
    assert recall > 0.4


def test_caution_marks_less() -> None:
    photo, _ = scratched(dusted(camera())[0])
    bold, careful = (marked(find_marks(photo, caution=caution)) for caution in (0.0, 1.0))
    assert careful.sum() < bold.sum()
    assert not find_marks(photo, caution=9.0).dust.any()


@pytest.mark.parametrize("turns", [1, 2, 3])
@pytest.mark.parametrize("mirrored", [False, True], ids=["turned", "turned and mirrored"])
def test_the_mask_turns_with_the_photograph(turns: int, mirrored: bool) -> None:  # noqa: FBT001 - a parameter
    photo, _ = scratched(dusted(camera())[0])

    def turn(array: np.ndarray) -> np.ndarray:
        turned = np.rot90(array, turns)
        return np.ascontiguousarray(turned[:, ::-1] if mirrored else turned)

    plain, turned = marked(find_marks(photo, caution=0.0)), marked(find_marks(turn(photo), caution=0.0))
    expected = turn(plain)
    assert (turned & expected).sum() / (turned | expected).sum() > 0.85
