"""What happened to a photograph as preservation events (PREMIS 3), one row each."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from catalogs.schema import EventRow, EventType, Outcome
from oldphoto_core.errors import ScanProblem
from tasks.masters import TRY_AGAIN
from tasks.night import Night

NAMESPACE = uuid.UUID("6f3b3b0e-3c0f-5d43-9a59-8f6d9e6a2f11")
AGENT = "oldphoto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The object an event is about."""

    key: str
    """The master's name below its source."""

    asset_id: str | None
    """The photograph, once it is known."""

    path: str | None = None
    """The derived file; None: the master."""

    sha256: str | None = None
    """Digest of the object."""

    weights_sha256: str | None = None
    """Digest of the weights that made it."""


def event(
    night: Night, kind: EventType, subject: Subject, detail: str, *, at: datetime, outcome: Outcome = "success"
) -> EventRow:
    """Return an event row; its id follows from the run, the kind, the object and the detail."""
    name = "\0".join([night.run_id, kind, subject.key, subject.asset_id or "", subject.path or "", detail])
    return EventRow(
        run_id=night.run_id,
        event_id=str(uuid.uuid5(NAMESPACE, name)),
        event_type=kind,
        happened_at=at,
        outcome=outcome,
        detail=detail,
        asset_id=subject.asset_id,
        key=subject.key,
        object_path=subject.path,
        object_sha256=subject.sha256,
        agent=AGENT,
        agent_version=night.code_version,
        weights_sha256=subject.weights_sha256,
    )


def set_aside(night: Night, subject: Subject, reason: str, *, at: datetime) -> tuple[EventRow, ...]:
    """Return what happened to a photograph that is set aside after its master was read: which check failed, and that.

    A master that could not be had a second time fails its fixity check: that its bytes are the recorded ones cannot be
    shown any more.
    """
    failed: tuple[EventRow, ...] = ()
    if reason in get_args(ScanProblem):
        failed = (event(night, "val", subject, f"not decoded: {reason}", at=at, outcome="fail"),)
    elif reason in TRY_AGAIN:
        failed = (event(night, "fix", subject, f"not found as recorded: {reason}", at=at, outcome="fail"),)
    return (*failed, event(night, "qua", subject, f"set aside: {reason}", at=at, outcome="fail"))
