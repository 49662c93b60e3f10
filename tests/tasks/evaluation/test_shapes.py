"""Held-out shapes are found where they lie, or it is said that there are none."""

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest
from evaluation_pictures import write_pictures

from oldphoto_core.evaluation.cases import CASE_KINDS, SHAPE_KINDS
from oldphoto_core.synthesis.shapes import ShapeBank
from tasks.evaluation.evaluate import UnknownKindError, evaluate, kinds_named, methods_named
from tasks.evaluation.run import EvaluationSettings
from tasks.evaluation.shapes import FOLDER, ShapesFolderError, held_out_bank, shapes_digest

INPUT = methods_named(["input"])


def write_cracks(data: Path, *, licence_class: str = "research_only") -> None:
    folder = data / FOLDER / "crack_shapes"
    folder.mkdir(parents=True)
    crack = np.zeros((60, 90), np.uint8)
    crack[30:32, 4:86] = 255
    assert cv2.imwrite(str(folder / "a.png"), crack)
    with (data / FOLDER / "SOURCES.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("file", "licence_class"), ("crack_shapes/a.png", licence_class)])


def test_shapes_below_the_data_folder_make_cases_of_their_own(tmp_path: Path) -> None:
    data = write_pictures(tmp_path / "data")
    write_cracks(data)
    assert [shape.shape for shape in held_out_bank(data).scratches] == [(2, 82)]
    settings = EvaluationSettings(kinds=kinds_named(["clean", "scratch-shapes"]), side_px=96, resamples=20, pictures=1)
    assert evaluate(data, tmp_path / "out", INPUT, settings).made == 4
    text = (tmp_path / "out/results.md").read_text("utf-8")
    assert "laid from 1 outlines" in text
    assert "| scratch-shapes | strong | 1 |" in text


def test_other_shapes_are_other_cases_and_the_rest_is_known(tmp_path: Path) -> None:
    data = write_pictures(tmp_path / "data")
    write_cracks(data)
    settings = EvaluationSettings(kinds=kinds_named(["clean", "scratch-shapes"]), side_px=96, resamples=20, pictures=1)
    evaluate(data, tmp_path / "out", INPUT, settings)
    path = data / FOLDER / "crack_shapes/a.png"
    crack = np.zeros((60, 90), np.uint8)
    crack[30:33, 4:80] = 255
    assert cv2.imwrite(str(path), crack)
    assert evaluate(data, tmp_path / "out", INPUT, settings).made == 3


def test_open_shapes_are_not_held_out_and_without_any_their_cases_are_left_out(tmp_path: Path) -> None:
    data = write_pictures(tmp_path / "data")
    write_cracks(data, licence_class="open")
    assert held_out_bank(data).scratches == ()
    with pytest.raises(ShapesFolderError, match="crack_shapes"):
        held_out_bank(data, data / FOLDER)
    settings = EvaluationSettings(kinds=kinds_named(["clean", "scratch-shapes"]), side_px=96, resamples=20, pictures=1)
    assert evaluate(data, tmp_path / "out", INPUT, settings).made == 1
    assert "no shapes were held out" in (tmp_path / "out/results.md").read_text("utf-8")
    with pytest.raises(UnknownKindError, match="scratch-shapes"):
        evaluate(data, tmp_path / "out", INPUT, EvaluationSettings(kinds=kinds_named(["scratch-shapes"])))


def test_the_digest_follows_the_shapes() -> None:
    one, other = np.full((2, 6), 255, np.uint8), np.full((3, 4), 255, np.uint8)
    digests = {shapes_digest(ShapeBank(scratches=shapes)) for shapes in ((), (one,), (other,), (one, other))}
    assert len(digests) == 4
    assert set(CASE_KINDS) > SHAPE_KINDS
