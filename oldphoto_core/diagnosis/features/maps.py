"""What a map of probabilities comes to: how much of the picture it claims, how surely, in how many pieces."""

from collections.abc import Mapping

import cv2
import numpy as np
from jaxtyping import Float32

from oldphoto_core.damage import DamageKind

Map = Float32[np.ndarray, "_ _"]
"""Probabilities in [0, 1], pixel by pixel."""

Maps = Mapping[DamageKind, Map]
"""One map for each kind that was drawn."""

SHARES = (0.1, 0.3, 0.5, 0.7, 0.9)
TOPS = (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1)
LEAST_SHARE = 1e-5
LEAST_LOGIT = 1e-3


def map_numbers(maps: Maps) -> dict[str, float]:
    """Return the numbers of maps of probabilities in [0, 1], all of one size.

    Returns:
        By kind, logarithms to 10: ``mean``; ``above``, the share above a probability; ``pieces`` and ``longest``, the
        number of connected pieces above 0.5 of three pixels or more, and the longest in shares of the diagonal. As
        log odds over 5: ``top``, the mean of the most probable share of pixels after a blur of one pixel.
    """
    numbers: dict[str, float] = {}
    for kind, one in maps.items():
        name = f"map_{kind}"
        numbers[f"{name}_mean"] = float(np.log10(one.mean() + LEAST_SHARE))
        for share in SHARES:
            numbers[f"{name}_above_{share:g}"] = float(np.log10((one > share).mean() + LEAST_SHARE))
        numbers |= {f"{name}_top_{share:g}": value for share, value in _tops(one).items()}
        numbers |= _pieces(name, one)
    return numbers


def _tops(one: Map) -> dict[float, float]:
    soft = np.sort(cv2.GaussianBlur(one, (0, 0), 1.0), axis=None)[::-1]
    tops = {share: float(soft[: max(1, round(share * soft.size))].mean()) for share in TOPS}
    return {share: _log_odds(value) / 5.0 for share, value in tops.items()}


def _pieces(name: str, one: Map) -> dict[str, float]:
    _, _, stats, _ = cv2.connectedComponentsWithStats((one > 0.5).astype(np.uint8), connectivity=8)
    kept = stats[1:][stats[1:, cv2.CC_STAT_AREA] >= 3]
    extents = np.hypot(kept[:, cv2.CC_STAT_WIDTH], kept[:, cv2.CC_STAT_HEIGHT]) / float(np.hypot(*one.shape))
    longest = float(extents.max()) if extents.size else 0.0
    return {
        f"{name}_pieces": float(np.log10(1.0 + len(kept))),
        f"{name}_longest": float(np.log10(longest + 0.003)),
        f"{name}_total_length": float(np.log10(extents.sum() + 0.003)),
    }


def _log_odds(probability: float) -> float:
    bounded = min(max(probability, LEAST_LOGIT), 1.0 - LEAST_LOGIT)
    return float(np.log(bounded / (1.0 - bounded)))
