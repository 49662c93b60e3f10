"""IIIF exports: held against rules written down from the standards, and followed link by link as a viewer would."""

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from catalog_rows import MIDNIGHT, plain_row
from exported import HOSTILE, add_run, spoilable, unwatched
from iiif_rules import Json, ids, is_language_map, misfits
from nights import settings
from PIL import Image, ImageOps

from catalogs.errors import CatalogError
from catalogs.read import open_catalog
from catalogs.schema import AssetRow, ReviewRow, TreatmentRow
from tasks.exports.errors import ExportArgumentsError
from tasks.exports.iiif import IiifExport, IiifRequest, export_iiif
from tasks.exports.iiif_manifest import Presented, Shown, manifest
from tasks.exports.iiif_photograph import Presenter
from tasks.exports.iiif_tiles import TiledImage
from tasks.exports.masters import Masters
from tasks.storage import TransientStoreError, open_store

BASE = "https://iiif.example.org/prints"


def export(out: Path, folder: Path, **asked: Any) -> IiifExport:
    request = {"uri": str(out), "folder": folder, "base": BASE, "settings": settings(folder)} | asked
    return export_iiif(IiifRequest(**request), unwatched)


@pytest.fixture(scope="module")
def site(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("iiif")
    done = export(archive / "out", folder, label="Prints", rights="https://creativecommons.org/publicdomain/mark/1.0/")
    assert (len(done.written), done.unchanged, done.without_pictures, done.set_aside) == (4, 0, 3, ())
    assert done.collection == f"{BASE}/collection.json"
    return folder


def at(site: Path, address: str) -> Path:
    """Return the file that a web server would give out at an address."""
    assert address.startswith(f"{BASE}/")
    return site / address.removeprefix(f"{BASE}/")


def read(path: Path) -> Json:
    document: Json = json.loads(path.read_bytes())
    return document


def manifests(site: Path) -> dict[str, Json]:
    """Return every manifest of the collection by its label, opened as the collection says."""
    items = read(site / "collection.json")["items"]
    return {one["label"]["none"][0]: read(at(site, one["id"])) for one in items}


def bodies(canvas: Json) -> list[Json]:
    return [annotation["body"] for page in canvas["items"] for annotation in page["items"]]


def shown(site: Path, body: Json) -> np.ndarray:
    with Image.open(at(site, body["id"])) as image:
        return np.asarray(image).astype(float)


def of_key(out: Path, key: str) -> AssetRow:
    return next(row for row in open_catalog(open_store(out)).assets if row.key == key)


def no_masters(uri: str) -> None:
    raise AssertionError(uri)


def test_everything_is_what_the_standard_allows(site: Path) -> None:
    documents = [read(site / "collection.json"), *manifests(site).values()]
    found = {document["id"]: list(misfits(document)) for document in documents}
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
    every = [name for document in documents for name in ids(document) if document["type"] != "Collection"]
    assert len(every) == len(set(every))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda one: one.pop("label"),
        lambda one: one.update(label="text"),
        lambda one: one.update(rights="https://example.org/mine"),
        lambda one: one["items"][0].update(width=0),
        lambda one: one["items"][0]["items"][0]["items"][0].update(motivation="commenting"),
        lambda one: one["items"][0]["items"][0]["items"][0]["body"].pop("format"),
        lambda one: one.update(logo="x"),
        lambda one: one["metadata"].append({"label": {"en": ["x"]}, "value": {"none": ["<b>x</b>"]}}),
    ],
)
def test_the_rules_find_what_is_wrong(site: Path, spoil: Callable[[Json], None]) -> None:
    document = next(iter(manifests(site).values()))
    assert list(misfits(document)) == []
    spoil(document)
    assert list(misfits(document)) != []


def test_photographs_with_pictures_are_in_the_collection_in_order(site: Path) -> None:
    assert list(manifests(site)) == ["album.tif, page 1", "box/copy.tif", "cup.tif", "large.png"]
    assert read(site / "collection.json")["label"] == {"none": ["Prints"]}


def test_every_link_leads_to_a_file_of_the_size_it_says(site: Path) -> None:
    count = 0
    for document in manifests(site).values():
        for canvas in document["items"]:
            for image in [*bodies(canvas), *document["thumbnail"], *canvas.get("thumbnail", [])]:
                with Image.open(at(site, image["id"])) as opened:
                    assert opened.size == (image["width"], image["height"])
                count += 1
            for body in bodies(canvas):
                info = read(at(site, f"{body['service'][0]['id']}/info.json"))
                assert info["id"] == body["service"][0]["id"]
                assert info["type"] == body["service"][0]["type"]
    assert count > 20


def test_provenance_is_the_catalogued_file(site: Path, archive: Path) -> None:
    rows = open_catalog(open_store(archive / "out")).rows("treatments")
    digests = {row.output_sha256 for row in rows if isinstance(row, TreatmentRow) and row.step == "provenance"}
    linked = [at(site, one["seeAlso"][0]["id"]) for one in manifests(site).values()]
    assert {hashlib.sha256(path.read_bytes()).hexdigest() for path in linked} == digests


def test_master_and_result_are_side_by_side_on_the_first_canvas_and_alone_on_two_more(site: Path) -> None:
    document = manifests(site)["large.png"]
    both, master, restored = document["items"]
    assert document["behavior"] == ["paged"]
    labels = [canvas["label"]["en"][0] for canvas in document["items"]]
    assert labels == ["Master (left), restored (right)", "Master", "Restored"]
    assert [body["id"] for body in bodies(both)] == [bodies(master)[0]["id"], bodies(restored)[0]["id"]]
    assert (master["width"], master["height"]) == (restored["width"], restored["height"]) == (700, 560)
    places = []
    for annotation in both["items"][0]["items"]:
        canvas, _, place = annotation["target"].partition("#xywh=")
        assert canvas == both["id"]
        places.append(tuple(map(int, place.split(","))))
    (left, top, width, height), (beside, level, wide, high) = places
    assert (left, top, width, height) == (0, 0, 700, 560)
    assert (level, wide, high) == (0, 700, 560)
    assert beside > width
    assert (both["width"], both["height"]) == (beside + wide, 560)


def test_the_pictures_are_those_of_master_and_result(site: Path, archive: Path) -> None:
    _, master, restored = manifests(site)["box/copy.tif"]["items"]
    deep = tifffile.imread(archive / "scans" / "faded.tif") / 257
    made = next((archive / "out").glob(f"derivatives/*/{of_key(archive / 'out', 'faded.tif').asset_id}/restored.tif"))
    mended = tifffile.imread(made) / 257
    assert np.abs(shown(site, bodies(master)[0]) - deep).mean() < 3
    assert np.abs(shown(site, bodies(restored)[0]) - mended).mean() < 3
    assert np.abs(mended - deep).mean() > 10


def test_an_untouched_photograph_has_one_picture_upright(site: Path, archive: Path) -> None:
    document = manifests(site)["cup.tif"]
    (canvas,) = document["items"]
    assert document["behavior"] == ["individuals"]
    assert "Nothing in it was altered" in document["requiredStatement"]["value"]["en"][0]
    facts = {one["label"]["en"][0] for one in document["metadata"]}
    assert facts == {"Status", "Master", "SHA-256 of the master", "Damage found", "Run"}
    with Image.open(archive / "scans" / "cup.tif") as opened:
        upright = np.asarray(ImageOps.exif_transpose(opened)).astype(float)
    assert np.abs(shown(site, bodies(canvas)[0]) - upright).mean() < 3


def test_people_are_told_what_was_done(site: Path, archive: Path) -> None:
    document = manifests(site)["large.png"]
    facts = {one["label"]["en"][0]: one["value"]["none"][0] for one in document["metadata"]}
    row = of_key(archive / "out", "large.png")
    assert facts["Status"] == "published"
    assert facts["Master"] == "PNG, 700 x 560 px, 8 bit, rgb"
    assert facts["SHA-256 of the master"] == row.sha256
    restored = archive / "out" / f"derivatives/{row.asset_id[:2]}/{row.asset_id}/restored.tif"  # type: ignore[index]
    assert facts["SHA-256 of the result"] == hashlib.sha256(restored.read_bytes()).hexdigest()
    assert "fading" in facts["Damage found"]
    assert facts["Treatments"]
    assert facts["Run"] == "run-000001"
    notice = document["requiredStatement"]["value"]["en"][0]
    assert "“Restored” was altered by software: it is not the photograph as it was scanned" in notice
    assert document["rights"] == "http://creativecommons.org/publicdomain/mark/1.0/"


def test_a_second_export_writes_nothing_and_asks_for_no_master(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(archive / "out", tmp_path / "site")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "site").rglob("*")}

    monkeypatch.setattr("tasks.exports.masters.open_source", no_masters)
    done = export(archive / "out", tmp_path / "site")
    assert (done.written, done.unchanged) == ((), 4)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "site").rglob("*")} == before


def test_what_is_missing_is_made_good_and_a_strangers_file_stays(archive: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    export(archive / "out", site)
    (site / "index.html").write_text("ours", "utf-8")
    name = of_key(archive / "out", "large.png").asset_id or ""
    lost = next((site / name[:2] / name).glob("restored-*"))
    shutil.rmtree(lost)
    (site / name[:2] / name / "provenance.json").write_text("{}", "utf-8")
    done = export(archive / "out", site)
    assert (done.written, done.unchanged) == ((name,), 3)
    assert (lost / "full" / "max" / "0" / "default.jpg").is_file()
    assert (site / "index.html").read_text("utf-8") == "ours"
    assert "master" in read(site / name[:2] / name / "provenance.json")


def test_a_new_address_changes_documents_and_no_picture(archive: Path, tmp_path: Path) -> None:
    export(archive / "out", tmp_path / "site")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "site").rglob("*.jpg")}
    done = export(archive / "out", tmp_path / "site", base="http://localhost:8080/")
    assert len(done.written) == 4
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "site").rglob("*.jpg")} == before
    for path in (tmp_path / "site").rglob("*.json"):
        assert BASE not in path.read_text("utf-8")
    assert read(tmp_path / "site" / "collection.json")["id"] == "http://localhost:8080/collection.json"


def test_without_masters_none_is_fetched_or_shown(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.exports.masters.open_source", no_masters)
    export(archive / "out", tmp_path / "site", with_masters=False)
    found = manifests(tmp_path / "site")
    assert {name: [one["label"]["en"][0] for one in document["items"]] for name, document in found.items()} == {
        "album.tif, page 1": ["Restored"],
        "box/copy.tif": ["Restored"],
        "cup.tif": ["Access copy"],
        "large.png": ["Restored"],
    }
    assert "Nothing in it was altered" in found["cup.tif"]["requiredStatement"]["value"]["en"][0]
    assert "was altered" in found["large.png"]["requiredStatement"]["value"]["en"][0]
    assert not list((tmp_path / "site").rglob("master-*"))


def without(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def changed(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_bytes(b"another")


@pytest.mark.parametrize(("spoil", "reason"), [(without("large.png"), "vanished"), (changed("large.png"), "changed")])
def test_a_lost_or_changed_master_costs_one_photograph_and_says_why(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spoil: Callable[[Path], None], reason: str
) -> None:
    shutil.copytree(archive / "scans", tmp_path / "scans")
    spoil(tmp_path / "scans")
    monkeypatch.setattr("tasks.exports.masters.open_source", lambda _: open_store(tmp_path / "scans"))
    done = export(archive / "out", tmp_path / "site")
    assert [(one.path, one.reason) for one in done.set_aside] == [("large.png", reason)]
    assert "large.png" not in manifests(tmp_path / "site")
    assert len(done.written) == 3
    assert not list(tmp_path.rglob("*.partial"))


def test_a_changed_derivative_is_not_shown(archive: Path, tmp_path: Path) -> None:
    out = spoilable(archive, tmp_path)
    row = of_key(out, "large.png")
    path = out / f"derivatives/{(row.asset_id or '')[:2]}/{row.asset_id}/restored.tif"
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    done = export(out, tmp_path / "site")
    assert [(one.path, one.reason) for one in done.set_aside] == [("large.png", "changed")]
    assert "restored.tif" in done.set_aside[0].detail


def test_a_store_that_does_not_answer_stops_the_export(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(uri: str) -> None:
        raise TransientStoreError(uri, "", "does not answer")

    monkeypatch.setattr("tasks.exports.masters.open_source", busy)
    with pytest.raises(TransientStoreError):
        export(archive / "out", tmp_path / "site")
    assert not (tmp_path / "site" / "collection.json").exists()


@pytest.mark.parametrize(("decision", "pictures"), [("accept", 3), ("reject", 1), ("redo", 1)])
def test_a_result_that_a_person_turned_down_is_not_shown(
    archive: Path, tmp_path: Path, decision: str, pictures: int
) -> None:
    out = spoilable(archive, tmp_path)
    row = of_key(out, "large.png")
    sha256 = next(
        one.output_sha256
        for one in open_catalog(open_store(out)).rows("treatments")
        if isinstance(one, TreatmentRow) and one.asset_id == row.asset_id and one.output_path and one.stage == "restore"
    )
    told = {"asset_id": row.asset_id, "output_sha256": sha256, "decision": decision, "reviewed_at": MIDNIGHT}
    add_run(out, reviews=[plain_row(ReviewRow, **told)])
    export(out, tmp_path / "site")
    assert len(manifests(tmp_path / "site")["large.png"]["items"]) == pictures
    done = export(out, tmp_path / "results", with_masters=False)
    label = [one["label"]["en"][0] for one in manifests(tmp_path / "results")["large.png"]["items"]]
    assert label == (["Restored"] if decision == "accept" else ["Access copy"])
    assert done.set_aside == ()


def test_a_withdrawn_result_with_nothing_in_its_place_is_set_aside(archive: Path, tmp_path: Path) -> None:
    out = spoilable(archive, tmp_path)
    row = of_key(out, "large.png")
    files = [one for one in open_catalog(open_store(out)).rows("treatments") if isinstance(one, TreatmentRow)]
    gone = [one for one in files if one.asset_id == row.asset_id and one.output_path]
    add_run(out, treatments=[replace(one, output_sha256=None, output_bytes=None) for one in gone])
    done = export(out, tmp_path / "site", with_masters=False)
    assert [(one.path, one.reason) for one in done.set_aside] == [("large.png", "nothing-to-show")]
    export(out, tmp_path / "masters")
    document = manifests(tmp_path / "masters")["large.png"]
    assert [one["label"]["en"][0] for one in document["items"]] == ["Master"]
    assert "seeAlso" not in document


@pytest.mark.parametrize(
    "asked",
    [
        {"base": "file:///srv/iiif"},
        {"base": "https://x.org/a?b=c"},
        {"base": "https://x.org/a b"},
        {"base": 'https://x.org/"'},
        {"rights": "https://example.org/mine"},
    ],
)
def test_what_cannot_stand_in_a_manifest_is_refused(archive: Path, tmp_path: Path, asked: dict[str, str]) -> None:
    with pytest.raises(ExportArgumentsError, match=r"expected (http|an address)"):
        export(archive / "out", tmp_path / "site", **asked)
    assert not (tmp_path / "site").exists()


def test_masters_and_output_are_not_written_among(archive: Path) -> None:
    for place in ("scans", "out"):
        with pytest.raises(ExportArgumentsError, match="folder of its own"):
            export(archive / "out", archive / place / "iiif")


def test_without_a_catalog_there_is_nothing_to_show(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="no catalog"):
        export(tmp_path / "out", tmp_path / "site")


def test_a_name_like_markup_is_never_taken_for_it(archive: Path, tmp_path: Path) -> None:
    export(archive / "out", tmp_path / "site", label="<script>alert(1)</script>")
    label = read(tmp_path / "site" / "collection.json")["label"]
    assert is_language_map(label)
    assert label["none"][0].strip() == "<script>alert(1)</script>"
    assert HOSTILE not in (tmp_path / "site" / "collection.json").read_text("utf-8")


def test_a_result_of_another_size_stands_beside_the_master_at_its_height() -> None:
    def one(label: str, width: int, height: int) -> Shown:
        return Shown(label, TiledImage(label.lower(), width, height, whole=(width, height), small=(width, height)))

    asked = {"address": f"{BASE}/ab/ab", "label": "a.tif", "facts": {}, "notice": "altered", "rights": None}
    pictures = [one("Master", 400, 300), one("Restored", 1000, 1500)]
    document = manifest(Presented(**asked, pictures=pictures, has_provenance=False))
    assert list(misfits(document)) == []
    both, master, restored = document["items"]
    targets = [annotation["target"].partition("#xywh=")[2] for annotation in both["items"][0]["items"]]
    assert targets == ["0,0,400,300", "408,0,200,300"]
    assert (both["width"], both["height"]) == (608, 300)
    assert [(canvas["width"], canvas["height"]) for canvas in (master, restored)] == [(400, 300), (1000, 1500)]


def test_a_later_page_is_shown_and_not_the_first(archive: Path, tmp_path: Path) -> None:
    rows = open_catalog(open_store(archive / "out")).assets
    row = next(one for one in rows if (one.key, one.page) == ("album.tif", 2))
    asked = {"folder": tmp_path, "base": BASE, "rights": None, "settings": settings(tmp_path)}
    presenter = Presenter(store=open_store(archive / "out"), masters=Masters(), **asked)
    image = presenter._master(Masters(), row, tmp_path, BASE)
    page = tifffile.imread(archive / "scans" / "album.tif", key=1).astype(float)
    with Image.open(tmp_path / image.folder / "full" / "max" / "0" / "default.jpg") as whole:
        assert np.abs(np.asarray(whole) - page).mean() < 3
