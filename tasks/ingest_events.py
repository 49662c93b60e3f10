"""What became of a master that was read, or was to be, as preservation events."""

from collections.abc import Iterator
from datetime import UTC, datetime

from catalogs.schema import AssetRow, EventRow
from tasks.events import Subject, event
from tasks.night import Night


def accepted(night: Night, row: AssetRow) -> Iterator[EventRow]:
    """Yield what was done to find out about a photograph: read, hashed, decoded, described.

    Describing it ends with a warning if something odd about the file was passed over.
    """
    at = datetime.now(UTC)
    facts = f"{row.width_px} x {row.height_px} px, {row.bit_depth} bit, {row.colour}"
    yield from _read(night, row, at)
    yield event(night, "val", _subject(row), f"decoded in full as {row.format}", at=at)
    found = "; ".join([f"technical metadata extracted: {facts}", *row.notes])
    yield event(night, "mee", _subject(row), found, at=at, outcome="warning" if row.notes else "success")


def refused(night: Night, row: AssetRow, reason: str) -> Iterator[EventRow]:
    """Yield how far reading came before an object, or a page of it, was set aside."""
    at, subject = datetime.now(UTC), _subject(row)
    if row.sha256 is None:
        yield event(night, "ing", subject, f"not read: {reason}", at=at, outcome="fail")
    else:
        yield from _read(night, row, at)
        yield event(night, "val", subject, f"not decoded: {reason}", at=at, outcome="fail")
    yield event(night, "qua", subject, f"set aside: {reason}", at=at, outcome="fail")


def _read(night: Night, row: AssetRow, at: datetime) -> Iterator[EventRow]:
    yield event(night, "ing", _subject(row), f"read {row.size_bytes} bytes from {row.source_uri}", at=at)
    yield event(night, "mes", _subject(row), "SHA-256 of the master calculated while reading", at=at)


def _subject(row: AssetRow) -> Subject:
    return Subject(key=row.key, asset_id=row.asset_id, sha256=row.sha256)
