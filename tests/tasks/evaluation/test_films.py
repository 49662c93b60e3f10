"""An evaluation of film from pictures on disk to pages: made clips, real clips, every method that needs no weights."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

from oldphoto_core.evaluation.film_cases import KINDS, FilmCases
from oldphoto_core.evaluation.methods import UnknownMethodError
from tasks.evaluation.film_learned import FILM_METHOD_NAMES, film_methods_named
from tasks.evaluation.film_ledger import FILE
from tasks.evaluation.film_real import real_clips
from tasks.evaluation.films import FilmEvaluationSettings, evaluate_films, film_settings
from tasks.models.errors import ModelMissingError

SMALL = FilmEvaluationSettings(clips=2, real_frames=4, side_px=128, cases=FilmCases(size=(32, 48), frames=4))
METHODS = ("input", "median", "classical-steady")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a data folder of two pictures and a real clip of five frames."""
    for number, pixels in enumerate((data.astronaut(), data.chelsea())):
        path = tmp_path / "data" / "dev_test" / "clean" / f"source{number}" / "picture.png"
        path.parent.mkdir(parents=True)
        assert cv2.imwrite(str(path), pixels[:200, :240])
    clip = tmp_path / "data" / "dev_test" / "film" / "reel"
    clip.mkdir(parents=True)
    for number in range(5):
        assert cv2.imwrite(str(clip / f"f{number:04}.png"), data.astronaut()[10:90, number : number + 96])
    (tmp_path / "data" / "dev_test" / "film" / "empty").mkdir()
    return tmp_path / "data"


def test_scores_tables_and_pages_hold_every_method_and_kind(folder: Path, tmp_path: Path) -> None:
    found = evaluate_films(folder, tmp_path / "out", film_methods_named(METHODS), SMALL)
    assert len(found.scores) == 2 * len(KINDS) * len(METHODS)
    assert {one.clip for one in found.real} == {"reel"}
    assert [table.name for table in found.tables] == ["psnr_db", "ssim", "warping", "flicker", "real-reel", "time"]
    assert all({row[0] for row in table.rows} == set(METHODS) for table in found.tables)
    clean = next(one for one in found.scores if (one.kind, one.method) == ("clean", "input"))
    assert clean.measures["psnr_db"] == 100.0
    document = json.loads((tmp_path / "out" / "films.json").read_text("utf-8"))
    assert len(document["scores"]) == len(found.scores)
    page = (tmp_path / "out" / "films.html").read_text("utf-8")
    assert all(name in page for name in METHODS)
    assert "# Evaluation" in (tmp_path / "out" / "films.md").read_text("utf-8")


def test_a_second_run_finds_the_same(folder: Path, tmp_path: Path) -> None:
    first, second = (
        evaluate_films(folder, tmp_path / name, film_methods_named(["median"]), SMALL) for name in ("one", "two")
    )
    assert [one.measures for one in first.scores] == [one.measures for one in second.scores]


def test_real_clips_are_folders_of_frames_in_order(folder: Path) -> None:
    clips = real_clips(folder, 3)
    assert [(one.name, one.frames.shape) for one in clips] == [("reel", (3, 80, 96, 3))]
    assert not np.array_equal(clips[0].frames[0], clips[0].frames[1])
    assert real_clips(folder / "nowhere", 3) == []


def test_methods_that_do_not_exist_and_weights_that_are_not_there_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownMethodError, match="expected methods among input, median"):
        film_methods_named(["mean"])
    with pytest.raises(ModelMissingError, match="rtn-compact"):
        film_methods_named(["rtn-compact"], tmp_path)
    assert len(set(FILM_METHOD_NAMES)) == len(FILM_METHOD_NAMES)


def test_settings_of_the_command() -> None:
    assert film_settings(None, 7).cases.seed == 7
    assert film_settings(3, 0).clips == 3


def test_what_was_stopped_goes_on_and_a_line_cut_short_is_made_again(folder: Path, tmp_path: Path) -> None:
    out, methods = tmp_path / "out", film_methods_named(["median"])
    first = evaluate_films(folder, out, methods, SMALL)
    path = out / FILE
    path.write_bytes(path.read_bytes()[:-20])
    second = evaluate_films(folder, out, methods, SMALL)
    assert [one.measures for one in first.scores] == [one.measures for one in second.scores]
    assert [one.seconds for one in first.scores[:-1]] == [one.seconds for one in second.scores[:-1]]
    assert len(path.read_bytes().splitlines()) == len(first.scores)
