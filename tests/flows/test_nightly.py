"""The whole night on a sample collection: outcomes, idempotence, increments, bad input, crashes."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from nights import assets, night, unchanged, what_stands

from catalogs.audit import audit
from flows.nightly import batches
from tasks.lease import CatalogBusyError, writer_lease
from tasks.opening import OverlapError
from tasks.sample import write_bad_set, write_sample
from tasks.storage import open_store


@pytest.fixture(scope="session")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("collection")
    write_sample(folder, photos=6, seed=3)
    return folder


@pytest.fixture(scope="session")
def first_night(collection: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("first") / "out"
    work = tmp_path_factory.mktemp("work")
    with unchanged(collection):
        night(collection / "scans", output, work, references=collection / "references")
    return output


def test_every_scan_of_the_sample_has_one_outcome_and_the_sure_ones_are_right(
    collection: Path, first_night: Path
) -> None:
    truth = {row["path"]: row for row in pq.read_table(collection / "truth.parquet").to_pylist()}
    found: dict[str, set[str]] = {}
    for row in assets(first_night):
        found.setdefault(row.key, set()).add(str(row.status))
    assert found.keys() == truth.keys()
    sure = {path: {row["expected_status"]} for path, row in truth.items() if row["expected_status"] != "published"}
    assert {path: found[path] for path in sure} == sure
    damaged = [path for path, row in truth.items() if row["expected_status"] == "published"]
    assert all(found[path] <= {"published", "untouched"} for path in damaged)
    assert any("published" in found[path] for path in damaged)  # the measurements miss most


def test_copies_lead_to_their_original(collection: Path, first_night: Path) -> None:
    truth = {row["path"]: row["copy_of"] for row in pq.read_table(collection / "truth.parquet").to_pylist()}
    by_key = {row.key: row for row in assets(first_night)}
    for path, original in truth.items():
        if original is not None:
            assert by_key[path].duplicate_of == by_key[original].asset_id


def test_the_audit_of_a_night_holds(first_night: Path) -> None:
    report = audit(open_store(str(first_night)))
    assert report.problems == ()
    assert sum(check.looked_at for check in report.checks) > 100


def test_nothing_is_left_in_staging(first_night: Path) -> None:
    assert list(open_store(str(first_night)).list("_staging/")) == []


def test_a_second_night_reads_nothing_and_adds_one_row_to_runs(
    collection: Path, first_night: Path, tmp_path: Path
) -> None:
    before = what_stands(first_night)
    result = night(collection / "scans", first_night, tmp_path, references=collection / "references")
    after = what_stands(first_night)
    assert result.report.run.fetched == 0
    assert result.report.run.known == result.report.run.listed
    assert after["files"] == before["files"]
    assert len(after["rows"].pop("runs")) == len(before["rows"].pop("runs")) + 1
    assert after["rows"] == before["rows"]


def test_an_added_scan_costs_one_scan(collection: Path, tmp_path: Path) -> None:
    source = tmp_path / "scans"
    source.mkdir()
    first, second = (collection / "scans" / name for name in ("box-01/print-0001.tif", "box-01/print-0002.jpg"))
    (source / "first.tif").write_bytes(first.read_bytes())
    night(source, tmp_path / "out", tmp_path / "work")
    (source / "second.jpg").write_bytes(second.read_bytes())
    run = night(source, tmp_path / "out", tmp_path / "work").report.run
    assert (run.listed, run.known, run.fetched) == (2, 1, 1)


def test_bad_files_are_set_aside_with_their_reason_and_the_rest_goes_on(collection: Path, tmp_path: Path) -> None:
    source = tmp_path / "scans"
    bad = {file.path.relative_to(source).as_posix(): file.reason for file in write_bad_set(source)}
    good = collection / "scans" / "box-01" / "print-0001.tif"
    (source / good.name).write_bytes(good.read_bytes())
    night(source, tmp_path / "out", tmp_path / "work")
    found = {row.key: (row.status, row.reason) for row in assets(tmp_path / "out")}
    assert found.pop(good.name)[0] in {"published", "untouched"}
    assert {key: reason for key, (_, reason) in found.items()} == bad
    assert {status for status, _ in found.values()} == {"quarantined"}
    assert audit(open_store(str(tmp_path / "out"))).holds


def test_source_and_output_must_lie_apart(tmp_path: Path) -> None:
    with pytest.raises(OverlapError, match="inside one another"):
        night(tmp_path, tmp_path / "out", tmp_path / "work")


def test_a_second_writer_is_refused_and_the_first_keeps_its_lease(tmp_path: Path) -> None:
    (tmp_path / "scans").mkdir()
    store = open_store(str(tmp_path / "out"))
    with writer_lease(store), pytest.raises(CatalogBusyError, match="being written by process"):
        night(tmp_path / "scans", tmp_path / "out", tmp_path / "work")
    night(tmp_path / "scans", tmp_path / "out", tmp_path / "work")


def test_provenance_names_master_weights_settings_and_code(first_night: Path) -> None:
    row = next(row for row in assets(first_night) if row.status == "published")
    path = first_night / "derivatives" / str(row.asset_id)[:2] / str(row.asset_id) / "provenance.json"
    document = json.loads(path.read_text("utf-8"))
    assert document["master"]["sha256"] == row.sha256
    assert document["config_hash"]
    assert document["code_version"]
    assert {"restore", "publish"} & {treatment["stage"] for treatment in document["treatments"]}


def test_batches_hold_every_item_once() -> None:
    assert [list(batch) for batch in batches(range(5), 2)] == [[0, 1], [2, 3], [4]]
