"""A set is built once and brought up to date: same pictures, same files; what is refused says why."""

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import reference_folders

from catalogs.read import open_catalog
from catalogs.schema import ReferenceRow, RunRow
from oldphoto_core.classical.style_settings import StyleSettings
from tasks.curating.building import BuildRequest, Built, build_set
from tasks.lease import CatalogBusyError
from tasks.opening import OverlapError
from tasks.references.names import SetNameError
from tasks.settings import NightSettings
from tasks.storage import open_store


def request(source: Path, output: Path, work: Path, **changes: Any) -> BuildRequest:
    settings = NightSettings(work_dir=work, workers=1, modernize=StyleSettings(working_side_px=64))
    plain = BuildRequest(source=str(source), output=str(output), name="small", settings=settings, describer="measured")
    return replace(plain, **changes)


@pytest.fixture(autouse=True)
def _described_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """At their real working size a dozen builds would take a minute."""
    monkeypatch.setattr("oldphoto_core.references.view.WORKING_SIDE_PX", 64)


def files(output: Path) -> dict[str, str]:
    folder = output / "references"
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def reasons(built: Built) -> dict[str, str | None]:
    return {row.key: row.reason for row in built.rows}


def rows(output: Path) -> list[ReferenceRow]:
    return [row for row in open_catalog(open_store(output)).rows("references") if isinstance(row, ReferenceRow)]


def test_every_picture_is_a_reference_or_says_why_not(tmp_path: Path) -> None:
    source, output = reference_folders.mixed(tmp_path / "source"), tmp_path / "out"
    built = build_set(request(source, output, tmp_path / "work"))
    assert reasons(built) == {
        "cat.png": None,
        "cup.png": None,
        "grey.png": "monochrome",
        "nobodys.png": "no-licence",
        "notes.txt": "not-an-image",
        "rocket.png": None,
        "same.png": "same-picture",
        "smaller.jpg": "near-duplicate",
        "tiny.png": "too-small",
    }
    better = {row.key: built.key_of(row.copy_of) for row in built.rows if row.copy_of}
    assert better == {"same.png": "cat.png", "smaller.jpg": "cup.png"}
    assert {row.key: row for row in rows(output)} == {row.key: row for row in built.rows}
    ids = {row.reference_id for row in built.rows if row.accepted}
    assert {name for name in files(output) if name.endswith(".jpg")} == {f"small/pictures/{one}.jpg" for one in ids}


def test_the_same_pictures_give_the_same_files_whatever_was_there_before(tmp_path: Path) -> None:
    source, first, second = tmp_path / "source", tmp_path / "first", tmp_path / "second"
    reference_folders.good(source, ["cup"])
    build_set(request(source, first, tmp_path / "work"))
    before = files(first)
    reference_folders.good(source, ["cat", "rocket"])
    grown = build_set(request(source, first, tmp_path / "work"))
    assert (grown.run_id, grown.read, grown.accepted) == ("run-000002", 2, 3)
    build_set(request(source, second, tmp_path / "work"))
    assert files(first) == files(second)
    assert set(files(first)) - set(before)


def test_a_second_time_nothing_is_read_and_nothing_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, output = reference_folders.mixed(tmp_path / "source"), tmp_path / "out"
    build_set(request(source, output, tmp_path / "work"))
    before = {path: path.stat().st_mtime_ns for path in output.rglob("*") if path.is_file()}
    with monkeypatch.context() as patch:
        patch.setattr("tasks.folder_store.FolderSource.fetch", None)
        again = build_set(request(source, output, tmp_path / "work"))
    assert (again.run_id, again.read, again.accepted) == (None, 0, 3)
    assert {path: path.stat().st_mtime_ns for path in output.rglob("*") if path.is_file()} == before


def test_what_is_taken_away_leaves_the_set_and_its_copy_takes_its_place(tmp_path: Path) -> None:
    source, output = reference_folders.mixed(tmp_path / "source"), tmp_path / "out"
    build_set(request(source, output, tmp_path / "work"))
    (source / "cup.png").unlink()
    (source / "rocket.png").unlink()
    built = build_set(request(source, output, tmp_path / "work"))
    assert {row.key for row in built.rows if row.accepted} == {"cat.png", "smaller.jpg"}
    newest = {row.key: row for row in rows(output)}
    assert (newest["cup.png"].accepted, newest["cup.png"].reason) == (False, "removed")
    assert len([name for name in files(output) if name.endswith(".jpg")]) == 2
    assert len([name for name in files(output) if name.endswith(".faiss")]) == 2
    for path in source.iterdir():
        path.unlink()
    assert build_set(request(source, output, tmp_path / "work")).accepted == 0
    assert files(output) == {}


def test_a_build_that_broke_off_before_its_commit_is_taken_up_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, output, whole = reference_folders.good(tmp_path / "source"), tmp_path / "out", tmp_path / "whole"

    def broken(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("tasks.curating.building.commit_run", broken)
        with pytest.raises(KeyboardInterrupt):
            build_set(request(source, output, tmp_path / "work"))
        assert open_catalog(open_store(output)).manifests == ()
    with monkeypatch.context() as patch:
        patch.setattr("tasks.folder_store.FolderSource.fetch", None)  # nothing is read twice
        built = build_set(request(source, output, tmp_path / "work"))
    build_set(request(source, whole, tmp_path / "work"))
    assert (built.run_id, built.accepted, files(output)) == ("run-000001", 3, files(whole))
    assert list((tmp_path / "work").iterdir()) == []


def test_a_set_whose_files_are_gone_is_made_whole(tmp_path: Path) -> None:
    source, output = reference_folders.good(tmp_path / "source", ["cup", "cat"]), tmp_path / "out"
    build_set(request(source, output, tmp_path / "work"))
    before = files(output)
    next((output / "references/small/pictures").iterdir()).unlink()
    built = build_set(request(source, output, tmp_path / "work"))
    assert (built.read, built.run_id, files(output)) == (2, None, before)


def test_the_run_says_what_it_was(tmp_path: Path) -> None:
    source, output = reference_folders.good(tmp_path / "source", ["cup", "cat"]), tmp_path / "out"
    build_set(request(source, output, tmp_path / "work"))
    run = open_catalog(open_store(output)).rows("runs")[0]
    assert isinstance(run, RunRow)
    assert (run.run_kind, run.listed, run.fetched, run.known) == ("references", 2, 2, 0)


@pytest.mark.parametrize("name", ["", "Alps", "../alps", "a/b", "a" * 65, ".hidden"])
def test_a_name_that_could_lead_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SetNameError, match="cannot be the name of a set"):
        build_set(request(tmp_path / "source", tmp_path / "out", tmp_path / "work", name=name))


def test_source_and_output_must_be_apart(tmp_path: Path) -> None:
    with pytest.raises(OverlapError, match="output of its own"):
        build_set(request(tmp_path, tmp_path / "out", tmp_path / "work"))


def test_an_interrupted_night_is_finished_first(tmp_path: Path) -> None:
    source, output = reference_folders.good(tmp_path / "source", ["cup"]), tmp_path / "out"
    open_store(output).put("_staging/run-000001/ingest/piece.json", b"{}")
    with pytest.raises(CatalogBusyError, match="run the night again"):
        build_set(request(source, output, tmp_path / "work"))
