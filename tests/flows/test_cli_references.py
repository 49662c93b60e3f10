"""The commands for curated sets: what they print, and how they leave."""

import json
from pathlib import Path
from typing import Any

import pytest
import reference_folders
from typer.testing import CliRunner

from flows.cli import app


@pytest.fixture(autouse=True)
def _work_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLDPHOTO_WORK_DIR", str(tmp_path / "work"))
    monkeypatch.setenv("OLDPHOTO_MODERNIZE__WORKING_SIDE_PX", "64")
    monkeypatch.setattr("oldphoto_core.references.view.WORKING_SIDE_PX", 64)


def run(*words: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["references", *map(str, words)])
    return result.exit_code, result.output


def build(source: Path, output: Path, *more: str) -> tuple[int, str]:
    return run("build", "--source", source, "--output", output, "--name", "small", "--describer", "measured", *more)


def test_a_set_is_built_listed_and_built_again(tmp_path: Path) -> None:
    source, output = reference_folders.mixed(tmp_path / "source"), tmp_path / "out"
    code, text = build(source, output, "--json")
    document: dict[str, Any] = json.loads(text)
    assert (code, document["run_id"], document["read"]) == (0, "run-000001", 9)
    assert [one["path"] for one in document["references"]] == ["cat.png", "cup.png", "rocket.png"]
    refused = {one["path"]: (one["reason"], one["copy_of"]) for one in document["refused"]}
    assert refused["smaller.jpg"] == ("near-duplicate", "cup.png")
    assert refused["nobodys.png"] == ("no-licence", None)
    code, text = build(source, output)
    assert code == 0
    assert "3 references, 0 pictures read, nothing has changed" in text
    assert "6 refused" in text
    assert build(source, output, "--strict")[0] == 1
    listed = json.loads(run("list", output, "--json")[1])["sets"]
    assert [(one["name"], one["references"], one["describer"]) for one in listed] == [("small", 3, "measured")]
    one = json.loads(run("list", f"{output}/small", "--json")[1])
    assert next((row["key"], row["licence"]) for row in one["references"]) == ("cat.png", "CC0 1.0")
    assert "cup.png" in run("list", listed[0]["uri"])[1]


def test_wrong_arguments_are_told_from_failures(tmp_path: Path) -> None:
    source = reference_folders.good(tmp_path / "source", ["cup"])
    out = ("--output", tmp_path / "out")
    assert run("build", "--source", source, *out, "--name", "../up")[0] == 2
    assert run("build", "--source", source, "--output", source / "out", "--name", "small")[0] == 2
    code, text = run("build", "--source", source, *out, "--name", "small", "--describer", "sift")
    assert (code, "choose one of together" in " ".join(text.split())) == (1, True)
    (source / "LICENCES.csv").unlink()
    code, text = build(source, tmp_path / "out")
    assert (code, "no picture was accepted" in text) == (1, True)
    assert run("list", tmp_path / "out")[1].startswith("0 sets")
