"""Decisions become rows and change access copies; nothing of the results is lost, and a crash costs nothing."""

import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from review_desks import BROKEN, COPY, PAGES, PUBLISHED, Desk

import tasks.review.record as recording
from catalogs.reviews import newest_night
from catalogs.schema import EventRow, RunRow
from tasks.lease import CatalogBusyError, writer_lease
from tasks.ledger import Ledger
from tasks.report.writing import report_again
from tasks.review.access import REJECTED, shows_master
from tasks.review.decisions import RefusedError, check_decision
from tasks.review.journal import NOTED, note_decision, noted


def pixels(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"), dtype=np.float64)


def master_like(desk: Desk, content: bytes) -> float:
    """Return how far a picture is from the master as Pillow decodes it, 0 to 255 on average."""
    with Image.open(desk.source / PUBLISHED) as master:
        return float(np.abs(np.asarray(master.convert("RGB"), dtype=np.float64) - pixels(content)).mean())


def test_an_accepted_result_is_one_row_in_one_small_run(desk: Desk) -> None:
    before = desk.result(PUBLISHED)
    assert before.waits
    found = desk.decide(PUBLISHED, "accept", note="fine")
    assert found.run_id == "run-000002"
    (table,) = [pd.read_parquet(path) for path in (desk.out / "catalogs" / "reviews").rglob("*.parquet")]
    (row,) = table.to_dict("records")
    assert before.result is not None
    assert (row["asset_id"], row["output_sha256"]) == (before.asset_id, before.result.sha256)
    assert (row["decision"], row["note"], row["reviewer"]) == ("accept", "fine", "Ada")
    run = cast("RunRow", desk.catalog.rows("runs")[-1])
    assert (run.run_kind, run.listed, run.published, run.quarantined) == ("review", 0, 0, 0)
    assert not desk.result(PUBLISHED).waits
    assert desk.audit().problems == ()


def test_a_rejected_result_stays_and_its_access_copy_shows_the_master(desk: Desk) -> None:
    before = desk.result(PUBLISHED)
    assert before.access is not None
    assert before.result is not None
    shown, restored = desk.bytes_of(before.access.path), desk.bytes_of(before.result.path)
    desk.decide(PUBLISHED, "reject", note="the sky is green")
    after = desk.result(PUBLISHED)
    assert after.access is not None
    now = desk.bytes_of(after.access.path)
    assert master_like(desk, now) < 4.0 < master_like(desk, shown)
    assert after.access.sha256 == hashlib.sha256(now).hexdigest()
    assert after.access.reason == REJECTED
    assert desk.bytes_of(before.result.path) == restored
    events = [row for row in cast("list[EventRow]", desk.catalog.rows("events")) if row.run_id == "run-000002"]
    said = {(row.event_type, row.outcome, row.object_sha256, row.agent) for row in events}
    assert ("del", "success", before.access.sha256, "oldphoto") in said
    assert ("nor", "success", after.access.sha256, "oldphoto") in said
    assert ("val", "fail", before.result.sha256, "Ada") in said
    assert "visual quality review: reject" in {row.detail for row in events}
    assert desk.audit().problems == ()


def test_accepting_a_rejected_result_brings_the_very_same_picture_back(desk: Desk) -> None:
    before = desk.result(PUBLISHED)
    assert before.access is not None
    shown = desk.bytes_of(before.access.path)
    desk.decide(PUBLISHED, "reject")
    desk.decide(PUBLISHED, "accept")
    assert np.array_equal(pixels(desk.bytes_of(before.access.path)), pixels(shown))
    assert not shows_master(desk.result(PUBLISHED))
    assert [row.decision for row in desk.result(PUBLISHED).reviews] == ["reject", "accept"]
    assert desk.audit().problems == ()


def test_several_decisions_are_one_commit_and_the_last_of_a_photograph_counts(desk: Desk) -> None:
    before = desk.result(PUBLISHED)
    for key, decision in ((PUBLISHED, "reject"), (PAGES, "accept"), (PUBLISHED, "accept")):
        note_decision(desk.store, desk.decision(key, decision))
    found = desk.record()
    assert [row.decision for row in found.reviews] == ["reject", "accept", "accept"]
    assert len(desk.catalog.manifests) == 2
    assert desk.result(PUBLISHED).access == before.access
    assert list(desk.store.list(NOTED)) == []


def test_decisions_are_told_in_the_provenance_beside_the_pictures(desk: Desk) -> None:
    desk.decide(PUBLISHED, "reject", note="too green")
    desk.decide(PUBLISHED, "accept")
    asset_id = desk.asset_id(PUBLISHED)
    document = json.loads(desk.bytes_of(f"derivatives/{asset_id[:2]}/{asset_id}/provenance.json"))
    assert [(row["decision"], row["note"]) for row in document["reviews"]] == [
        ("reject", "too green"),
        ("accept", None),
    ]
    access = [row for row in document["treatments"] if (row["stage"], row["step"]) == ("publish", "access")]
    assert [row["run_id"] for row in access] == ["run-000003"]


def refusal(desk: Desk, key: str, decision: str, **values: Any) -> str:
    made = desk.decision(key, decision, **values)
    results = {one.asset_id: one for one in [desk.result(PUBLISHED), desk.result(PAGES, 1), desk.result(PAGES, 2)]}
    with pytest.raises(RefusedError) as caught:
        check_decision(made, results.get(made.asset_id))
    return caught.value.code


def test_what_has_no_result_cannot_be_decided_about(desk: Desk) -> None:
    assert refusal(desk, COPY, "reject") == "no-result"
    assert refusal(desk, BROKEN, "accept") == "no-result"
    assert refusal(desk, PAGES, "reject") == "nothing-to-reject"
    assert refusal(desk, PUBLISHED, "accept", output_sha256="ab" * 32) == "stale"


def test_a_noted_decision_that_no_longer_holds_leaves_an_event_and_no_row(desk: Desk) -> None:
    found = desk.decide(PUBLISHED, "accept", output_sha256="ab" * 32)
    assert found.reviews == ()
    ((_, why),) = found.refused
    assert "another result by now" in why
    (event,) = [row for row in cast("list[EventRow]", desk.catalog.rows("events")) if row.run_id == found.run_id]
    assert (event.event_type, event.outcome, event.agent) == ("val", "warning", "Ada")
    assert desk.result(PUBLISHED).waits
    assert desk.audit().problems == ()


def test_the_copy_of_a_rejected_photograph_stays_a_copy(desk: Desk) -> None:
    outcomes = [(row.key, row.page, row.status) for row in desk.catalog.current_assets]
    desk.decide(PUBLISHED, "reject")
    assert [(row.key, row.page, row.status) for row in desk.catalog.current_assets] == outcomes


@pytest.mark.parametrize("point", ["with_reviews", "commit_run", "remove_notes"])
def test_a_review_that_breaks_off_anywhere_is_finished_by_the_next(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    note_decision(desk.store, desk.decision(PUBLISHED, "reject", note="no"))
    with monkeypatch.context() as broken:
        broken.setattr(recording, point, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            desk.record()
    assert len(noted(desk.store)[0]) == 1
    desk.record()
    assert [row.decision for row in desk.result(PUBLISHED).reviews] == ["reject"]
    assert len(desk.catalog.manifests) == 2
    assert desk.audit().problems == ()


def test_a_later_word_counts_even_if_the_review_of_the_earlier_broke_off(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = desk.result(PUBLISHED)
    assert before.access is not None
    shown = pixels(desk.bytes_of(before.access.path))
    note_decision(desk.store, desk.decision(PUBLISHED, "reject"))
    with monkeypatch.context() as broken:
        broken.setattr(recording, "commit_run", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            desk.record()
    desk.decide(PUBLISHED, "accept")
    assert np.array_equal(pixels(desk.bytes_of(before.access.path)), shown)
    assert desk.audit().problems == ()


def test_without_its_master_the_access_copy_of_a_rejected_result_is_withdrawn_and_comes_back(
    own_source: Callable[[], Desk],
) -> None:
    desk = own_source()
    before = desk.result(PUBLISHED)
    assert before.access is not None
    shown = pixels(desk.bytes_of(before.access.path))
    (desk.source / PUBLISHED).unlink()
    desk.decide(PUBLISHED, "reject")
    assert not (desk.out / before.access.path).exists()
    assert "withdrawn, for its master cannot be had: vanished" in str(desk.result(PUBLISHED).access)
    assert desk.audit().problems == ()
    desk.decide(PUBLISHED, "accept")
    assert np.array_equal(pixels(desk.bytes_of(before.access.path)), shown)
    assert desk.audit().problems == ()


def test_a_changed_result_is_not_brought_back(desk: Desk) -> None:
    desk.decide(PUBLISHED, "reject")
    result = desk.result(PUBLISHED).result
    assert result is not None
    (desk.out / result.path).write_bytes(b"forged")
    found = desk.decide(PUBLISHED, "accept")
    assert found.reviews == ()
    assert "run oldphoto audit" in found.refused[0][1]


def test_while_a_night_is_under_way_decisions_are_only_noted(desk: Desk) -> None:
    note_decision(desk.store, desk.decision(PUBLISHED, "accept"))
    with writer_lease(desk.store), pytest.raises(CatalogBusyError):
        desk.record()
    assert len(desk.record().reviews) == 1


def test_the_work_of_an_interrupted_night_is_not_given_up_for_a_review(desk: Desk) -> None:
    Ledger(desk.store, "run-000002", "code").save("intent", ["x"], [{"asset_id": "x"}])
    found = desk.decide(PUBLISHED, "accept")
    assert found.run_id is None
    assert "run-000002 was interrupted" in found.waiting[0][1]
    desk.night()
    kinds = [(row.run_id, row.run_kind) for row in cast("list[RunRow]", desk.catalog.rows("runs"))]
    assert kinds == [("run-000001", "nightly"), ("run-000002", "nightly"), ("run-000003", "review")]
    assert not desk.result(PUBLISHED).waits
    assert desk.audit().problems == ()


def test_notes_that_are_none_are_left_where_they_are(desk: Desk) -> None:
    desk.store.put(f"{NOTED}junk.json", b"[1]")
    assert desk.decide(PUBLISHED, "accept").strange == (f"{NOTED}junk.json",)
    assert desk.store.read(f"{NOTED}junk.json") == b"[1]"


def test_rows_of_reviews_written_before_redo_with_are_read(desk: Desk, tmp_path: Path) -> None:
    desk.decide(PUBLISHED, "accept")
    (path,) = (desk.out / "catalogs" / "reviews").rglob("*.parquet")
    older = pd.read_parquet(path).drop(columns=["redo_with"])
    older.to_parquet(tmp_path / "older.parquet")
    assert replace(desk.result(PUBLISHED).reviews[0]).redo_with is None
    assert datetime.now(UTC) > desk.result(PUBLISHED).reviews[0].reviewed_at


def test_the_report_of_an_output_is_that_of_its_newest_night(desk: Desk) -> None:
    desk.decide(PUBLISHED, "reject")
    assert newest_night(desk.catalog) == "run-000001"
    assert report_again(str(desk.out), None).endswith("/reports/run-000001/index.html")
