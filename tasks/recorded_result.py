"""What the catalog has on record of one result: everything that decided it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, cast

from catalogs.read import Catalog
from catalogs.reviews import reviews_by_asset
from catalogs.schema import AssetRow, DamageRow, ReferenceRow, RunRow, TreatmentRow
from tasks.references.offered import ReferenceSet, references_of
from tasks.review.wishes import parse_wish, wished_settings
from tasks.settings import NightSettings, recorded_settings

Stage = Literal["restore", "modernize"]
STAGES: tuple[Stage, ...] = ("restore", "modernize")

LEAST_PREFIX = 6
"""Digits of an asset_id that are enough to name it, if it is the only one that begins so."""


class CannotReproduceError(Exception):
    """A result cannot be made again here, so nothing was compared; the message says why."""


@dataclass(frozen=True)
class RecordedResult:
    """A result of the catalog and everything recorded that decided it.

    Each property raises ``CannotReproduceError`` if the catalog does not have it.
    """

    catalog: Catalog
    """The catalog."""

    asset_id: str
    """The photograph."""

    stage: Stage
    """The stage whose result it is."""

    models_dir: Path
    """Where fetched weights lie; no row records that."""

    @cached_property
    def rows(self) -> tuple[TreatmentRow, ...]:
        """All treatments of the photograph, oldest first."""
        treatments = cast("Sequence[TreatmentRow]", self.catalog.rows("treatments"))
        return tuple(row for row in treatments if row.asset_id == self.asset_id)

    @cached_property
    def result(self) -> TreatmentRow:
        """The row of the result that stands."""
        rows = [row for row in self.rows if row.stage == self.stage and row.output_path is not None]
        if not rows or rows[-1].output_sha256 is None:
            raise CannotReproduceError(f"{self.asset_id} has no result of stage {self.stage} that stands")
        return rows[-1]

    @cached_property
    def run(self) -> RunRow:
        """The run that made it."""
        runs = cast("Sequence[RunRow]", self.catalog.rows("runs", runs={self.result.run_id}))
        return runs[0]

    @cached_property
    def asset(self) -> AssetRow:
        """The outcome of the photograph in that run."""
        rows = [row for row in self.catalog.assets if row.asset_id == self.asset_id and row.has_derivatives]
        return next((row for row in rows if row.run_id == self.result.run_id), rows[-1])

    @cached_property
    def damage(self) -> DamageRow | None:
        """The damage report of that run."""
        rows = cast("Sequence[DamageRow]", self.catalog.rows("damage", runs={self.result.run_id}))
        return next((row for row in rows if row.asset_id == self.asset_id), None)

    @cached_property
    def settings(self) -> NightSettings:
        """The settings it was made with: the run's, and what a person asked for if it was a redo."""
        settings = recorded_settings(self.run.config, models_dir=self.models_dir)
        for review in reversed(reviews_by_asset(self.catalog).get(self.asset_id, ())):
            if review.run_id < self.result.run_id and review.decision == "redo":
                return wished_settings(settings, parse_wish(review.redo_with))
        return settings

    @cached_property
    def references(self) -> ReferenceSet:
        """The reference photographs that could be chosen from, as they were described then."""
        newest: dict[str, ReferenceRow] = {}
        for row in cast("Sequence[ReferenceRow]", self.catalog.rows("references")):
            if row.run_id <= self.result.run_id and row.source_uri == self.run.references_uri:
                newest[row.key] = row
        chosen = references_of(newest.values(), self.settings)
        if self.settings.modernize_hash(chosen.ids) != self.result.settings_hash:
            raise CannotReproduceError(
                f"the references that {self.result.run_id} could choose from cannot be told from the catalog any more: "
                f"those known then and their settings do not come to {self.result.settings_hash}"
            )
        return chosen


def asset_named(catalog: Catalog, text: str) -> str:
    """Return the asset_id that a person means: by itself, its first digits, or the name of its master.

    Raises:
        CannotReproduceError: It is that of no photograph, or of several.
    """
    known = {row.asset_id: row.key for row in catalog.assets if row.asset_id is not None}
    if text in known:
        return text
    by_key = {row.asset_id for row in catalog.current_assets if row.key == text and row.asset_id is not None}
    by_prefix = {name for name in known if len(text) >= LEAST_PREFIX and name.startswith(text)}
    found = sorted(by_key or by_prefix)
    if len(found) != 1:
        said = f"names {len(found)} photographs: {', '.join(found)}" if found else "names no photograph of this catalog"
        raise CannotReproduceError(f"{text!r} {said}; give an asset_id, its first digits, or the name of a master")
    return found[0]


def last_stage(catalog: Catalog, asset_id: str) -> Stage:
    """Return the last stage of a photograph that has a result which stands.

    Raises:
        CannotReproduceError: None has.
    """
    newest: dict[str, str | None] = {}
    names = ("asset_id", "stage", "output_path", "output_sha256")
    for row in catalog.table("treatments", names).to_pylist():
        if row["asset_id"] == asset_id and row["output_path"] is not None:
            newest[row["stage"]] = row["output_sha256"]
    for stage in reversed(STAGES):
        if newest.get(stage) is not None:
            return stage
    status = next((row.status for row in catalog.current_assets if row.asset_id == asset_id), "not current any more")
    raise CannotReproduceError(f"{asset_id} has no restored or modernized picture that stands; it is {status}")
