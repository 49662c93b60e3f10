"""Figures of modernizing real old photographs: edges kept against style taken, as a pair."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from oldphoto_core.evaluation.intervals import RESAMPLES, Estimate, mean_of
from oldphoto_core.evaluation.style_real import RealScore
from tasks.evaluation.table import Table, shown

_MEASURES = (("edge_ssim", "edges kept", 3), ("style_distance", "distance to the references' style", 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class RealFigure:
    """One figure of a method on real old photographs."""

    method: str
    """The method."""

    measure: str
    """``edge_ssim`` or ``style_distance``."""

    estimate: Estimate
    """The figure."""


def real_figures(
    scores: Sequence[RealScore], methods: Sequence[str], *, seed: int, resamples: int = RESAMPLES
) -> tuple[RealFigure, ...]:
    """Return the mean of both measures for each method.

    Args:
        scores: At most one for each photograph and method.
        methods: The methods, in the order of the rows.
        seed: Decides the intervals.
        resamples: Number of draws for each.
    """
    mean = partial(mean_of, seed=seed, resamples=resamples)
    found = []
    for method in methods:
        own = [one for one in scores if one.method == method]
        for measure, _, _ in _MEASURES:
            estimate = mean([float(getattr(one, measure)) for one in own], [one.picture for one in own])
            if estimate is not None:
                found.append(RealFigure(method=method, measure=measure, estimate=estimate))
    return tuple(found)


def real_table(figures: Sequence[RealFigure], methods: Sequence[str]) -> Table:
    """Return both measures side by side, a row for each method."""
    found = {(one.method, one.measure): one.estimate for one in figures}
    rows = tuple(
        (method, str(known.pictures), *(shown(found.get((method, name)), digits) for name, _, digits in _MEASURES))
        for method in methods
        if (known := found.get((method, "edge_ssim"))) is not None
    )
    note = (
        "No truth is known. Edges: structural similarity of the gradients before and after, 1 is every edge as it was. "
        "Style: distance between result and references in mean and spread of L*, a*, b*; 0 is the references' own. One "
        "is read with the other: who does nothing keeps every edge, who copies the references has their style."
    )
    columns = ("method", "photographs", *(title for _, title, _ in _MEASURES))
    return Table("real", "Real old photographs in colour: edges kept against style taken", note, columns, rows)
