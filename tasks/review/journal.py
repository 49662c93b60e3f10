"""Decisions noted and not recorded yet: one small object each, so that none is lost however the program ends.

Who records them (a review, or the next night) applies them all and commits them in one run, then removes them. What
broke off in between is done again from the same notes.
"""

import json
import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from tasks.ledger import STAGING
from tasks.review.decisions import Decision
from tasks.storage import ObjectStore

NOTED = f"{STAGING}reviews/"


@dataclass(frozen=True, slots=True)
class Note:
    """One decision as it was noted."""

    key: str
    """Where the note lies."""

    decision: Decision
    """What it says."""


def note_decision(store: ObjectStore, decision: Decision) -> Note:
    """Keep a decision until it is recorded, and return its note.

    Raises:
        StoreError: The output store does not answer.
    """
    name = f"{decision.decided_at:%Y%m%dT%H%M%S.%f}-{uuid.uuid4().hex[:12]}"
    values = asdict(decision) | {"decided_at": decision.decided_at.isoformat()}
    note = Note(f"{NOTED}{name}.json", decision)
    store.put(note.key, json.dumps(values).encode(), if_absent=True)
    return note


def noted(store: ObjectStore) -> tuple[list[Note], list[str]]:
    """Return all notes, oldest first, and the keys of objects among them that are no notes of ours.

    Raises:
        StoreError: The output store does not answer.
    """
    notes, strange = list[Note](), list[str]()
    for item in sorted(store.list(NOTED), key=lambda item: item.key):
        try:
            values = json.loads(store.read(item.key))
            at = datetime.fromisoformat(values.pop("decided_at"))
            notes.append(Note(item.key, Decision(decided_at=at, **values)))
        except FileNotFoundError:
            continue  # recorded and removed this moment
        except (ValueError, TypeError, KeyError, AttributeError):
            strange.append(item.key)
    return notes, strange


def remove_notes(store: ObjectStore, notes: Iterable[Note]) -> None:
    """Remove notes whose decisions are recorded."""
    for note in notes:
        store.delete(note.key)
