"""From which probability on a pixel is painted over: where filling under the mask gains most, sound pictures included.

A mask that finds more also hurts more: what it takes for a scratch on a face is gone. So each kind's threshold is
chosen by what the filling is worth, on pictures that no network learned from, and a kind whose filling is worth nothing
at any threshold is not masked.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from oldphoto_core.classical.inpaint import inpaint
from oldphoto_core.damage import DamageKind
from oldphoto_core.diagnosis.features.maps import Maps
from oldphoto_core.diagnosis.learned import drawn_mask, enlarged
from oldphoto_core.image import Mask, Photo

CANDIDATES = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
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
    """Probability of each kind that the report believes in."""


def chosen_thresholds(
    cases: Iterable[MaskCase], kinds: Sequence[DamageKind], *, largest_stain: float, seed: int
) -> dict[DamageKind, float]:
    """Return the best threshold of each kind that is worth masking at all.

    Args:
        cases: Aged pictures, sound ones among them.
        kinds: Kinds to choose for.
        largest_stain: Share of the picture; larger stains are never filled.
        seed: Of the grain that fillings get.
    """
    gains: dict[DamageKind, list[list[float]]] = {kind: [] for kind in kinds}
    for number, case in enumerate(cases):
        for kind in kinds:
            found = gains_of(case, kind, largest_stain=largest_stain, seed=seed + number)
            gains[kind].append([found[candidate] for candidate in CANDIDATES])
    best = {kind: np.mean(rows, axis=0) for kind, rows in gains.items() if rows}
    return {kind: _highest(row) for kind, row in best.items() if row.max() >= LEAST_GAIN_DB}


def gains_of(case: MaskCase, kind: DamageKind, *, largest_stain: float, seed: int) -> Mapping[float, float]:
    """Return for each candidate by how many dB filling under one kind brings the picture nearer to the sound one."""
    found: dict[float, float] = {}
    before = _psnr(case.photo, case.sound)
    last: tuple[Mask, float] | None = None
    for candidate in CANDIDATES:
        one = {kind: case.maps[kind]} if kind in case.maps else {}
        mask = enlarged(drawn_mask(one, {kind: candidate}, largest_stain=largest_stain), case.photo.shape[:2])
        if not mask.any():
            found[candidate] = 0.0
            continue
        if last is None or not np.array_equal(last[0], mask):
            filled = inpaint(case.photo, mask, rng=np.random.default_rng(seed)).photo
            last = mask, _psnr(filled, case.sound) - before
        found[candidate] = last[1]
    return found


def _highest(gains: Float64[np.ndarray, " N"]) -> float:
    """Return the highest candidate that is as good as the best, but for a hundredth."""
    return CANDIDATES[int(np.flatnonzero(gains >= 0.99 * gains.max())[-1])]


def _psnr(photo: Photo, sound: Photo) -> float:
    return float(-10.0 * np.log10(np.mean((photo - sound) ** 2, dtype=np.float64) + LEAST_ERROR))
