"""What a catalog says of the photographs that are to be exported."""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from catalogs.columns import row_from_dict
from catalogs.errors import CatalogError
from catalogs.read import Catalog, open_catalog
from catalogs.schema import AssetRow, EventRow, TreatmentRow
from tasks.exports.errors import ExportArgumentsError
from tasks.storage import ObjectStore, open_store, overlap

SHOWN = 10
"""How many names an error lists."""

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Item:
    """One photograph, or one object of which none could be read, with every outcome ever recorded for it."""

    name: str
    """Its asset_id; of an object that was never read whole ``unread-`` and a digest of its address."""

    outcomes: tuple[AssetRow, ...]
    """One or more rows, oldest run first: other listings of the same bytes are among them."""

    @property
    def lead(self) -> AssetRow:
        """The outcome that speaks for it: the newest with files of its own, else the newest."""
        return next((row for row in reversed(self.outcomes) if row.has_derivatives), self.outcomes[-1])

    @property
    def master_name(self) -> str:
        """The name of the master file as a whole, which is the photograph's own unless the master has several pages."""
        return self.lead.sha256 or self.name


@dataclass(frozen=True)
class Exported:
    """An output, opened to be exported."""

    store: ObjectStore
    """Where it lies."""

    catalog: Catalog
    """What it says."""

    @cached_property
    def photographs(self) -> dict[str, Item]:
        """Every photograph and unreadable object of the catalog, by name, in order of first listing."""
        found: dict[str, list[AssetRow]] = {}
        for row in self.catalog.assets:
            found.setdefault(row.asset_id or _unread(row), []).append(row)
        return {name: Item(name, tuple(rows)) for name, rows in found.items()}

    def run_id(self, run: str | None) -> str:
        """Return the run if the catalog has it; the newest one if none is named.

        Raises:
            CatalogError: It has not.
        """
        known = [manifest.run_id for manifest in self.catalog.manifests]
        wanted = run or known[-1]
        if wanted not in known:
            raise CatalogError(f"the catalog has no run {wanted}; it has {_listed(known)}")
        return wanted

    def chosen(self, names: Sequence[str], run: str | None) -> list[Item]:
        """Return the photographs of these names, or all; of one run only if it is named.

        Raises:
            CatalogError: There is no such run, or a name is that of no photograph.
        """
        found = self.photographs
        if unknown := [name for name in names if name not in found]:
            raise CatalogError(f"the catalog has no photograph {_listed(unknown)}; it has {_listed(list(found))}")
        chosen = [found[name] for name in dict.fromkeys(names)] if names else list(found.values())
        if run is None:
            return chosen
        wanted = self.run_id(run)
        return [one for one in chosen if any(row.run_id == wanted for row in one.outcomes)]


def open_output(uri: str, folder: Path) -> Exported:
    """Return the output at an address, to be exported to a folder.

    Args:
        uri: The output of nightly runs.
        folder: Where the export is going to be written.

    Raises:
        CatalogError: There is no catalog, or it is damaged.
        ExportArgumentsError: The folder is one of the pipeline's own: an export would lie among masters or derivatives.
        StoreError: The address does not answer.
    """
    store = open_store(uri)
    catalog = open_catalog(store)
    if not catalog.manifests:
        raise CatalogError(f"there is no catalog at {uri}")
    for source in set(catalog.table("runs", ("source_uri",))["source_uri"].to_pylist()):
        if overlap(source, folder):
            raise ExportArgumentsError(f"{folder} and the masters in {source} overlap; export to a folder of its own")
    if overlap(uri, folder):
        raise ExportArgumentsError(f"{folder} and the output {uri} overlap; export to a folder of its own")
    return Exported(store, catalog)


class Rows:
    """A table in memory as Arrow has it, from which the rows of a few photographs are taken at a time.

    Row objects of a whole table would take a hundred times the room.
    """

    def __init__(self, catalog: Catalog, table: str, row_class: type[Any], column: str = "asset_id") -> None:
        """Read the table."""
        self._rows = catalog.table(table)
        self._class = row_class
        self._column = column

    def of(self, names: Collection[str]) -> dict[str, list[Any]]:
        """Return the rows of these photographs by name, oldest run first; every name has a list."""
        taken = self._rows.filter(pc.is_in(self._rows[self._column], pa.array(sorted(names), pa.string())))
        found: dict[str, list[Any]] = {name: [] for name in names}
        for values in taken.to_pylist():
            found[values[self._column]].append(row_from_dict(self._class, values))
        return found


@dataclass(frozen=True, slots=True)
class Record:
    """What was done to one photograph."""

    item: Item
    """Which."""

    treatments: tuple[TreatmentRow, ...]
    """Treatments and files, oldest run first."""

    events: tuple[EventRow, ...]
    """Preservation events, oldest run first."""


def records(exported: Exported, items: Sequence[Item], *, at_once: int = 1000) -> Iterator[Record]:
    """Yield what was done to each photograph, in the order given.

    Args:
        exported: The output.
        items: Which photographs.
        at_once: How many photographs' row objects are in memory together.
    """
    catalog = exported.catalog
    treatments = Rows(catalog, "treatments", TreatmentRow)
    events, by_key = Rows(catalog, "events", EventRow), Rows(catalog, "events", EventRow, "key")
    for start in range(0, len(items), at_once):
        batch = items[start : start + at_once]
        names = {one.name for one in batch}
        done, happened = treatments.of(names), events.of(names)
        unread = by_key.of({one.lead.key for one in batch if one.lead.asset_id is None})
        for one in batch:
            found = happened[one.name]
            if one.lead.asset_id is None:
                runs = {row.run_id for row in one.outcomes}
                found = [row for row in unread[one.lead.key] if row.asset_id is None and row.run_id in runs]
            yield Record(one, tuple(done[one.name]), tuple(found))


def _unread(row: AssetRow) -> str:
    address = f"{row.source_uri}\0{row.key}".encode("utf-8", "surrogatepass")
    return f"unread-{hashlib.sha256(address).hexdigest()[:32]}"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
