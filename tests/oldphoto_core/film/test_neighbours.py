"""Holes filled from neighbours that are known to hold what is missing."""

import numpy as np
from film_shots import grey, pan

from oldphoto_core.film.neighbours import Neighbour, continued, filled, neighbour
from oldphoto_core.quality.reference import psnr_db


def test_a_hole_in_a_pan_shows_again_what_was_there() -> None:
    before, truth, after = grey(pan("astronaut", 3, step=(0, 2)))
    hole = np.zeros(truth.shape[:2], dtype=bool)
    hole[40:52, 60:70] = True
    dirty = truth.copy()
    dirty[hole] = 1.0
    mended = filled(dirty, hole, neighbour(dirty, before), neighbour(dirty, after))
    assert np.array_equal(mended[~hole], dirty[~hole])
    assert psnr_db(mended[40:52, 60:70], truth[40:52, 60:70]) > 30.0


def test_the_neighbour_that_fits_is_taken_and_its_grain_with_it() -> None:
    rng = np.random.default_rng(0)
    truth = rng.random((40, 50, 3), dtype=np.float32)
    hole = np.zeros((40, 50), dtype=bool)
    hole[10:20, 10:20] = True
    still = np.zeros((40, 50, 2), np.float32)
    wrong = Neighbour(rng.random((40, 50, 3), dtype=np.float32), still)
    dirty = truth.copy()
    dirty[hole] = 0.0
    for pair in ((wrong, Neighbour(truth, still)), (Neighbour(truth, still), wrong)):
        assert np.allclose(filled(dirty, hole, *pair), truth, atol=1e-5)


def test_a_neighbour_of_another_tone_is_evened_out() -> None:
    truth = np.full((40, 50, 3), 0.4, np.float32)
    hole = np.zeros((40, 50), dtype=bool)
    hole[10:20, 10:20] = True
    bright = Neighbour(truth + np.float32(0.1), np.zeros((40, 50, 2), np.float32))
    assert np.allclose(filled(truth, hole, bright, bright), 0.4, atol=1e-4)


def test_no_hole_or_nothing_else_leaves_the_frame() -> None:
    frame = np.full((20, 20, 3), 0.5, np.float32)
    other = Neighbour(frame, np.zeros((20, 20, 2), np.float32))
    for hole in (np.zeros((20, 20), dtype=bool), np.ones((20, 20), dtype=bool)):
        assert filled(frame, hole, other, other) is frame


def test_a_map_is_continued_into_holes_of_any_width() -> None:
    flow = np.zeros((120, 160, 2), np.float32)
    flow[...] = (3.0, -1.0)
    hole = np.zeros((120, 160), dtype=bool)
    hole[5:115, 5:155] = True
    covered = flow.copy()
    covered[hole] = 99.0
    assert np.allclose(continued(covered, hole), flow, atol=1e-3)
    assert np.allclose(continued(covered[..., 0].copy(), hole), 3.0, atol=1e-3)
    assert continued(flow, np.zeros_like(hole)) is flow
