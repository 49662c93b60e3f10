"""Nights on which something goes wrong halfway: nothing is lost, nothing is done twice, the record stays true."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import small_scans
from nights import assets, calling, night, night_with, plainly, what_stands
from PIL import Image

from catalogs.audit import audit
from catalogs.read import open_catalog
from tasks.ledger import Ledger
from tasks.storage import TransientStoreError, open_store


class CrashError(Exception):
    """The night ended here."""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    small_scans.write(tmp_path / "scans" / "cat.png", "cat")
    small_scans.write(tmp_path / "scans" / "cup.tif", "cup")
    return tmp_path / "scans"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def crashed_before(task: str, source: Path, out: Path) -> None:
    def crash() -> None:
        raise CrashError

    with pytest.raises(CrashError):
        night_with(calling({task: crash}), source, out)


def outcomes(out: Path) -> dict[str, tuple[str | None, str | None]]:
    return {row.key: (row.status, row.reason) for row in assets(out)}


def derivatives(out: Path) -> dict[str, tuple[int, bytes]]:
    paths = (path for path in (out / "derivatives").rglob("*") if path.is_file())
    return {path.relative_to(out).as_posix(): (path.stat().st_mtime_ns, path.read_bytes()) for path in paths}


def rows(out: Path, table: str) -> list[Any]:
    return open_catalog(open_store(str(out))).rows(table)


def holds(out: Path) -> bool:
    return audit(open_store(str(out))).holds


def test_each_task_may_be_done_twice(source: Path, tmp_path: Path) -> None:
    small_scans.write(source / "again.jpg", "cat", side_px=160)

    def twice(task: Any, *args: Any) -> Any:
        if task.name == "store-pictures":  # it clears up behind itself; what Prefect repeats is one that failed before
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(Ledger, "save", out_of_reach)
                with pytest.raises(TransientStoreError):
                    plainly(task, *args)
        else:
            plainly(task, *args)
        return plainly(task, *args)

    save = Ledger.save

    def out_of_reach(self: Ledger, stage: str, subjects: Any, pieces: Any) -> None:
        if stage == "treated":
            raise TransientStoreError("s3://museum", "", "503 after the pictures were stored")
        save(self, stage, subjects, pieces)

    night_with(twice, source, tmp_path / "twice" / "out")
    night_with(plainly, source, tmp_path / "once" / "out")
    assert what_stands(tmp_path / "twice" / "out") == what_stands(tmp_path / "once" / "out")
    assert holds(tmp_path / "twice" / "out")


def test_a_scan_renamed_after_a_crash_is_recorded_under_its_new_name(source: Path, out: Path, tmp_path: Path) -> None:
    crashed_before("publish", source, out)
    (source / "cat.png").rename(source / "tom.png")
    night(source, out, tmp_path / "work")
    undisturbed = tmp_path / "undisturbed"
    night(source, undisturbed, tmp_path / "work2")
    assert what_stands(out) == what_stands(undisturbed)
    assert holds(out)


def test_a_better_scan_added_after_a_crash_takes_over_and_leaves_no_stray_file(source: Path, out: Path) -> None:
    crashed_before("publish", source, out)
    small_scans.write(source / "better.png", "cat", side_px=300)
    night(source, out, out.parent / "work")
    assert outcomes(out)["cat.png"][0] == "duplicate"
    assert outcomes(out)["better.png"][0] in {"published", "untouched"}
    assert holds(out)


def test_other_settings_after_a_crash_make_everything_anew_and_so_do_the_first_ones_again(
    source: Path, out: Path, tmp_path: Path
) -> None:
    crashed_before("publish", source, out)
    crash = calling({"publish": lambda: (_ for _ in ()).throw(CrashError())})
    with pytest.raises(CrashError):
        night_with(crash, source, out, access_quality=40, batch_size=1)
    night(source, out, tmp_path / "work")
    assert holds(out)


def test_a_touched_scan_is_read_again_but_not_treated_again(source: Path, out: Path, tmp_path: Path) -> None:
    night(source, out, tmp_path / "work")
    before, was = derivatives(out), outcomes(out)
    os.utime(source / "cat.png", ns=(1, 1))
    run = night(source, out, tmp_path / "work").report.run
    assert (run.known, run.fetched) == (1, 1)
    assert outcomes(out) == was
    assert derivatives(out) == before
    assert [row for row in rows(out, "treatments") if row.run_id == "run-000002"] == []
    assert holds(out)


@pytest.mark.parametrize("name", ["a-cat.png", "z-cat.png"])
def test_a_moved_scan_is_a_copy_of_what_was_treated(source: Path, out: Path, tmp_path: Path, name: str) -> None:
    night(source, out, tmp_path / "work")
    before = derivatives(out)
    (source / "cat.png").rename(source / name)
    night(source, out, tmp_path / "work")
    moved = next(row for row in assets(out) if row.key == name)
    assert (moved.status, moved.duplicate_of) == ("duplicate", moved.asset_id)
    assert derivatives(out) == before
    assert holds(out)


def test_the_same_bytes_from_another_source_are_a_copy(source: Path, out: Path, tmp_path: Path) -> None:
    night(source, out, tmp_path / "work")
    before = derivatives(out)
    (tmp_path / "disk-2").mkdir()
    (tmp_path / "disk-2" / "0.png").write_bytes((source / "cat.png").read_bytes())
    night(tmp_path / "disk-2", out, tmp_path / "work")
    assert outcomes(out)["0.png"] == ("duplicate", None)
    assert derivatives(out) == before
    assert holds(out)


def test_bytes_that_come_back_after_other_bytes_stood_in_their_place_are_not_treated_again(
    source: Path, out: Path, tmp_path: Path
) -> None:
    first = (source / "cat.png").read_bytes()
    night(source, out, tmp_path / "work")
    small_scans.write(source / "cat.png", "rocket")
    night(source, out, tmp_path / "work")
    before = derivatives(out)
    (source / "cat.png").write_bytes(first)
    night(source, out, tmp_path / "work")
    assert outcomes(out)["cat.png"][0] in {"published", "untouched"}
    assert derivatives(out) == before
    assert holds(out)


@pytest.mark.parametrize("stage", ["classify", "restore", "store-pictures"])
def test_a_master_that_vanishes_halfway_costs_itself_and_returns(
    source: Path, out: Path, tmp_path: Path, stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = (source / "cat.png").read_bytes()
    plan_all(monkeypatch)

    def vanish() -> None:
        (source / "cat.png").unlink(missing_ok=True)
        for kept in (tmp_path / "work").glob("*/masters/*"):
            kept.unlink()

    night_with(calling({stage: vanish}), source, out, work_bytes=0)
    assert outcomes(out)["cup.tif"][0] in {"published", "untouched"}
    if outcomes(out)["cat.png"][0] == "quarantined":  # a restored picture needs its master no more
        assert outcomes(out)["cat.png"] == ("quarantined", "vanished")
    else:
        assert stage == "store-pictures"
    assert holds(out)
    (source / "cat.png").write_bytes(content)
    night(source, out, tmp_path / "work")
    assert outcomes(out)["cat.png"][0] in {"published", "untouched"}
    assert holds(out)


def test_a_master_replaced_halfway_is_set_aside_and_read_anew_the_next_night(
    source: Path, out: Path, tmp_path: Path
) -> None:
    def replace_it() -> None:
        small_scans.write(source / "cat.png", "rocket")

    night_with(calling({"classify": replace_it}), source, out, work_bytes=0)
    assert outcomes(out)["cat.png"] == ("quarantined", "changed-while-reading")
    night(source, out, tmp_path / "work")
    assert outcomes(out)["cat.png"][0] in {"published", "untouched"}
    assert holds(out)


def plan_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every photograph be restored, whatever its condition, so that the restore stage needs its master."""
    from oldphoto_core.inference.plan import Plan, PlannedStep  # noqa: PLC0415 - only here

    planned = Plan((PlannedStep(name="sharpen", because="blur", strength=0.5),))
    monkeypatch.setattr("tasks.classify.plan_treatment", lambda *_: planned)


def failing_for(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the judging of photographs of this width fail, as a defect of ours would."""
    import tasks.diagnosers  # noqa: PLC0415 - patched here

    diagnose = tasks.diagnosers.diagnose

    def defective(photo: Any, settings: Any) -> Any:
        if photo.shape[1] == width:
            raise ZeroDivisionError("on purpose")
        return diagnose(photo, settings)

    monkeypatch.setattr("tasks.diagnosers.diagnose", defective)


def test_when_the_best_of_several_copies_fails_the_next_best_is_treated(
    source: Path, out: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    small_scans.write(source / "best.png", "cat", side_px=300)
    small_scans.write(source / "small.jpg", "cat", side_px=160)
    failing_for(300, monkeypatch)
    result = night(source, out, tmp_path / "work", batch_size=1)
    assert outcomes(out)["best.png"] == ("quarantined", "failed")
    assert outcomes(out)["cat.png"][0] in {"published", "untouched"}
    small = next(row for row in assets(out) if row.key == "small.jpg")
    cat = next(row for row in assets(out) if row.key == "cat.png")
    assert (small.status, small.duplicate_of) == ("duplicate", cat.asset_id)
    assert {row.primary_key for row in rows(out, "duplicates")} == {"cat.png"}
    assert (result.report.run.quarantined, result.report.run.duplicate) == (1, 1)
    assert holds(out)


def test_a_photograph_that_fails_late_promises_no_file(
    source: Path, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def defective(*_: object, **__: object) -> None:
        raise ZeroDivisionError("on purpose")

    monkeypatch.setattr("tasks.pictures.write_access_jpeg", defective)
    plan_all(monkeypatch)
    night(source, out, tmp_path / "work")
    assert set(outcomes(out).values()) == {("quarantined", "failed")}
    assert derivatives(out) == {}
    assert [row for row in rows(out, "treatments") if row.output_path or row.output_sha256] == []
    assert [row for row in rows(out, "events") if row.object_path] == []
    assert holds(out)


def test_a_night_audits_its_own_files_and_leaves_the_others_to_the_full_audit(
    source: Path, out: Path, tmp_path: Path
) -> None:
    night(source, out, tmp_path / "work")
    damaged = next((out / "derivatives").rglob("access.jpg"))
    damaged.write_bytes(b"rotten")
    small_scans.write(source / "new.png", "astronaut")
    result = night(source, out, tmp_path / "work")
    assert result.audit.holds
    looked_at = {check.question: check.looked_at for check in result.audit.checks}
    assert looked_at["Does every derivative exist with its digest?"] in {2, 3, 4}
    assert [problem.split()[0] for problem in audit(open_store(str(out))).problems] == [
        damaged.relative_to(out).as_posix()
    ]


def test_a_night_finds_its_own_file_damaged(source: Path, out: Path) -> None:
    def rot() -> None:
        next((out / "derivatives").rglob("access.jpg")).write_bytes(b"rotten")

    result = night_with(calling({"audit": rot}), source, out)
    assert len(result.audit.problems) == 1
    assert "access.jpg has digest" in result.audit.problems[0]


def test_a_long_thin_scan_goes_through_and_into_the_report(source: Path, out: Path, tmp_path: Path) -> None:
    strip = np.tile(small_scans.pixels("cat")[:20], (1, 9, 1))
    Image.fromarray(strip).save(source / "strip.png")
    night(source, out, tmp_path / "work")
    assert [row.reason_detail for row in assets(out)] == [None] * 3
    assert outcomes(out)["strip.png"][0] in {"published", "untouched"}
    assert (out / "reports" / "run-000001" / "index.html").exists()
