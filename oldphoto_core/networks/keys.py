"""Checkpoint names, theirs into ours and back; pure, dictionary to dictionary.

Most layers carry the release's own names. Where ours differ, a network lists pairs of (theirs, ours): dotted parts of a
name, each pair a one-to-one renaming, so the way back is the same list read backwards.
"""

import re
from collections.abc import Mapping
from typing import TypeVar

Renaming = tuple[tuple[str, str], ...]
"""Pairs of dotted name parts, (theirs, ours); the first pair that fits a place is used."""

T = TypeVar("T")


def to_ours(theirs: Mapping[str, T], renaming: Renaming) -> dict[str, T]:
    """Return the same values under our names, in the same order.

    Examples:
        >>> to_ours({"NL.theta.weight": 1}, (("NL.theta", "attention.query"),))
        {'attention.query.weight': 1}
    """
    return _renamed(theirs, dict(renaming))


def to_theirs(ours: Mapping[str, T], renaming: Renaming) -> dict[str, T]:
    """Return the same values under the release's names, in the same order."""
    return _renamed(ours, {our: their for their, our in renaming})


def _renamed(values: Mapping[str, T], pairs: Mapping[str, str]) -> dict[str, T]:
    if not pairs:
        return dict(values)
    parts = "|".join(re.escape(part) for part in sorted(pairs, key=len, reverse=True))
    whole_parts = re.compile(rf"(?<![^.])(?:{parts})(?![^.])")
    return {whole_parts.sub(lambda found: pairs[found[0]], name): value for name, value in values.items()}
