"""Ways to forge the newest run of a catalog so that its manifest agrees again."""

import hashlib
import io
from collections.abc import Callable
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
from memory_store import MemoryStore

from catalogs.audit import audit
from catalogs.manifest import Manifest, parse_manifest

MANIFEST_2 = "catalogs/_manifests/run-000002.json"
ASSETS_2 = "catalogs/assets/run_date=2026-11-21/run-000002.parquet"


def problems(store: MemoryStore) -> tuple[str, ...]:
    """Return what an audit finds."""
    return audit(store).problems


def forge(store: MemoryStore, path: str, change: Callable[[pa.Table], pa.Table | bytes]) -> None:
    """Rewrite a Parquet file of the newest run and its manifest so that digest, size and rows agree again."""
    changed = change(pq.read_table(io.BytesIO(store.read(path))))
    content = changed if isinstance(changed, bytes) else to_parquet(changed)
    rows = pq.ParquetFile(io.BytesIO(content)).metadata.num_rows if content[:4] == b"PAR1" else 1

    def resign(manifest: Manifest) -> Manifest:
        digest = hashlib.sha256(content).hexdigest()
        files = tuple(
            replace(file, sha256=digest, bytes=len(content), rows=rows) if file.path == path else file
            for file in manifest.files
        )
        return replace(manifest, files=files)

    store.put(path, content)
    rewrite_newest(store, resign)


def to_parquet(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


def rewrite_newest(store: MemoryStore, change: Callable[[Manifest], Manifest]) -> None:
    store.put(MANIFEST_2, change(parse_manifest(store.read(MANIFEST_2))).to_bytes())


def with_value(column: str, value: str | None) -> Callable[[pa.Table], pa.Table]:
    """Return a change that puts one value into a whole text column."""

    def change(table: pa.Table) -> pa.Table:
        at = table.schema.get_field_index(column)
        field = table.schema.field(at).with_nullable(nullable=True)
        return table.set_column(at, field, pa.array([value] * table.num_rows, pa.string()))

    return change
