"""References are fetched once; one that cannot be used costs itself; one that was out of reach is tried again."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import small_scans
from nights import bare_night, settings

from catalogs.schema import ReferenceRow
from catalogs.write import Commit, commit_run
from oldphoto_core.image import from_bytes8
from tasks.night import Night
from tasks.references.describers import DEFAULT_DESCRIBER
from tasks.references.offered import _reduced, gather_references
from tasks.storage import ObjectChangedError, TransientStoreError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    small_scans.write(tmp_path / "references" / "cup.png", "cup", side_px=640)
    return tmp_path / "references"


@pytest.fixture
def night(folder: Path, tmp_path: Path) -> Night:
    (tmp_path / "scans").mkdir()
    return bare_night(tmp_path / "scans", tmp_path / "out", tmp_path / "work", references_uri=folder.as_uri())


def commit(night: Night, rows: Sequence[ReferenceRow]) -> Night:
    words = Commit(
        run_id=night.run_id,
        parent_run_id=None,
        parent_sha256=None,
        started_at=night.started_at,
        committed_at=night.started_at,
        code_version=night.code_version,
        config_hash="c0ffee",
    )
    commit_run(night.output, words, {"references": rows})
    return replace(night, run_id="run-000002")


def test_a_reference_is_described_once_and_nothing_of_it_stays_on_the_disk(night: Night) -> None:
    first = gather_references(night)
    assert [(row.key, row.accepted, row.reason) for row in first.new_rows] == [("cup.png", True, None)]
    assert night.workshop.masters() == []
    second = gather_references(commit(night, first.new_rows))
    assert (second.ids, second.new_rows) == (first.ids, ())


def test_two_files_of_the_same_bytes_are_one_reference(night: Night, folder: Path) -> None:
    (folder / "again.png").write_bytes((folder / "cup.png").read_bytes())
    found = gather_references(night)
    assert len(found.ids) == 1
    assert {row.reason for row in found.new_rows} == {None}


def test_what_cannot_be_used_says_why(night: Night, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "notes.txt").write_text("no picture", "utf-8")
    (folder / "LICENCES.csv").write_bytes(b'file,licence\ncup.png,"' + b"x" * 200_000)
    describe = __import__("tasks.references.reading", fromlist=["describe_reference"]).describe_reference

    def defective(photo: Any, *args: Any) -> Any:
        if photo.shape[1] == 64:
            raise ZeroDivisionError("on purpose")
        return describe(photo, *args)

    small_scans.write(folder / "small.png", "cup", side_px=64)
    monkeypatch.setattr("tasks.references.reading.describe_reference", defective)
    monkeypatch.setattr("tasks.references.reading.quality_verdict", lambda _: None)
    found = {row.key: row.reason for row in gather_references(night).new_rows}
    assert found == {"cup.png": None, "notes.txt": "not-an-image", "small.png": "failed"}


def test_a_reference_out_of_reach_tonight_is_tried_again(
    night: Night, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object, **__: object) -> None:
        raise TransientStoreError("s3://museum", "cup.png", "503")

    with monkeypatch.context() as patch:
        patch.setattr("tasks.folder_store.FolderSource.fetch", busy)
        first = gather_references(night)
    assert [row.reason for row in first.new_rows] == ["storage-unavailable"]
    second = gather_references(commit(night, first.new_rows))
    assert [row.accepted for row in second.new_rows] == [True]
    del folder


def test_references_of_a_folder_answer_for_a_photograph_and_show_themselves(night: Night, folder: Path) -> None:
    small_scans.write(folder / "cat.png", "cat", side_px=640)
    found = gather_references(night)
    photo = from_bytes8(small_scans.pixels("cup", side_px=320))
    choice = found.choose(photo)
    keys = {row.reference_id: row.key for row in found.rows}
    assert keys[choice.references[0]] == "cup.png"
    assert sum(region.share for region in choice.regions) == pytest.approx(1.0)
    assert max(found.picture(choice.references[0]).shape) == 512
    (folder / "cup.png").write_bytes((folder / "cat.png").read_bytes())
    _reduced.cache_clear()
    with pytest.raises(ObjectChangedError, match="another file stands there"):
        found.picture(choice.references[0])
    with pytest.raises(KeyError):
        found.picture("0" * 64)


def test_for_a_learned_engine_references_are_found_by_vectors_also_from_the_catalog(night: Night) -> None:
    learned = replace(night, settings=settings(night.settings.work_dir, modernize={"engine": "own"}))
    first = gather_references(learned)
    assert {row.describer for row in first.rows} == {DEFAULT_DESCRIBER}
    second = gather_references(commit(learned, first.new_rows))
    photo = from_bytes8(small_scans.pixels("cup", side_px=96))
    assert second.new_rows == ()
    assert first.choose(photo).regions == second.choose(photo).regions
