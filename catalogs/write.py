"""Add the rows of one run: Parquet files first, the manifest last, all or nothing."""

import hashlib
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow.parquet as pq

from catalogs.columns import find_problems, to_table
from catalogs.errors import BadRowsError, BrokenChainError, ConcurrentRunError, RowProblem
from catalogs.manifest import MANIFESTS, CatalogFile, Manifest, run_name, run_number
from catalogs.schema import SCHEMA_VERSION, SCHEMAS, Row
from catalogs.store import CatalogStore
from catalogs.values import is_utc

RUN_FILE = re.compile(r"catalogs/[a-z_]+/run_date=\d{4}-\d{2}-\d{2}/run-\d+\.parquet")
"""What ``table_path`` returns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """What a run says of itself when it commits."""

    run_id: str
    """The run's id, the next after the parent's."""

    parent_run_id: str | None
    """Head of the catalog when the run began."""

    parent_sha256: str | None
    """SHA-256 of that manifest."""

    started_at: datetime
    """Start of the run, UTC; its date names the partition."""

    committed_at: datetime
    """Time of the commit, UTC."""

    code_version: str
    """Version of the program and digest of its sources."""

    config_hash: str
    """SHA-256 of the settings."""

    def __post_init__(self) -> None:
        """Refuse times that are not UTC: the partition's date would depend on the machine."""
        for moment in (self.started_at, self.committed_at):
            if not is_utc(moment):
                raise ValueError(f"expected a time in UTC, found {moment!r}")

    @property
    def run_date(self) -> str:
        """The partition, YYYY-MM-DD."""
        return self.started_at.date().isoformat()


def table_path(table: str, run_date: str, run_id: str) -> str:
    """Return where a run's rows of one table lie below the output root.

    Examples:
        >>> table_path("assets", "2026-11-20", "run-000001")
        'catalogs/assets/run_date=2026-11-20/run-000001.parquet'
    """
    return f"catalogs/{table}/run_date={run_date}/{run_id}.parquet"


def parquet_bytes(table: str, rows: Sequence[Row], *, run_id: str, config_hash: str) -> bytes:
    """Return the rows as a Parquet file: zstd, page checksums, full schema, run and schema version in the footer.

    Raises:
        KeyError: There is no table of this name.
        BadRowsError: Some values do not fit the table or run; all of them are named.
    """
    schema = SCHEMAS[table]
    problems = [*find_problems(table, rows, schema), *_strangers(table, rows, run_id)]
    if problems:
        raise BadRowsError(problems)
    footer = {"schema_version": SCHEMA_VERSION, "run_id": run_id, "config_hash": config_hash}
    about = {key.decode(): value.decode() for key, value in (schema.metadata or {}).items()}
    sink = io.BytesIO()
    arrow = to_table(table, rows, schema).replace_schema_metadata(about | footer)
    pq.write_table(arrow, sink, compression="zstd", write_page_checksum=True)
    return sink.getvalue()


def _strangers(table: str, rows: Sequence[Row], run_id: str) -> Iterator[RowProblem]:
    for position, row in enumerate(rows):
        if row.run_id != run_id:
            yield RowProblem(table, position, "run_id", repr(row.run_id), run_id)


def commit_run(store: CatalogStore, commit: Commit, rows: Mapping[str, Sequence[Row]]) -> Manifest:
    """Write every non-empty table and then the manifest; return the manifest.

    All rows are checked and encoded before the first byte is stored. The same commit again changes nothing, so one
    whose answer was lost on the way may be repeated.

    Raises:
        KeyError: There is no table of this name.
        BadRowsError: Some values do not fit; nothing was written.
        BrokenChainError: The parent is not the manifest it was; nothing was written.
        ConcurrentRunError: The run id is not the next, or another writer took it; what stands is the other's.
    """
    contents = _encode(commit, rows)
    manifest = _manifest(commit, contents)
    _check_parent(store, commit)
    try:
        if any(item.key == manifest.key for item in store.list(manifest.key)):
            _put_once(store, manifest.key, manifest.to_bytes())  # refused before anything else is written
        for path, (_, _, content) in contents.items():
            _put_once(store, path, content)
        _put_once(store, manifest.key, manifest.to_bytes())
    except FileExistsError as error:
        raise ConcurrentRunError(
            f"{commit.run_id} was written by another run at the same time; nothing of this one was committed. "
            "Run again: it starts from the new head."
        ) from error
    return manifest


Contents = dict[str, tuple[str, int, bytes]]
"""Table, number of rows and bytes of each file, by its path, in order."""


def _encode(commit: Commit, rows: Mapping[str, Sequence[Row]]) -> Contents:
    contents: Contents = {}
    problems: list[RowProblem] = []
    for table, table_rows in sorted(rows.items()):
        if not table_rows:
            continue
        try:
            content = parquet_bytes(table, table_rows, run_id=commit.run_id, config_hash=commit.config_hash)
        except BadRowsError as error:
            problems += error.problems
        else:
            contents[table_path(table, commit.run_date, commit.run_id)] = (table, len(table_rows), content)
    if problems:
        raise BadRowsError(problems)
    return contents


def _manifest(commit: Commit, contents: Contents) -> Manifest:
    files = tuple(
        CatalogFile(path, table, count, len(content), hashlib.sha256(content).hexdigest())
        for path, (table, count, content) in sorted(contents.items())
    )
    return Manifest(
        run_id=commit.run_id,
        parent_run_id=commit.parent_run_id,
        parent_sha256=commit.parent_sha256,
        committed_at=commit.committed_at.isoformat(),
        run_date=commit.run_date,
        code_version=commit.code_version,
        config_hash=commit.config_hash,
        schema_version=SCHEMA_VERSION,
        files=files,
    )


def _check_parent(store: CatalogStore, commit: Commit) -> None:
    """Refuse a manifest that does not continue the chain: once written, the catalog could not be opened again."""
    parent = commit.parent_run_id
    expected = run_name(1 if parent is None else run_number(parent) + 1)
    if commit.run_id != expected:
        raise ConcurrentRunError(f"expected {expected} to follow {parent}, found {commit.run_id}; nothing was written")
    found = None if parent is None else _digest(store, f"{MANIFESTS}{parent}.json")
    if found != commit.parent_sha256:
        raise BrokenChainError(
            f"{commit.run_id} names parent {parent} with SHA-256 {commit.parent_sha256}, but the one that stands has "
            f"{found}; nothing was written"
        )


def _digest(store: CatalogStore, key: str) -> str | None:
    try:
        return hashlib.sha256(store.read(key)).hexdigest()
    except FileNotFoundError:
        return None


def _put_once(store: CatalogStore, key: str, content: bytes) -> None:
    """Store the object; the same bytes already there will do, for the answer to an earlier put may have been lost."""
    try:
        store.put(key, content, if_absent=True)
    except FileExistsError:
        if store.read(key) != content:
            raise


def remove_leftovers(store: CatalogStore, named: Sequence[Manifest]) -> list[str]:
    """Delete run files that no manifest names (a run died before its commit); return their paths.

    Only the holder of the writer's lease may call this. Files of other names are left for the audit to report.

    Args:
        store: The output root.
        named: Every manifest of the catalog as it stands.

    Raises:
        ConcurrentRunError: The catalog has other manifests than these: what they name must not be deleted.
    """
    keys = [item.key for item in store.list("catalogs/")]
    standing = {key for key in keys if key.startswith(MANIFESTS) and key.endswith(".json")}
    unread = standing ^ {manifest.key for manifest in named}
    if unread:
        raise ConcurrentRunError(f"nothing was removed: the catalog was read before these changed: {sorted(unread)}")
    committed = {file.path for manifest in named for file in manifest.files}
    leftovers = [key for key in keys if RUN_FILE.fullmatch(key) and key not in committed]
    for key in leftovers:
        store.delete(key)
    return leftovers
