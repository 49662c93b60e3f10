"""One photograph on its way through the night, and a batch of them worked on side by side.

Each stage takes the photographs of a batch and returns them with more rows. Whatever goes wrong with one of them ends
in that one's record; the others go on.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import cv2

from catalogs.schema import AssetRow, DamageRow, EventRow, Row, Stage
from tasks.border import outcome_of
from tasks.ledger import Rows, rows_from_json, rows_to_json
from tasks.night import MemoryGate, Night

WORKING_BYTES_PER_PIXEL = 100
"""Peak of the classical engine: a handful of float32 colour planes and the decoded master."""

NETWORK_BYTES = 2**30
"""What the feature maps of a network take at working size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Photograph:
    """A photograph that is not a copy, and what the night has found and done so far."""

    asset: AssetRow
    """What ingest recorded."""

    rows: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)
    """Catalog rows written so far, by table."""

    changed_by: tuple[str, ...] = ()
    """Stages whose result was accepted: restore, modernize."""

    seen: tuple[EventRow, ...] = ()
    """What ingest recorded about it: rows that are written already, for the record beside its results."""

    failure: tuple[str, str] | None = None
    """Reason code and sentence, once something went wrong; later stages leave it alone."""

    @property
    def asset_id(self) -> str:
        """Its id; a photograph on its way always has one."""
        if self.asset.asset_id is None:
            raise ValueError(f"{self.asset.key} was never read whole, so it cannot be treated")
        return self.asset.asset_id

    @property
    def page_index(self) -> int:
        """Its page in the master file, from 0."""
        return 0 if self.asset.page is None else self.asset.page - 1

    @property
    def damage(self) -> DamageRow:
        """Its damage report, once classified."""
        row = self.rows["damage"][0]
        if not isinstance(row, DamageRow):
            raise TypeError(f"expected a DamageRow, found {type(row).__name__}")
        return row

    def with_rows(self, table: str, *rows: Row) -> "Photograph":
        """Return the photograph with more rows of a table."""
        return replace(self, rows={**self.rows, table: (*self.rows.get(table, ()), *rows)})

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON values, for the ledger."""
        asset = rows_to_json({"assets": [self.asset]})["assets"][0]
        rows = rows_to_json({table: list(rows) for table, rows in self.rows.items()})
        seen = rows_to_json({"events": list(self.seen)})["events"]
        return {
            "asset": asset,
            "rows": rows,
            "changed_by": list(self.changed_by),
            "seen": seen,
            "failure": self.failure,
        }


def photograph_from_json(values: Mapping[str, Any]) -> Photograph:
    """Return what ``Photograph.to_json`` wrote."""
    asset = rows_from_json({"assets": [values["asset"]]})["assets"][0]
    rows: Rows = rows_from_json(values["rows"])
    seen = rows_from_json({"events": values.get("seen", [])})["events"]
    if not isinstance(asset, AssetRow):
        raise TypeError(f"expected an AssetRow, found {type(asset).__name__}")
    return Photograph(
        asset=asset,
        rows={table: tuple(table_rows) for table, table_rows in rows.items()},
        changed_by=tuple(values["changed_by"]),
        seen=tuple(row for row in seen if isinstance(row, EventRow)),
        failure=tuple(values["failure"]) if values["failure"] else None,
    )


Step = Callable[[Night, Photograph], Photograph]


def each_photograph(night: Night, batch: Sequence[Photograph], step: Step, stage: Stage) -> list[Photograph]:
    """Return the batch after one stage, in the same order.

    As many photographs are at work at once as there are workers and memory. One that fails is marked with a reason;
    trouble with the output store or with the machine is not the photograph's fault and is raised.

    Raises:
        StoreError: The output store does not answer, or for the moment the source.
        OSError: The machine is at fault, for example its disk is full.
    """
    cv2.setNumThreads(1)  # photographs run side by side; threads inside each would only compete
    gate = MemoryGate(night.settings.memory_bytes)
    maps_bytes = NETWORK_BYTES if stage == "restore" and night.settings.restore.engine != "classical" else 0

    def work(photograph: Photograph) -> Photograph:
        if photograph.failure is not None:
            return photograph
        with gate.room_for(_pixels(photograph.asset) * WORKING_BYTES_PER_PIXEL + maps_bytes):
            return _guarded(night, photograph, step, stage)

    with ThreadPoolExecutor(night.settings.workers, thread_name_prefix=stage) as pool:
        return list(pool.map(work, batch))


def _guarded(night: Night, photograph: Photograph, step: Step, stage: Stage) -> Photograph:
    try:
        return step(night, photograph)
    except Exception as error:  # noqa: BLE001 - the border of the task: one photograph's trouble becomes its record
        return replace(photograph, failure=outcome_of(error, stage, work=night.workshop.root))


def _pixels(asset: AssetRow) -> int:
    return (asset.width_px or 0) * (asset.height_px or 0)
