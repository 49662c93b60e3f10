"""Scores of modernizing methods into figures with intervals: a flat list, from which any table can be laid out."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from oldphoto_core.evaluation.intervals import RESAMPLES, Estimate, mean_of
from oldphoto_core.evaluation.style_ageing import StyleKind
from oldphoto_core.evaluation.style_cases import CONDITIONS, PLAN, Condition
from oldphoto_core.evaluation.style_scores import MEASURES, StyleScore

Row = tuple[StyleKind | Literal["all"], int, Condition]
"""Kind, number of references, condition; ``all`` takes the kinds together, with so many references or more."""

INPUT, OWN = "input", "own"
SEVERAL: Row = ("all", 2, "right")
"""All cases with two right references or three."""

GAINS = {"gain_db": ("psnr_db", 1.0), "gain_delta_e": ("region_delta_e", -1.0), "gain_ssim": ("ssim", 1.0)}
"""Differences to another method on the same case: the measure, and which way is better."""

ROWS: tuple[Row, ...] = (
    *(("all", 0, condition) for condition in CONDITIONS),
    SEVERAL,
    *PLAN,
)
"""The rows of the tables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleFigure:
    """One figure and what it is of."""

    row: Row
    """Which cases."""

    method: str
    """The method."""

    measure: str
    """What was measured."""

    against: str = ""
    """For differences, the method that is subtracted."""

    estimate: Estimate
    """The figure."""


def style_figures(
    scores: Sequence[StyleScore], methods: Sequence[str], *, seed: int, resamples: int = RESAMPLES
) -> tuple[StyleFigure, ...]:
    """Return every figure that the scores give.

    Args:
        scores: At most one for each case and method.
        methods: The methods, in the order of the columns.
        seed: Decides the intervals.
        resamples: Number of draws for each.
    """
    mean = partial(mean_of, seed=seed, resamples=resamples)
    found: list[StyleFigure] = []
    for row in ROWS:
        cases = [one for one in scores if _belongs(one, row)]
        for method in methods:
            found += _means([one for one in cases if one.method == method], row, method, mean)
            for against in dict.fromkeys((INPUT, *_compared(method, methods))):
                found += _differences(cases, row, method, against, mean)
    return tuple(found)


Mean = Callable[[Sequence[float], Sequence[str]], Estimate | None]


def _belongs(score: StyleScore, row: Row) -> bool:
    kind, references, condition = row
    if score.condition != condition:
        return False
    return score.references >= references if kind == "all" else (score.kind, score.references) == (kind, references)


def _compared(method: str, methods: Sequence[str]) -> Sequence[str]:
    """Return what a method is compared with: ours with every other, the others with the input alone."""
    return [name for name in methods if name != OWN] if method == OWN else ()


def _means(scores: Sequence[StyleScore], row: Row, method: str, mean: Mean) -> Iterator[StyleFigure]:
    for measure in MEASURES:
        known = [one for one in scores if measure in one.measures]
        estimate = mean([one.measures[measure] for one in known], [one.picture for one in known])
        if estimate is not None:
            yield StyleFigure(row=row, method=method, measure=measure, estimate=estimate)


def _differences(
    scores: Sequence[StyleScore], row: Row, method: str, against: str, mean: Mean
) -> Iterator[StyleFigure]:
    """Give how much better a method is than another, case by case."""
    if method == against:
        return
    others = {(one.picture, one.kind, one.references): one for one in scores if one.method == against}
    ours = [one for one in scores if one.method == method]
    pairs = [(one, others.get((one.picture, one.kind, one.references))) for one in ours]
    for name, (measure, sign) in GAINS.items():
        values = [sign * (one.measures[measure] - other.measures[measure]) for one, other in pairs if other is not None]
        estimate = mean(values, [one.picture for one, other in pairs if other is not None])
        if estimate is not None:
            yield StyleFigure(row=row, method=method, measure=name, against=against, estimate=estimate)
