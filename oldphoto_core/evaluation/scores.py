"""The answer of a method to one case, measured against the truth."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from oldphoto_core.damage import DAMAGE_KINDS, DamageKind
from oldphoto_core.errors import PhotoShapeError
from oldphoto_core.evaluation.cases import Case, CaseKind, Level, Truth, kind_laid_on
from oldphoto_core.evaluation.gradient_distance import gradient_distance
from oldphoto_core.evaluation.method import Answer, Likelihood
from oldphoto_core.evaluation.outlines import agreement
from oldphoto_core.evaluation.ranking import roc_auc
from oldphoto_core.image import Mask, Photo, check_photo
from oldphoto_core.quality.reference import mean_delta_e, psnr_db, ssim

MARKED = 0.5
"""A pixel is marked as damaged from this likelihood on, unless a method says which it marks."""

DIGITS = 6
"""Measures are kept to a millionth: sums over float32 differ beyond that by where an array lies in memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One method on one case; plain values only, so that it can be kept."""

    picture: str
    """SHA-256 of the clean picture's file."""

    kind: CaseKind
    """What was done to it."""

    level: Level
    """How strongly."""

    method: str
    """Who answered."""

    severities: Mapping[DamageKind, float]
    """True severity of each kind."""

    input_psnr_db: float
    """How close the aged picture itself is to the sound one; 100 for a picture without damage."""

    restoration: Mapping[str, float] | None
    """Measures of the restored picture, by name; see ``restoration_measures``."""

    detection: Mapping[str, float | None] | None
    """Measures of the mask, by name; see ``detection_measures``."""

    findings: Mapping[DamageKind, tuple[float, float]] | None
    """Probability and severity that were stated for each kind."""


def score(case: Case, method: str, photo: Photo, truth: Truth, answer: Answer) -> Score:
    """Return the measures of an answer.

    Args:
        case: The case.
        method: Who answered.
        photo: The aged picture.
        truth: What is true of it.
        answer: The answer.

    Raises:
        PhotoShapeError: What was answered is of another size than the picture, or no picture at all.
    """
    _check(method, photo, answer)
    report = answer.report
    return Score(
        picture=case.picture,
        kind=case.kind,
        level=case.level,
        method=method,
        severities=truth.severities,
        input_psnr_db=round(psnr_db(photo, truth.sound), DIGITS),
        restoration=None if answer.photo is None else restoration_measures(photo, answer.photo, truth.sound),
        detection=_detection(case, truth, answer),
        findings=None
        if report is None
        else {kind: (report.findings[kind].probability, report.findings[kind].severity) for kind in DAMAGE_KINDS},
    )


def _detection(case: Case, truth: Truth, answer: Answer) -> dict[str, float | None] | None:
    """Return the measures of the mask, and of the map of the kind itself where there is one kind and a map of it."""
    if answer.damaged is None:
        return None
    laid_on = kind_laid_on(case.kind)
    drawn = answer.maps.get(laid_on) if laid_on is not None and bool(truth.mask.any()) else None
    alone = None if drawn is None else roc_auc(drawn.ravel(), truth.mask.ravel())
    return detection_measures(answer.damaged, truth, answer.marked) | {"kind_auc": alone}


def _check(method: str, photo: Photo, answer: Answer) -> None:
    """Refuse an answer that cannot be laid on the picture."""
    if answer.photo is not None:
        check_photo(answer.photo)
    for what, found in (("a picture", answer.photo), ("a mask", answer.damaged), ("a mask", answer.marked)):
        if found is not None and found.shape[:2] != photo.shape[:2]:
            raise PhotoShapeError(
                found=f"{what} of {found.shape} from the method {method}",
                expected=f"the size of the aged picture, {photo.shape[:2]}",
            )


def restoration_measures(before: Photo, after: Photo, sound: Photo) -> dict[str, float]:
    """Return PSNR and its gain over the input in dB, SSIM, mean CIEDE2000, MS-GMSD, and the mean change in 1/255."""
    close = psnr_db(after, sound)
    measures = {
        "psnr_db": close,
        "gain_db": close - psnr_db(before, sound),
        "ssim": ssim(after, sound),
        "delta_e": mean_delta_e(after, sound),
        "ms_gmsd": gradient_distance(after, sound),
        "change_255": 255.0 * float(np.mean(np.abs(after - before), dtype=np.float64)),
    }
    return {name: round(value, DIGITS) for name, value in measures.items()}


def detection_measures(damaged: Likelihood, truth: Truth, marked: Mask | None = None) -> dict[str, float | None]:
    """Return ROC-AUC over pixels, the agreement of the marked pixels with the true ones, and the share marked.

    The area is None where no pixel is damaged, and so are the measures of agreement: there is nothing to agree on.
    """
    marked = damaged >= MARKED if marked is None else marked
    share = float(marked.mean())
    if not bool(truth.mask.any()):
        return {"auc": None, "iou": None, "precision": None, "recall": None, "f1": None, "marked_share": share}
    found = agreement(marked, truth.mask)
    return {
        "auc": roc_auc(damaged.ravel(), truth.mask.ravel()),
        "iou": found.iou,
        "precision": found.precision,
        "recall": found.recall,
        "f1": found.f1,
        "marked_share": share,
    }
