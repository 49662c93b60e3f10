"""What an audit found: each question, how much was looked at, what does not hold, and what could not be checked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Finding(NamedTuple):
    """The answer to one question."""

    looked_at: int
    """How many things were looked at."""

    problems: Sequence[str]
    """What does not hold, a sentence each."""

    not_checked: Sequence[str] = ()
    """What was left out and why, a sentence each."""


@dataclass(frozen=True, slots=True)
class Check:
    """One question and its answer."""

    question: str
    """What was asked."""

    looked_at: int
    """How many things were looked at."""

    problems: tuple[str, ...]
    """What does not hold, a sentence each; empty if all is well."""

    not_checked: tuple[str, ...] = ()
    """What was left out and why, a sentence each."""


@dataclass(frozen=True, slots=True)
class AuditReport:
    """Every check of one audit."""

    checks: tuple[Check, ...]
    """In the order they were made."""

    facts: tuple[tuple[str, str], ...] = ()
    """What a reader must know of the audit itself, as names and values: what was audited, when, how thoroughly."""

    beyond: tuple[str, ...] = ()
    """What no question asks about, a sentence each."""

    @property
    def problems(self) -> tuple[str, ...]:
        """All problems of all checks."""
        return tuple(problem for check in self.checks for problem in check.problems)

    @property
    def not_checked(self) -> tuple[str, ...]:
        """Everything that was left out, of all checks."""
        return tuple(sentence for check in self.checks for sentence in check.not_checked)

    @property
    def holds(self) -> bool:
        """Whether nothing was found."""
        return not self.problems
