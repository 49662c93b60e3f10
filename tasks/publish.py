"""The end of a night: every outcome decided, every row in one commit."""

import platform
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import cast

from prefect import task
from prefect.cache_policies import NO_CACHE

from catalogs.errors import ConcurrentRunError
from catalogs.read import Catalog, open_catalog
from catalogs.schema import AssetRow, EventRow, ReferenceRow, Row, RunRow, TreatmentRow
from catalogs.write import Commit, commit_run, remove_leftovers
from tasks.dedupe import Copies, object_name
from tasks.events import Subject, event, set_aside
from tasks.ingest import Ingested, Listing
from tasks.ledger import Rows
from tasks.night import Night
from tasks.photograph import Photograph
from tasks.pictures import remove_unfinished
from tasks.retries import is_transient
from tasks.settings import canonical_json
from tasks.version import library_versions


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Everything a night has found and done, ready to be committed."""

    listing: Listing
    """What lay at the source."""

    ingested: tuple[Ingested, ...]
    """What ingest made of the new objects."""

    copies: Copies
    """Which photographs are copies."""

    photographs: tuple[Photograph, ...]
    """The others, after their last stage."""

    references: tuple[ReferenceRow, ...]
    """New reference rows."""

    resumed: int
    """Photographs taken over from an interrupted attempt."""

    stage_seconds: Mapping[str, float]
    """Wall time by stage so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NightReport:
    """What a night came to."""

    run: RunRow
    """The run's own row."""

    assets: tuple[AssetRow, ...]
    """How each photograph of the run ended."""


def commit_night(night: Night, outcome: Outcome) -> NightReport:
    """Write the rows of the night in one commit and return what it came to.

    Again after it was done, it writes nothing and returns the same: the answer to the last put may have been lost.

    Raises:
        BadRowsError: A row does not fit its table; nothing was written.
        ConcurrentRunError: Another run committed first.
        StoreError: The output store does not answer.
    """
    catalog = open_catalog(night.output)
    committed = _committed(night, catalog)
    if committed is not None:
        return committed
    remove_leftovers(night.output, catalog.manifests)  # of an attempt at this commit that broke off
    rows = all_rows(night, outcome)
    remove_unfinished(night, _standing(catalog, rows["treatments"]))
    run = run_row(night, outcome, rows["assets"])
    commit = Commit(
        run_id=night.run_id,
        parent_run_id=catalog.head_run_id,
        parent_sha256=catalog.head_sha256,
        started_at=night.started_at,
        committed_at=run.finished_at,
        code_version=night.code_version,
        config_hash=night.settings.config_hash,
    )
    commit_run(night.output, commit, {**rows, "runs": [run]})
    return NightReport(run=run, assets=tuple(row for row in rows["assets"] if isinstance(row, AssetRow)))


def _standing(catalog: Catalog, rows: Iterable[Row]) -> frozenset[str]:
    """Return the paths at which a file stands once these rows are committed: named, and not withdrawn since."""
    table = catalog.table("treatments", ("output_path", "output_sha256"))
    newest = dict(zip(table["output_path"].to_pylist(), table["output_sha256"].to_pylist(), strict=True))
    newest |= {row.output_path: row.output_sha256 for row in rows if isinstance(row, TreatmentRow)}
    return frozenset(path for path, sha256 in newest.items() if path is not None and sha256 is not None)


@task(name="publish", retries=2, retry_delay_seconds=10, retry_condition_fn=is_transient, cache_policy=NO_CACHE)
def publish(night: Night, outcome: Outcome) -> NightReport:
    """Commit the night under Prefect."""
    return commit_night(night, outcome)


def _committed(night: Night, catalog: Catalog) -> NightReport | None:
    """Return what the night came to if its commit stands already; None if it does not."""
    if catalog.head_run_id != night.run_id:
        return None
    run = next(row for row in cast("list[RunRow]", catalog.rows("runs")) if row.run_id == night.run_id)
    if (run.started_at, run.host) != (night.started_at, platform.node()):
        raise ConcurrentRunError(f"{night.run_id} was committed by another run, begun {run.started_at}; run again")
    assets = [row for row in catalog.assets if row.run_id == night.run_id]
    return NightReport(run=run, assets=tuple(assets))


def all_rows(night: Night, outcome: Outcome) -> Rows:
    """Return every row of the night but the run's own, in an order that depends on the photographs alone."""
    done = {object_name(photograph.asset): photograph for photograph in outcome.photographs}
    assets = [_ended(row, outcome.copies, done) for one in outcome.ingested for row in one.assets]
    assets.sort(key=lambda row: (row.key, row.page or 0))
    rows: dict[str, list[Row]] = {
        "assets": [*assets],
        "duplicates": list(outcome.copies.rows),
        "references": list(outcome.references),
        "events": [
            *(happened for one in outcome.ingested for happened in one.events),
            *outcome.copies.events,
            *(one for photograph in outcome.photographs for one in _set_aside(night, photograph)),
            *_as_before(night, outcome),
        ],
        "damage": [],
        "treatments": [],
        "style_regions": [],
    }
    for photograph in sorted(outcome.photographs, key=lambda one: one.asset_id):
        for table, table_rows in photograph.rows.items():
            rows[table].extend(_without_files(table_rows) if photograph.failure else table_rows)
    return rows


def _ended(row: AssetRow, copies: Copies, done: Mapping[str, Photograph]) -> AssetRow:
    """Return the row with the status the photograph ended in."""
    name = object_name(row)
    if row.status is not None:
        return row
    if name in copies.duplicate_of:
        return replace(row, status="duplicate", duplicate_of=copies.duplicate_of[name])
    if name in copies.settled:
        return replace(row, status=copies.settled[name])
    photograph = done[name]
    if photograph.failure is not None:
        reason, detail = photograph.failure
        return replace(row, status="quarantined", reason=reason, reason_detail=detail)
    return replace(row, status="published" if photograph.changed_by else "untouched")


def _set_aside(night: Night, photograph: Photograph) -> Iterator[Row]:
    if photograph.failure is not None:
        subject = Subject(key=photograph.asset.key, asset_id=photograph.asset_id, sha256=photograph.asset.sha256)
        yield from set_aside(night, subject, photograph.failure[0], at=datetime.now(UTC))


def _as_before(night: Night, outcome: Outcome) -> Iterator[Row]:
    """Yield an event for each photograph whose bytes were treated before: nothing was made anew."""
    at = datetime.now(UTC)
    for row in (row for one in outcome.ingested for row in one.assets if object_name(row) in outcome.copies.settled):
        subject = Subject(key=row.key, asset_id=row.asset_id, sha256=row.sha256)
        yield event(night, "app", subject, "found to hold bytes treated before; what was made then stands", at=at)


def _without_files(rows: Iterable[Row]) -> Iterator[Row]:
    """Yield the rows of a photograph that failed later: what was tried stays on record, no file is promised."""
    for row in rows:
        if isinstance(row, TreatmentRow):
            yield replace(row, output_path=None, output_sha256=None, output_bytes=None, digital_source_type=None)
        elif not (isinstance(row, EventRow) and row.object_path):
            yield row


def run_row(night: Night, outcome: Outcome, assets: Sequence[Row]) -> RunRow:
    """Return the run's own row."""
    count = Counter(row.status for row in assets if isinstance(row, AssetRow))
    read = [one.assets[0] for one in outcome.ingested if one.assets[0].sha256 is not None]
    return RunRow(
        run_id=night.run_id,
        run_kind="nightly",
        started_at=night.started_at,
        finished_at=datetime.now(UTC),
        source_uri=night.source_uri,
        output_uri=night.output_uri,
        references_uri=night.references_uri,
        config_hash=night.settings.config_hash,
        config=canonical_json(night.settings.deciding()),
        code_version=night.code_version,
        versions=library_versions(),
        host=platform.node(),
        listed=outcome.listing.listed,
        known=outcome.listing.known,
        fetched=len(read),
        fetched_bytes=sum(row.size_bytes for row in read),
        resumed=outcome.resumed,
        published=count["published"],
        duplicate=count["duplicate"],
        untouched=count["untouched"],
        quarantined=count["quarantined"],
        stage_seconds={stage: round(seconds, 3) for stage, seconds in outcome.stage_seconds.items()},
    )
