"""The figures of a night as numbers: what the charts draw and what ``summary.json`` says."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from catalogs.schema import RunRow
from oldphoto_core.damage import DAMAGE_KINDS
from tasks.report.record import NightRecord
from tasks.report.shown import Shown

OUTCOMES = ("published", "untouched", "duplicate", "quarantined")
STAGES = ("ingest", "dedupe", "classify", "restore", "modernize", "publish")
BINS = 10
"""Columns of a histogram over 0 to 1."""


@dataclass(frozen=True, slots=True)
class Amount:
    """One bar: a name and how much."""

    name: str
    """What is counted."""

    value: float
    """How much."""

    share: float
    """Of the largest bar, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Histogram:
    """How often each severity occurs among the photographs in which a kind of damage was found."""

    kind: str
    """The kind of damage."""

    counts: tuple[int, ...]
    """Photographs in each tenth of severity, from 0 to 1; exactly 1 belongs to the last."""

    @property
    def total(self) -> int:
        """Photographs in which the kind was found."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a column, in a chart 100 high."""

    name: str
    """What is counted."""

    top: float
    """Where it begins, from the top."""

    height: float
    """How tall it is."""


@dataclass(frozen=True, slots=True)
class NightBar:
    """One night as a column of its outcomes."""

    run: RunRow
    """The night."""

    x: int
    """Where the column begins, 10 to a night."""

    total: int
    """Photographs."""

    pieces: tuple[Piece, ...]
    """Its parts from the bottom up."""


def night_bars(history: Sequence[RunRow]) -> list[NightBar]:
    """Return the columns of a chart of nights, the tallest 100 high."""
    totals = [sum(getattr(run, name) for name in OUTCOMES) for run in history]
    most = max(totals, default=0) or 1
    bars = []
    for number, (run, total) in enumerate(zip(history, totals, strict=True)):
        heights = [(name, 100.0 * getattr(run, name) / most) for name in OUTCOMES]
        ends = list(accumulate(height for _, height in heights))
        pieces = [Piece(name, 100.0 - end, height) for (name, height), end in zip(heights, ends, strict=True) if height]
        bars.append(NightBar(run, 10 * number + 1, total, tuple(pieces)))
    return bars


def outcomes(run: RunRow) -> list[Amount]:
    """Return how many photographs ended in each way."""
    return _amounts([(name, getattr(run, name)) for name in OUTCOMES])


def stage_times(run: RunRow) -> list[Amount]:
    """Return the wall time of each stage in seconds, in their order, stages that this version does not know last."""
    names = [*STAGES, *sorted(run.stage_seconds.keys() - set(STAGES))]
    return _amounts([(name, run.stage_seconds[name]) for name in names if name in run.stage_seconds])


def kinds_found(photographs: Sequence[Shown]) -> list[Amount]:
    """Return in how many photographs each kind of damage was found."""
    count = Counter(bar.kind for photo in photographs for bar in photo.found)
    return _amounts([(kind, count[kind]) for kind in DAMAGE_KINDS])


def verdicts(photographs: Sequence[Shown]) -> dict[str, dict[str, int]]:
    """Return how often each treatment ended in each verdict, by treatment."""
    count: dict[str, Counter[str]] = {}
    for photo in photographs:
        for row in photo.steps:
            name = row.stage if row.step == "result" else row.step
            count.setdefault(name, Counter())[row.verdict] += 1
    return {name: dict(count[name]) for name in sorted(count)}


def histograms(photographs: Sequence[Shown]) -> list[Histogram]:
    """Return the histogram of severities of each kind of damage, of the photographs in which it was found."""
    counts = {kind: [0] * BINS for kind in map(str, DAMAGE_KINDS)}
    for photo in photographs:
        for bar in photo.found:
            counts[bar.kind][min(BINS - 1, int(bar.severity * BINS))] += 1
    return [Histogram(kind, tuple(counts[kind])) for kind in DAMAGE_KINDS]


def reasons(record: NightRecord) -> list[Amount]:
    """Return how often each reason set a photograph aside, commonest first."""
    count = Counter(row.reason or "unknown" for row in record.assets if row.status == "quarantined")
    return _amounts(sorted(count.items(), key=lambda item: (-item[1], item[0])))


def references_used(record: NightRecord) -> Mapping[str, int]:
    """Return how many regions took their look from each reference, by reference_id."""
    return Counter(row.reference_id for rows in record.regions.values() for row in rows if row.reference_id)


def _amounts(pairs: Iterable[tuple[str, float]]) -> list[Amount]:
    most = max((value for _, value in pairs), default=0.0) or 1.0
    return [Amount(name, value, value / most) for name, value in pairs]
