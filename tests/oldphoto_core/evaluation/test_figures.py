"""Figures from scores made by hand."""

import numpy as np
import pytest

from oldphoto_core.damage import DAMAGE_KINDS, DamageKind
from oldphoto_core.evaluation.cases import CaseKind, Level
from oldphoto_core.evaluation.figures import Figure, figures
from oldphoto_core.evaluation.scores import Score

NOTHING: dict[DamageKind, float] = dict.fromkeys(DAMAGE_KINDS, 0.0)


def one(
    picture: str, method: str, psnr: float, *, before: float = 20.0, kind: CaseKind = "noise", level: Level = "mild"
) -> Score:
    restoration = dict.fromkeys(("ssim", "delta_e", "ms_gmsd"), 0.5)
    return Score(
        picture=picture,
        kind=kind,
        level=level,
        method=method,
        severities=NOTHING if level == "none" else {**NOTHING, "noise": 0.25},
        input_psnr_db=before,
        restoration={**restoration, "psnr_db": psnr, "gain_db": psnr - before, "change_255": abs(psnr - before)},
        detection=None,
        findings=None,
    )


def found(all_figures: tuple[Figure, ...], **wanted: str) -> Figure:
    (figure,) = [each for each in all_figures if all(getattr(each, name) == value for name, value in wanted.items())]
    return figure


def test_gains_are_paired_and_means_are_means() -> None:
    scores = [one("a", "classical", 21.0), one("b", "classical", 31.0, before=30.0)]
    scores += [one("a", "new", 24.0), one("b", "new", 30.5, before=30.0)]
    result = figures(scores, ["classical", "new"], seed=0)
    of_new = {"subject": "paired", "method": "new", "level": "mild", "measure": "gain_db"}
    assert found(result, **of_new, against="classical").estimate.value == pytest.approx((3.0 - 0.5) / 2)
    assert found(result, **of_new, against="input").estimate.value == pytest.approx((4.0 + 0.5) / 2)
    share = found(result, **{**of_new, "measure": "share_better"}, against="classical").estimate
    assert (share.value, share.low, share.high, share.pictures) == (0.5, 0.0, 1.0, 2)
    psnr = found(result, subject="restoration", method="new", level="mild", measure="psnr_db").estimate
    assert psnr.value == pytest.approx(27.25)
    assert found(result, subject="restoration", level="mild", measure="severity").estimate.value == 0.25


def test_the_parts_are_compared_with_ours_on_the_same_pictures() -> None:
    scores = [one("a", "own", 24.0), one("b", "own", 30.0), one("a", "own-without-colour", 21.0)]
    result = figures(scores, ["own", "own-without-colour"], seed=0)
    part = found(result, subject="paired", method="own-without-colour", level="mild", measure="gain_db", against="own")
    assert (part.estimate.value, part.estimate.pictures) == (pytest.approx(-3.0), 1)
    assert not [each for each in result if (each.method, each.against) == ("own", "own")]


def test_undamaged_pictures_stay_out_of_the_means() -> None:
    scores = [one("a", "new", 24.0), one("b", "new", 100.0, before=100.0)]
    scores += [one("a", "new", 100.0, before=100.0, kind="clean", level="none")]
    scores += [one("b", "new", 60.0, before=60.7, kind="clean", level="none")]
    result = figures(scores, ["new"], seed=0)
    psnr = found(result, subject="restoration", level="mild", measure="psnr_db").estimate
    assert (psnr.value, psnr.pictures) == (24.0, 1)
    assert found(result, subject="clean", measure="change_255").estimate.value == pytest.approx(0.35)
    assert found(result, subject="clean", measure="share_untouched").estimate.value == 0.5
    assert found(result, subject="clean", measure="share_changed").estimate.value == 0.5
    assert not [each for each in result if each.subject == "restoration" and each.kind == "clean"]


def report(picture: str, stated: tuple[float, float], severity: float) -> Score:
    return Score(
        picture=picture,
        kind="noise",
        level="mild",
        method="new",
        severities={**NOTHING, "noise": severity},
        input_psnr_db=20.0,
        restoration=None,
        detection=None,
        findings={**dict.fromkeys(DAMAGE_KINDS, (0.0, 0.0)), "noise": stated},
    )


def test_reports_are_ranked_and_faint_damage_counts_neither_way() -> None:
    scores = [report("a", (0.9, 0.5), 0.4), report("b", (0.8, 0.9), 0.05), report("c", (0.7, 0.2), 0.0)]
    scores += [report("d", (0.6, 0.2), 0.6)]
    result = figures(scores, ["new"], seed=0, resamples=50)
    values = {each.measure: each.estimate.value for each in result if each.subject == "report" and each.kind == "noise"}
    assert values["average_precision"] == pytest.approx((1.0 + 2 / 3) / 2)
    assert values["prevalence"] == pytest.approx(2 / 3)
    assert values["severity_mae"] == pytest.approx((0.1 + 0.4) / 2)
    assert values["calibration_error"] == pytest.approx((0.1 + 0.7 + 0.4) / 3)
    mean = found(result, subject="report", kind="all", measure="average_precision").estimate.value
    assert mean == pytest.approx(values["average_precision"])  # the other kinds are never there
    assert np.isfinite([each.estimate.value for each in result]).all()
