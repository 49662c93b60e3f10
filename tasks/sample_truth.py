"""What is true of each scan of a sample, and the table it is kept in."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Literal

import pyarrow as pa

from oldphoto_core.damage import DamageKind
from oldphoto_core.errors import ScanProblem

Status = Literal["published", "duplicate", "untouched", "quarantined"]
Relation = Literal["bytes", "near"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """One scan of the sample; a row of ``truth.parquet``."""

    path: str
    """Path below ``scans``, with forward slashes."""

    expected_status: Status
    """The outcome that a faultless run records."""

    copy_of: str | None = None
    """Path of the scan that this one repeats, below ``scans``."""

    relation: Relation | None = None
    """How it repeats that scan: the same bytes, or another scan of the same print."""

    damage: Mapping[DamageKind, float] = field(default_factory=dict)
    """Severity, in (0, 1], of each kind of damage that was done to the print."""

    monochrome: bool = False
    """Whether the print has one tone: black and white, or toned."""

    source: str | None = None
    """Where the picture before ageing comes from; None for broken files."""

    licence: str | None = None
    """Terms of that picture."""

    page_count: int | None = None
    """Pages in the file; None for broken files."""

    reason: ScanProblem | None = None
    """Why a quarantined file cannot be used."""

    def copied_to(self, path: str, *, relation: Relation) -> "Truth":
        """Return the row of a copy of this scan."""
        return replace(self, path=path, expected_status="duplicate", copy_of=self.path, relation=relation)


def _column(name: str, kind: pa.DataType, description: str, *, unit: str = "none", nullable: bool = False) -> pa.Field:
    """Return a column that describes itself."""
    return pa.field(name, kind, nullable=nullable, metadata={"description": description, "unit": unit})


_DAMAGE = pa.struct(
    [
        _column("kind", pa.string(), "kind of damage, from the closed set of damage reports"),
        _column("severity", pa.float32(), "0 none, 0.5 plainly visible, 1 lost to it", unit="share of 1"),
    ]
)

TRUTH_SCHEMA = pa.schema(
    [
        _column("path", pa.string(), "path of the scan below the folder scans"),
        _column("expected_status", pa.string(), "published, duplicate, untouched or quarantined"),
        _column("copy_of", pa.string(), "path of the scan that this one repeats", nullable=True),
        _column("relation", pa.string(), "bytes: the same file; near: another scan of the print", nullable=True),
        _column("damage", pa.list_(_DAMAGE), "damage done to the print, worst page of several"),
        _column("monochrome", pa.bool_(), "one tone: black and white, or toned"),
        _column("source", pa.string(), "where the picture before ageing comes from", nullable=True),
        _column("licence", pa.string(), "terms of the picture before ageing", nullable=True),
        _column("page_count", pa.int32(), "pages in the file", unit="pages", nullable=True),
        _column("reason", pa.string(), "why a quarantined file cannot be used", nullable=True),
    ]
)
"""Columns of ``truth.parquet``; each carries a description and a unit."""


def truth_table(rows: Sequence[Truth]) -> pa.Table:
    """Return the rows as an Arrow table of ``TRUTH_SCHEMA``, ordered by path.

    Examples:
        >>> truth_table([Truth(path="a.tif", expected_status="untouched")]).num_rows
        1
    """
    columns = []
    for row in sorted(rows, key=lambda row: row.path):
        columns.append(asdict(row))
        columns[-1]["damage"] = [{"kind": kind, "severity": severity} for kind, severity in sorted(row.damage.items())]
    return pa.Table.from_pylist(columns, schema=TRUTH_SCHEMA)
