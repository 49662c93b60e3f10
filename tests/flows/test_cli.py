"""The command line as people and scripts use it: output, JSON documents, exit codes."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skimage.data
from PIL import Image
from typer.testing import CliRunner, Result

from flows.cli import app

WIDE = {"COLUMNS": "200", "TERM": "dumb"}


def oldphoto(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env=WIDE)


def document(*arguments: str | Path) -> Any:
    result = oldphoto(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    cat = skimage.data.chelsea()[:256, :320]
    (folder / "sub").mkdir()
    Image.fromarray(cat).save(folder / "cat.png", dpi=(300, 300))
    Image.fromarray(np.rot90(cat)).save(folder / "sub" / "turned.tif")
    Image.fromarray(skimage.data.coffee()[:256, :320]).save(folder / "coffee.jpg", quality=95)
    (folder / "broken.tif").write_text("no picture", "utf-8")
    return folder


def test_help_names_every_command() -> None:
    text = oldphoto("--help").stdout
    for command in ("sample", "nightly", "ingest", "dedupe", "classify", "restore", "modernize", "audit", "report"):
        assert command in text


def test_help_answers_without_loading_the_pipeline() -> None:
    code = "import sys; import flows.cli; sys.exit(any(name in sys.modules for name in ('prefect', 'cv2', 'torch')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_ingest_tells_what_a_scan_is(folder: Path) -> None:
    found = document("ingest", folder / "cat.png")["scans"]
    assert [(one["format"], one["width_px"], one["height_px"], round(one["dpi"])) for one in found] == [
        ("PNG", 320, 256, 300)
    ]


def test_dedupe_prints_the_documented_json(folder: Path) -> None:
    groups = document("dedupe", folder)["groups"]
    assert len(groups) == 1
    paths = {groups[0]["primary"]["path"], groups[0]["members"][0]["path"]}
    assert paths == {f"{folder}/cat.png", f"{folder}/sub/turned.tif"}
    assert groups[0]["members"][0]["relation"] == "near"
    assert set(groups[0]["members"][0]) == {"path", "relation", "distance", "transform"}


def test_classify_prints_the_documented_json(folder: Path) -> None:
    photograph = document("classify", folder / "cat.png")["photographs"][0]
    assert photograph["path"] == f"{folder}/cat.png"
    assert set(photograph["damage"]["scratch"]) == {"probability", "severity"}
    assert len(photograph["damage"]) == 12
    assert isinstance(photograph["mask_share"], float)
    assert isinstance(photograph["plan"], list)


def test_restore_keeps_names_formats_and_sizes(folder: Path, tmp_path: Path) -> None:
    done = document("restore", folder, "-o", tmp_path / "out")
    assert {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.*")} == {
        "cat.png",
        "coffee.jpg",
        "sub/turned.tif",
    }
    for name in ("cat.png", "coffee.jpg", "sub/turned.tif"):
        with Image.open(folder / name) as master, Image.open(tmp_path / "out" / name) as result:
            assert (result.size, result.format) == (master.size, master.format)
    assert [one["path"] for one in done["set_aside"]] == [f"{folder}/broken.tif"]


def test_restore_of_one_file_writes_that_file(folder: Path, tmp_path: Path) -> None:
    assert oldphoto("restore", folder / "cat.png", "-o", tmp_path / "new" / "mended.png").exit_code == 0
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["mended.png"]


def test_a_result_never_takes_its_masters_place(folder: Path) -> None:
    before = (folder / "cat.png").read_bytes()
    result = oldphoto("restore", folder / "cat.png", "-o", folder / "cat.png")
    assert result.exit_code == 2
    assert "overwritten" in result.stderr
    assert (folder / "cat.png").read_bytes() == before


def test_modernize_needs_a_usable_reference(folder: Path, tmp_path: Path) -> None:
    Image.fromarray(skimage.data.camera()).save(tmp_path / "grey.png")
    result = oldphoto("modernize", folder / "cat.png", "-o", tmp_path / "x.png", "-r", tmp_path / "grey.png")
    assert result.exit_code == 1
    assert "monochrome" in result.stderr


def test_a_file_set_aside_is_an_error_only_when_strict(folder: Path) -> None:
    assert oldphoto("ingest", folder / "broken.tif").exit_code == 0
    result = oldphoto("ingest", folder / "broken.tif", "--strict")
    assert result.exit_code == 1
    assert "not-an-image" in result.stderr


def test_wrong_arguments_exit_with_2(folder: Path, tmp_path: Path) -> None:
    assert oldphoto("nightly", "--source", folder, "--output", folder / "out", "--no-prefect").exit_code == 2
    assert oldphoto("nightly", "--source", "ftp://x/y", "--output", tmp_path, "--no-prefect").exit_code == 2
    assert oldphoto("nightly", "--output", tmp_path).exit_code == 2
    runner = oldphoto("nightly", "--source", folder, "--output", tmp_path / "o", "--runner", "dask")
    assert runner.exit_code == 2


def test_an_address_that_is_not_there_exits_with_1(tmp_path: Path) -> None:
    result = oldphoto("ingest", tmp_path / "nowhere")
    assert result.exit_code == 1
    assert "nowhere" in result.stderr


def test_nightly_audit_report_and_views_in_a_row(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLDPHOTO_WORK_DIR", str(tmp_path / "work"))
    out = tmp_path / "out"
    night = document("nightly", "--source", folder, "--output", out, "--no-prefect")
    assert night["counts"]["listed"] == 4
    assert [one["reason"] for one in night["quarantined"]] == ["not-an-image"]
    assert document("audit", out)["holds"] is True
    assert "run-000001/index.html" in oldphoto("report", out).stdout
    assert "CREATE OR REPLACE VIEW current_assets" in oldphoto("views", out).stdout
    strict = oldphoto("nightly", "--source", folder, "--output", tmp_path / "out2", "--no-prefect", "--strict")
    assert strict.exit_code == 1


def test_a_broken_derivative_fails_the_audit(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLDPHOTO_WORK_DIR", str(tmp_path / "work"))
    document("nightly", "--source", folder / "sub", "--output", tmp_path / "out", "--no-prefect")
    access = next((tmp_path / "out").rglob("access.jpg"))
    access.write_bytes(access.read_bytes()[:-1] + b"\0")
    result = oldphoto("audit", tmp_path / "out")
    assert result.exit_code == 1
    assert access.relative_to(tmp_path / "out").as_posix() in result.stdout
