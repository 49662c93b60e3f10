"""The answer of a modernizing method to one case, measured against the truth."""

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Int32

from oldphoto_core.errors import PhotoShapeError
from oldphoto_core.evaluation.style_ageing import StyleKind
from oldphoto_core.evaluation.style_cases import NOBODY, Condition, Owners, StyleCase, StyleTruth
from oldphoto_core.evaluation.style_labels import RegionLabels
from oldphoto_core.evaluation.style_method import StyleAnswer, Weights
from oldphoto_core.image import Photo, check_photo
from oldphoto_core.quality.reference import delta_e, edge_ssim, psnr_db, ssim

DIGITS = 6
"""Measures are kept to a millionth: sums over float32 differ beyond that by where an array lies in memory."""

MEASURES = ("psnr_db", "ssim", "region_delta_e", "edge_ssim", "merge_accuracy", "kept_accuracy")
"""Names of the measures; see ``style_measures``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleScore:
    """One method on one case; plain values only, so that it can be kept."""

    picture: str
    """SHA-256 of the clean picture's file."""

    kind: StyleKind
    """How its colours were changed."""

    references: int
    """Number of references."""

    condition: Condition
    """What they show."""

    method: str
    """Who answered."""

    measures: Mapping[str, float]
    """By name; see ``style_measures``."""


def style_score(case: StyleCase, method: str, truth: StyleTruth, answer: StyleAnswer) -> StyleScore:
    """Return the measures of an answer.

    Args:
        case: The case.
        method: Who answered.
        truth: What is true of it.
        answer: The answer.

    Raises:
        PhotoShapeError: What was answered is no picture, or of another size than the photograph.
    """
    return StyleScore(
        picture=case.picture,
        kind=case.kind,
        references=case.references,
        condition=case.condition,
        method=method,
        measures=style_measures(truth, answer),
    )


def style_measures(truth: StyleTruth, answer: StyleAnswer) -> dict[str, float]:
    """Return the measures of an answer by name.

    Returns:
        ``psnr_db``, ``ssim``: to the clean picture. ``region_delta_e``: CIEDE2000 to it, mean over the regions of the
        means over their pixels. ``edge_ssim``: agreement of edges with the old photograph, not with the clean picture.
        Where the method chooses: ``merge_accuracy``, of the pixels that a reference shows, the share that took most
        from that one; ``kept_accuracy``, of the pixels that none shows, the share that kept most of their own.

    Raises:
        PhotoShapeError: The answer is no picture, or of another size than the photograph.
    """
    check_photo(answer.photo)
    if answer.photo.shape != truth.clean.shape:
        raise PhotoShapeError(found=f"{answer.photo.shape}", expected=f"the size of the photograph {truth.clean.shape}")
    found = {
        "psnr_db": psnr_db(answer.photo, truth.clean),
        "ssim": ssim(answer.photo, truth.clean),
        "region_delta_e": region_delta_e(answer.photo, truth.clean, truth.labels),
        "edge_ssim": edge_ssim(answer.photo, truth.aged),
    }
    if answer.weights is not None:
        found |= _choice(chosen(answer.weights, truth.owners.shape), truth.owners)
    return {name: round(value, DIGITS) for name, value in found.items()}


def region_delta_e(photo: Photo, clean: Photo, labels: RegionLabels) -> float:
    """Return the CIEDE2000 difference, mean over the regions: a small region counts as much as a large one."""
    difference = delta_e(photo, clean)
    areas = np.bincount(labels.ravel())
    sums = np.bincount(labels.ravel(), weights=difference.ravel())
    return float(np.mean(sums[areas > 0] / areas[areas > 0]))


def chosen(weights: Weights, size: tuple[int, ...]) -> Owners:
    """Return the reference that each pixel took most from, -1 where it kept most of its own.

    Args:
        weights: Shares at any working size, keeping its own last.
        size: Height and width of the photograph.
    """
    best: Int32[np.ndarray, "_ _"] = weights.argmax(axis=0).astype(np.int32)
    best[best == len(weights) - 1] = NOBODY
    return np.asarray(cv2.resize(best, (size[1], size[0]), interpolation=cv2.INTER_NEAREST_EXACT))


def _choice(found: Owners, owners: Owners) -> dict[str, float]:
    """Return how often the choice was right, where there are pixels to ask about."""
    right = found == owners
    asked = {"merge_accuracy": owners != NOBODY, "kept_accuracy": owners == NOBODY}
    return {name: float(right[where].mean()) for name, where in asked.items() if bool(where.any())}
