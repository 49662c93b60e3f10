"""Scores of many cases into figures with intervals: a flat list, from which any table can be laid out.

Undamaged pictures are never averaged with damaged ones: their PSNR has no upper end, and one of them outweighs twenty
others. They have figures of their own.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from oldphoto_core.evaluation.cases import (
    CASE_KINDS,
    MARKED_KINDS,
    SOUND_KINDS,
    CaseKind,
    Level,
    kind_laid_on,
    levels_of,
)
from oldphoto_core.evaluation.intervals import RESAMPLES, Estimate, mean_of
from oldphoto_core.evaluation.report_figures import report_figures
from oldphoto_core.evaluation.scores import Score

Subject = Literal["restoration", "paired", "clean", "detection", "report"]

UNDAMAGED_DB = 60.0
"""An aged picture this close to the sound one shows no damage, and counts with no kind."""

RESTORATION = ("psnr_db", "ssim", "delta_e", "ms_gmsd")
DETECTION = ("auc", "kind_auc", "iou", "precision", "recall", "f1")
AGAINST = ("input", "classical", "own")
"""What the others are compared with, picture by picture."""

UNTOUCHED_255 = 0.5
"""A mean change of no more than this, in 1/255, leaves a clean picture clean."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure and what it is of."""

    subject: Subject
    """Which tables it belongs to."""

    kind: str
    """The kind of case or of damage; ``all`` is all that the subject covers."""

    level: Level | Literal["all"]
    """The level; ``all`` takes the levels together."""

    method: str
    """The method; empty for what is true of the cases themselves."""

    measure: str
    """What was measured."""

    estimate: Estimate
    """The figure."""

    against: str = ""
    """For paired figures, the method that is subtracted."""


def figures(
    scores: Sequence[Score], methods: Sequence[str], *, seed: int, resamples: int = RESAMPLES
) -> tuple[Figure, ...]:
    """Return every figure that the scores give.

    Args:
        scores: At most one for each case and method.
        methods: The methods, in the order of the columns.
        seed: Decides the intervals.
        resamples: Number of draws for each.
    """
    mean = partial(mean_of, seed=seed, resamples=resamples)
    found: list[Figure] = []
    for kind in CASE_KINDS:
        levels = levels_of(kind)
        for level in levels:
            found += _of_cases([one for one in scores if (one.kind, one.level) == (kind, level)], level, methods, mean)
        if len(levels) > 1:
            found += _of_cases([one for one in scores if one.kind == kind], "all", methods, mean)
    for method in methods:
        stated = [one for one in scores if one.method == method and one.findings is not None]
        for name, measure, estimate in report_figures(stated, seed=seed, resamples=resamples):
            found.append(
                Figure(subject="report", kind=name, level="all", method=method, measure=measure, estimate=estimate)
            )
    return tuple(found)


Mean = Callable[[Sequence[float], Sequence[str]], Estimate | None]


def _of_cases(
    scores: Sequence[Score], level: Level | Literal["all"], methods: Sequence[str], mean: Mean
) -> Iterator[Figure]:
    """Give the figures of the cases of one kind."""
    if not scores:
        return
    kind = scores[0].kind
    if kind in SOUND_KINDS:
        yield from _clean(scores, kind, methods, mean)
        return
    damaged = [one for one in scores if one.input_psnr_db < UNDAMAGED_DB]
    true_kind = kind_laid_on(kind)
    if true_kind is not None:
        unique = {(one.picture, one.level): one for one in damaged}.values()
        true = mean([one.severities[true_kind] for one in unique], [one.picture for one in unique])
        if true is not None:
            yield Figure(subject="restoration", kind=kind, level=level, method="", measure="severity", estimate=true)
    for method in methods:
        own = [one for one in damaged if one.method == method]
        for measure in RESTORATION:
            yield from _mean("restoration", own, level, measure, mean)
        if kind in MARKED_KINDS:
            for measure in DETECTION:
                yield from _mean("detection", own, level, measure, mean)
    yield from _paired(damaged, level, methods, mean)


def _mean(
    subject: Literal["restoration", "detection"],
    scores: Sequence[Score],
    level: Level | Literal["all"],
    measure: str,
    mean: Mean,
) -> Iterator[Figure]:
    """Give the mean of a measure over the scores of one method that have it."""
    values, pictures = list[float](), list[str]()
    for one in scores:
        value = (getattr(one, subject) or {}).get(measure)
        if value is not None:
            values.append(value)
            pictures.append(one.picture)
    estimate = mean(values, pictures)
    if estimate is not None:
        own = scores[0]
        yield Figure(subject=subject, kind=own.kind, level=level, method=own.method, measure=measure, estimate=estimate)


def _paired(
    scores: Sequence[Score], level: Level | Literal["all"], methods: Sequence[str], mean: Mean
) -> Iterator[Figure]:
    """Give how much each method gains over the input, the classical engine and ours, on the same pictures."""
    close = {
        (one.method, one.picture, one.level): one.restoration["psnr_db"]
        for one in scores
        if one.restoration is not None
    }
    kind = scores[0].kind if scores else ""
    for method in methods:
        own = [one for one in scores if one.method == method and one.restoration is not None]
        for against in AGAINST:
            gains, pictures = list[float](), list[str]()
            for one in own:
                other = one.input_psnr_db if against == "input" else close.get((against, one.picture, one.level))
                if other is not None and method != against:
                    gains.append(close[method, one.picture, one.level] - other)
                    pictures.append(one.picture)
            better = [float(gain > 0.0) for gain in gains]
            for measure, values in (("gain_db", gains), ("share_better", better)):
                estimate = mean(values, pictures)
                if estimate is not None:
                    yield Figure(
                        subject="paired",
                        kind=kind,
                        level=level,
                        method=method,
                        measure=measure,
                        estimate=estimate,
                        against=against,
                    )


def _clean(scores: Sequence[Score], kind: CaseKind, methods: Sequence[str], mean: Mean) -> Iterator[Figure]:
    """Give what was done to pictures without damage."""
    for method in methods:
        own = [one for one in scores if one.method == method]
        changed = [one for one in own if one.restoration is not None]
        marked = [one for one in own if one.detection is not None]
        change = [one.restoration["change_255"] for one in changed if one.restoration is not None]
        figures_of = (
            ("change_255", change, changed),
            ("share_untouched", [float(value <= UNTOUCHED_255) for value in change], changed),
            ("share_changed", [float(value > 0.0) for value in change], changed),
            ("marked_share", [float(one.detection["marked_share"] or 0.0) for one in marked if one.detection], marked),
        )
        for measure, values, of in figures_of:
            estimate = mean(values, [one.picture for one in of])
            if estimate is not None:
                yield Figure(
                    subject="clean", kind=kind, level="none", method=method, measure=measure, estimate=estimate
                )
