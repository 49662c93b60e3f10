"""What is seen with a learned mask and no learned report: measurements say the rest."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from jaxtyping import Float32

from oldphoto_core.damage import DamageKind, DamageReport, Finding
from oldphoto_core.evaluation.method import Likelihood
from oldphoto_core.evaluation.scores import MARKED
from oldphoto_core.evaluation.sight import Sight
from oldphoto_core.image import Mask

LEAST_PX = 16
"""Fewer marked pixels of a kind are no damage."""

HALF_SHARE = 0.02
"""Share of the picture under a kind at which its severity is one half."""


def any_kind(probabilities: Float32[np.ndarray, "H W K"]) -> Likelihood:
    """Return how likely each pixel is damaged by any kind, the kinds taken as independent.

    Examples:
        >>> any_kind(np.array([[[0.5, 0.5]]], np.float32)).tolist()
        [[0.75]]
    """
    return np.float32(1.0) - np.prod(np.float32(1.0) - probabilities, axis=2, dtype=np.float32)


def drawn_sight(maps: Mapping[DamageKind, Float32[np.ndarray, "H W"]], measured: DamageReport) -> Sight:
    """Return mask and report where a network drew the structured damage and measurements found the rest.

    Args:
        maps: Probability that a pixel is damaged, in [0, 1], by kind; one at least.
        measured: Says what is wrong besides.
    """
    probabilities = np.stack(list(maps.values()), axis=2)
    mask: Mask = np.asarray((probabilities >= MARKED).any(axis=2))
    found = {kind: _finding(one) for kind, one in maps.items()}
    report = replace(measured, findings={**measured.findings, **found}, mask_share=float(mask.mean()))
    return Sight(report, mask, any_kind(probabilities), maps)


def _finding(probability: Float32[np.ndarray, "_ _"]) -> Finding:
    """Return how sure the surest few pixels of a kind are, and how bad the marked ones are together."""
    surest = np.partition(probability.ravel(), -min(LEAST_PX, probability.size))[-LEAST_PX:]
    return Finding(float(surest.min()), float(1.0 - 0.5 ** (float((probability >= MARKED).mean()) / HALF_SHARE)))
