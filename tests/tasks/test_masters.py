"""Masters are fetched once, from their own source, and only if they still are what was catalogued."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from catalog_rows import plain_row
from nights import bare_night

from catalogs.schema import AssetRow
from tasks.masters import MasterLostError, fetch_master, make_room, master_path, store_reason, verified_master
from tasks.night import Night
from tasks.storage import BucketMissingError, TransientStoreError, UnsafeKeyError


@pytest.fixture
def night(tmp_path: Path) -> Night:
    (tmp_path / "scans").mkdir()
    (tmp_path / "scans" / "a.tif").write_bytes(b"master")
    return bare_night(tmp_path / "scans", tmp_path / "out", tmp_path / "work")


def asset(night: Night, key: str = "a.tif") -> AssetRow:
    _, sha256 = fetch_master(night, key)
    night.workshop.master(sha256).unlink()
    row: AssetRow = plain_row(AssetRow, source_uri=night.source_uri, key=key, asset_id=sha256, sha256=sha256)
    return row


def test_a_master_is_named_by_its_digest(night: Night) -> None:
    row = asset(night)
    path = master_path(night, row)
    assert (path.name, path.read_bytes()) == (row.sha256, b"master")


def test_a_master_of_another_source_is_fetched_from_there(night: Night, tmp_path: Path) -> None:
    row = asset(night)
    (tmp_path / "empty").mkdir()
    elsewhere = bare_night(tmp_path / "empty", tmp_path / "out", tmp_path / "work")
    assert master_path(elsewhere, row).read_bytes() == b"master"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda path: path.unlink(), "vanished"),
        (lambda path: path.write_bytes(b"another"), "changed-while-reading"),
        (lambda path: (path.unlink(), path.mkdir()), "vanished"),
    ],
)
def test_a_master_that_is_no_longer_what_it_was_is_lost(night: Night, change: Any, reason: str) -> None:
    row = asset(night)
    change(Path(night.source_uri.removeprefix("file://")) / "a.tif")
    with pytest.raises(MasterLostError) as caught:
        master_path(night, row)
    assert caught.value.reason == reason
    assert "a.tif" in caught.value.detail


def test_a_source_that_does_not_answer_for_the_moment_loses_nothing(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object, **__: object) -> None:
        raise TransientStoreError("s3://museum", "a.tif", "503")

    row = asset(night)
    monkeypatch.setattr(type(night.source), "fetch", busy)
    with pytest.raises(TransientStoreError):
        master_path(night, row)


def test_the_pages_of_one_master_fetch_it_once(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    row = asset(night)
    fetch, calls = type(night.source).fetch, []
    together = threading.Barrier(4)

    def counted(self: Any, key: str, *args: Any, **options: Any) -> Any:
        calls.append(key)
        return fetch(self, key, *args, **options)

    def page(number: int) -> bytes:
        together.wait()
        return master_path(night, replace(row, page=number)).read_bytes()

    monkeypatch.setattr(type(night.source), "fetch", counted)
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(page, range(1, 5))) == {b"master"}
    assert calls == ["a.tif"]


def test_nothing_half_fetched_is_left(night: Night) -> None:
    with pytest.raises(FileNotFoundError):
        fetch_master(night, "nowhere.tif")
    assert list(night.workshop.incoming().iterdir()) == []
    assert night.workshop.masters() == []


def test_masters_beyond_the_room_are_dropped_oldest_first(night: Night) -> None:
    source = Path(night.source_uri.removeprefix("file://"))
    for number in range(3):
        (source / f"{number}.tif").write_bytes(bytes([number]) * 100)
        path, _ = fetch_master(night, f"{number}.tif")
        path.touch()
    make_room(replace(night, settings=night.settings.model_copy(update={"work_bytes": 200})))
    assert {path.read_bytes()[0] for path in night.workshop.masters()} == {1, 2}


def test_each_refusal_of_the_storage_has_a_reason() -> None:
    assert store_reason(UnsafeKeyError("s3://b", "k", "")) == "unsafe-key"
    assert store_reason(BucketMissingError("s3://b", "k", "")) == "storage-unavailable"


def test_a_local_copy_that_lost_its_digest_is_fetched_again_before_it_is_treated(night: Night) -> None:
    row = asset(night)
    assert verified_master(night, row).read_bytes() == b"master"
    night.workshop.master(str(row.sha256)).write_bytes(b"rotten")
    assert verified_master(night, row).read_bytes() == b"master"


def test_a_local_copy_that_lost_its_digest_is_not_trusted_where_the_source_has_changed_too(night: Night) -> None:
    row = asset(night)
    verified_master(night, row).write_bytes(b"rotten")
    (Path(night.source_uri.removeprefix("file://")) / "a.tif").write_bytes(b"another")
    with pytest.raises(MasterLostError) as caught:
        verified_master(night, row)
    assert caught.value.reason == "changed-while-reading"
