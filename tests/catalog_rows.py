"""Catalog rows for tests: any row at all (hypothesis), a plain row, and two nights of a small archive that are true.

The archive: ``a.tif`` is published and its byte copy ``b.tif`` a duplicate of it; ``c.tif`` is untouched; ``bad.tif``
is quarantined; ``album.tif`` has two pages, one published and one untouched. On the second night ``d.tif`` is published
with a look taken from a reference.
"""

import hashlib
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st
from memory_store import MemoryStore

from catalogs.columns import ColumnType, column_types
from catalogs.manifest import CatalogFile, Manifest, run_name
from catalogs.read import open_catalog
from catalogs.schema import (
    AssetRow,
    DamageRow,
    DuplicateRow,
    EventRow,
    ReferenceRow,
    Row,
    RunRow,
    StyleRegionRow,
    TreatmentRow,
)
from catalogs.write import Commit, commit_run, parquet_bytes, table_path

MIDNIGHT = datetime(2026, 11, 20, 0, 30, tzinfo=UTC)
SOURCE = "s3://masters/scans"

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
NUMBER = st.floats(allow_nan=False)

STRATEGIES: dict[pa.DataType, st.SearchStrategy[Any]] = {
    pa.string(): TEXT,
    pa.int64(): st.integers(-(2**63), 2**63 - 1),
    pa.int32(): st.integers(-(2**31), 2**31 - 1),
    pa.float64(): NUMBER,
    pa.bool_(): st.booleans(),
    pa.timestamp("us", tz="UTC"): st.datetimes(timezones=st.just(UTC)),
    pa.list_(pa.string()): st.lists(TEXT, max_size=3).map(tuple),
    pa.list_(pa.uint64()): st.lists(st.integers(0, 2**64 - 1), max_size=3).map(tuple),
    pa.map_(pa.string(), pa.float64()): st.dictionaries(TEXT, NUMBER, max_size=3),
}
"""Any value of a column, by its Arrow type. NaN is left out: it is stored, but is not equal to itself."""

PLAIN: dict[pa.DataType, Any] = {
    pa.string(): "-",
    pa.int64(): 0,
    pa.int32(): 0,
    pa.float64(): 0.0,
    pa.bool_(): False,
    pa.timestamp("us", tz="UTC"): MIDNIGHT,
    pa.list_(pa.string()): (),
    pa.map_(pa.string(), pa.float64()): {},
}


def any_row(row_class: type, **fixed: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return a strategy for rows of a class, from the types its columns declare."""
    columns = {column.name: _any_value(column) for column in column_types(row_class)}
    return st.builds(row_class, **columns | fixed)


def _any_value(column: ColumnType) -> st.SearchStrategy[Any]:
    values = st.sampled_from(column.allowed) if column.allowed else STRATEGIES[column.arrow]
    return st.none() | values if column.nullable else values


def plain_row(row_class: type, **values: Any) -> Any:
    """Return a row with these values; null, zero or a dash in all columns without a default."""
    asked = {field.name for field in fields(row_class) if field.default is MISSING}
    columns = [column for column in column_types(row_class) if column.name in asked]
    return row_class(**{column.name: _plain_value(column) for column in columns} | values)


def _plain_value(column: ColumnType) -> Any:
    if column.nullable:
        return None
    return column.allowed[0] if column.allowed else PLAIN[column.arrow]


def commit_of(store: MemoryStore, *, days: int = 0, **values: Any) -> Commit:
    """Return a commit that continues the catalog as it stands, so many days after the first night."""
    catalog = open_catalog(store)
    return replace(
        Commit(
            run_id=catalog.next_run_id,
            parent_run_id=catalog.head_run_id,
            parent_sha256=catalog.head_sha256,
            started_at=MIDNIGHT + timedelta(days=days),
            committed_at=MIDNIGHT + timedelta(days=days, hours=3),
            code_version="0.1+abc",
            config_hash="c0ffee",
        ),
        **values,
    )


Rows = Mapping[str, Sequence[Row]]
Change = Callable[[int, dict[str, list[Any]]], None]
"""Alters the rows of the night of this number before they are committed."""


@dataclass(frozen=True)
class Archive:
    """A store with a catalog and its derivatives, and the manifests of its nights."""

    store: MemoryStore
    manifests: tuple[Manifest, ...]

    def path(self, table: str, night: int = 1) -> str:
        """Return the key of a table's file of one night."""
        return next(file.path for file in self.manifests[night - 1].files if file.table == table)


def small_archive(change: Change = lambda _night, _rows: None) -> Archive:
    """Return the archive of two nights; with a change, one that may no longer be true."""
    store = MemoryStore()
    manifests = []
    for night, rows_of in enumerate((first_night, second_night), start=1):
        rows, files = rows_of()
        for path, content in files.items():
            store.put(path, content)
        change(night, rows)
        manifests.append(commit_run(store, commit_of(store, days=night - 1), rows))
    return Archive(store, tuple(manifests))


def older_store(lacking: list[str]) -> MemoryStore:
    """Return a store whose first run was written when the assets table lacked some columns."""
    store = MemoryStore()
    about_old = asset(1, "old.tif", "published")
    content = parquet_bytes("assets", [about_old], run_id="run-000001", config_hash="")
    commit_table(store, pq.read_table(io.BytesIO(content)).drop_columns(lacking))
    commit = commit_of(store, days=1)
    commit_run(store, commit, {"assets": [asset(2, "new.tif", "published", dpi=600.0)]})
    return store


def commit_table(store: MemoryStore, table: pa.Table) -> None:
    """Commit an assets file as it is, as another version of the program did."""
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    content = sink.getvalue()
    commit = commit_of(store)
    path = table_path("assets", commit.run_date, commit.run_id)
    store.put(path, content)
    empty = commit_run(MemoryStore(), commit, {})
    file = CatalogFile(path, "assets", table.num_rows, len(content), hashlib.sha256(content).hexdigest())
    store.put(empty.key, replace(empty, files=(file,)).to_bytes())


def sha(text: str) -> str:
    """Return the SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def asset(run: int, key: str, status: str, **values: Any) -> AssetRow:
    """Return the row of an object; its asset_id follows from its key."""
    about = {"asset_id": sha(key), "sha256": sha(key), "source_uri": SOURCE, "etag": sha(key)[:8]}
    return plain_row(AssetRow, **{"run_id": run_name(run), "key": key, "status": status} | about | values)


def files_of(row: AssetRow, *kinds: str) -> tuple[list[TreatmentRow], dict[str, bytes]]:
    """Return the treatments rows of an asset's files and the files: result stages by name, others by publish."""
    rows, files = [], {}
    for position, kind in enumerate(kinds):
        path, content = f"derivatives/{row.asset_id[:2]}/{row.asset_id}/{kind}", f"{kind} of {row.key}".encode()
        if kind == "provenance":
            content = json.dumps({"format": "oldphoto-provenance/1", "run_id": row.run_id}).encode()
        stage, step = (kind, "result") if kind in {"restore", "modernize"} else ("publish", kind)
        files[path] = content
        rows.append(
            plain_row(
                TreatmentRow,
                run_id=row.run_id,
                asset_id=row.asset_id,
                stage=stage,
                step=step,
                position=position,
                measures={"psnr_db": 31.5, "area_share": 0.25},
                output_path=path,
                output_sha256=hashlib.sha256(content).hexdigest(),
                output_bytes=len(content),
            )
        )
    return rows, files


def _night(run: int, assets: Sequence[AssetRow], *, listed: int, known: int) -> tuple[dict[str, Any], dict[str, bytes]]:
    rows: dict[str, Any] = {"assets": list(assets), "treatments": [], "damage": [], "events": []}
    files: dict[str, bytes] = {}
    for row in assets:
        kinds = {"published": ("restore", "access", "damage", "provenance"), "untouched": ("access", "provenance")}
        made, contents = files_of(row, *kinds.get(row.status, ()))
        rows["treatments"] += made
        files |= contents
        if made:
            rows["damage"].append(plain_row(DamageRow, run_id=row.run_id, asset_id=row.asset_id, plan=("denoise",)))
        about = {"event_id": f"{run} {row.key} {row.page}", "key": row.key}
        rows["events"].append(plain_row(EventRow, run_id=row.run_id, **about))
    count = {status: sum(row.status == status for row in assets) for status in {row.status for row in assets}}
    said = {"run_kind": "nightly", "code_version": "0.1+abc", "config_hash": "c0ffee", "stage_seconds": {"s": 1.5}}
    run_row = plain_row(RunRow, run_id=run_name(run), listed=listed, known=known, **said, **count)
    return rows | {"runs": [run_row]}, files


def first_night() -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return the rows by table and the derivatives of the first night."""
    whole = sha("album.tif")
    assets = [
        asset(1, "a.tif", "published"),
        asset(1, "album.tif", "published", asset_id=f"{whole}-p1", sha256=whole, page=1, pages=2),
        asset(1, "album.tif", "untouched", asset_id=f"{whole}-p2", sha256=whole, page=2, pages=2),
        asset(1, "b.tif", "duplicate", asset_id=sha("a.tif"), sha256=sha("a.tif"), duplicate_of=sha("a.tif")),
        asset(1, "bad.tif", "quarantined", asset_id=None, sha256=None, reason="truncated"),
        asset(1, "c.tif", "untouched"),
    ]
    rows, files = _night(1, assets, listed=5, known=0)
    copy = plain_row(DuplicateRow, run_id=run_name(1), asset_id=sha("a.tif"), source_uri=SOURCE, key="b.tif")
    return rows | {"duplicates": [replace(copy, primary_asset_id=sha("a.tif"), primary_key="a.tif")]}, files


def second_night() -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return the rows by table and the derivatives of the second night."""
    rows, files = _night(2, [asset(2, "d.tif", "published")], listed=6, known=5)
    references = [
        plain_row(ReferenceRow, run_id=run_name(2), reference_id=sha("r.jpg"), key="r.jpg", accepted=True),
        plain_row(ReferenceRow, run_id=run_name(2), reference_id=None, key="broken.jpg", reason="truncated"),
    ]
    region = plain_row(StyleRegionRow, run_id=run_name(2), asset_id=sha("d.tif"), reference_id=sha("r.jpg"))
    keeps = replace(region, region=1, reference_id=None)
    return rows | {"references": references, "style_regions": [region, keeps]}, files
