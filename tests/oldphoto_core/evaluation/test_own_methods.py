"""Our own methods: parts left out are left out, the truth is told only to whom it is said to be told."""

from dataclasses import replace

import numpy as np
import pytest

from oldphoto_core.evaluation.cases import Case, Truth, aged_case
from oldphoto_core.evaluation.filling import filling, structure_present
from oldphoto_core.evaluation.methods import told_report
from oldphoto_core.evaluation.own_methods import OWN_METHODS, OwnParts, everything_present, unchecked
from oldphoto_core.evaluation.sight import Remembered, Sight, classical_sight
from oldphoto_core.image import Mask, Photo
from oldphoto_core.inference.engine import CLASSICAL, ClassicalEngine
from oldphoto_core.inference.photo import restore
from oldphoto_core.inference.plan import PlannedStep, RestoreSettings
from oldphoto_core.quality.reference import psnr_db
from oldphoto_core.synthesis.scenes import scene

PHOTO = scene("sea", (96, 128), np.random.default_rng(1))
AGED, TRUTH = aged_case(PHOTO, Case("ab" * 32, "mixed", "medium"), seed=0)
CALM = scene("flower", (96, 128), np.random.default_rng(1))
SCRATCHED, SCRATCHED_TRUTH = aged_case(CALM, Case("ab" * 32, "scratch", "medium"), seed=0)


class Seer:
    """Sees what it is told to see, and counts how often it is asked."""

    def __init__(self, truth: Truth) -> None:
        self.sight = Sight(told_report(truth), truth.mask, np.float32(0.4) + np.float32(0.5) * truth.mask)
        self.asked = 0

    def __call__(self, photo: Photo) -> Sight:
        assert photo.shape[:2] == self.sight.mask.shape
        self.asked += 1
        return self.sight


class Whitewash(ClassicalEngine):
    """Mends everything alike."""

    def apply(
        self, step: PlannedStep, photo: Photo, *, mask: Mask, settings: RestoreSettings, rng: np.random.Generator
    ) -> Photo:
        del step, mask, settings, rng
        return np.ones_like(photo)


def parts(truth: Truth) -> OwnParts:
    # The steps of the classical engine stand for those of ours: what is tested here is who is told what.
    return OwnParts(see=Seer(truth), see_classically=classical_sight, engine=CLASSICAL, settings="weights 12")


def test_ours_answers_with_everything_it_sees() -> None:
    answer = OWN_METHODS["own"](parts(TRUTH)).answer(AGED, TRUTH)
    told = restore(AGED, report=told_report(TRUTH), mask=TRUTH.mask, seed=TRUTH.seed, engine=CLASSICAL)
    assert answer.photo is not None
    assert answer.marked is not None
    assert answer.damaged is not None
    assert np.array_equal(answer.photo, told.photo)
    assert np.array_equal(answer.marked, TRUTH.mask)
    assert set(np.unique(answer.damaged).tolist()) <= {np.float32(0.4), np.float32(0.9)}
    assert answer.report == told_report(TRUTH)


def test_only_the_told_one_is_told() -> None:
    nothing = replace(TRUTH, mask=np.zeros_like(TRUTH.mask), severities=dict.fromkeys(TRUTH.severities, 0.0))
    blind = parts(nothing)
    told = OWN_METHODS["own-told"](blind).answer(AGED, TRUTH).photo
    assert told is not None
    assert psnr_db(told, TRUTH.sound) > psnr_db(AGED, TRUTH.sound)
    for name in ("own", "own-inpaint", "own-without-checks", "own-without-colour"):
        photo = OWN_METHODS[name](blind).answer(AGED, TRUTH).photo
        assert photo is not None
        assert np.array_equal(photo, AGED), name


def test_without_the_filling_nothing_is_filled() -> None:
    seen = parts(SCRATCHED_TRUTH)
    whole, without, alone = (
        OWN_METHODS[name](seen).answer(SCRATCHED, SCRATCHED_TRUTH).photo
        for name in ("own", "own-without-inpaint", "own-inpaint")
    )
    assert whole is not None
    assert without is not None
    assert alone is not None
    assert np.array_equal(without, SCRATCHED)
    assert np.array_equal(alone, whole)
    assert psnr_db(alone, CALM) > psnr_db(SCRATCHED, CALM) + 1.0


def test_without_the_gate_every_step_runs_even_on_a_sound_picture() -> None:
    clean, truth = aged_case(PHOTO, Case("ab" * 32, "clean", "none"), seed=0)
    seen = parts(truth)
    kept, changed = (OWN_METHODS[name](seen).answer(clean, truth).photo for name in ("own", "own-without-gate"))
    assert kept is not None
    assert changed is not None
    assert np.array_equal(kept, clean)
    assert not np.array_equal(changed, clean)
    assert len(everything_present(told_report(truth)).present()) == 12


def test_without_checks_a_harmful_step_counts() -> None:
    report = structure_present(TRUTH.mask)
    checked = restore(AGED, report=report, mask=TRUTH.mask, seed=1, engine=Whitewash())
    assert [step.verdict for step in checked.steps] == ["rejected"]
    assert float(unchecked(AGED, report, TRUTH.mask, seed=1, engine=Whitewash()).min()) == 1.0


def test_without_checks_and_without_harm_nothing_differs() -> None:
    report = structure_present(SCRATCHED_TRUTH.mask)
    checked = restore(SCRATCHED, report=report, mask=SCRATCHED_TRUTH.mask, seed=1, engine=CLASSICAL)
    assert [step.verdict for step in checked.steps] == ["applied"]
    free = unchecked(SCRATCHED, report, SCRATCHED_TRUTH.mask, seed=1, engine=CLASSICAL)
    assert np.array_equal(free, checked.photo)


def test_an_empty_mask_fills_nothing_and_asks_for_nothing() -> None:
    empty = np.zeros((96, 128), dtype=bool)
    assert structure_present(empty).present() == ()
    fills = filling(
        "f", "F.", lambda _: Sight(structure_present(empty), empty, np.zeros((96, 128), np.float32)), CLASSICAL
    )
    assert fills.role == "fill"
    photo = fills.answer(SCRATCHED, SCRATCHED_TRUTH).photo
    assert photo is not None
    assert np.array_equal(photo, SCRATCHED)
    assert np.array_equal(unchecked(SCRATCHED, structure_present(~empty), empty, seed=0, engine=CLASSICAL), SCRATCHED)


def test_a_diagnosis_is_asked_once_for_each_picture() -> None:
    seer = Seer(TRUTH)
    see = Remembered(seer)
    assert see(AGED) is see(AGED)
    assert seer.asked == 1
    see(AGED.copy())
    assert seer.asked == 2


@pytest.mark.parametrize("name", OWN_METHODS)
def test_every_maker_gives_the_method_of_its_name_with_the_weights_in_its_settings(name: str) -> None:
    made = OWN_METHODS[name](parts(TRUTH))
    assert (made.name, made.settings) == (name, "weights 12")
    assert (made.role == "whole") == (name in {"own", "own-told"})
