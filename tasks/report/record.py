"""What the catalog says of one night: its rows by photograph, from no more files than it takes.

Most rows stand in the night's own files. A photograph whose bytes were treated earlier is shown with what was done
then; the night that did it is looked for backwards, and no further than needed. So a night's report costs what the
night brought, however old the catalog is.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar, cast

import pyarrow as pa
import pyarrow.compute as pc

from catalogs.columns import row_from_dict
from catalogs.errors import CatalogError
from catalogs.read import Catalog
from catalogs.schema import (
    ROW_CLASSES,
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

HISTORY_RUNS = 60
"""Runs that the history of nights goes back."""

R = TypeVar("R")


@dataclass(frozen=True)
class NightRecord:
    """One run of a catalog, its rows found as they are asked for."""

    catalog: Catalog
    """The catalog."""

    run_id: str
    """The run."""

    def __post_init__(self) -> None:
        """Refuse a run that the catalog does not have.

        Raises:
            CatalogError: There is no such run.
        """
        if self.run_id not in self._run_ids:
            raise CatalogError(f"the catalog has no run {self.run_id}; its newest is {self.catalog.head_run_id}")

    @cached_property
    def run(self) -> RunRow:
        """The run's own row."""
        return next(row for row in self.history if row.run_id == self.run_id)

    @cached_property
    def history(self) -> tuple[RunRow, ...]:
        """The last runs up to this one, oldest first."""
        last = self._run_ids[: self._run_ids.index(self.run_id) + 1][-HISTORY_RUNS:]
        return tuple(cast("Iterable[RunRow]", self.catalog.rows("runs", runs=frozenset(last))))

    @cached_property
    def assets(self) -> tuple[AssetRow, ...]:
        """How each photograph of the run ended."""
        return tuple(cast("Iterable[AssetRow]", self._own("assets")))

    @cached_property
    def copies(self) -> tuple[DuplicateRow, ...]:
        """The copies that the run found."""
        return tuple(cast("Iterable[DuplicateRow]", self._own("duplicates")))

    @cached_property
    def copies_of(self) -> Mapping[str, Sequence[DuplicateRow]]:
        """The same by the asset_id of the photograph they are copies of."""
        return _grouped(self.copies, lambda row: row.primary_asset_id)

    @cached_property
    def treatments(self) -> Mapping[str, Sequence[TreatmentRow]]:
        """What was tried on each photograph and the files written for it, by asset_id: the last word up to this run."""
        wanted = {row.asset_id for row in self.assets if row.has_derivatives and row.asset_id}
        found: dict[str, list[TreatmentRow]] = defaultdict(list)
        for run_id in self._backwards():
            if not wanted:
                break
            for row in cast("Iterable[TreatmentRow]", self._about("treatments", "asset_id", wanted, {run_id})):
                found[row.asset_id].append(row)
            wanted -= found.keys()
        return found

    @cached_property
    def treated_in(self) -> Mapping[str, str]:
        """The run that treated each photograph, by asset_id."""
        return {asset_id: rows[0].run_id for asset_id, rows in self.treatments.items()}

    @cached_property
    def damage(self) -> Mapping[str, DamageRow]:
        """The damage report of each photograph, by asset_id."""
        return {row.asset_id: row for row in cast("Iterable[DamageRow]", self._of_treated("damage"))}

    @cached_property
    def regions(self) -> Mapping[str, Sequence[StyleRegionRow]]:
        """The style regions of each modernized photograph, by asset_id."""
        rows = cast("Iterable[StyleRegionRow]", self._of_treated("style_regions"))
        return _grouped(sorted(rows, key=lambda row: row.region), lambda row: row.asset_id)

    @cached_property
    def events(self) -> Mapping[str, Sequence[EventRow]]:
        """What happened to each photograph in this run and in the one that treated it, in order, by asset_id."""
        rows = cast("list[EventRow]", self._of_treated("events", always=self.run_id))
        return _grouped(sorted(rows, key=lambda row: row.happened_at), lambda row: row.asset_id or "")

    @cached_property
    def references(self) -> tuple[ReferenceRow, ...]:
        """Every picture offered as a reference up to this run, the newest word on each, by key."""
        rows = cast("Iterable[ReferenceRow]", self.catalog.rows("references", runs=frozenset(self._backwards())))
        newest = {(row.source_uri, row.key): row for row in rows}
        return tuple(row for _, row in sorted(newest.items()))

    @cached_property
    def reference_names(self) -> Mapping[str, str]:
        """Keys of the references, by reference_id."""
        return {row.reference_id: row.key for row in self.references if row.reference_id is not None}

    @cached_property
    def _run_ids(self) -> tuple[str, ...]:
        return tuple(manifest.run_id for manifest in self.catalog.manifests)

    def _backwards(self) -> tuple[str, ...]:
        return self._run_ids[self._run_ids.index(self.run_id) :: -1]

    def _own(self, table: str) -> list[Row]:
        return self.catalog.rows(table, runs={self.run_id})

    def _of_treated(self, table: str, *, always: str | None = None) -> list[Row]:
        """Return the rows about the photographs shown, each from the run that treated it, and from one run always."""
        runs = set(self.treated_in.values()) | ({always} if always else set())
        rows = self._about(table, "asset_id", self.treated_in.keys(), runs)
        return [
            row for row in cast("Iterable[DamageRow]", rows) if row.run_id in {self.treated_in[row.asset_id], always}
        ]

    def _about(self, table: str, column: str, wanted: Iterable[str], runs: Iterable[str]) -> list[Row]:
        found = self.catalog.table(table, runs=frozenset(runs))
        found = found.filter(pc.is_in(found[column], value_set=pa.array(sorted(wanted), pa.string())))
        return [cast("Row", row_from_dict(ROW_CLASSES[table], values)) for values in found.to_pylist()]


def _grouped(rows: Iterable[R], name_of: Callable[[R], str]) -> dict[str, list[R]]:
    groups: dict[str, list[R]] = defaultdict(list)
    for row in rows:
        groups[name_of(row)].append(row)
    return groups
