"""Make probabilities mean what they say: log odds stretched and shifted by what they came to on pictures not learned.

Every picture is judged by a head that was fitted without it, and without any other ageing of the same photograph; on
these answers one line for each kind is fitted (Platt 1999, "Probabilistic outputs for support vector machines").
"""

import numpy as np
import torch
from jaxtyping import Bool, Float32, Float64, Int64
from scipy.optimize import minimize

from oldphoto_core.networks.compact.damage import DamageHead
from oldphoto_core.training.damage_fit import DamageTable, FitSettings, fitted_head

LEAST_GAIN, MOST_GAIN = 0.3, 3.0
PULL = 1.0
"""Weight of a gain of 1 and a shift of 0, in pictures: with few examples little is changed."""

Odds = Float32[np.ndarray, "N 12"]


def left_out_odds(
    table: DamageTable, photographs: Int64[np.ndarray, " N"], settings: FitSettings, *, folds: int, seed: int
) -> Odds:
    """Return the log odds of every picture by a head that never saw its photograph.

    Args:
        table: The pictures.
        photographs: Which photograph each is an ageing of.
        settings: How heads are fitted.
        folds: How many heads; each leaves out a share of the photographs.
        seed: Decides the folds and the heads.
    """
    different = np.unique(photographs)
    fold_of = np.random.default_rng(seed).permutation(len(different)) % folds
    fold = fold_of[np.searchsorted(different, photographs)]
    odds = np.zeros(table.severities.shape, dtype=np.float32)
    for number in range(folds):
        inside = fold != number
        if not inside.any() or inside.all():
            continue
        head = fitted_head(
            DamageTable(table.numbers[inside], table.severities[inside]), settings, seed=seed + 1 + number
        )
        odds[~inside] = odds_of(head, table.numbers[~inside])
    return odds


def odds_of(head: DamageHead, numbers: Float32[np.ndarray, "N F"]) -> Odds:
    """Return the mean log odds of the members of a head, not calibrated."""
    with torch.inference_mode():
        odds, _ = head.eval().members(torch.from_numpy(numbers))
        return np.asarray(odds.mean(dim=0).numpy())


def calibrate(head: DamageHead, odds: Odds, table: DamageTable) -> None:
    """Set gain and shift of a head by odds of pictures that were not learned from.

    Args:
        head: It is changed.
        odds: Of pictures, by a head that never saw them.
        table: The truth about these pictures.
    """
    lines = [
        line_of(odds[clear, kind].astype(np.float64), table.present[clear, kind])
        for kind, clear in enumerate(table.clear.T)
    ]
    head.gain.copy_(torch.tensor([gain for gain, _ in lines]))
    head.shift.copy_(torch.tensor([shift for _, shift in lines]))


def line_of(odds: Float64[np.ndarray, " N"], present: Bool[np.ndarray, " N"]) -> tuple[float, float]:
    """Return gain and shift that make log odds most likely; (1, 0) where nothing can be learned.

    Examples:
        >>> line_of(np.zeros(3), np.zeros(3, dtype=np.bool_))
        (1.0, 0.0)
    """
    if present.all() or not present.any():
        return 1.0, 0.0
    sign = np.where(present, 1.0, -1.0)

    def cost(line: Float64[np.ndarray, "2"]) -> float:
        pull = PULL * ((line[0] - 1.0) ** 2 + line[1] ** 2)
        return float(np.logaddexp(0.0, -sign * (line[0] * odds + line[1])).sum() + pull)

    found = minimize(cost, np.array([1.0, 0.0]), method="L-BFGS-B", bounds=((LEAST_GAIN, MOST_GAIN), (-5.0, 5.0)))
    return float(found.x[0]), float(found.x[1])
