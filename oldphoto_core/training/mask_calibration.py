"""Make the probabilities of masks mean what they say: of pixels called 70 %, seven in ten are damaged.

Training weighs rare damage up, so logits rank pixels well and are too high. On whole aged pictures that were not
learned from, a line over the logits of each kind is fitted (Platt 1999, "Probabilistic outputs for support vector
machines") and goes into the network's slope and offset.
"""

from collections.abc import Iterable

import numpy as np
import torch
from jaxtyping import Float64, Int64
from scipy.optimize import minimize

from oldphoto_core.networks.compact.scratch_mask import ScratchMask
from oldphoto_core.training.evaluate import logit_counts, outputs
from oldphoto_core.training.loop import wanted_of
from oldphoto_core.training.pairs import Pair, batch_of
from oldphoto_core.training.recipes import Recipe

FURTHEST = 15.0
BINS = 600
LEAST_SLOPE, MOST_SLOPE = 0.1, 5.0


def calibrate_mask(network: ScratchMask, recipe: Recipe, pairs: Iterable[Pair]) -> None:
    """Set slope and offset of each kind.

    Args:
        network: In evaluation mode; its two buffers are changed, nothing else.
        recipe: What it was trained for.
        pairs: Whole aged pictures, sound ones among them, as often as they come in life.
    """
    kinds = len(network.config.kinds)
    positives, negatives = np.zeros((kinds, BINS), np.int64), np.zeros((kinds, BINS), np.int64)
    for pair in pairs:
        logits = next(iter(outputs(network, recipe, [pair])))
        wanted = wanted_of(recipe, batch_of([pair]))[0].numpy() > 0.5
        damaged, rest = logit_counts(logits, wanted, bins=BINS, furthest=FURTHEST)
        positives += damaged
        negatives += rest
    lines = [calibration_line(yes, no) for yes, no in zip(positives, negatives, strict=True)]
    slopes, offsets = (torch.tensor(numbers).to(network.slope) for numbers in zip(*lines, strict=True))
    network.offset.copy_(slopes * network.offset + offsets)
    network.slope.mul_(slopes)


def calibration_line(positives: Int64[np.ndarray, " B"], negatives: Int64[np.ndarray, " B"]) -> tuple[float, float]:
    """Return slope and offset that make binned logits most likely; (1, 0) if there is nothing to learn from.

    Args:
        positives: How many damaged pixels have a logit in each of the even bins from -15 to 15.
        negatives: The same for sound pixels.
    """
    if not positives.any() or not negatives.any():
        return 1.0, 0.0
    middles = (np.arange(BINS) + 0.5) * (2.0 * FURTHEST / BINS) - FURTHEST
    total = float(positives.sum() + negatives.sum())

    def cost(line: Float64[np.ndarray, "2"]) -> float:
        odds = line[0] * middles + line[1]
        return float(positives @ np.logaddexp(0.0, -odds) + negatives @ np.logaddexp(0.0, odds)) / total * 1e3

    bounds = ((LEAST_SLOPE, MOST_SLOPE), (-20.0, 20.0))
    found = minimize(cost, np.array([1.0, -2.0]), method="L-BFGS-B", bounds=bounds)
    return float(found.x[0]), float(found.x[1])
