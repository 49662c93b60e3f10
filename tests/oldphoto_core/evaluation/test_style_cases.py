from dataclasses import replace

import numpy as np
import pytest
from style_subjects import SIDE, others, subject

from oldphoto_core.evaluation.style_ageing import GROUPS, KINDS, StyleKind, aged
from oldphoto_core.evaluation.style_cases import (
    NOBODY,
    PLAN,
    StyleCase,
    StyleTruth,
    TooFewOthersError,
    made_style_case,
    style_cases_of,
)
from oldphoto_core.evaluation.style_framing import framed
from oldphoto_core.image import from_bytes8

PICTURE = "5e" * 32


def made(kind: StyleKind, references: int, condition: str, seed: int = 0) -> StyleTruth:
    case = StyleCase(PICTURE, kind, references, condition)  # type: ignore[arg-type]
    return made_style_case(case, subject(), others(), seed=seed)


def colours(photo: np.ndarray) -> set[tuple[float, ...]]:
    return set(map(tuple, photo.reshape(-1, 3).tolist()))


@pytest.mark.parametrize("references", [1, 2, 3])
def test_each_reference_shows_the_clean_pixels_of_what_it_owns(references: int) -> None:
    truth = made("prints", references, "right")
    assert set(np.unique(truth.owners)) == set(range(references))
    for number, reference in enumerate(truth.references):
        own = truth.clean[truth.owners == number]
        assert colours(own) <= colours(reference)


def test_a_missing_group_has_no_owner_and_is_shown_by_none() -> None:
    truth = made("prints", 2, "missing")
    assert set(np.unique(truth.owners)) == {NOBODY, 0, 1}
    hidden = colours(truth.clean[truth.owners == NOBODY]) - colours(truth.clean[truth.owners != NOBODY])
    fillers = set().union(*(colours(one) for one in others().fillers))
    shown = set().union(*(colours(one) for one in truth.references))
    assert not (hidden - fillers) & shown


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("condition", ["shuffled", "unrelated"])
def test_wrong_references_own_nothing(kind: StyleKind, condition: str) -> None:
    truth = made(kind, 2, condition)
    assert bool((truth.owners == NOBODY).all())


def test_shuffled_references_show_the_other_photograph() -> None:
    shown = colours(np.stack(made("prints", 2, "shuffled").references))
    assert colours(subject(1).photo) <= shown


def test_unrelated_references_are_whole_other_pictures() -> None:
    for found, given in zip(made("whole", 3, "unrelated").references, others().unrelated, strict=True):
        np.testing.assert_array_equal(found, given)


def test_one_reference_of_a_whole_fading_is_another_part_of_the_picture() -> None:
    truth = made("whole", 3, "right")
    (owner,) = np.unique(truth.owners).tolist()
    assert colours(truth.references[owner]) == colours(subject().beyond)
    rest = [one for number, one in enumerate(truth.references) if number != owner]
    assert all(any(np.array_equal(one, filler) for filler in others().fillers) for one in rest)


@pytest.mark.parametrize("kind", KINDS)
def test_the_old_photograph_is_the_same_whatever_the_references(kind: StyleKind) -> None:
    cases = [row for row in PLAN if row[0] == kind]
    first, *rest = (made(*row) for row in cases)
    assert not np.array_equal(first.aged, first.clean)
    for one in rest:
        np.testing.assert_array_equal(one.aged, first.aged)


def test_the_same_seed_gives_the_same_bytes_and_another_does_not() -> None:
    one, same, other = (made("prints", 3, "right", seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.aged, same.aged)
    for ours, theirs in zip(one.references, same.references, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert not np.array_equal(one.aged, other.aged)


def test_every_case_of_a_picture_is_one_of_the_plan() -> None:
    cases = style_cases_of(PICTURE)
    assert len(set(cases)) == len(cases) == len(PLAN)
    assert {case.condition for case in cases} == {"right", "missing", "shuffled", "unrelated"}


def test_too_few_others_are_refused() -> None:
    case = StyleCase(PICTURE, "prints", 2, "right")
    with pytest.raises(TooFewOthersError, match="found 1 and 3"):
        made_style_case(case, subject(), replace(others(), fillers=others().fillers[:1]), seed=0)


def test_prints_fade_group_by_group() -> None:
    grey = np.full((SIDE, SIDE, 3), (0.3, 0.5, 0.6), dtype=np.float32)
    labels = np.repeat(np.arange(6, dtype=np.int32), SIDE // 6)[:, None].repeat(SIDE, axis=1)
    old = aged("prints", grey, labels, np.random.default_rng(3))
    medians = np.array([np.median(old[labels == name], axis=0) for name in range(6)])
    apart = {tuple(one) for one in np.round(medians, 1).tolist()}
    assert 2 <= len(apart) <= 2 * GROUPS


def test_the_two_squares_of_a_picture_are_its_opposite_corners() -> None:
    photo = from_bytes8(np.random.default_rng(0).integers(0, 255, (80, 120, 3), dtype=np.uint8))
    labels = (np.arange(120)[None] // 40).repeat(80, axis=0).astype(np.int32)
    found = framed(photo, labels, 64)
    np.testing.assert_allclose(found.photo, photo[:64, :64])
    np.testing.assert_allclose(found.beyond, photo[-64:, -64:])
    np.testing.assert_array_equal(found.labels, labels[:64, :64])
