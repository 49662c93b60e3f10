"""What a person sees is safe on any terminal; what a machine reads is one JSON document whatever the names."""

import json
import logging
from pathlib import Path

import pytest
import small_scans
from typer.testing import CliRunner, Result

from flows.cli import app, print_night
from flows.terminal import leave_expected_errors_to_us, plain, print_json, print_set_aside, print_table
from tasks.lease import CatalogBusyError

HOSTILE = "box\x1b[2J\x07[red]/\udce9.png"
SHOWN = "box\\x1b[2J\\x07[red]/\\udce9.png"


def oldphoto(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "200", "TERM": "dumb"})


def test_what_does_not_print_is_spelled_out() -> None:
    assert plain(HOSTILE) == SHOWN
    assert plain("Großmutter 円環\nsecond line") == "Großmutter 円環\nsecond line"


def test_a_hostile_name_reaches_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    print_set_aside([{"path": HOSTILE, "reason": "empty", "detail": HOSTILE}])
    print_table("", ("key",), [(HOSTILE,)])
    shown = capsys.readouterr()
    assert f"{SHOWN}: {SHOWN} (empty)" in shown.err
    assert SHOWN in shown.out
    assert "\x1b[2J" not in shown.out + shown.err


def test_json_holds_any_name(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"path": HOSTILE})
    out = capsys.readouterr().out
    assert out.isascii()
    assert json.loads(out) == {"path": HOSTILE}


def test_places_are_shown_as_paths(capsys: pytest.CaptureFixture[str]) -> None:
    places = {"catalog": "file:///srv/box%201%20%23/catalogs", "report": "s3://museum/a%20b"}
    print_night({"run_id": "run-000001", "seconds": 1.0, "counts": {}, "quarantined": [], "places": places})
    out = capsys.readouterr().out
    assert "/srv/box 1 #/catalogs" in out
    assert "s3://museum/a%20b" in out


def test_a_whole_night_in_folders_with_awkward_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OLDPHOTO_WORK_DIR", str(tmp_path / "work dir"))
    small_scans.write(tmp_path / "box 1 #ä" / "print 1%20.png", "cat")
    result = oldphoto("nightly", "--source", "box 1 #ä", "--output", "out put?#", "--no-prefect", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["counts"]["listed"] == 1
    assert oldphoto("audit", "out put?#").exit_code == 0
    assert (tmp_path / "out put?#" / "reports" / "run-000001" / "index.html").is_file()
    assert oldphoto("restore", "box 1 #ä", "-o", "mended #", "--json").exit_code == 0
    assert (tmp_path / "mended #" / "print 1%20.png").is_file()


def test_results_that_would_clash_are_wrong_arguments(tmp_path: Path) -> None:
    for name in ("x", "y"):
        small_scans.write(tmp_path / name / "a.png", "cat", side_px=64)
    result = oldphoto("restore", tmp_path / "x" / "a.png", tmp_path / "y" / "a.png", "-o", tmp_path / "out")
    assert result.exit_code == 2
    assert "2 results would go to" in result.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", ["views", "report", "audit"])
def test_where_there_is_no_catalog_commands_say_so(tmp_path: Path, command: str) -> None:
    result = oldphoto(command, tmp_path / "nowhere")
    assert result.exit_code == 1
    assert "there is no catalog" in result.output
    assert "Traceback" not in result.output


def test_settings_that_cannot_be_read_are_wrong_arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small_scans.write(tmp_path / "in" / "a.png", "cat", side_px=64)
    monkeypatch.setenv("OLDPHOTO_LIMITS", "no JSON")
    result = oldphoto("ingest", tmp_path / "in")
    assert result.exit_code == 2
    assert "limits" in result.stderr


def test_prefect_prints_no_traceback_of_an_error_that_we_word() -> None:
    logger = logging.getLogger("prefect.flow_runs")
    leave_expected_errors_to_us()

    def is_printed(error: Exception) -> bool:
        about = (type(error), error, None)
        return bool(logger.filter(logger.makeRecord("", logging.ERROR, "", 0, "failed", (), about)))

    assert not is_printed(CatalogBusyError("busy"))
    assert is_printed(ZeroDivisionError("a defect"))
