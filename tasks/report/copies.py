"""Copies of one print: the best of them, and the others with how they lie on it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from catalogs.schema import AssetRow, DuplicateRow
from tasks.report.record import NightRecord


@dataclass(frozen=True, slots=True)
class CopyGroup:
    """A photograph and the copies of it that one run found."""

    best_key: str
    """Name of the best one."""

    best_page: int | None
    """Its page."""

    best_id: str
    """Its asset_id."""

    best: AssetRow | None
    """Its row, if it ended in this run; an earlier run has it otherwise."""

    copies: Sequence[DuplicateRow]
    """The others, nearest first."""


def copy_groups(record: NightRecord) -> list[CopyGroup]:
    """Return the groups of the run, by the name of the best one."""
    rows: dict[tuple[str, str, int], list[DuplicateRow]] = defaultdict(list)
    for row in record.copies:
        rows[row.primary_source_uri, row.primary_key, row.primary_page or 0].append(row)
    own = {(row.source_uri, row.key, row.page or 0): row for row in record.assets}
    return [
        CopyGroup(
            best_key=copies[0].primary_key,
            best_page=copies[0].primary_page,
            best_id=copies[0].primary_asset_id,
            best=own.get(name),
            copies=sorted(copies, key=lambda row: (_CLOSENESS.index(row.relation), row.distance, row.key)),
        )
        for name, copies in sorted(rows.items())
    ]


_CLOSENESS = ("bytes", "pixels", "near")
