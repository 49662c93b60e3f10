"""The commit of a night: again after it stood it changes nothing; what nobody speaks of is removed, nothing else."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from catalog_rows import plain_row
from nights import bare_night

from catalogs.errors import ConcurrentRunError
from catalogs.read import open_catalog
from catalogs.schema import AssetRow, EventRow, StyleRegionRow, TreatmentRow
from tasks.dedupe import Copies
from tasks.ingest import Ingested, Listing
from tasks.layout import derivative_path
from tasks.night import Night
from tasks.photograph import Photograph
from tasks.pictures import remove_unfinished
from tasks.publish import Outcome, all_rows, commit_night


@pytest.fixture
def night(tmp_path: Path) -> Night:
    (tmp_path / "scans").mkdir()
    return bare_night(tmp_path / "scans", tmp_path / "out", tmp_path / "work")


def asset(night: Night, key: str = "a.tif") -> AssetRow:
    row: AssetRow = plain_row(
        AssetRow, run_id=night.run_id, source_uri=night.source_uri, key=key, page=None, asset_id="ab12", sha256="ab12"
    )
    return row


def treated(night: Night, row: AssetRow, **values: object) -> Photograph:
    path = derivative_path("ab12", "access")
    treatment = plain_row(
        TreatmentRow,
        run_id=night.run_id,
        asset_id="ab12",
        stage="publish",
        verdict="applied",
        output_path=path,
        output_sha256="00",
    )
    about = {"run_id": night.run_id, "event_type": "nor", "outcome": "success"}
    made = plain_row(EventRow, object_path=path, **about)
    seen = plain_row(EventRow, object_path=None, **about)
    region = plain_row(StyleRegionRow, run_id=night.run_id, asset_id="ab12")
    rows = {"treatments": (treatment,), "events": (made, seen), "style_regions": (region,)}
    return Photograph(asset=row, rows=rows, **values)  # type: ignore[arg-type]


def outcome(night: Night, *photographs: Photograph, copies: Copies | None = None) -> Outcome:
    nothing = Copies(duplicate_of={}, settled={}, matches=(), bests=frozenset(), rows=(), events=())
    assets = [one.asset for one in photographs] or [asset(night)]
    return Outcome(
        listing=Listing(new=(), listed=len(assets)),
        ingested=tuple(Ingested(assets=(row,), events=()) for row in assets),
        copies=copies or nothing,
        photographs=photographs,
        references=(),
        resumed=0,
        stage_seconds={},
    )


def test_a_commit_whose_answer_was_lost_may_be_repeated(night: Night) -> None:
    work = outcome(night, treated(night, asset(night)))
    first = commit_night(night, work)
    before = {item.key: item.etag for item in night.output.list()}
    assert commit_night(night, work) == first
    assert {item.key: item.etag for item in night.output.list()} == before
    assert [manifest.run_id for manifest in open_catalog(night.output).manifests] == ["run-000001"]


def test_the_commit_of_another_run_is_not_taken_for_ours(night: Night) -> None:
    work = outcome(night, treated(night, asset(night)))
    commit_night(night, work)
    with pytest.raises(ConcurrentRunError, match="committed by another run"):
        commit_night(replace(night, started_at=night.started_at + timedelta(seconds=1)), work)


def test_a_commit_that_broke_off_between_two_files_is_made_whole(night: Night) -> None:
    night.output.put("catalogs/assets/run_date=2026-11-20/run-000001.parquet", b"of an attempt that died")
    commit_night(night, outcome(night, treated(night, asset(night))))
    assert len(open_catalog(night.output).current_assets) == 1


def test_a_photograph_that_failed_keeps_its_record_and_promises_no_file(night: Night) -> None:
    rows = all_rows(night, outcome(night, treated(night, asset(night), failure=("failed", "restore: oops"))))
    (row,) = rows["assets"]
    assert isinstance(row, AssetRow)
    assert (row.status, row.reason, row.reason_detail) == ("quarantined", "failed", "restore: oops")
    (tried,) = rows["treatments"]
    assert isinstance(tried, TreatmentRow)
    assert (tried.output_path, tried.output_sha256) == (None, None)
    assert {(row.event_type, row.object_path) for row in rows["events"] if isinstance(row, EventRow)} == {
        ("nor", None),
        ("qua", None),
    }


def test_what_was_treated_before_ends_as_it_ended_then(night: Night) -> None:
    row = asset(night)
    name = f"{night.source_uri}\na.tif\n"
    copies = Copies(duplicate_of={}, settled={name: "published"}, matches=(), bests=frozenset(), rows=(), events=())
    work = replace(outcome(night, copies=copies), ingested=(Ingested(assets=(row,), events=()),))
    rows = all_rows(night, work)
    assert [row.status for row in rows["assets"] if isinstance(row, AssetRow)] == ["published"]
    assert len(rows["events"]) == 1
    assert rows["treatments"] == []


def test_only_files_of_this_run_that_no_row_names_are_removed(night: Night) -> None:
    named = "derivatives/ab/ab12/access.jpg"
    for path in (named, "derivatives/ab/ab12/restored.tif", "derivatives/cd/cd34/access.jpg"):
        night.output.put(path, b"picture")
    night.ledger.save("intent", ["ab12"], [{"asset_id": "ab12"}])
    assert remove_unfinished(night, {named}) == ["derivatives/ab/ab12/restored.tif"]
    assert [item.key for item in night.output.list("derivatives/")] == [named, "derivatives/cd/cd34/access.jpg"]


def test_files_of_an_earlier_run_are_never_removed(night: Night) -> None:
    path = derivative_path("ab12", "access")
    night.output.put(path, b"picture")
    commit_night(night, outcome(night, treated(night, asset(night))))
    second = replace(night, run_id="run-000002")
    second.ledger.save("intent", ["ab12"], [{"asset_id": "ab12"}])
    failed = treated(second, asset(second), failure=("failed", "restore: oops"))
    commit_night(second, outcome(second, failed))
    assert [item.key for item in night.output.list("derivatives/")] == [path]
