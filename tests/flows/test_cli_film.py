"""The command that restores a reel: what it prints, and how it ends."""

import json
from pathlib import Path

import pytest
from film_reels import write_frames, write_reel
from typer.testing import CliRunner, Result

from flows.cli import app
from flows.film import film as film_flow


@pytest.fixture(autouse=True)
def _apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLDPHOTO_WORK_DIR", str(tmp_path / "work"))
    monkeypatch.setenv("COLUMNS", "200")


def film(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["film", *map(str, arguments)])


def test_a_reel_is_restored_and_the_document_names_its_files(tmp_path: Path) -> None:
    source = write_reel(tmp_path / "a.mov", count=8, sound="aac")
    result = film(source, tmp_path / "out.mkv", "--engine", "none", "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["frames_out"] == 8
    assert document["settings"]["engine"] == "none"
    assert sorted(document["outputs"]) == ["access", "film", "frame_list", "record"]
    assert all(Path(place).is_file() for place in document["outputs"].values())


def test_the_table_tells_steps_notes_and_places(tmp_path: Path) -> None:
    source = write_frames(tmp_path / "a", [1, 2, 4, 5])
    result = film(source, tmp_path / "out", "--no-access")
    assert result.exit_code == 0, result.output
    assert "4 frames, 1 shots" in result.output
    assert "deflicker" in result.output
    assert "not renumbered: 3" in result.output
    assert str(tmp_path / "out") in result.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("a.mkv", "out.mkv"), "no-frames"),
        (("b.mkv", "out.mkv"), "there is no such file"),
        (("a.mkv", "a.mkv"), "would replace"),
        (("a.mkv", "out.txt"), "expected a file .mkv"),
        (("a.mkv",), "give either DST or --catalog"),
        (("a.mkv", "out.mkv", "--catalog", "cat"), "give either DST or --catalog"),
        (("a.mkv", "out.mkv", "--rate", "fast"), "frames per second"),
        (("a.mkv", "out.mkv", "--engine", "official", "--weights", "none.pth"), "no film weights"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(
    arguments: tuple[str, ...], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.mkv").write_bytes(b"\x1aE\xdf\xa3 not much")
    result = film(*arguments)
    assert result.exit_code == (1 if words in {"there is no such file", "no film weights"} else 2), result.output
    assert words in result.output or (words == "no-frames" and "not-a-film" in result.output)
    assert "Traceback" not in result.output
    assert sorted(path.name for path in Path().iterdir() if path.name != "work") == ["a.mkv"]


def test_a_catalog_gets_the_reel_as_a_run(tmp_path: Path) -> None:
    source = write_reel(tmp_path / "in" / "a.mkv", codec="ffv1", count=6)
    result = film(source, "--catalog", tmp_path / "out", "--engine", "none", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["run_id"] == "run-000001"
    again = film(source, "--catalog", tmp_path / "out", "--engine", "none")
    assert "restored before, by run-000001" in again.output
    broken = tmp_path / "in" / "b.mkv"
    broken.write_bytes(b"nothing")
    result = film(broken, "--catalog", tmp_path / "out", "--engine", "none")
    assert (result.exit_code, "set aside" in result.output) == (0, True)


def test_the_flow_does_the_same_without_a_server(tmp_path: Path) -> None:
    source = write_frames(tmp_path / "a", [1, 2, 3])
    document = film_flow.fn(str(source), str(tmp_path / "out.mp4"), rate="16")
    assert (document["frames_out"], document["frame_rate"]) == (3, "16")
    assert Path(document["outputs"]["film"]).is_file()
