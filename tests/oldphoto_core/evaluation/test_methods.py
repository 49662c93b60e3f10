"""The methods by name: what they are told, what they return."""

import sys

import numpy as np
import pytest

from oldphoto_core.diagnosis.classify import diagnose
from oldphoto_core.evaluation.bm3d_telea import MissingBm3dError, noise_sigma, telea
from oldphoto_core.evaluation.cases import Case, aged_case
from oldphoto_core.evaluation.methods import METHODS, MethodOptions, UnknownMethodError, method_named
from oldphoto_core.inference.photo import restore
from oldphoto_core.quality.reference import psnr_db
from oldphoto_core.synthesis.scenes import scene

PHOTO = scene("sea", (96, 128), np.random.default_rng(1))


def test_the_input_is_returned_as_it_is() -> None:
    aged, truth = aged_case(PHOTO, Case("ab" * 32, "mixed", "medium"), seed=0)
    assert method_named("input").answer(aged, truth).photo is aged


def test_classical_is_what_a_night_would_do() -> None:
    aged, truth = aged_case(PHOTO, Case("cd" * 32, "noise", "strong"), seed=0)
    answer = method_named("classical").answer(aged, truth)
    found = diagnose(aged)
    assert answer.report == found.report
    assert answer.photo is not None
    assert np.array_equal(answer.photo, restore(aged, report=found.report, mask=found.mask, seed=truth.seed).photo)
    assert psnr_db(answer.photo, truth.sound) > psnr_db(aged, truth.sound) + 1.0


def test_told_of_no_damage_it_does_nothing_and_told_of_noise_it_removes_it() -> None:
    told = method_named("classical-told")
    assert np.array_equal(told.answer(*aged_case(PHOTO, Case("ab" * 32, "clean", "none"), seed=0)).photo, PHOTO)  # type: ignore[arg-type]
    aged, truth = aged_case(PHOTO, Case("cd" * 32, "noise", "strong"), seed=0)
    photo = told.answer(aged, truth).photo
    assert photo is not None
    assert psnr_db(photo, truth.sound) > psnr_db(aged, truth.sound) + 1.0


def test_an_unknown_name_is_refused_with_those_known() -> None:
    with pytest.raises(UnknownMethodError, match="classical-told"):
        method_named("magic")


def test_without_its_package_bm3d_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bm3d", None)
    with pytest.raises(MissingBm3dError, match="non-commercial"):
        method_named("bm3d-telea")


def test_with_its_package_bm3d_denoises_and_fills() -> None:
    pytest.importorskip("bm3d", reason="bm3d is free for non-commercial use only, so no test depends on it")
    rng = np.random.default_rng(0)
    aged, truth = aged_case(PHOTO, Case("ab" * 32, "scratch", "medium"), seed=0)
    noisy = np.clip(aged + rng.normal(0.0, 0.06, aged.shape).astype(np.float32), np.float32(0.0), np.float32(1.0))
    photo = method_named("bm3d-telea").answer(noisy, truth).photo
    assert photo is not None
    assert psnr_db(photo, truth.sound) > psnr_db(noisy, truth.sound) + 3.0


def test_telea_fills_the_mask_and_nothing_else() -> None:
    aged, truth = aged_case(PHOTO, Case("ab" * 32, "scratch", "strong"), seed=0)
    filled = telea(aged, truth.mask)
    assert np.array_equal(filled[~truth.mask], aged[~truth.mask])
    assert psnr_db(filled, truth.sound) > psnr_db(aged, truth.sound) + 1.0
    assert telea(aged, np.zeros_like(truth.mask)) is aged


def test_the_noise_is_estimated_within_a_fifth() -> None:
    noisy = np.float32(0.5) + np.random.default_rng(0).normal(0.0, 0.05, (96, 128, 3)).astype(np.float32)
    assert noise_sigma(noisy) == pytest.approx(0.05, rel=0.2)


def test_every_maker_gives_a_method_of_its_name_and_settings_that_tell_runs_apart() -> None:
    for name in METHODS:
        if name != "bm3d-telea":
            assert method_named(name).name == name
    few, many = (method_named("dip", MethodOptions(dip_steps=steps)).settings for steps in (10, 20))
    assert few != many
