"""Record noted decisions: every one checked, the access copies changed, then all rows in one run of kind review.

A review is a small run of the same catalog: same numbering, same lease, same chain of manifests. Pictures come first
and rows last; should it break off in between, the notes still stand, and whoever records next does the same again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import cast

from catalogs.read import Catalog, open_catalog
from catalogs.reviews import Result, current_results, treatments_of
from catalogs.schema import EventRow, ReviewRow, Row
from catalogs.write import Commit, commit_run, remove_leftovers
from tasks.lease import writer_lease
from tasks.ledger import STAGING, Rows
from tasks.night import Night
from tasks.review.access import AccessCopy, ResultChangedError, accept_access, is_intact, reject_access, shows_master
from tasks.review.decisions import Decision, RefusedError, check_decision
from tasks.review.journal import Note, noted, remove_notes
from tasks.review.provenance import News, with_reviews
from tasks.review.rows import access_events, refusal_event, reviewed_event, run_row
from tasks.settings import NightSettings
from tasks.storage import ObjectStore, TransientStoreError
from tasks.version import code_version


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What became of the noted decisions."""

    run_id: str | None = None
    """The run they were committed in; None: nothing was committed."""

    reviews: tuple[ReviewRow, ...] = ()
    """The rows written."""

    refused: tuple[tuple[Decision, str], ...] = ()
    """Decisions that could not be carried out any more, and why; each left an event."""

    waiting: tuple[tuple[Decision, str], ...] = ()
    """Decisions that are still only noted, and why."""

    strange: tuple[str, ...] = ()
    """Objects among the notes that are none."""


@dataclass
class _Work:
    """What one review has done so far."""

    night: Night
    catalog: Catalog
    results: Mapping[str, Result]
    rows: Rows = field(default_factory=lambda: {"reviews": [], "treatments": [], "events": []})
    done: list[Note] = field(default_factory=list)
    refused: list[tuple[Decision, str]] = field(default_factory=list)
    waiting: list[tuple[Decision, str]] = field(default_factory=list)


def record(store: ObjectStore, settings: NightSettings, *, wait_s: float = 0.0) -> Recorded:
    """Record all noted decisions as the only writer of the catalog.

    Args:
        store: The output root.
        settings: How access copies are made, and where the local folder is.
        wait_s: How long to wait for a night that is under way, in seconds.

    Raises:
        CatalogBusyError: A night is under way and did not end in time; the decisions stay noted.
        CatalogError: The catalog is damaged.
        StoreError: A store does not answer.
    """
    with writer_lease(store, wait_s=wait_s):
        return record_noted(store, settings)


def record_noted(store: ObjectStore, settings: NightSettings) -> Recorded:
    """Record all noted decisions; the caller holds the lease.

    While the finished work of an interrupted night waits to be taken over, nothing is recorded: its run number is that
    of the night.

    Args:
        store: The output root.
        settings: How access copies are made, and where the local folder is.

    Raises:
        CatalogError: The catalog is damaged.
        StoreError: The output store does not answer.
    """
    notes, strange = noted(store)
    if not notes:
        return Recorded(strange=tuple(strange))
    catalog = open_catalog(store)
    interrupted = interrupted_run(catalog)
    if interrupted is not None:
        why = f"{interrupted} was interrupted; the next night finishes it and then records this"
        return Recorded(waiting=tuple((note.decision, why) for note in notes), strange=tuple(strange))
    remove_leftovers(store, catalog.manifests)
    work = _Work(night=_night(catalog, store, settings), catalog=catalog, results=current_results(catalog))
    fresh = _not_recorded(work, notes)
    _review_rows(work, fresh)
    _carry_out(work)
    run_id = _commit(work, catalog) if any(work.rows.values()) else None
    remove_notes(store, work.done)
    work.night.workshop.close()
    return Recorded(
        run_id=run_id,
        reviews=tuple(cast("list[ReviewRow]", work.rows["reviews"])),
        refused=tuple(work.refused),
        waiting=tuple(work.waiting),
        strange=tuple(strange),
    )


def interrupted_run(catalog: Catalog) -> str | None:
    """Return the run whose finished pieces lie in staging and which has not committed; None if there is none."""
    committed = {manifest.run_id for manifest in catalog.manifests}
    runs = {item.key.split("/")[1] for item in catalog.store.list(f"{STAGING}run-")}
    return next(iter(sorted(runs - committed)), None)


def _night(catalog: Catalog, store: ObjectStore, settings: NightSettings) -> Night:
    """Return the run: a night that lists nothing."""
    return Night(
        run_id=catalog.next_run_id,
        started_at=datetime.now(UTC),
        source_uri="",
        output_uri=store.uri,
        references_uri=None,
        settings=settings,
        code_version=code_version(),
    )


def _not_recorded(work: _Work, notes: Sequence[Note]) -> list[Note]:
    """Return the notes that no row speaks of; the others are of a review that broke off after its commit."""
    fresh = []
    for note in notes:
        result = work.results.get(note.decision.asset_id)
        if result is not None and any(note.decision.is_recorded_as(row) for row in result.reviews):
            work.done.append(note)
        else:
            fresh.append(note)
    return fresh


def _review_rows(work: _Work, notes: Iterable[Note]) -> None:
    """Write a row and an event for every decision that holds, and an event for every one that does not."""
    for note in notes:
        decision = note.decision
        result = work.results.get(decision.asset_id)
        try:
            sha256 = check_decision(decision, result)
        except RefusedError as error:
            _refuse_all(work, [note], str(error))
            continue
        if result is not None:
            row = ReviewRow(
                run_id=work.night.run_id,
                asset_id=decision.asset_id,
                output_sha256=sha256,
                decision=decision.decision,
                note=decision.note,
                reviewer=decision.reviewer,
                reviewed_at=decision.decided_at,
                redo_with=decision.redo_with,
            )
            work.rows["reviews"].append(row)
            work.rows["events"].append(reviewed_event(work.night, row, result))
            work.done.append(note)


def _carry_out(work: _Work) -> None:
    """Change what the newest accept or reject of each photograph changes; what cannot be done is taken back."""
    for asset_id, rows in _by_asset(work.rows["reviews"]).items():
        result = work.results[asset_id]
        try:
            access = _access_after(work, result, rows)
        except TransientStoreError as error:
            waiting = [
                (note.decision, f"its master does not answer now: {error}") for note in _taken_back(work, asset_id)
            ]
            work.waiting += waiting
            continue
        except ResultChangedError as error:
            _refuse_all(work, _taken_back(work, asset_id), str(error))
            continue
        changed = [] if access is None else [access.row]
        events = [] if access is None else list(access_events(work.night, result, access))
        told = [row for row in work.rows["events"] if isinstance(row, EventRow) and row.asset_id == asset_id]
        provenance, happened = with_reviews(work.night, result, News(rows, changed, [*told, *events]))
        work.rows["treatments"] += [*changed, *provenance]
        work.rows["events"] += [*events, *happened]


def _by_asset(rows: Iterable[Row]) -> dict[str, list[ReviewRow]]:
    found: dict[str, list[ReviewRow]] = {}
    for row in rows:
        if isinstance(row, ReviewRow):
            found.setdefault(row.asset_id, []).append(row)
    return found


def _access_after(work: _Work, result: Result, rows: Sequence[ReviewRow]) -> AccessCopy | None:
    """Return the access copy as the decisions want it; None if it is that already."""
    wanted = [row.decision for row in rows if row.decision != "redo"]
    if not wanted or result.asset.status != "published":
        return None
    is_rejected = wanted[-1] == "reject"
    if is_rejected == shows_master(result) and is_intact(work.night, result.access):
        return None
    if is_rejected:
        return reject_access(work.night, result)
    return accept_access(work.night, result, treatments_of(work.catalog, result))


def _taken_back(work: _Work, asset_id: str) -> list[Note]:
    """Take back the rows of the decisions about a photograph, and return their notes."""
    for table in ("reviews", "events"):
        work.rows[table] = [row for row in work.rows[table] if getattr(row, "asset_id", "") != asset_id]
    back = [note for note in work.done if note.decision.asset_id == asset_id]
    work.done = [note for note in work.done if note.decision.asset_id != asset_id]
    return back


def _refuse_all(work: _Work, notes: Iterable[Note], why: str) -> None:
    for note in notes:
        result = work.results.get(note.decision.asset_id)
        work.refused.append((note.decision, why))
        work.rows["events"].append(refusal_event(work.night, note.decision, result, why))
        work.done.append(note)


def _commit(work: _Work, catalog: Catalog) -> str:
    night = work.night
    finished = datetime.now(UTC)
    commit = Commit(
        run_id=night.run_id,
        parent_run_id=catalog.head_run_id,
        parent_sha256=catalog.head_sha256,
        started_at=night.started_at,
        committed_at=finished,
        code_version=night.code_version,
        config_hash=night.settings.config_hash,
    )
    commit_run(night.output, commit, {**work.rows, "runs": [run_row(night, finished)]})
    return night.run_id
