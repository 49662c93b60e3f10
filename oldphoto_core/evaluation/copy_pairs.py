"""How well pairs of copies were found: precision, recall and F1 over pairs, with intervals over groups."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from itertools import combinations

import numpy as np

from oldphoto_core.evaluation.intervals import COVERAGE, RESAMPLES, Estimate

Pair = tuple[str, str]
"""Names of two pictures, the smaller first."""

MEASURES = ("precision", "recall", "F1")


def true_pairs(group_of: Mapping[str, str]) -> frozenset[Pair]:
    """Return the pairs of pictures of one group.

    Examples:
        >>> sorted(true_pairs({"a": "g", "b": "g", "c": "h"}))
        [('a', 'b')]
    """
    return frozenset(pair for pair in combinations(sorted(group_of), 2) if group_of[pair[0]] == group_of[pair[1]])


def pair_scores(
    found: AbstractSet[Pair], group_of: Mapping[str, str], *, seed: int, resamples: int = RESAMPLES
) -> dict[str, Estimate]:
    """Return precision, recall and F1 of the pairs that were found, with percentile intervals over groups.

    Groups are drawn with replacement; a pair between two groups counts as often as the product of their draws. Where
    nothing was found precision is 1: nothing wrong was said.

    Args:
        found: Pairs, the smaller name first; only those of two pictures with a group count.
        group_of: The group of each picture.
        seed: Decides the draws.
        resamples: Number of draws.
    """
    names = sorted(set(group_of.values()))
    number = {name: place for place, name in enumerate(names)}
    truth = true_pairs(group_of)
    known = [pair for pair in found if pair[0] in group_of and pair[1] in group_of]
    right, wanted = np.zeros(len(names)), np.zeros(len(names))
    for pair in truth:
        wanted[number[group_of[pair[0]]]] += 1
        right[number[group_of[pair[0]]]] += pair in found
    wrong = [(number[group_of[a]], number[group_of[b]]) for a, b in known if group_of[a] != group_of[b]]
    one, other = (np.array([pair[side] for pair in wrong], dtype=np.int64) for side in (0, 1))

    def scores(drawn: np.ndarray) -> tuple[float, float, float]:
        hits, all_true = float(drawn @ right), float(drawn @ wanted)
        misses, false = all_true - hits, float((drawn[one] * drawn[other]).sum())
        return (
            hits / (hits + false) if hits + false else 1.0,
            hits / all_true if all_true else 1.0,
            2 * hits / (2 * hits + false + misses) if hits + false + misses else 1.0,
        )

    rng = np.random.default_rng(seed)
    draws = rng.multinomial(len(names), np.full(len(names), 1.0 / len(names)), size=resamples)
    low, high = np.quantile([scores(drawn) for drawn in draws], [(1 - COVERAGE) / 2, (1 + COVERAGE) / 2], axis=0)
    values = scores(np.ones(len(names)))
    return {
        measure: Estimate(values[place], float(low[place]), float(high[place]), len(names))
        for place, measure in enumerate(MEASURES)
    }
