"""What can go wrong with a catalog."""

from collections.abc import Sequence
from dataclasses import dataclass


class CatalogError(Exception):
    """A catalog cannot be read or written as it should."""


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One value that a row may not hold."""

    table: str
    """Name of the table."""

    row: int
    """Position of the row in the batch, from 0."""

    column: str
    """Name of the column."""

    found: str
    """What stood there."""

    expected: str
    """What the schema allows."""

    def __str__(self) -> str:
        """Say where, what was found and what was expected."""
        return f"{self.table}[{self.row}].{self.column}: expected {self.expected}, found {self.found}"


class BadRowsError(CatalogError, ValueError):
    """Some rows do not fit their table; nothing was written.

    Attributes:
        problems: Every misfit found, not only the first.
    """

    def __init__(self, problems: Sequence[RowProblem]) -> None:
        """Keep all problems and name the first twenty."""
        self.problems = tuple(problems)
        shown = "\n  ".join(str(problem) for problem in self.problems[:20])
        super().__init__(f"{len(self.problems)} values do not fit:\n  {shown}")


class BrokenChainError(CatalogError):
    """The manifests do not form one unbroken chain from the first run to the newest."""


class ConcurrentRunError(CatalogError):
    """Another writer committed the same run first; this one must start again from the new head."""
