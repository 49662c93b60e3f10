"""Figures of damage reports: mean average precision, error of severity, calibration."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np
from jaxtyping import Bool, Float64

from oldphoto_core.damage import DAMAGE_KINDS, DamageKind
from oldphoto_core.evaluation.calibration import calibration_error
from oldphoto_core.evaluation.intervals import Estimate, estimate
from oldphoto_core.evaluation.ranking import average_precision
from oldphoto_core.evaluation.scores import Score

PRESENT = 0.1
"""A damage of this true severity or more is there. What is fainter, but not nothing, counts neither way."""

_Numbers = np.ndarray
Named = tuple[str, str, Estimate]
"""Kind of damage or ``all``, measure, figure."""


def report_figures(scores: Sequence[Score], *, seed: int, resamples: int) -> Iterator[Named]:
    """Give the figures of the reports of one method, kind after kind, then those of all kinds.

    ``prevalence`` is what ``average_precision`` is by chance; ``severity_mae`` is over the cases where the damage is
    there, whatever probability was stated. Those of ``all`` are the means over the kinds.

    Args:
        scores: The cases, each with findings.
        seed: Decides the intervals.
        resamples: Number of draws for each.
    """
    pictures = [one.picture for one in scores]
    columns = {kind: _Column.of(scores, kind) for kind in DAMAGE_KINDS}
    groups: dict[str, list[_Column]] = {kind: [column] for kind, column in columns.items()}
    groups["all"] = list(columns.values())
    for measure, statistic in _STATISTICS.items():
        for name, asked in groups.items():
            figure = estimate(partial(_mean_over, asked, statistic), pictures, seed=seed, resamples=resamples)
            if figure is not None:
                yield name, measure, figure


class _Column:
    """What was stated about one kind, and what is true, case by case."""

    __slots__ = ("probability", "stated", "true")

    def __init__(
        self,
        probability: Float64[np.ndarray, " N"],
        stated: Float64[np.ndarray, " N"],
        true: Float64[np.ndarray, " N"],
    ) -> None:
        self.probability, self.stated, self.true = probability, stated, true

    @classmethod
    def of(cls, scores: Sequence[Score], kind: DamageKind) -> "_Column":
        """Return the column of a kind."""
        found = [one.findings[kind] for one in scores if one.findings is not None]
        probability, stated = np.array(found, dtype=np.float64).reshape(-1, 2).T
        return cls(probability, stated, np.array([one.severities[kind] for one in scores], dtype=np.float64))

    def at(self, chosen: _Numbers) -> "_Column":
        """Return the chosen cases, a case as often as it is named."""
        return _Column(self.probability[chosen], self.stated[chosen], self.true[chosen])

    @property
    def present(self) -> Bool[np.ndarray, " N"]:
        """Where the damage is there."""
        return self.true >= PRESENT

    @property
    def clear(self) -> Bool[np.ndarray, " N"]:
        """Where it is plainly there or not at all."""
        return self.present | (self.true == 0.0)


def _mean_over(
    columns: Sequence[_Column], statistic: Callable[[_Column], float | None], chosen: _Numbers
) -> float | None:
    """Return the mean over some kinds of a statistic of the chosen cases; None where no kind has it."""
    each = [statistic(column.at(chosen)) for column in columns]
    known = [value for value in each if value is not None]
    return float(np.mean(known)) if known else None


def _ranking(column: _Column) -> float | None:
    return average_precision(column.probability[column.clear], column.present[column.clear])


def _prevalence(column: _Column) -> float | None:
    present = column.present[column.clear]
    return float(present.mean()) if bool(present.any()) else None


def _severity_error(column: _Column) -> float | None:
    if not bool(column.present.any()):
        return None
    return float(np.mean(np.abs(column.stated - column.true)[column.present]))


def _calibration(column: _Column) -> float | None:
    return calibration_error(column.probability[column.clear], column.present[column.clear])


_STATISTICS: dict[str, Callable[[_Column], float | None]] = {
    "average_precision": _ranking,
    "prevalence": _prevalence,
    "severity_mae": _severity_error,
    "calibration_error": _calibration,
}
