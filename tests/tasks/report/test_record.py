"""A night's record takes from the catalog what the night needs, and no more as the catalog grows old."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from catalog_rows import asset, commit_of, plain_row, sha, small_archive
from memory_store import MemoryStore
from report_archive import AGAIN, EARLY, ReportArchive

from catalogs.errors import CatalogError
from catalogs.manifest import run_name
from catalogs.read import Catalog, open_catalog
from catalogs.schema import DamageRow, RunRow, TreatmentRow
from catalogs.write import commit_run
from tasks.report import record as record_module
from tasks.report.record import NightRecord

TABLES = ("run", "history", "assets", "copies", "treatments", "damage", "regions", "events", "references")


@dataclass
class CountingStore(MemoryStore):
    """A store that notes what is read."""

    read_keys: list[str] = field(default_factory=list)

    def read(self, key: str) -> bytes:
        self.read_keys.append(key)
        return super().read(key)


def nightly(store: MemoryStore, keys: list[str], *, treat: bool = True) -> None:
    """Commit a night with these photographs."""
    commit = commit_of(store, days=len(open_catalog(store).manifests))
    number = int(commit.run_id.removeprefix("run-"))
    assets = [asset(number, key, "published") for key in keys]
    about = [{"run_id": commit.run_id, "asset_id": sha(key)} for key in keys]
    steps = [plain_row(TreatmentRow, stage="publish", measures={}, **one) for one in about] if treat else []
    damage = [plain_row(DamageRow, measures={}, **one) for one in about] if treat else []
    run = plain_row(RunRow, run_id=commit.run_id, run_kind="nightly", stage_seconds={})
    commit_run(store, commit, {"runs": [run], "assets": assets, "treatments": steps, "damage": damage})


def everything(catalog: Catalog, run_id: str) -> NightRecord:
    record = NightRecord(catalog, run_id)
    for name in TABLES:
        getattr(record, name)
    return record


def files_read(store: CountingStore, run_id: str) -> Iterator[str]:
    catalog = open_catalog(store)
    store.read_keys.clear()
    everything(catalog, run_id)
    yield from store.read_keys


def test_the_age_of_the_catalog_costs_nothing_but_the_history(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_module, "HISTORY_RUNS", 3)
    counts = []
    for age in (4, 12):
        store = CountingStore()
        for night in range(age):
            nightly(store, [f"{night}-{number}.tif" for number in range(3)])
        keys = list(files_read(store, run_name(age)))
        counts.append(len(keys))
        assert [key for key in keys if run_name(1) in key] == []
    assert counts[0] == counts[1]


def test_what_an_earlier_night_treated_is_looked_for_no_further_than_needed() -> None:
    store = CountingStore()
    for keys in (["first.tif"], ["second.tif"], ["third.tif"]):
        nightly(store, keys)
    nightly(store, ["second.tif"], treat=False)
    keys = [key for key in files_read(store, run_name(4)) if "/runs/" not in key]
    assert [key for key in keys if run_name(1) in key] == []
    record = everything(open_catalog(store), run_name(4))
    assert record.treated_in == {sha("second.tif"): run_name(2)}
    assert record.damage[sha("second.tif")].run_id == run_name(2)


def test_an_older_run_is_shown_as_it_was_then() -> None:
    store = MemoryStore()
    for _ in range(3):
        nightly(store, ["again.tif"])
    record = everything(open_catalog(store), run_name(2))
    assert record.treated_in == {sha("again.tif"): run_name(2)}
    assert [row.run_id for row in record.history] == [run_name(1), run_name(2)]


def test_rows_are_those_of_the_catalog() -> None:
    archive = small_archive()
    catalog = open_catalog(archive.store)
    record = everything(catalog, run_name(1))
    own = {name: [row for row in catalog.rows(name) if row.run_id == run_name(1)] for name in ("assets", "duplicates")}
    assert list(record.assets) == own["assets"]
    assert list(record.copies) == own["duplicates"]
    shown = {row.asset_id for row in record.assets if row.has_derivatives}
    tried = [row for row in catalog.rows("treatments") if isinstance(row, TreatmentRow) and row.run_id == run_name(1)]
    assert {row.output_path for rows in record.treatments.values() for row in rows} == {
        row.output_path for row in tried
    }
    assert set(record.treatments) == set(record.damage) == shown


def test_events_of_both_nights_belong_to_a_photograph_treated_before(reported: ReportArchive) -> None:
    record = NightRecord(open_catalog(reported.store), run_name(2))
    assert [row.asset_id for row in record.assets if row.key == AGAIN] == [sha(EARLY)]
    assert [row.event_type for row in record.events[sha(EARLY)]] == ["ing", "app"]


def test_a_run_that_is_not_there_is_refused() -> None:
    with pytest.raises(CatalogError, match="has no run run-000009; its newest is run-000002"):
        NightRecord(open_catalog(small_archive().store), "run-000009")
