"""Long lists in pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list."""

    number: int
    """Which, from 1."""

    count: int
    """How many pages there are."""

    first: int
    """Position in the list of its first item, from 1."""

    total: int
    """Items in the whole list."""

    items: Sequence[T]
    """What stands on it."""

    @property
    def last(self) -> int:
        """Position in the list of its last item, from 1."""
        return self.first + len(self.items) - 1


def paged(items: Sequence[T], size: int) -> list[Page[T]]:
    """Return the pages of a list; one empty page if the list is.

    Examples:
        >>> [page.items for page in paged("abcde", 2)]
        ['ab', 'cd', 'e']
    """
    starts = range(0, max(1, len(items)), size)
    return [
        Page(number, len(starts), start + 1, len(items), items[start : start + size])
        for number, start in enumerate(starts, start=1)
    ]
