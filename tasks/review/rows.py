"""The rows that a review writes beside the decisions themselves: access copies, events, the run."""

import platform
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from catalogs.reviews import Result
from catalogs.schema import EventRow, Outcome, ReviewRow, RunRow
from tasks.events import NAMESPACE, Subject, event
from tasks.night import Night
from tasks.review.access import AccessCopy
from tasks.review.decisions import Decision
from tasks.settings import canonical_json
from tasks.version import library_versions

OUTCOMES: Mapping[str, Outcome] = {"accept": "success", "reject": "fail", "redo": "warning"}
"""How the validation that a review is has ended."""


def access_events(night: Night, result: Result, access: AccessCopy) -> Iterator[EventRow]:
    """Yield what happened to the access copy before, and to the new one."""
    before = result.access
    if before is not None and before.sha256 is not None:
        subject = Subject(
            key=result.asset.key, asset_id=result.asset_id, path=access.row.output_path, sha256=before.sha256
        )
        yield event(night, "del", subject, f"access copy withdrawn: {access.row.reason}", at=datetime.now(UTC))
    for happened in access.events:
        is_making = happened.event_type == "nor"
        yield replace(happened, detail=f"{happened.detail}; {access.row.reason}") if is_making else happened


def reviewed_event(night: Night, row: ReviewRow, result: Result) -> EventRow:
    """Return the event of one decision: the person is its agent."""
    stands = result.result
    subject = Subject(
        key=result.asset.key, asset_id=row.asset_id, path=stands.path if stands else None, sha256=row.output_sha256
    )
    happened = event(night, "val", subject, f"visual quality review: {row.decision}", at=row.reviewed_at)
    return replace(
        _by_person(happened, row.reviewer, row.reviewed_at),
        outcome=OUTCOMES[row.decision],
    )


def refusal_event(night: Night, decision: Decision, result: Result | None, why: str) -> EventRow:
    """Return the event of a decision that could not be carried out."""
    key = "" if result is None else result.asset.key
    subject = Subject(key=key, asset_id=decision.asset_id, sha256=decision.output_sha256)
    detail = f"visual quality review: {decision.decision} not carried out: {why}"
    happened = event(night, "val", subject, detail, at=decision.decided_at, outcome="warning")
    return _by_person(happened, decision.reviewer, decision.decided_at)


def _by_person(row: EventRow, reviewer: str, at: datetime) -> EventRow:
    name = f"{row.event_id}\0{reviewer}\0{at.isoformat()}"
    return replace(row, event_id=str(uuid.uuid5(NAMESPACE, name)), agent=reviewer, agent_version="")


def run_row(night: Night, finished: datetime) -> RunRow:
    """Return the run's own row: a review lists nothing and ends no photograph."""
    return RunRow(
        run_id=night.run_id,
        run_kind="review",
        started_at=night.started_at,
        finished_at=finished,
        source_uri=night.source_uri,
        output_uri=night.output_uri,
        references_uri=None,
        config_hash=night.settings.config_hash,
        config=canonical_json(night.settings.deciding()),
        code_version=night.code_version,
        versions=library_versions(),
        host=platform.node(),
        listed=0,
        known=0,
        fetched=0,
        fetched_bytes=0,
        resumed=0,
        published=0,
        duplicate=0,
        untouched=0,
        quarantined=0,
        stage_seconds={"review": round((finished - night.started_at).total_seconds(), 3)},
    )
