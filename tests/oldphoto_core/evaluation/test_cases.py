"""Cases are made again from their seed, and are what they are called."""

import numpy as np
import pytest

from oldphoto_core.damage import DAMAGE_KINDS, STRUCTURED_KINDS
from oldphoto_core.evaluation.cases import (
    CASE_KINDS,
    SEVERITIES,
    SHAPE_KINDS,
    SOUND_KINDS,
    Case,
    NoShapesError,
    aged_case,
    cases_of,
)
from oldphoto_core.synthesis.scenes import scene
from oldphoto_core.synthesis.shapes import ShapeBank

PHOTO = scene("hills", (96, 128), np.random.default_rng(1))
PICTURE = "0123456789abcdef" * 4
BARS = ShapeBank(scratches=(np.full((3, 90), 255, np.uint8),))


@pytest.mark.parametrize("kind", DAMAGE_KINDS)
def test_a_single_damage_is_there_and_stronger_levels_are_stronger(kind: str) -> None:
    found = [aged_case(PHOTO, case, seed=0)[1] for case in cases_of([PICTURE], [kind])]  # type: ignore[list-item]
    severities = [truth.severities[kind] for truth in found]  # type: ignore[index]
    assert len(found) == len(SEVERITIES)
    assert 0.0 < severities[0] < severities[2]
    assert all(bool(truth.mask.any()) == (kind in STRUCTURED_KINDS) for truth in found)


def test_mixtures_hold_several_kinds_and_the_published_degradation_its_own() -> None:
    for case in cases_of([PICTURE, "f" * 64], ["mixed", "published"]):
        aged, truth = aged_case(PHOTO, case, seed=0)
        found = {kind for kind, severity in truth.severities.items() if severity > 0.0}
        assert len(found) >= 2 if case.kind == "mixed" else found <= {"blur", "noise", "jpeg-blocks", "low-resolution"}
        assert not np.array_equal(aged, truth.sound)


@pytest.mark.parametrize("kind", SOUND_KINDS)
def test_sound_pictures_have_no_damage(kind: str) -> None:
    (case,) = cases_of([PICTURE], [kind])  # type: ignore[list-item]
    aged, truth = aged_case(PHOTO, case, seed=0)
    assert np.array_equal(aged, truth.sound)
    assert not truth.mask.any()
    assert set(truth.severities.values()) == {0.0}
    assert np.array_equal(aged, PHOTO) == (kind == "clean")


def test_a_case_does_not_depend_on_the_others() -> None:
    everything = {case: aged_case(PHOTO, case, seed=7, shapes=BARS)[0] for case in cases_of([PICTURE])}
    alone = aged_case(PHOTO, Case(PICTURE, "mixed", "strong"), seed=7)[0]
    assert np.array_equal(everything[Case(PICTURE, "mixed", "strong")], alone)
    assert not np.array_equal(aged_case(PHOTO, Case(PICTURE, "mixed", "strong"), seed=8)[0], alone)
    assert not np.array_equal(aged_case(PHOTO, Case("f" * 64, "mixed", "strong"), seed=7)[0], alone)
    assert {case.kind for case in everything} == set(CASE_KINDS)


def test_shapes_are_laid_as_scratches_of_about_the_severity_asked_for() -> None:
    found = [aged_case(PHOTO, case, seed=0, shapes=BARS) for case in cases_of([PICTURE], ["scratch-shapes"])]
    severities = [truth.severities["scratch"] for _, truth in found]
    assert 0.0 < severities[0] < severities[2]
    for aged, truth in found:
        assert truth.mask.any()
        assert np.abs(aged - truth.sound)[truth.mask].mean() > 20 * np.abs(aged - truth.sound)[~truth.mask].mean()
        assert {kind for kind, severity in truth.severities.items() if severity} == {"scratch"}


def test_without_shapes_such_a_case_is_refused_and_the_others_do_not_look_at_them() -> None:
    with pytest.raises(NoShapesError, match="scratch-shapes"):
        aged_case(PHOTO, Case(PICTURE, "scratch-shapes", "mild"), seed=0)
    for kind in set(CASE_KINDS) - SHAPE_KINDS:
        (case, *_) = cases_of([PICTURE], [kind])
        assert np.array_equal(aged_case(PHOTO, case, seed=0)[0], aged_case(PHOTO, case, seed=0, shapes=BARS)[0])
