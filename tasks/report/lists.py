"""The lists that photographs are shown in: all, by how they ended, by what was found."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from oldphoto_core.damage import DAMAGE_KINDS
from tasks.report.links import EVERY
from tasks.report.paging import Page, paged
from tasks.report.shown import Shown

CARDS_A_PAGE = 100


@dataclass(frozen=True)
class PhotoList:
    """Photographs with one thing in common."""

    name: str
    """Short name, as in addresses."""

    group: str
    """What the lists it stands beside have in common: everything, outcome, damage."""

    photographs: Sequence[Shown]
    """They, by key and page."""

    @cached_property
    def pages(self) -> list[Page[Shown]]:
        """They in pages."""
        return paged(self.photographs, CARDS_A_PAGE)


def photo_lists(photographs: Sequence[Shown]) -> Mapping[str, PhotoList]:
    """Return the lists by name: all of them, and every other that has a photograph in it."""
    return {one.name: one for one in _lists(photographs) if one.photographs or one.name == EVERY}


def _lists(photographs: Sequence[Shown]) -> Iterator[PhotoList]:
    yield PhotoList(EVERY, "everything", photographs)
    for status in ("published", "untouched"):
        yield PhotoList(status, "outcome", [photo for photo in photographs if photo.asset.status == status])
    yield PhotoList("sound", "damage", [photo for photo in photographs if photo.findings and not photo.found])
    for kind in DAMAGE_KINDS:
        with_it = [photo for photo in photographs if any(bar.kind == kind for bar in photo.found)]
        yield PhotoList(kind, "damage", with_it)
