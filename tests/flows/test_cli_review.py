"""The review command as a person and as a script call it: on a real output, in processes of their own."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from nights import night
from typer.testing import CliRunner

from catalogs.read import open_catalog
from flows.cli import app
from tasks.sample import write_sample
from tasks.storage import open_store


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli-review")
    write_sample(folder / "sample", photos=6, seed=3)
    (folder / "scans").mkdir()
    (folder / "sample/scans/box-01/print-0003.tif").rename(folder / "scans/print.tif")
    night(folder / "scans", folder / "out", folder / "work")
    return folder


def run(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["review", *arguments])
    return done.exit_code, done.stdout, done.stderr


def listed(out: Path) -> list[dict[str, str]]:
    code, printed, _ = run(str(out), "--list", "--json")
    assert code == 0
    return list(json.loads(printed)["waiting"])


def test_decisions_from_a_table_are_recorded_and_bad_lines_named(reviewed: Path) -> None:
    (row,) = listed(reviewed / "out")
    path = reviewed / "decisions.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([["asset_id", "decision", "note"], [row["asset_id"], "redo", "again"], ["ab", "accept", ""]])
    code, printed, _ = run(str(reviewed / "out"), "--decide", str(path), "--reviewer", "Ada", "--json")
    document = json.loads(printed)
    assert (code, document["recorded"]) == (1, 1)
    assert [(one["line"], one["asset_id"]) for one in document["refused"]] == [(3, "ab")]
    assert [one["state"] for one in listed(reviewed / "out")] == ["redo"]
    code, printed, complaint = run(str(reviewed / "out"), "--decide", str(path))
    assert (code, "1 decision recorded" in printed, "line 3: ab" in complaint) == (1, True, True)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--list", "--decide", __file__), ("--json",), ("--host", "0.0.0.0"), ("--token", "short"),
        ("--decide", __file__), ("--port", "99999"),
    ],
)  # fmt: skip
def test_wrong_arguments_are_exit_code_2(reviewed: Path, arguments: tuple[str, ...]) -> None:
    assert run(str(reviewed / "out"), "--no-browser", *arguments)[0] == 2


def test_where_there_is_no_catalog_there_is_nothing_to_review(tmp_path: Path) -> None:
    code, _, complaint = run(str(tmp_path / "empty"), "--no-browser", "--port", "0")
    assert (code, "there is no catalog" in complaint) == (1, True)


def test_ctrl_c_ends_the_server_in_good_order_and_records_what_was_decided(reviewed: Path) -> None:
    start = [sys.executable, "-c", "from flows.cli import main; main()"]
    command = [*start, "review", str(reviewed / "out"), "--reviewer", "Grace", "--no-browser", "--port", "0"]
    command += ["--record-after", "3600"]
    here = Path(__file__).parents[2]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=here, env={**os.environ}) as server:
        assert server.stderr is not None
        address = re.findall(r"http://\S+/", server.stderr.readline())[0]
        (row,) = listed(reviewed / "out")
        with httpx.Client(base_url=address, timeout=60) as client:
            page = client.get(f"/reports/run-000001/photograph/{row['asset_id']}.html").raise_for_status().text
            hidden = dict(
                re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.split("/review/decide")[1])
            )
            client.post("/review/decide", data={**hidden, "decision": "accept"})
        server.send_signal(signal.SIGINT)
        told = server.stderr.read()
    assert server.returncode == 0
    assert re.search(r"1 decision recorded in run-", told)
    assert "Traceback" not in told
    rows = open_catalog(open_store(str(reviewed / "out"))).rows("reviews")
    assert (rows[-1].reviewer, rows[-1].decision) == ("Grace", "accept")  # type: ignore[union-attr]
