"""Bags: validated by bagit, held against the catalog by hand, and never half there."""

import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import bagit
import pytest
from exported import add_run, spoilable, unwatched

from catalogs.errors import CatalogError
from catalogs.read import open_catalog
from catalogs.schema import TreatmentRow
from tasks.exports.bag import BagExport, BagRequest, export_bag
from tasks.exports.errors import ExportArgumentsError, ExportError, ExportPackagesError
from tasks.exports.files import WrongBytesError
from tasks.storage import ObjectMissingError, open_store


def pack(out: Path, bag: Path, **asked: Any) -> BagExport:
    return export_bag(BagRequest(**{"uri": str(out), "run": "run-000001", "folder": bag} | asked), unwatched)


def payload(bag: Path) -> dict[str, str]:
    """Return the SHA-256 of every file of the payload, by name."""
    data = bag / "data"
    return {
        path.relative_to(data).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in data.rglob("*")
        if path.is_file()
    }


def treatments(out: Path) -> list[TreatmentRow]:
    return [row for row in open_catalog(open_store(out)).rows("treatments") if isinstance(row, TreatmentRow)]


def test_a_bag_is_valid_and_holds_the_run(archive: Path, tmp_path: Path) -> None:
    out = archive / "out"
    done = pack(out, tmp_path / "bag", organization="Museum of X", labels={"Contact-Name": "A. Archivist"})
    bag = bagit.Bag(str(tmp_path / "bag"))
    assert bag.validate()
    assert bag.version_info == (1, 0)
    assert sorted(bag.algorithms) == ["sha256", "sha512"]

    made = {row.output_path: row.output_sha256 for row in treatments(out) if row.output_path}
    manifest = open_catalog(open_store(out)).manifests[0]
    rows = {file.path: file.sha256 for file in manifest.files}
    found = payload(tmp_path / "bag")
    assert len(made) > 8
    assert found.items() >= made.items()
    assert found.items() >= rows.items()
    rest = set(found) - set(made) - set(rows)
    assert "catalogs/_manifests/run-000001.json" in rest
    assert "reports/run-000001/index.html" in rest
    assert all(name.startswith("reports/run-000001/") for name in rest - {manifest.key})
    assert (done.files, done.bytes) == (
        len(found),
        sum((tmp_path / "bag" / "data" / name).stat().st_size for name in found),
    )


def test_both_manifests_list_every_file_and_no_other(archive: Path, tmp_path: Path) -> None:
    pack(archive / "out", tmp_path / "bag")
    expected = payload(tmp_path / "bag")
    for algorithm in ("sha256", "sha512"):
        lines = (tmp_path / "bag" / f"manifest-{algorithm}.txt").read_text("utf-8").splitlines()
        listed = {name.removeprefix("data/"): digest for digest, name in (line.split(maxsplit=1) for line in lines)}
        assert set(listed) == set(expected)
        for name, digest in listed.items():
            content = (tmp_path / "bag" / "data" / name).read_bytes()
            assert hashlib.new(algorithm, content).hexdigest() == digest


def test_labels_say_what_it_is_and_the_event_is_told_in_the_bag(archive: Path, tmp_path: Path) -> None:
    pack(archive / "out", tmp_path / "bag", organization="Museum of X", labels={"Contact-Name": "A. Archivist"})
    info = bagit.Bag(str(tmp_path / "bag")).info
    manifest = (archive / "out" / "catalogs" / "_manifests" / "run-000001.json").read_bytes()
    sha256 = hashlib.sha256(manifest).hexdigest()
    assert info["Source-Organization"] == "Museum of X"
    assert info["Contact-Name"] == "A. Archivist"
    assert info["Oldphoto-Run"] == "run-000001"
    assert info["Oldphoto-Manifest-SHA256"] == sha256
    assert info["External-Identifier"] == f"run-000001-{sha256}"
    event = json.loads((tmp_path / "bag" / "oldphoto-event.json").read_bytes())
    assert (event["event_type"], event["outcome"], event["left_out"]) == ("ipc", "success", [])
    listed = (tmp_path / "bag" / event["object_path"]).read_bytes()
    assert event["object_sha256"] == hashlib.sha256(listed).hexdigest()
    assert "oldphoto-event.json" in (tmp_path / "bag" / "tagmanifest-sha256.txt").read_text("utf-8")


def test_the_output_is_not_written_to(archive: Path, tmp_path: Path) -> None:
    out = spoilable(archive, tmp_path)
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    pack(out, tmp_path / "bag")
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before


def test_masters_go_along_only_when_asked_for(archive: Path, tmp_path: Path) -> None:
    pack(archive / "out", tmp_path / "without")
    pack(archive / "out", tmp_path / "with", with_masters=True)
    more = payload(tmp_path / "with").items() - payload(tmp_path / "without").items()
    scans = {hashlib.sha256(path.read_bytes()).hexdigest() for path in (archive / "scans").rglob("*") if path.is_file()}
    assert {sha256 for _, sha256 in more} == scans
    assert all(name == f"masters/{sha256[:2]}/{sha256}{Path(name).suffix}" for name, sha256 in more)
    assert {Path(name).suffix for name, _ in more} == {".tif", ".png", ".bin"}
    assert bagit.Bag(str(tmp_path / "with")).validate()


def changed_derivative(out: Path) -> str:
    path = next(out.rglob("restored.tif"))
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    return path.relative_to(out).as_posix()


def changed_rows(out: Path) -> str:
    path = next((out / "catalogs" / "damage").rglob("*.parquet"))
    path.write_bytes(path.read_bytes() + b"\0")
    return path.relative_to(out).as_posix()


@pytest.mark.parametrize("spoil", [changed_derivative, changed_rows])
def test_a_file_that_is_not_the_catalogued_one_stops_it_and_is_named(
    archive: Path, tmp_path: Path, spoil: Callable[[Path], str]
) -> None:
    out = spoilable(archive, tmp_path)
    name = spoil(out)
    (tmp_path / "bags").mkdir()
    with pytest.raises(WrongBytesError, match=name):
        pack(out, tmp_path / "bags" / "bag")
    assert list((tmp_path / "bags").iterdir()) == []


def test_a_missing_file_stops_it_and_is_named(archive: Path, tmp_path: Path) -> None:
    out = spoilable(archive, tmp_path)
    path = next(out.rglob("access.jpg"))
    path.unlink()
    (tmp_path / "bags").mkdir()
    with pytest.raises(ObjectMissingError, match=path.relative_to(out).as_posix()):
        pack(out, tmp_path / "bags" / "bag")
    assert list((tmp_path / "bags").iterdir()) == []


def test_a_master_that_changed_stops_it_and_is_named(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoiled = tmp_path / "scans"
    spoiled.mkdir()
    for path in (archive / "scans").rglob("*"):
        if path.is_file():
            target = spoiled / path.relative_to(archive / "scans")
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(path.read_bytes() + (b"\0" if path.name == "large.png" else b""))
    monkeypatch.setattr("tasks.exports.masters.open_source", lambda _: open_store(spoiled))
    (tmp_path / "bags").mkdir()
    with pytest.raises(WrongBytesError, match=r"large\.png"):
        pack(archive / "out", tmp_path / "bags" / "bag", with_masters=True)
    assert list((tmp_path / "bags").iterdir()) == []
    pack(archive / "out", tmp_path / "bags" / "bag")


def test_what_is_written_is_read_back(archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_bag = bagit.make_bag

    def on_a_bad_disk(folder: str, *args: Any, **options: Any) -> Any:
        path = next(Path(folder).rglob("restored.tif"))
        path.write_bytes(path.read_bytes()[:-1] + b"?")
        return make_bag(folder, *args, **options)

    monkeypatch.setattr(bagit, "make_bag", on_a_bad_disk)
    with pytest.raises(WrongBytesError, match=r"reads back as something else: derivatives/.*/restored\.tif"):
        pack(archive / "out", tmp_path / "bag")
    assert list(tmp_path.iterdir()) == []


def test_interrupted_it_leaves_nothing(archive: Path, tmp_path: Path) -> None:
    @contextmanager
    def impatient(what: str, total: int) -> Iterator[Callable[[int], None]]:
        del what
        left = [total // 2]

        def stop(done: int) -> None:
            left[0] -= done
            if left[0] < 0:
                raise KeyboardInterrupt

        yield stop

    with pytest.raises(KeyboardInterrupt):
        export_bag(BagRequest(uri=str(archive / "out"), run="run-000001", folder=tmp_path / "bag"), impatient)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_use_is_left_as_it_is(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "bag").mkdir()
    (tmp_path / "bag" / "mine.txt").write_text("mine", "utf-8")
    with pytest.raises(ExportArgumentsError, match="not empty"):
        pack(archive / "out", tmp_path / "bag")
    assert [path.name for path in (tmp_path / "bag").iterdir()] == ["mine.txt"]
    (tmp_path / "bag" / "mine.txt").unlink()
    pack(archive / "out", tmp_path / "bag")
    assert bagit.Bag(str(tmp_path / "bag")).validate()


@pytest.mark.parametrize(
    "label",
    [
        {"organization": "X\nOldphoto-Run: run-000009"},
        {"identifier": "a\rb"},
        {"labels": {"A: b": "c"}},
        {"labels": {"": "c"}},
    ],
)
def test_no_label_can_pretend_to_be_another(archive: Path, tmp_path: Path, label: dict[str, Any]) -> None:
    with pytest.raises(ExportArgumentsError, match="one line of plain text"):
        pack(archive / "out", tmp_path / "bag", **label)


def test_an_unknown_run_is_refused_with_what_there_is(archive: Path, tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="no run run-000009; it has run-000001"):
        pack(archive / "out", tmp_path / "bag", run="run-000009")


def test_what_a_later_run_withdrew_or_replaced_is_left_out_and_told(archive: Path, tmp_path: Path) -> None:
    out = spoilable(archive, tmp_path)
    restored = next(row for row in treatments(out) if row.output_path and row.output_path.endswith("restored.tif"))
    access = next(row for row in treatments(out) if row.output_path and row.output_path.endswith("access.jpg"))
    store = open_store(out)
    sha256 = store.put(str(restored.output_path), b"another")
    store.delete(str(access.output_path))
    later = [
        replace(restored, output_sha256=sha256, output_bytes=7),
        replace(access, output_sha256=None, output_bytes=None, reason="rejected"),
    ]
    assert add_run(out, treatments=later) == "run-000002"

    done = pack(out, tmp_path / "first")
    gone = {str(restored.output_path), str(access.output_path)}
    assert {(one.name, one.by_run) for one in done.left_out} == {(name, "run-000002") for name in gone}
    assert gone.isdisjoint(payload(tmp_path / "first"))
    event = json.loads((tmp_path / "first" / "oldphoto-event.json").read_bytes())
    assert {one["name"]: one["sha256"] for one in event["left_out"]} == {
        restored.output_path: restored.output_sha256,
        access.output_path: access.output_sha256,
    }
    info = bagit.Bag(str(tmp_path / "first")).info
    manifest = (out / "catalogs" / "_manifests" / "run-000001.json").read_bytes()
    assert info["Oldphoto-Manifest-SHA256"] == hashlib.sha256(manifest).hexdigest()

    pack(out, tmp_path / "second", run="run-000002")
    assert payload(tmp_path / "second")[str(restored.output_path)] == sha256


def test_a_bag_that_bagit_does_not_accept_is_not_left(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.exports.bag.BAG_VERSION", "BagIt-Version: 1.0\n")
    with pytest.raises(ExportError, match="bagit does not accept"):
        pack(archive / "out", tmp_path / "bag")
    assert list(tmp_path.iterdir()) == []


def test_without_bagit_the_way_to_get_it_is_said(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "bagit", None)
    with pytest.raises(ExportPackagesError, match=r"pip install 'oldphoto\[archive\]'"):
        pack(archive / "out", tmp_path / "bag")
