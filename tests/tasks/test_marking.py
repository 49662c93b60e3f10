"""What a night writes into its files and its events: every picture says where it comes from, every check is a row."""

import hashlib
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyexiv2
import pytest
import tifffile
from catalog_rows import plain_row
from nights import bare_night, night
from PIL import Image
from scan_masters import ADOBE
from skimage import data

from catalogs.read import open_catalog
from catalogs.schema import AssetRow, EventRow, TreatmentRow
from oldphoto_core.scan.read import read_scan
from oldphoto_core.scan.source_type import VOCABULARY
from oldphoto_core.scan.xmp import read_marks
from tasks.events import Subject, set_aside
from tasks.marking import lineage_of
from tasks.photograph import Photograph
from tasks.settings import NightSettings
from tasks.single import Destination, Refused, pictures
from tasks.stages import Page, change_each, restored
from tasks.storage import open_store

TITLE = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" dc:source="Box 4">'
    '<dc:title><rdf:Alt><rdf:li xml:lang="x-default">Amélie</rdf:li></rdf:Alt></dc:title>'
    "</rdf:Description></rdf:RDF></x:xmpmeta>"
).encode()


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a classical night leaves of two 16-bit masters with words of their own, a sound one with a bomb, a stub."""
    folder = tmp_path_factory.mktemp("marked")
    scans = folder / "scans"
    for name in ("scans", "references"):
        (folder / name).mkdir()
    faded = data.astronaut()[:384, :448] / 255 * 0.35 + 0.3
    samples = np.rint(faded * 65535).astype(np.uint16)
    extra = [(700, 7, len(TITLE), TITLE, True)]
    tifffile.imwrite(scans / "faded.tif", samples, photometric="rgb", iccprofile=ADOBE, extratags=extra)
    sound = Image.fromarray(data.chelsea())
    sound.save(scans / "sound.jpg", quality=97, xmp=b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    (scans / "stub.tif").write_bytes(b"II*\0")
    Image.fromarray(data.coffee()[:300, 100:500]).save(folder / "references" / "cup.png")
    sepia = data.coffee()[:300, :400] / 255 * [0.8, 0.6, 0.45] + [0.15, 0.1, 0.05]
    tifffile.imwrite(scans / "sepia.tif", np.rint(sepia * 65535).astype(np.uint16), photometric="rgb", extratags=extra)
    tone = {"engine": "classical", "steps": ["tone"]}  # the cast is left for the reference to mend
    night(scans, folder / "out", folder / "work", references=folder / "references", restore=tone)
    return folder / "out"


def events(output: Path, key: str) -> list[EventRow]:
    return [row for row in open_catalog(open_store(str(output))).rows("events") if row.key == key]  # type: ignore[union-attr, misc]


def files(output: Path, key: str) -> dict[str, TreatmentRow]:
    catalog = open_catalog(open_store(str(output)))
    (asset,) = (row.asset_id for row in catalog.current_assets if row.key == key)
    rows: list[Any] = [row for row in catalog.rows("treatments") if row.asset_id == asset]  # type: ignore[union-attr]
    return {Path(row.output_path).name: row for row in rows if row.output_path}


def test_every_file_says_in_itself_what_the_catalog_says_of_it(output: Path) -> None:
    for key in ("faded.tif", "sound.jpg", "sepia.tif"):
        for name, row in files(output, key).items():
            if name == "provenance.json":
                continue
            with pyexiv2.ImageData((output / str(row.output_path)).read_bytes()) as image:
                found = image.read_xmp()
            said = found.get("Xmp.iptcExt.DigitalSourceType")
            assert said == (row.digital_source_type and VOCABULARY + row.digital_source_type)
            assert found["Xmp.oldphoto.AssetId"] == row.asset_id
            assert found["Xmp.oldphoto.MasterSha256"] == row.asset_id
            assert (found["Xmp.oldphoto.RunId"], found["Xmp.oldphoto.CodeVersion"]) == (row.run_id, row.code_version)
            assert found["Xmp.oldphoto.SettingsHash"] == row.settings_hash


def test_classical_steps_are_an_enhancement_and_an_untouched_copy_is_what_its_master_is(output: Path) -> None:
    faded, sound = files(output, "faded.tif"), files(output, "sound.jpg")
    assert {faded[name].digital_source_type for name in ("restored.tif", "access.jpg")} == {"algorithmicallyEnhanced"}
    assert "restored.tif" not in sound
    assert sound["access.jpg"].digital_source_type is None


def test_a_modernized_picture_is_marked_as_the_masters_and_not_as_the_restored_ones_child(output: Path) -> None:
    made = files(output, "sepia.tif")["modernized.tif"]
    assert made.digital_source_type == "algorithmicallyEnhanced"
    with pyexiv2.ImageData((output / str(made.output_path)).read_bytes()) as image:
        found = image.read_xmp()
    assert found["Xmp.dc.title"] == {'lang="x-default"': "Amélie"}
    assert found["Xmp.oldphoto.Kind"] == "modernized"
    assert "Xmp.oldphoto.MasterDerivedFrom" not in found
    done = [value for name, value in found.items() if name.endswith("stEvt:parameters")]
    assert done[-1] == "modernize/style: classical"
    told = [row.event_type for row in events(output, "sepia.tif") if row.object_path == made.output_path]
    assert told == ["cre", "mem", "fix"]
    with tifffile.TiffFile(output / str(made.output_path)) as opened:
        assert opened.pages.first.dtype == np.uint16


def test_the_masters_words_depth_and_profile_go_along(output: Path) -> None:
    made = files(output, "faded.tif")
    for name in ("restored.tif", "access.jpg"):
        with pyexiv2.ImageData((output / str(made[name].output_path)).read_bytes()) as image:
            found = image.read_xmp()
        assert found["Xmp.dc.title"] == {'lang="x-default"': "Amélie"}
        assert found["Xmp.dc.source"] == "Box 4"
    with tifffile.TiffFile(output / str(made["restored.tif"].output_path)) as opened:
        page = opened.pages.first
        assert (page.dtype, page.tags[34675].value) == (np.uint16, ADOBE)


def test_each_file_has_its_events_with_its_own_digest_and_the_master_its_own(output: Path) -> None:
    made = files(output, "faded.tif")
    found = events(output, "faded.tif")
    (master,) = {row.object_sha256 for row in found if row.object_path is None}
    assert master == made["restored.tif"].asset_id
    assert Counter(row.event_type for row in found if row.object_path is None) == Counter(
        ["ing", "mes", "val", "mee", "fix", "app"]
    )
    for name, kinds in (("restored.tif", "cre mem fix"), ("access.jpg", "nor mem fix"), ("provenance.json", "cre fix")):
        path = made[name].output_path
        ours = [row for row in found if row.object_path == path]
        assert [row.event_type for row in ours] == kinds.split()
        digest = hashlib.sha256((output / str(path)).read_bytes()).hexdigest()
        assert {row.object_sha256 for row in ours} == {digest}
    assert {row.outcome for row in found} == {"success"}
    assert len({row.event_id for row in found}) == len(found)


def test_a_bomb_in_a_masters_xmp_is_noted_and_warned_of_and_its_copy_is_marked_all_the_same(output: Path) -> None:
    catalog = open_catalog(open_store(str(output)))
    (asset,) = (row for row in catalog.current_assets if row.key == "sound.jpg")
    assert asset.status == "untouched"
    assert "document type" in " ".join(asset.notes)
    warned = {row.event_type: row for row in events(output, "sound.jpg") if row.outcome == "warning"}
    assert set(warned) == {"mee", "mem"}
    assert warned["mem"].object_path is not None
    assert "left out" in warned["mem"].detail


def test_an_object_that_is_no_scan_has_the_check_that_failed(output: Path) -> None:
    assert [(row.event_type, row.outcome) for row in events(output, "stub.tif")] == [
        ("ing", "success"),
        ("mes", "success"),
        ("val", "fail"),
        ("qua", "fail"),
    ]


def test_provenance_holds_all_of_it(output: Path) -> None:
    made = files(output, "faded.tif")
    document = json.loads((output / str(made["provenance.json"].output_path)).read_text("utf-8"))
    assert document["format"] == "oldphoto-provenance/1"
    told = {file["name"]: file for file in document["files"]}
    assert set(told) == set(made) - {"provenance.json"}
    for name, file in told.items():
        assert file["sha256"] == hashlib.sha256((output / file["path"]).read_bytes()).hexdigest()
        assert file["digital_source_type"] == VOCABULARY + str(made[name].digital_source_type)
    recorded = {
        row.event_id for row in events(output, "faded.tif") if row.object_path != made["provenance.json"].output_path
    }
    assert {row["event_id"] for row in document["events"]} == recorded
    assert document["reproduce"]["master_sha256"] == document["master"]["sha256"]
    assert document["reproduce"]["settings"]["restore"]["engine"] == "classical"


def test_lineage_counts_accepted_steps_of_stages_that_changed_the_picture(tmp_path: Path) -> None:
    (tmp_path / "scans").mkdir()
    at_work = bare_night(tmp_path / "scans", tmp_path / "out", tmp_path / "work")

    def row(stage: str, step: str, verdict: str, weights: str | None = None) -> TreatmentRow:
        words = {"stage": stage, "step": step, "verdict": verdict, "weights_sha256": weights, "engine": "own"}
        made: TreatmentRow = plain_row(TreatmentRow, **words)
        return made

    asset: AssetRow = plain_row(AssetRow, asset_id="ab" * 32, sha256="ab" * 32)
    rows = (
        row("restore", "texture", "rejected", "11" * 32),
        row("restore", "colour", "blended", "22" * 32),
        row("restore", "inpaint", "applied"),
        row("restore", "result", "applied", "33" * 32),
        row("modernize", "result", "applied"),
    )
    photograph = Photograph(asset=asset, rows={"treatments": rows}, changed_by=("modernize",))

    def steps(photograph: Photograph, kind: Any) -> list[str]:
        return [f"{step.stage}/{step.name}" for step in lineage_of(at_work, photograph, kind, "hash").steps]

    both = replace(photograph, changed_by=("restore", "modernize"))
    assert steps(both, "restored") == ["restore/colour", "restore/inpaint"]
    assert steps(both, "access") == ["restore/colour", "restore/inpaint", "modernize/style"]
    assert lineage_of(at_work, both, "access", "hash").learned
    assert steps(photograph, "access") == ["modernize/style"]
    assert not lineage_of(at_work, photograph, "access", "hash").learned
    assert steps(both, "damage") == []


@pytest.mark.parametrize(
    ("reason", "kinds"),
    [("truncated", ["val", "qua"]), ("changed-while-reading", ["fix", "qua"]), ("failed", ["qua"])],
)
def test_what_is_set_aside_later_names_the_check_that_failed(tmp_path: Path, reason: str, kinds: list[str]) -> None:
    (tmp_path / "scans").mkdir()
    at_work = bare_night(tmp_path / "scans", tmp_path / "out", tmp_path / "work")
    found = set_aside(at_work, Subject(key="a", asset_id="ab"), reason, at=at_work.started_at)
    assert [(row.event_type, row.outcome) for row in found] == [(kind, "fail") for kind in kinds]


def test_the_mark_can_be_read_back_by_ourselves(output: Path) -> None:
    row = files(output, "faded.tif")["restored.tif"]
    with tifffile.TiffFile(output / str(row.output_path)) as opened:
        found = read_marks(opened.pages.first.tags[700].value)
    assert found["DigitalSourceType"] == row.digital_source_type
    assert "Weights" not in found


def test_a_single_command_marks_what_it_changed_and_names_no_run(tmp_path: Path) -> None:
    faded = (data.astronaut()[:256, :320] * 0.35 + 76).astype(np.uint8)
    Image.fromarray(faded).save(tmp_path / "faded.tif")
    settings = NightSettings(workers=1)

    def change(page: Page) -> Any:
        return restored(page, settings)

    destination = Destination(str(tmp_path / "mended.tif"))
    (done,) = change_each(pictures([str(tmp_path / "faded.tif")]), change, destination, settings, told=lambda _: None)
    assert not isinstance(done, Refused)
    assert done["changed"]
    marks = read_marks(read_scan(tmp_path / "mended.tif").xmp or b"")
    assert marks["DigitalSourceType"] == "algorithmicallyEnhanced"
    assert marks["MasterSha256"] == hashlib.sha256((tmp_path / "faded.tif").read_bytes()).hexdigest()
    assert "RunId" not in marks
