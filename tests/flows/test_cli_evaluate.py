"""The evaluate command as people and scripts use it."""

import json
import os
from pathlib import Path

import pytest
from evaluation_pictures import write_pictures
from style_pictures import write_style_pictures
from typer.testing import CliRunner, Result

from flows.cli import app

WIDE = {"COLUMNS": "200", "TERM": "dumb"}


def oldphoto(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["evaluate", *map(str, arguments)], env=WIDE)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pictures(tmp_path_factory.mktemp("data"))


def test_it_prints_tables_and_writes_files(data: Path, tmp_path: Path) -> None:
    asked = ("--data", data, "--out", tmp_path, "--pictures", "2", "--side", "96", "--kinds", "scratch,clean")
    result = oldphoto(*asked, "--methods", "input,classical-told")
    assert result.exit_code == 0, result.output
    for part in ("PSNR", "classical-told", "Clean in, clean out", "16 scores, 16 of them made now"):
        assert part in result.stdout
    again = json.loads(oldphoto(*asked, "--methods", "input,classical-told", "--json").stdout)
    assert (again["scores"], again["made"]) == (16, 0)
    assert {Path(path).name for path in again["files"]} == {"results.json", "results.md", "results.html"}


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("--methods", "magic"), 2, "classical-told"),
        (("--kinds", "ghosts"), 2, "ghosts"),
        (("--data", "nowhere-at-all"), 1, "dev_test/clean"),
    ],
)
def test_wrong_requests_are_worded(data: Path, tmp_path: Path, options: tuple[str, str], code: int, words: str) -> None:
    result = oldphoto("--data", data, "--out", tmp_path, *options)
    assert result.exit_code == code
    assert words in result.stderr


def test_modernizing_is_measured_instead(tmp_path: Path) -> None:
    data = write_style_pictures(tmp_path / "data")
    asked = ("--style", "--data", data, "--out", tmp_path / "out", "--pictures", "1", "--side", "96")
    result = oldphoto(*asked, "--methods", "input,histogram")
    assert result.exit_code == 0, result.output
    for part in ("CIEDE2000 taken away", "unrelated", "edges kept", "28 scores, 28 of them made now"):
        assert part in result.stdout
    again = json.loads(oldphoto(*asked, "--methods", "input,histogram", "--json").stdout)
    assert (again["scores"], again["made"]) == (28, 0)
    assert {Path(path).name for path in again["files"]} == {"style.json", "style.md", "style.html"}


def test_methods_of_modernizing_are_not_those_of_restoration(data: Path, tmp_path: Path) -> None:
    result = oldphoto("--style", "--data", data, "--out", tmp_path, "--methods", "own-told")
    assert result.exit_code == 2
    assert "monge-kantorovich" in result.stderr


@pytest.mark.skipif("OLDPHOTO_DATA" not in os.environ, reason="OLDPHOTO_DATA names no pictures")
def test_real_pictures(tmp_path: Path) -> None:
    result = oldphoto("--out", tmp_path, "--pictures", "2", "--side", "160", "--kinds", "noise,clean")
    assert result.exit_code == 0, result.output
