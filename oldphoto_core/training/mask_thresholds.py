"""From which probability on a pixel is painted over: where filling under the mask gains most, sound pictures included.

A mask that finds more also hurts more: what it takes for a scratch on a face is gone. So each kind's rule (a
``MaskRule``: how sure of the kind in the picture, how sure of the pixel) is chosen by what the filling is worth, on
pictures that no network learned from, and a kind whose filling is worth nothing under any rule is not masked.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from oldphoto_core.classical.inpaint import inpaint
from oldphoto_core.damage import DamageKind
from oldphoto_core.diagnosis.features.maps import Maps
from oldphoto_core.diagnosis.learned import drawn_mask, enlarged
from oldphoto_core.diagnosis.mask_rules import MaskRule
from oldphoto_core.image import Mask, Photo

CANDIDATES = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
REPORTS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
"""Probabilities of a kind in the report that are tried."""

LEAST_ERROR = 10.0**-5
"""Mean square error that is added to every one: a sound picture counts as 50 dB, so spoiling it costs a lot."""

LEAST_GAIN_DB = 0.02
"""Mean gain over all pictures below which a kind is not worth masking."""


@dataclass(frozen=True, slots=True, eq=False)
class MaskCase:
    """One aged picture, what was drawn on it, and the truth."""

    photo: Photo
    """What is mended."""

    sound: Photo
    """What it should become."""

    maps: Maps
    """Probability of each kind that is drawn, pixel by pixel."""

    believed: Mapping[DamageKind, float]
    """Probability of each of these kinds in the report."""


def chosen_rules(
    cases: Iterable[MaskCase], kinds: Sequence[DamageKind], *, largest_stain: float, seed: int
) -> dict[DamageKind, MaskRule]:
    """Return the best rule of each kind that is worth masking at all.

    Args:
        cases: Aged pictures, sound ones among them.
        kinds: Kinds to choose for.
        largest_stain: Share of the picture; larger stains are never filled.
        seed: Of the grain that fillings get.
    """
    gains: dict[DamageKind, list[Float64[np.ndarray, "R P"]]] = {kind: [] for kind in kinds}
    for number, case in enumerate(cases):
        for kind in kinds:
            gains[kind].append(_gains_by_rule(case, kind, largest_stain=largest_stain, seed=seed + number))
    mean = {kind: np.mean(tables, axis=0) for kind, tables in gains.items() if tables}
    return {kind: _best_rule(table) for kind, table in mean.items() if table.max() >= LEAST_GAIN_DB}


def _gains_by_rule(case: MaskCase, kind: DamageKind, *, largest_stain: float, seed: int) -> Float64[np.ndarray, "R P"]:
    """Return what filling under one kind gains, in dB: a row for each of ``REPORTS``, a column for each candidate."""
    believed = case.believed.get(kind, 0.0)
    if kind not in case.maps or believed < REPORTS[0]:
        return np.zeros((len(REPORTS), len(CANDIDATES)))
    found = gains_of(case, kind, largest_stain=largest_stain, seed=seed)
    asked_for = np.array([believed >= least for least in REPORTS], dtype=np.float64)
    return asked_for[:, None] * np.array([found[candidate] for candidate in CANDIDATES])


def gains_of(case: MaskCase, kind: DamageKind, *, largest_stain: float, seed: int) -> Mapping[float, float]:
    """Return for each candidate by how many dB filling under one kind brings the picture nearer to the sound one."""
    found: dict[float, float] = {}
    before = _psnr(case.photo, case.sound)
    last: tuple[Mask, float] | None = None
    for candidate in CANDIDATES:
        mask = enlarged(
            drawn_mask({kind: case.maps[kind]}, {kind: candidate}, largest_stain=largest_stain), case.photo.shape[:2]
        )
        if not mask.any():
            found[candidate] = 0.0
            continue
        if last is None or not np.array_equal(last[0], mask):
            filled = inpaint(case.photo, mask, rng=np.random.default_rng(seed)).photo
            last = mask, _psnr(filled, case.sound) - before
        found[candidate] = last[1]
    return found


def _best_rule(gains: Float64[np.ndarray, "R P"]) -> MaskRule:
    """Return the strictest rule that is as good as the best, but for a hundredth; first in belief, then in pixels."""
    report, pixel = np.argwhere(gains >= 0.99 * gains.max())[-1].tolist()
    return MaskRule(CANDIDATES[pixel], REPORTS[report])


def _psnr(photo: Photo, sound: Photo) -> float:
    return float(-10.0 * np.log10(np.mean((photo - sound) ** 2, dtype=np.float64) + LEAST_ERROR))
