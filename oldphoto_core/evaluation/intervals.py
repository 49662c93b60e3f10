"""Figures with bootstrap intervals: seeded, percentile, whole pictures drawn again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int64

RESAMPLES = 1000
COVERAGE = 0.95
FEWEST_PICTURES = 2
"""With fewer pictures there is nothing to draw from."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """One figure of a table."""

    value: float
    """The figure."""

    low: float | None
    """Lower end of its interval; None if there are too few pictures for one."""

    high: float | None
    """Upper end."""

    pictures: int
    """Number of pictures it rests on."""


def mean_of(
    values: Sequence[float], pictures: Sequence[str], *, seed: int, resamples: int = RESAMPLES
) -> Estimate | None:
    """Return the mean of some values, with an interval over pictures; None for no values.

    Args:
        values: One for each case.
        pictures: The picture of each case; cases of one picture are drawn together, since they are not independent.
        seed: Decides the draws: the same seed, the same interval.
        resamples: Number of draws.

    Examples:
        >>> mean_of([1.0, 1.0], ["a", "b"], seed=0)
        Estimate(value=1.0, low=1.0, high=1.0, pictures=2)
    """
    if not values:
        return None
    array = np.asarray(values, dtype=np.float64)
    names, numbers = np.unique(np.asarray(pictures), return_inverse=True)
    counts, sums = np.bincount(numbers), np.bincount(numbers, weights=array)
    if names.size < FEWEST_PICTURES:
        return Estimate(float(array.mean()), None, None, int(names.size))
    chosen = np.random.default_rng(seed).integers(names.size, size=(resamples, names.size))
    return _with_interval(float(array.mean()), sums[chosen].sum(axis=1) / counts[chosen].sum(axis=1), int(names.size))


def estimate(
    statistic: Callable[[Int64[np.ndarray, " _"]], float | None],
    pictures: Sequence[str],
    *,
    seed: int,
    resamples: int = RESAMPLES,
) -> Estimate | None:
    """Return a statistic of some cases, with its percentile interval when pictures are drawn again (Efron 1979).

    Args:
        statistic: From the numbers of the cases, a number occurring as often as it is drawn, to the figure; None where
            it is not defined.
        pictures: The picture of each case.
        seed: Decides the draws: the same seed, the same interval.
        resamples: Number of draws.

    Returns:
        None where the statistic is not defined on the cases as they are.
    """
    whole = statistic(np.arange(len(pictures))) if pictures else None
    if whole is None:
        return None
    names = sorted(set(pictures))
    groups = [np.array([k for k, own in enumerate(pictures) if own == name]) for name in names]
    if len(groups) < FEWEST_PICTURES:
        return Estimate(whole, None, None, len(groups))
    rng = np.random.default_rng(seed)
    drawn = (statistic(_cases(groups, rng)) for _ in range(resamples))
    return _with_interval(whole, np.array([value for value in drawn if value is not None]), len(groups))


def _with_interval(value: float, drawn: Float[np.ndarray, " N"], pictures: int) -> Estimate:
    """Return a figure with the middle part of what was drawn; without an interval if nothing could be drawn."""
    if drawn.size == 0:
        return Estimate(value, None, None, pictures)
    low, high = np.quantile(drawn, [(1.0 - COVERAGE) / 2.0, (1.0 + COVERAGE) / 2.0]).tolist()
    return Estimate(value, low, high, pictures)


def _cases(groups: Sequence[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Return the cases of as many pictures as there are, drawn with replacement."""
    return np.concatenate([groups[number] for number in rng.integers(len(groups), size=len(groups)).tolist()])
