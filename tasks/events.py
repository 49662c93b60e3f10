"""What happened to a photograph as preservation events (PREMIS 3), one row each."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from catalogs.schema import EventRow, EventType, Outcome
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
