"""A photograph's ``provenance.json`` with the decisions about its result: for readers without the catalog."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from catalogs.columns import row_to_dict
from catalogs.reviews import Result
from catalogs.schema import EventRow, ReviewRow, TreatmentRow
from oldphoto_core.scan.source_type import VOCABULARY
from tasks.events import Subject, event
from tasks.layout import derivative_path
from tasks.night import Night
from tasks.review.access import digest


@dataclass(frozen=True, slots=True)
class News:
    """What a review has to tell of one photograph."""

    reviews: Sequence[ReviewRow]
    """The new decisions about it."""

    changed: Sequence[TreatmentRow]
    """Rows of the files that they have changed."""

    events: Sequence[EventRow]
    """What happened."""


def with_reviews(night: Night, result: Result, news: News) -> tuple[list[TreatmentRow], list[EventRow]]:
    """Store the document with what was decided, and return the rows that say so.

    A document that is gone, or is not the one the catalog speaks of, is left to the audit: it is not written over.
    One that holds one of the decisions already was written by an attempt that broke off.

    Args:
        night: The run at work.
        result: The photograph.
        news: What there is to tell.

    Raises:
        StoreError: The output store does not answer.
    """
    path = derivative_path(result.asset_id, "provenance")
    stands = next((file for file in result.files if file.path == path), None)
    try:
        content = night.output.read(path)
    except FileNotFoundError:
        return [], []
    known = stands is not None and stands.sha256 == digest(content)
    document = _parsed(content)
    if document is None or not (known or _is_of_an_attempt(document, news.reviews)):
        return [], []
    told = _told(document, news, night.run_id)
    written = (json.dumps(told, indent=2, sort_keys=True) + "\n").encode()
    sha256 = night.output.put(path, written, media_type="application/json")
    row = TreatmentRow(
        run_id=night.run_id,
        asset_id=result.asset_id,
        stage="publish",
        step="provenance",
        position=len(news.changed),
        verdict="applied",
        reason="reviewed",
        measures={},
        engine="libvips",
        settings_hash=night.settings.access_hash,
        code_version=night.code_version,
        output_path=path,
        output_sha256=sha256,
        output_bytes=len(written),
    )
    subject = Subject(key=result.asset.key, asset_id=result.asset_id, path=path, sha256=sha256)
    return [row], [
        event(night, "cre", subject, "record of provenance written with the decisions of people", at=datetime.now(UTC))
    ]


def _parsed(content: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(content)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _is_of_an_attempt(document: dict[str, Any], reviews: Sequence[ReviewRow]) -> bool:
    told = [_identity(row) for row in document.get("reviews", ())]
    return any(_identity(row_to_dict(row)) in told for row in reviews)


def _identity(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row.get(name) for name in ("asset_id", "decision", "reviewer", "reviewed_at"))


def _told(document: dict[str, Any], news: News, run_id: str) -> dict[str, Any]:
    """Return the document with the news; what an attempt of this run that broke off has told is taken out first."""
    paths = {row.output_path for row in news.changed}

    def others(table: str) -> list[dict[str, Any]]:
        return [row for row in document.get(table, ()) if row.get("run_id") != run_id]

    return document | {
        "reviews": [*others("reviews"), *map(row_to_dict, news.reviews)],
        "treatments": [
            *(row for row in others("treatments") if row.get("output_path") not in paths),
            *map(row_to_dict, news.changed),
        ],
        "files": [*(row for row in others("files") if row.get("path") not in paths), *map(_file, _standing(news))],
        "events": [*others("events"), *map(row_to_dict, news.events)],
    }


def _standing(news: News) -> Iterator[TreatmentRow]:
    return (row for row in news.changed if row.output_sha256 is not None)


def _file(row: TreatmentRow) -> dict[str, Any]:
    code = row.digital_source_type
    return {
        "name": (row.output_path or "").rpartition("/")[2],
        "path": row.output_path,
        "sha256": row.output_sha256,
        "bytes": row.output_bytes,
        "digital_source_type": None if code is None else VOCABULARY + code,
    }
