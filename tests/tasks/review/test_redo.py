"""The night after: what people asked to have done again is done once, as they asked, and nothing else moves."""

import hashlib
import shutil
from collections.abc import Callable
from typing import Any, cast

import pytest
from nights import calling, what_stands
from review_desks import COPY, PAGES, PUBLISHED, Desk, without_pages

from catalogs.reviews import waiting_redos
from catalogs.schema import AssetRow, EventRow, TreatmentRow
from tasks.review.wishes import parse_wish, wished_settings
from tasks.settings import NightSettings


def outcomes(desk: Desk) -> dict[tuple[str, int | None], str]:
    return {(row.key, row.page): str(row.status) for row in desk.catalog.current_assets}


def rows_of(desk: Desk, run_id: str, table: str) -> list[Any]:
    return [row for row in desk.catalog.rows(table) if row.run_id == run_id]


def settings_of(desk: Desk, wish: str) -> NightSettings:
    return wished_settings(NightSettings(work_dir=desk.root / "work"), parse_wish(wish))


def test_a_redo_is_done_once_and_nothing_else_moves(desk: Desk) -> None:
    before, outcome = desk.result(PUBLISHED), outcomes(desk)
    assert before.access is not None
    assert before.result is not None
    shown = desk.bytes_of(before.access.path)
    desk.decide(PUBLISHED, "redo", redo_with='{"strength":0.5}', note="too much")
    assert desk.result(PUBLISHED).waits_for_redo
    run = desk.night().report.run
    assert (run.listed, run.known, run.fetched, run.published) == (4, 3, 1, 1)
    after = desk.result(PUBLISHED)
    assert outcomes(desk) == outcome
    assert (after.waits_for_redo, after.waits) == (False, True)
    assert after.result is not None
    assert (after.result.path, after.result.run_id) == (before.result.path, "run-000003")
    assert after.result.sha256 != before.result.sha256
    assert desk.bytes_of(before.access.path) != shown
    events = {(row.event_type, row.detail) for row in cast("list[EventRow]", rows_of(desk, "run-000003", "events"))}
    assert ("app", 'treated again with {"strength":0.5} as asked in run-000002') in events
    gone = {row.object_sha256 for row in rows_of(desk, "run-000003", "events") if row.event_type == "del"}
    assert {before.result.sha256, before.access.sha256} <= gone
    assert desk.audit().problems == ()
    stands = what_stands(desk.out)
    again = desk.night().report.run
    assert (again.known, again.fetched, again.published) == (4, 0, 0)
    assert what_stands(desk.out)["files"] == stands["files"]


def test_the_rows_of_a_redo_say_with_which_settings_it_was_made(desk: Desk) -> None:
    wish = '{"strength":0.5,"without":["denoise"]}'
    desk.decide(PUBLISHED, "redo", redo_with=wish)
    desk.night()
    rows = cast("list[TreatmentRow]", rows_of(desk, "run-000003", "treatments"))
    restored = [row for row in rows if row.stage == "restore" and row.output_sha256 is not None]
    tried = [row for row in rows if row.stage == "restore" and row.output_path is None]
    assert {row.settings_hash for row in [*restored, *tried]} <= {settings_of(desk, wish).restore_hash}
    assert "denoise" not in {row.step for row in tried}
    assert all(row.strength is not None and row.strength <= 0.5 for row in tried)
    assert desk.audit().problems == ()


def test_a_redo_that_finds_nothing_to_do_leaves_the_photograph_untouched_and_no_old_result(desk: Desk) -> None:
    everything = '{"without":["inpaint","deblock","denoise","tone","cast","sharpen","modernize"]}'
    desk.decide(PUBLISHED, "redo", redo_with=everything)
    desk.night()
    after = desk.result(PUBLISHED)
    assert after.asset.status == "untouched"
    assert outcomes(desk)[COPY, None] == "duplicate"
    assert not list((desk.out / "derivatives" / after.asset_id[:2] / after.asset_id).glob("*.tif"))
    assert desk.audit().problems == ()


def test_a_page_treated_again_leaves_the_other_page_as_it_was(desk: Desk) -> None:
    other = desk.result(PAGES, 2)
    files = {file.path: desk.bytes_of(file.path) for file in other.files if file.sha256}
    desk.decide(PAGES, "redo", asset_id=desk.result(PAGES, 1).asset_id, redo_with='{"threshold":0.01}')
    desk.night()
    rows = cast("list[AssetRow]", rows_of(desk, "run-000003", "assets"))
    assert [(row.key, row.page) for row in rows] == [(PAGES, 1), (PAGES, 2)]
    assert rows[1].status == other.asset.status
    assert {path: desk.bytes_of(path) for path in files} == files
    assert rows_of(desk, "run-000003", "duplicates") == []
    assert desk.audit().problems == ()


def test_a_photograph_is_treated_again_from_a_renamed_file_of_the_same_bytes(own_source: Callable[[], Desk]) -> None:
    desk = own_source()
    shutil.copy(desk.source / PUBLISHED, desk.source / "renamed.tif")
    (desk.source / PUBLISHED).unlink()
    desk.night()
    assert outcomes(desk)["renamed.tif", None] == "duplicate"
    everything = '{"without":["inpaint","deblock","denoise","tone","cast","sharpen","modernize"]}'
    desk.decide("renamed.tif", "redo", redo_with=everything)
    shutil.copy(desk.source / "renamed.tif", desk.source / "twin.tif")
    desk.night()
    assert outcomes(desk)["renamed.tif", None] == "untouched"
    assert outcomes(desk)["twin.tif", None] in {"untouched", "duplicate"}
    assert desk.audit().problems == ()


@pytest.mark.parametrize("task", ["store-pictures", "publish"])
def test_a_night_with_a_redo_that_crashes_and_runs_again_ends_like_one_undisturbed(
    desk: Desk, tmp_path_factory: pytest.TempPathFactory, task: str
) -> None:
    desk.decide(PUBLISHED, "redo", redo_with='{"strength":0.5}')
    twin = Desk(source=desk.source, references=desk.references, root=tmp_path_factory.mktemp("twin"))
    shutil.copytree(desk.out, twin.out)
    twin.night()

    def crash() -> None:
        raise KeyboardInterrupt

    broken = calling({task: crash})
    with pytest.raises(KeyboardInterrupt):
        desk.night(lambda work, *args: None if work.name == "report" else broken(work, *args))
    desk.night()
    assert what_stands(desk.out) == what_stands(twin.out)
    assert desk.audit().problems == ()


def test_a_redo_that_cannot_be_done_here_leaves_everything_as_it_is_and_waits(desk: Desk) -> None:
    before, outcome = desk.result(PUBLISHED), outcomes(desk)
    desk.decide(PUBLISHED, "redo", redo_with='{"engine":"official"}')
    desk.night(models_dir=desk.root / "no-models")
    after = desk.result(PUBLISHED)
    assert (after.files, after.waits_for_redo) == (
        tuple(file for file in after.files if file.step == "provenance" or file in before.files),
        True,
    )
    assert outcomes(desk) == outcome
    (event,) = [row for row in rows_of(desk, "run-000003", "events") if row.outcome == "fail"]
    assert "not treated again as asked in run-000002" in event.detail
    assert desk.audit().problems == ()


def test_a_redo_waits_for_its_master(own_source: Callable[[], Desk]) -> None:
    desk = own_source()
    desk.decide(PUBLISHED, "redo")
    asset_id, shelf = desk.asset_id(PUBLISHED), desk.root / "shelf.tif"
    shutil.move(desk.source / PUBLISHED, shelf)
    desk.night()
    assert list(waiting_redos(desk.catalog)) == [asset_id]
    shutil.move(shelf, desk.source / PUBLISHED)
    desk.night()
    assert waiting_redos(desk.catalog) == {}
    assert desk.audit().problems == ()


def test_a_master_that_changes_under_a_redo_is_a_new_photograph(own_source: Callable[[], Desk]) -> None:
    desk = own_source()
    desk.decide(PUBLISHED, "redo")
    shutil.copy(desk.source / PAGES, desk.source / PUBLISHED)
    desk.night()
    assert desk.audit().problems == ()
    assert all(row.key != PUBLISHED or row.status != "quarantined" for row in desk.catalog.current_assets)


def test_a_master_lost_while_it_is_read_again_stays_published(own_source: Callable[[], Desk]) -> None:
    desk = own_source()
    outcome = outcomes(desk)
    desk.decide(PUBLISHED, "redo")
    lost = calling({"ingest": (desk.source / PUBLISHED).unlink})
    result = desk.night(lambda work, *args: None if work.name == "report" else lost(work, *args))
    assert (result.report.run.known, result.report.run.quarantined) == (4, 0)
    assert outcomes(desk) == outcome
    (event,) = [row for row in rows_of(desk, "run-000003", "events") if row.outcome == "fail"]
    assert "its master cannot be read now: vanished" in event.detail
    assert desk.audit().problems == ()


def test_a_rejected_result_that_is_redone_is_shown_again_and_waits_for_a_decision(desk: Desk) -> None:
    desk.decide(PUBLISHED, "reject")
    desk.decide(PUBLISHED, "redo", redo_with='{"without":["modernize"]}')
    desk.night(without_pages)
    after = desk.result(PUBLISHED)
    assert after.waits
    assert after.access is not None
    assert after.access.sha256 == hashlib.sha256(desk.bytes_of(after.access.path)).hexdigest()
    assert desk.audit().problems == ()
