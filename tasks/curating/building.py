"""A curated set from a folder of good modern photographs: gate, describe, keep in little, index, one commit.

Files first, rows last, like a night. Pictures that a set knows are not read again; where nothing has changed, nothing
is written. The same pictures give the same files, whatever was there before.
"""

import platform
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from catalogs.read import Catalog, open_catalog
from catalogs.schema import ReferenceRow, RunRow
from catalogs.write import Commit, commit_run, remove_leftovers
from oldphoto_core.references.gate import REFUSALS
from tasks.curating.copies import without_copies
from tasks.curating.known import known_rows, recorded_rows, removed_rows, says_the_same, set_identity
from tasks.curating.publishing import is_whole, publish_set, set_uri
from tasks.curating.resuming import read_once
from tasks.lease import CatalogBusyError, writer_lease
from tasks.night import MemoryGate, Night
from tasks.opening import OverlapError
from tasks.references.describers import DEFAULT_DESCRIBER, describer_named
from tasks.references.names import check_set_name
from tasks.references.offered import licences_of, picture_items
from tasks.references.reading import Reading
from tasks.review.record import interrupted_run
from tasks.settings import NightSettings, canonical_json, settings_hash
from tasks.storage import ObjectInfo, open_source, open_store, overlap
from tasks.version import code_version, library_versions

Told = Callable[[int, int], None]
"""Told how many more pictures are done, and how many there are to do."""


def _silent(done: int, total: int) -> None:
    del done, total


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildRequest:
    """What the curator asked for."""

    source: str
    """Where the photographs lie, with ``LICENCES.csv`` beside them; only ever read."""

    output: str
    """The output that gets the set and whose catalog gets its rows."""

    name: str
    """Name of the set: lower-case letters, digits, dots, hyphens and underscores."""

    settings: NightSettings
    """All settings."""

    describer: str = DEFAULT_DESCRIBER
    """What describes the pictures."""

    wait_s: float = 0.0
    """How long to wait for another run on the same output, in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What became of a request."""

    run_id: str | None
    """The run that committed; None: nothing had changed."""

    uri: str
    """The folder of the set."""

    rows: tuple[ReferenceRow, ...]
    """The newest row of each picture at the source, by key."""

    read: int
    """How many were read now; the others were known."""

    @property
    def accepted(self) -> int:
        """How many files are references of the set."""
        return sum(row.accepted for row in self.rows)

    def key_of(self, reference_id: str | None) -> str | None:
        """Return the name of the accepted file with this digest; None if there is none."""
        return next((row.key for row in self.rows if row.accepted and row.reference_id == reference_id), None)

    @staticmethod
    def why(row: ReferenceRow) -> str:
        """Return in words why a picture was refused; empty for reasons that say it themselves."""
        return next((words for reason, words in REFUSALS.items() if reason == row.reason), "")


def build_set(request: BuildRequest, *, told: Told = _silent) -> Built:
    """Build a set, or bring one up to date, and return what came of it.

    Args:
        request: What is wanted.
        told: Told after each picture.

    Raises:
        SetNameError: The name is none.
        OverlapError: Source and output are not apart.
        DescriberError: There is no such describer, or its library is missing.
        CatalogBusyError: Another run holds the catalog, or an interrupted one must be finished first.
        CatalogError: The catalog is damaged.
        StoreError: A store does not answer.
    """
    check_build(request)
    output = open_store(request.output)
    with writer_lease(output, wait_s=request.wait_s):
        catalog = open_catalog(output)
        waiting = interrupted_run(catalog)
        if waiting is not None:
            raise CatalogBusyError(
                f"{waiting} was interrupted: run the night again, it finishes it; then build the set"
            )
        remove_leftovers(output, catalog.manifests)
        source = open_source(request.source).uri
        night = Night(
            run_id=catalog.next_run_id,
            started_at=datetime.now(UTC),
            source_uri=source,
            output_uri=output.uri,
            references_uri=source,
            settings=request.settings,
            code_version=code_version(),
        )
        built = _build(night, catalog, request, told)
        night.workshop.close()  # not before: what a build that broke off has read is taken over by the next
        return built


def check_build(request: BuildRequest) -> None:
    """Refuse a request before anything is read or written; errors as for ``build_set``."""
    check_set_name(request.name)
    if overlap(request.source, request.output):
        raise OverlapError(
            f"source {request.source} and output {request.output} lie inside one another; give an output of its own"
        )
    describer_named(request.describer)


def _build(night: Night, catalog: Catalog, request: BuildRequest, told: Told) -> Built:
    describer = describer_named(request.describer)
    identity = set_identity(night.settings, describer)
    items, licences = picture_items(night.source_uri), licences_of(night.source_uri)
    recorded = recorded_rows(catalog, request.name, night.source_uri)
    known = known_rows(recorded, items, licences, identity) if is_whole(night, request.name) else {}
    bench = night.workshop.bench(f"set-{settings_hash([request.name, identity, night.code_version])[:32]}")
    reading = Reading(
        settings_hash=identity,
        licences=licences,
        gate=MemoryGate(night.settings.memory_bytes),
        describer=describer,
        set_name=request.name,
        pictures=bench,
    )
    todo = [item for item in items if item.key not in known]
    if todo or recorded.keys() - {item.key for item in items}:
        # Who is the copy of whom may be another matter now, so copies are looked at again.
        todo = [item for item in items if item.key not in known or known[item.key].copy_of is not None]
    read = {row.key: row for row in _read_all(night, todo, reading, told)}
    rows = [read[item.key] if item.key in read else known[item.key] for item in items]
    rows = without_copies(night, rows, bench, set_uri=set_uri(night, request.name))
    publish_set(night, request.name, rows, describer, bench)
    changed = [row for row in rows if not says_the_same(row, recorded.get(row.key))]
    changed += removed_rows(night, recorded, items)
    if changed:
        _commit(night, catalog, changed, listed=len(items), read=list(read.values()))
    return Built(
        run_id=night.run_id if changed else None, uri=set_uri(night, request.name), rows=tuple(rows), read=len(read)
    )


def _read_all(night: Night, items: Sequence[ObjectInfo], reading: Reading, told: Told) -> list[ReferenceRow]:
    def read(item: ObjectInfo) -> ReferenceRow:
        row = read_once(night, item, reading)
        told(1, len(items))
        return row

    with ThreadPoolExecutor(night.settings.workers, thread_name_prefix="references") as pool:
        return list(pool.map(read, items))


def _commit(
    night: Night, catalog: Catalog, rows: Sequence[ReferenceRow], *, listed: int, read: Sequence[ReferenceRow]
) -> None:
    finished = datetime.now(UTC)
    fetched = [row for row in read if row.reference_id is not None]
    commit = Commit(
        run_id=night.run_id,
        parent_run_id=catalog.head_run_id,
        parent_sha256=catalog.head_sha256,
        started_at=night.started_at,
        committed_at=finished,
        code_version=night.code_version,
        config_hash=night.settings.config_hash,
    )
    run = RunRow(
        run_id=night.run_id,
        run_kind="references",
        started_at=night.started_at,
        finished_at=finished,
        source_uri=night.source_uri,
        output_uri=night.output_uri,
        references_uri=night.references_uri,
        config_hash=night.settings.config_hash,
        config=canonical_json(night.settings.deciding()),
        code_version=night.code_version,
        versions=library_versions(),
        host=platform.node(),
        listed=listed,
        known=listed - len(read),
        fetched=len(fetched),
        fetched_bytes=sum(row.size_bytes for row in fetched),
        resumed=0,
        published=0,
        duplicate=0,
        untouched=0,
        quarantined=0,
        stage_seconds={"references": round((finished - night.started_at).total_seconds(), 3)},
    )
    commit_run(night.output, commit, {"references": [replace(row, run_id=night.run_id) for row in rows], "runs": [run]})
