"""A table for people, and how a figure stands in it."""

from dataclasses import dataclass

from oldphoto_core.evaluation.intervals import Estimate


@dataclass(frozen=True, slots=True)
class Table:
    """One table, its cells as text."""

    name: str
    """A short name."""

    title: str
    """What it shows."""

    note: str
    """What a reader must know to read it rightly."""

    columns: tuple[str, ...]
    """Heads of the columns."""

    rows: tuple[tuple[str, ...], ...]
    """The rows."""


def shown(estimate: Estimate | None, digits: int) -> str:
    """Return a figure as text, with its interval if it has one.

    Examples:
        >>> shown(Estimate(0.5, 0.41, 0.613, 12), 2), shown(Estimate(0.5, None, None, 1), 1), shown(None, 2)
        ('0.50 [0.41, 0.61]', '0.5', '-')
    """
    if estimate is None:
        return "-"
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value:.{digits}f}"
    return f"{estimate.value:.{digits}f} [{estimate.low:.{digits}f}, {estimate.high:.{digits}f}]"
