"""What becomes of each listed object: a row for each photograph in it, or a reason; what is read again later."""

import errno
import json
from dataclasses import replace
from pathlib import Path

import pytest
import small_scans
from nights import bare_night

from catalogs.schema import AssetRow, RunRow
from catalogs.write import Commit, commit_run
from tasks.ingest import ingest_batch, list_new, taken_over
from tasks.night import Night, Workshop
from tasks.publish import Outcome, run_row
from tasks.storage import AccessDeniedError, ObjectMissingError, TransientStoreError


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "scans").mkdir()
    return tmp_path / "scans"


@pytest.fixture
def night(source: Path, tmp_path: Path) -> Night:
    return bare_night(source, tmp_path / "out", tmp_path / "work")


def rows(night: Night) -> dict[tuple[str, int | None], AssetRow]:
    return {(row.key, row.page): row for one in ingest_batch(night, list_new(night).new) for row in one.assets}


def commit(night: Night, found: list[AssetRow]) -> Night:
    """Commit rows as the night's, and return the next one."""
    from tasks.dedupe import Copies  # noqa: PLC0415 - only here
    from tasks.ingest import Listing  # noqa: PLC0415

    copies = Copies(duplicate_of={}, settled={}, matches=(), bests=frozenset(), rows=(), events=())
    nothing = Outcome(
        listing=Listing(new=(), listed=0),
        ingested=(),
        copies=copies,
        photographs=(),
        references=(),
        resumed=0,
        stage_seconds={},
    )
    run: RunRow = run_row(night, nothing, found)
    words = Commit(
        run_id=night.run_id,
        parent_run_id=None,
        parent_sha256=None,
        started_at=night.started_at,
        committed_at=night.started_at,
        code_version=night.code_version,
        config_hash=night.settings.config_hash,
    )
    commit_run(night.output, words, {"runs": [run], "assets": found})
    return replace(night, run_id="run-000002")


def test_files_of_the_same_bytes_in_one_batch_are_all_read(source: Path, night: Night) -> None:
    master = small_scans.write(source / "0.png", "cat").read_bytes()
    for number in range(1, 16):
        (source / f"{number}.png").write_bytes(master)
    night = replace(night, settings=night.settings.model_copy(update={"workers": 8}))
    found = rows(night)
    assert len(found) == 16
    assert {row.reason_detail for row in found.values()} == {None}
    assert len({row.asset_id for row in found.values()}) == 1


def test_small_copies_kept_at_the_same_moment_do_not_get_into_each_others_way(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path)

    def slow_and_overtaken(part: Path) -> None:
        part.write_bytes(b"small copy")
        workshop.keep_proxy("ab12", lambda inner: inner.write_bytes(b"small copy") and None)

    workshop.keep_proxy("ab12", slow_and_overtaken)
    assert workshop.proxy("ab12").read_bytes() == b"small copy"
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["ab12.png"]


def test_a_broken_page_costs_no_other(source: Path, night: Night) -> None:
    small_scans.break_last_page(small_scans.write_pages(source / "album.tif", ["cat", "cup", "rocket"]))
    found = rows(night)
    assert [(page, row.status, row.reason) for (_, page), row in found.items()] == [
        (1, None, None),
        (2, None, None),
        (3, "quarantined", "truncated"),
    ]
    sha256 = found["album.tif", 1].sha256
    assert [row.asset_id for row in found.values()] == [f"{sha256}-p{page}" for page in (1, 2, 3)]


def test_files_that_fail_side_by_side_each_get_their_own_reason(source: Path, night: Night) -> None:
    whole = small_scans.write(source / "whole.tif", "cat", side_px=320).read_bytes()
    for number in range(24):
        (source / f"half-{number:02d}.tif").write_bytes(whole[: len(whole) // 3 + number])
    night = replace(night, settings=night.settings.model_copy(update={"workers": 8}))
    found = rows(night)
    assert found.pop(("whole.tif", None)).status is None
    assert {row.reason for row in found.values()} == {"truncated"}


def test_no_local_path_is_in_a_record(source: Path, night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    small_scans.write(source / "a.png", "cat")

    def failing(path: Path, **_: object) -> None:
        raise RuntimeError(f"cannot make sense of {path}")

    monkeypatch.setattr("tasks.ingest.read_scan", failing)
    row = rows(night)["a.png", None]
    assert (row.status, row.reason) == ("quarantined", "failed")
    assert row.reason_detail == f"ingest: RuntimeError: cannot make sense of masters/{row.sha256}"


def test_a_full_disk_ends_the_night_and_blames_no_scan(
    source: Path, night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_scans.write(source / "a.png", "cat")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("tasks.ingest.write_photo_png", full)
    with pytest.raises(OSError, match="No space left"):
        ingest_batch(night, list_new(night).new)
    assert list(night.ledger.load("ingest")) == []


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ObjectMissingError, "vanished"),
        (AccessDeniedError, "access-denied"),
        (TransientStoreError, "storage-unavailable"),
    ],
)
def test_what_the_storage_withholds_tonight_is_tried_again_the_next_night(
    source: Path, night: Night, monkeypatch: pytest.MonkeyPatch, error: type[Exception], reason: str
) -> None:
    small_scans.write(source / "a.png", "cat")
    small_scans.write(source / "b.png", "cup")
    fetch = type(night.source).fetch

    def withholding(self: object, key: str, *args: object, **options: object) -> object:
        if key == "a.png":
            raise error("file:///scans", key, "on purpose")
        return fetch(self, key, *args, **options)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(type(night.source), "fetch", withholding)
        found = rows(night)
    assert (found["a.png", None].status, found["a.png", None].reason) == ("quarantined", reason)
    assert found["b.png", None].status is None
    second = commit(night, [replace(row, status=row.status or "untouched") for row in found.values()])
    assert [item.key for item in list_new(second).new] == ["a.png"]
    assert list_new(second).known == 1


def test_a_page_lost_tonight_makes_the_whole_file_due_again(source: Path, night: Night) -> None:
    small_scans.write_pages(source / "album.tif", ["cat", "cup"])
    first, last = rows(night).values()
    lost = replace(last, status="quarantined", reason="vanished")
    second = commit(night, [replace(first, status="untouched"), lost])
    assert [item.key for item in list_new(second).new] == ["album.tif"]


def test_what_failed_is_tried_again_by_other_code_only(source: Path, night: Night) -> None:
    small_scans.write(source / "a.png", "cat")
    (row,) = rows(night).values()
    second = commit(night, [replace(row, status="quarantined", reason="failed")])
    assert list_new(second).new == ()
    assert [item.key for item in list_new(replace(second, code_version="code-2")).new] == ["a.png"]


def test_a_scan_beyond_the_limits_is_tried_again_under_other_limits_only(source: Path, tmp_path: Path) -> None:
    small_scans.write(source / "a.png", "cat")
    strict = bare_night(source, tmp_path / "out", tmp_path / "work", limits={"max_pixels": 1000})
    (row,) = rows(strict).values()
    assert row.reason == "too-many-pixels"
    second = commit(strict, [row])
    assert list_new(second).new == ()
    wider = bare_night(source, tmp_path / "out", tmp_path / "work", run_id="run-000002")
    assert [item.key for item in list_new(wider).new] == ["a.png"]


def test_an_interrupted_attempt_is_taken_over_unless_it_read_under_other_limits(source: Path, tmp_path: Path) -> None:
    small_scans.write(source / "a.png", "cat")
    strict = bare_night(source, tmp_path / "out", tmp_path / "work", limits={"max_pixels": 1000})
    read = ingest_batch(strict, list_new(strict).new)
    assert taken_over(strict, list_new(strict)) == read
    wider = bare_night(source, tmp_path / "out", tmp_path / "work")
    assert taken_over(wider, list_new(wider)) == []


def test_an_object_that_changed_since_an_interrupted_attempt_is_read_anew(source: Path, night: Night) -> None:
    small_scans.write(source / "a.png", "cat")
    ingest_batch(night, list_new(night).new)
    small_scans.write(source / "a.png", "cup")
    assert taken_over(night, list_new(night)) == []


def test_an_object_read_by_two_attempts_is_one_object(source: Path, night: Night) -> None:
    small_scans.write(source / "a.png", "cat")
    small_scans.write(source / "b.png", "cup")
    listing = list_new(night)
    ingest_batch(night, listing.new)
    ingest_batch(night, listing.new[:1])
    assert sorted(one.assets[0].key for one in taken_over(night, listing)) == ["a.png", "b.png"]


def test_pieces_are_whole_json(source: Path, night: Night) -> None:
    small_scans.write(source / "a.png", "cat")
    ingest_batch(night, list_new(night).new)
    (item,) = night.output.list("_staging/")
    assert set(json.loads(night.output.read(item.key))) == {"code_version", "pieces"}
