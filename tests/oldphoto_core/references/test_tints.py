"""Contradictions of colour: a cast says nothing, a lawn against a carpet does."""

import numpy as np

from oldphoto_core.references.tints import contradicted

SKY_LAWN = np.array([[-2.0, -18.0], [-14.0, 22.0]])
HALVES = np.array([0.5, 0.5])


def verdict(ours: np.ndarray, theirs: np.ndarray) -> list[list[bool]]:
    return contradicted(ours, HALVES, theirs, HALVES, most=12.0, most_as_they_are=30.0).tolist()


def test_a_region_may_serve_its_like_and_not_its_opposite() -> None:
    assert verdict(SKY_LAWN, SKY_LAWN) == [[False, True], [True, False]]


def test_a_cast_of_the_whole_print_changes_nothing() -> None:
    assert verdict(SKY_LAWN + np.array([15.0, 9.0]), SKY_LAWN) == [[False, True], [True, False]]


def test_a_cast_so_strong_that_nothing_fits_refuses_all() -> None:
    assert verdict(SKY_LAWN + np.array([40.0, 30.0]), SKY_LAWN) == [[True, True], [True, True]]


def test_a_photograph_without_colours_contradicts_nothing() -> None:
    assert not np.any(verdict(np.array([[3.0, 9.0], [3.5, 9.5]]), SKY_LAWN))
