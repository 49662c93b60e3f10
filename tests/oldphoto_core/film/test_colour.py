"""Colours that stay, and colours that dirt had hidden."""

import cv2
import numpy as np
from film_shots import grey, pan

from oldphoto_core.film.colour import colour_of, recoloured, relit, repaired_damage
from oldphoto_core.image import luma


def test_where_luma_stays_every_bit_stays() -> None:
    frame = pan("coffee", 1)[0]
    before = luma(frame)
    after = before.copy()
    after[10:20, 10:20] += np.float32(0.05)
    new = relit(frame, before, after)
    assert np.array_equal(relit(frame, before, before), frame)
    outside = np.ones(before.shape, dtype=bool)
    outside[10:20, 10:20] = False
    assert np.array_equal(new[outside], frame[outside])
    inner = new[10:20, 10:20]
    assert np.allclose(luma(inner), np.clip(after[10:20, 10:20], 0, 1), atol=0.02)
    assert np.allclose(inner[..., 0] - inner[..., 2], (frame[..., 0] - frame[..., 2])[10:20, 10:20], atol=0.05)


def test_a_grey_frame_stays_grey() -> None:
    frame = grey(pan("coffee", 1))[0]
    new = relit(frame, luma(frame), np.clip(luma(frame) + 0.1, 0.0, 1.0).astype(np.float32))
    assert np.ptp(new, axis=2).max() == 0.0


def test_grey_tinted_and_coloured_films_are_told_apart() -> None:
    coloured = pan("coffee", 2)
    plain = grey(coloured)
    tint = np.array([1.0, 0.85, 0.6], np.float32)
    assert colour_of(coloured) == "colour"
    assert colour_of(plain) == "grey"
    assert colour_of([frame * tint for frame in plain]) == "tinted"


def test_repaired_damage_is_distrusted_and_changed() -> None:
    before = np.full((30, 30), 0.5, np.float32)
    after, distrust = before.copy(), np.zeros_like(before)
    after[10:14, 10:14] = 0.8
    distrust[10:20, 10:20] = 0.9
    found = repaired_damage(before, after, distrust)
    assert np.array_equal(np.argwhere(found).min(axis=0), [8, 8])
    assert np.array_equal(np.argwhere(found).max(axis=0), [15, 15])
    assert not repaired_damage(before, before, distrust).any()


def test_the_colour_under_dirt_is_that_of_the_neighbours() -> None:
    before, truth, after = pan("coffee", 3, size=(120, 160), step=(0, 1))
    hole = np.zeros(truth.shape[:2], dtype=bool)
    hole[50:60, 70:82] = True
    green = truth.copy()
    green[hole] = luma(truth)[hole][:, None] * np.array([0.2, 1.2, 0.2], np.float32)
    new = recoloured(green, hole, lambda: (before, after))
    assert np.array_equal(new[~hole], green[~hole])
    error = [np.abs(cv2.subtract(x, truth))[hole].mean() for x in (green, new)]
    assert error[1] < 0.25 * error[0]


def test_without_a_hole_no_neighbour_is_read() -> None:
    frame = pan("coffee", 1)[0]

    def never() -> tuple[np.ndarray, np.ndarray]:
        raise AssertionError

    assert recoloured(frame, np.zeros(frame.shape[:2], dtype=bool), never) is frame
