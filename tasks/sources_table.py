"""``SOURCES.csv``: the terms of every file of a data folder, and what they allow."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from oldphoto_core.errors import OldPhotoError

FILE = "SOURCES.csv"

OPEN_CLASSES = frozenset({"open", "presumed_pd"})
"""Terms under which a file may be learned from for weights that are given away, and be shown on a page."""

_NEEDED = ("file", "licence_class")


class SourcesTableError(OldPhotoError, ValueError):
    """A table of sources lacks columns that it must have."""


@dataclass(frozen=True, slots=True)
class Listed:
    """What the table says of one file; a column that the table does not have is empty."""

    licence: str
    """Its terms, in words."""

    licence_class: str
    """The class of these terms: ``open``, ``presumed_pd``, ``research_only``, ``unverified`` or ``none``."""

    split: str
    """What it is for: ``train`` or ``dev_test``."""

    group: str
    """What it is: ``clean``, ``real_old``, ``damage_textures`` and so on."""

    @property
    def is_open(self) -> bool:
        """Whether it may be learned from for weights that are given away, and be shown on a page."""
        return self.licence_class in OPEN_CLASSES


@dataclass(frozen=True, slots=True)
class SourcesTable:
    """The table, read."""

    path: Path
    """Where it lies; the files it lists are named relative to its folder."""

    rows: Mapping[str, Listed]
    """By path below the folder, with ``/`` between."""

    def of(self, file: Path) -> Listed | None:
        """Return what is said of a file; None if it is not listed, or not below the folder.

        Args:
            file: An absolute path, resolved as that of the table.
        """
        root = self.path.parent
        return self.rows.get(file.relative_to(root).as_posix()) if file.is_relative_to(root) else None

    def files(self) -> Iterator[tuple[Path, Listed]]:
        """Give every listed file, whether or not it is there, with what is said of it, in the order of the table."""
        for name, listed in self.rows.items():
            yield self.path.parent / name, listed


def read_sources(path: Path, *, needed: tuple[str, ...] = _NEEDED) -> SourcesTable:
    """Return a table of sources.

    Args:
        path: The file.
        needed: Columns it must have.

    Raises:
        SourcesTableError: One of them is missing.
    """
    path = path.resolve()
    with path.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines)
        missing = [name for name in needed if name not in (rows.fieldnames or ())]
        if missing:
            raise SourcesTableError(f"expected the columns {', '.join(needed)} in {path}, {', '.join(missing)} missing")
        listed = {
            row["file"]: Listed(
                row.get("licence") or "", row["licence_class"], row.get("split") or "", row.get("group") or ""
            )
            for row in rows
        }
    return SourcesTable(path, listed)


def sources_above(folder: Path, *, needed: tuple[str, ...] = _NEEDED) -> SourcesTable | None:
    """Return the table in a folder or the nearest one above it; None if there is none.

    Raises:
        SourcesTableError: It lacks a column that is needed.
    """
    folder = folder.resolve()
    paths = (root / FILE for root in (folder, *folder.parents))
    return next((read_sources(path, needed=needed) for path in paths if path.is_file()), None)
