import csv
import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from skimage import data

from oldphoto_core.image import from_bytes8
from oldphoto_core.scan.pictures import write_access_jpeg
from tasks.evaluation.copies import GroupsError, evaluate_copies
from tasks.settings import load_settings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two pictures of one group, one of another."""
    place = tmp_path / "prints"
    place.mkdir()
    cat = from_bytes8(np.ascontiguousarray(data.chelsea()))
    cup = from_bytes8(np.ascontiguousarray(data.coffee()))
    for name, photo in (("a.jpg", cat), ("b.jpg", np.ascontiguousarray(cat[:, ::-1])), ("c.jpg", cup)):
        write_access_jpeg(photo, place / name, max_side_px=600, quality=85)
    rows = [("cat", "original", "a.jpg"), ("cat", "mirrored", "b.jpg"), ("cup", "original", "c.jpg")]
    with (place / "groups.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("group", "type", "file"), *rows])
    return place


def test_a_folder_is_measured_beside_a_rival(folder: Path, tmp_path: Path) -> None:
    distances = {("a.jpg", "b.jpg"): 30, ("a.jpg", "c.jpg"): 8, ("b.jpg", "c.jpg"): 31}
    files = ["a.jpg", "b.jpg", "c.jpg"]
    method = {"default_threshold": 10, "distances": [distances[pair] for pair in combinations(files, 2)]}
    rival = tmp_path / "rival.json"
    rival.write_text(json.dumps({"tool": "rival 1", "files": files, "methods": {"PHash": method}}), "utf-8")
    tables, written = evaluate_copies(folder, tmp_path / "out", load_settings(None), rivals=[rival])
    rows = {row[0]: row[1:3] for row in tables[0].rows}
    assert rows == {
        "oldphoto": ("1", "1"),
        "rival 1 PHash, default threshold 10": ("1", "0"),
        "rival 1 PHash, best threshold 30": ("2", "1"),
    }
    assert tables[1].rows == (("mirrored", "1", "1", "1"),)
    assert tables[2].rows == ()
    assert "| oldphoto | 1 | 1 | 1.000" in written[0].read_text("utf-8")
    assert json.loads(written[1].read_text("utf-8"))["prints"]["found"] == {"oldphoto": [["a.jpg", "b.jpg"]]}


def test_a_missing_file_is_named(folder: Path, tmp_path: Path) -> None:
    (folder / "b.jpg").unlink()
    with pytest.raises(GroupsError, match=r"first is b\.jpg"):
        evaluate_copies(folder, tmp_path / "out", load_settings(None))


def test_a_rival_that_is_none_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "rival.json").write_text('{"files": ["a.jpg", "b.jpg", "c.jpg"]}', "utf-8")
    with pytest.raises(GroupsError, match="imagededup-distances"):
        evaluate_copies(folder, tmp_path / "out", load_settings(None), rivals=[tmp_path / "rival.json"])
    (folder / "groups.csv").write_text("name\na.jpg\n", "utf-8")
    with pytest.raises(GroupsError, match="columns"):
        evaluate_copies(folder, tmp_path / "out", load_settings(None))
