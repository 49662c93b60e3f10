"""Killed at any write and run again, a night leaves what an undisturbed one leaves."""

import os
import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from nights import night, what_stands

from catalogs.audit import audit
from tasks.sample import write_sample
from tasks.storage import open_store

SMALL_NIGHT = (
    "box-01/print-0001.tif",
    "box-01/print-0002.jpg",
    "box-01/print-0006.png",
    "loose/scan-0001.tif",
    "loose/scan-0005.tif",
)
"""A faded print, a clean picture, another print, a copy of the first, an empty file."""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    write_sample(folder / "all", photos=6, seed=5)
    (folder / "scans").mkdir()
    for name in SMALL_NIGHT:
        (folder / "scans" / Path(name).name).write_bytes((folder / "all" / "scans" / name).read_bytes())
    (folder / "all" / "references").rename(folder / "references")
    return folder


@pytest.fixture(scope="module")
def undisturbed(small: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], int, int]:
    """Return what stands after an undisturbed night, which write committed it, and how many writes there were."""
    folder = tmp_path_factory.mktemp("undisturbed")
    done = run_killed(small, folder, 10**9)
    assert done.returncode == 0, done.stderr
    committed, writes = map(int, done.stdout.split())
    assert 15 < committed < writes - 15
    return what_stands(folder / "out"), committed, writes


# 1 is the write that commits the night, 2 the last one; the report is written in between.
@pytest.mark.parametrize("way", [0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0, 1.02, 1.5, 2.0])
def test_a_second_run_after_a_power_cut_leaves_what_an_undisturbed_one_leaves(
    small: Path, undisturbed: tuple[dict[str, Any], int, int], tmp_path: Path, way: float
) -> None:
    standing, committed, writes = undisturbed
    limit = 1 + way * (committed - 1) if way <= 1.0 else committed + (way - 1.0) * (writes - committed)
    killed = run_killed(small, tmp_path, round(limit))
    assert killed.returncode == -9
    night(small / "scans", tmp_path / "out", tmp_path / "work", references=small / "references")
    expected, found = deepcopy(standing), what_stands(tmp_path / "out")
    if found["runs"] == ["run-000001", "run-000002"]:  # the cut came after the commit: the second run had nothing to do
        assert way > 1.0
        expected["runs"] = found["runs"]
        found["rows"]["runs"] = [row for row in found["rows"]["runs"] if '"run_id": "run-000001"' in row]
    assert found == expected
    assert audit(open_store(str(tmp_path / "out"))).holds


def run_killed(small: Path, folder: Path, limit: int) -> subprocess.CompletedProcess[str]:
    tests = Path(__file__).parents[1]
    arguments = [small / "scans", folder / "out", small / "references", folder / "work", limit]
    return subprocess.run(
        [sys.executable, "-m", "killed_night", *map(str, arguments)],
        cwd=tests.parent,
        env=os.environ | {"PYTHONPATH": str(tests)},
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
