"""Ask a catalog: only what manifests name, every file under the newest schema, the latest row of each thing."""

import hashlib
import io
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import pyarrow as pa
import pyarrow.parquet as pq

from catalogs.columns import row_from_dict
from catalogs.errors import CatalogError
from catalogs.manifest import CatalogFile, Manifest, read_chain, run_name
from catalogs.schema import ROW_CLASSES, SCHEMAS, AssetRow, Row
from catalogs.store import CatalogStore

BATCH_ROWS = 10_000
"""Rows that stand in memory twice, as Arrow's dictionaries and as row objects, while a table is read."""


@dataclass(frozen=True)
class Catalog:
    """A catalog as it stood when it was opened."""

    store: CatalogStore
    """Where it lies."""

    manifests: tuple[Manifest, ...]
    """All commits, oldest first."""

    head_sha256: str | None
    """SHA-256 of the newest manifest; None for an empty catalog."""

    @property
    def head_run_id(self) -> str | None:
        """The newest run, or None."""
        return self.manifests[-1].run_id if self.manifests else None

    @property
    def next_run_id(self) -> str:
        """The id that the next run will have."""
        return run_name(len(self.manifests) + 1)

    def table(self, name: str, columns: Sequence[str] | None = None, *, runs: Container[str] | None = None) -> pa.Table:
        """Return all committed rows of a table, oldest run first; columns that a file lacks are null.

        Args:
            name: Name of the table.
            columns: The columns wanted; all if None.
            runs: The runs whose rows are wanted, so that no other's files are read; all if None.

        Raises:
            KeyError: There is no table or column of this name.
            FileNotFoundError: A file that a manifest names is gone.
            CatalogError: A file is not the one that was committed.
        """
        schema = SCHEMAS[name]
        if columns is not None:
            schema = pa.schema([schema.field(column) for column in columns], metadata=schema.metadata)
        manifests = [one for one in self.manifests if runs is None or one.run_id in runs]
        files = [file for manifest in manifests for file in manifest.files if file.table == name]
        parts = [pq.read_table(io.BytesIO(self._committed_bytes(file)), schema=schema) for file in files]
        return pa.concat_tables(parts) if parts else schema.empty_table()

    def _committed_bytes(self, file: CatalogFile) -> bytes:
        """Return the file's bytes, none but those its manifest names: nothing is built on an altered row."""
        content = self.store.read(file.path)
        if hashlib.sha256(content).hexdigest() != file.sha256:
            raise CatalogError(f"{file.path} was altered: it does not have the digest its manifest names")
        return content

    def rows(self, name: str, *, runs: Container[str] | None = None) -> list[Row]:
        """Return the committed rows of a table, of all runs or of these, as row objects, oldest run first."""
        row_class = ROW_CLASSES[name]
        batches = self.table(name, runs=runs).to_batches(max_chunksize=BATCH_ROWS)
        return [cast("Row", row_from_dict(row_class, values)) for batch in batches for values in batch.to_pylist()]

    @cached_property
    def assets(self) -> tuple[AssetRow, ...]:
        """Every outcome ever recorded, oldest run first; read once."""
        return tuple(cast("Iterable[AssetRow]", self.rows("assets")))

    @cached_property
    def current_assets(self) -> tuple[AssetRow, ...]:
        """The latest outcome of each object: all rows of the newest run that speaks of it."""
        return latest_assets(self.assets)


def latest_assets(rows: Iterable[AssetRow]) -> tuple[AssetRow, ...]:
    """Return, for each (source, key), the rows of the newest run that speaks of it, in the order given."""
    rows = tuple(rows)
    newest: dict[tuple[str, str], str] = {}
    for row in rows:
        name = (row.source_uri, row.key)
        newest[name] = max(newest.get(name, ""), row.run_id)
    return tuple(row for row in rows if newest[row.source_uri, row.key] == row.run_id)


def open_catalog(store: CatalogStore) -> Catalog:
    """Return the catalog kept below this root; an empty one if there is none yet.

    Raises:
        BrokenChainError: The chain of manifests has a gap or was altered.
    """
    manifests, head = read_chain(store)
    return Catalog(store, manifests, head)
