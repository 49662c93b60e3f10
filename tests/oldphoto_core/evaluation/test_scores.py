"""Answers whose score is known before."""

from dataclasses import replace

import numpy as np
import pytest

from oldphoto_core.errors import PhotoShapeError
from oldphoto_core.evaluation.cases import Case, aged_case
from oldphoto_core.evaluation.method import Answer
from oldphoto_core.evaluation.methods import told_report
from oldphoto_core.evaluation.scores import detection_measures, score
from oldphoto_core.quality.reference import psnr_db
from oldphoto_core.synthesis.scenes import scene

PHOTO = scene("still-life", (96, 128), np.random.default_rng(1))
CASE = Case("ab" * 32, "scratch", "strong")
AGED, TRUTH = aged_case(PHOTO, CASE, seed=0)


def test_the_truth_scores_perfectly() -> None:
    answer = Answer(photo=TRUTH.sound, damaged=TRUTH.mask.astype(np.float32), report=told_report(TRUTH))
    found = score(CASE, "truth", AGED, TRUTH, answer)
    assert found.restoration is not None
    assert found.detection is not None
    assert found.findings is not None
    perfect = {"psnr_db": 100.0, "ssim": pytest.approx(1.0), "delta_e": 0.0, "ms_gmsd": 0.0}
    assert {name: found.restoration[name] for name in perfect} == perfect
    assert {found.detection[name] for name in ("auc", "iou", "precision", "recall", "f1")} == {1.0}
    assert found.findings["scratch"] == (1.0, TRUTH.severities["scratch"])


def test_the_input_scores_the_input() -> None:
    found = score(CASE, "input", AGED, TRUTH, Answer(photo=AGED)).restoration
    assert found is not None
    assert found["psnr_db"] == pytest.approx(psnr_db(AGED, PHOTO), abs=1e-6)
    assert (found["gain_db"], found["change_255"]) == (0.0, 0.0)


def test_a_shuffled_mask_ranks_by_chance() -> None:
    shuffled = np.random.default_rng(0).permutation(TRUTH.mask.astype(np.float32).ravel()).reshape(TRUTH.mask.shape)
    found = detection_measures(shuffled, TRUTH)
    assert found["auc"] == pytest.approx(0.5, abs=0.05)
    assert found["marked_share"] == pytest.approx(float(TRUTH.mask.mean()))


def test_what_is_not_answered_is_not_scored_and_sizes_must_agree() -> None:
    found = score(CASE, "nothing", AGED, TRUTH, Answer())
    assert (found.restoration, found.detection, found.findings) == (None, None, None)
    with pytest.raises(PhotoShapeError, match="the method small"):
        score(CASE, "small", AGED, TRUTH, Answer(photo=AGED[:64]))


def test_the_map_of_the_kind_itself_is_ranked_by_itself() -> None:
    true = TRUTH.mask.astype(np.float32)
    answer = Answer(damaged=np.zeros_like(true), maps={"scratch": true, "dust": 1.0 - true})
    found = score(CASE, "own", AGED, TRUTH, answer).detection
    assert found is not None
    assert (found["auc"], found["kind_auc"]) == (0.5, 1.0)
    shapes = score(replace(CASE, kind="scratch-shapes"), "own", AGED, TRUTH, answer).detection
    dust = score(replace(CASE, kind="dust"), "own", AGED, TRUTH, answer).detection
    assert shapes is not None
    assert dust is not None
    assert (shapes["kind_auc"], dust["kind_auc"]) == (1.0, 0.0)
    for kind, maps in (("mixed", answer.maps), ("scratch", {})):  # no one kind, or no map of it
        one = score(replace(CASE, kind=kind), "own", AGED, TRUTH, replace(answer, maps=maps)).detection
        assert one is not None
        assert one["kind_auc"] is None
