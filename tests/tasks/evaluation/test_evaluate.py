"""Whole evaluations on made-up pictures: perfect and idle methods, stopping and going on, what the pages show."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from shutil import copytree
from typing import Any

import numpy as np
import pytest
from evaluation_pictures import write_pictures

from oldphoto_core.evaluation.cases import Truth
from oldphoto_core.evaluation.method import Answer, Method, restorer
from oldphoto_core.evaluation.methods import told_report
from oldphoto_core.image import Photo
from tasks.evaluation.data import CLEAN, NoPicturesError, clean_pictures, data_digest
from tasks.evaluation.evaluate import UnknownKindError, evaluate, kinds_named, methods_named
from tasks.evaluation.ledger import FILE
from tasks.evaluation.run import EvaluationSettings

KINDS = kinds_named(["scratch", "noise", "clean"])
SETTINGS = EvaluationSettings(kinds=KINDS, side_px=96, resamples=50)


def knowing(photo: Photo, truth: Truth) -> Answer:
    del photo
    return Answer(photo=truth.sound, damaged=truth.mask.astype(np.float32), report=told_report(truth))


TRUTHFUL = Method("truthful", "Told everything.", knowing)
IDLE = methods_named(["input"])[0]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pictures(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def whole(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of an undisturbed run."""
    out = tmp_path_factory.mktemp("whole")
    found = evaluate(data, out, [IDLE, TRUTHFUL], SETTINGS)
    assert (found.scores, found.made) == (4 * 7 * 2, 4 * 7 * 2)
    return out


def values(out: Path, **wanted: str) -> dict[tuple[str, str, str], dict[str, Any]]:
    figures = json.loads((out / "results.json").read_text("utf-8"))["figures"]
    kept = [one for one in figures if all(one[name] == value for name, value in wanted.items())]
    return {(one["kind"], one["level"], one["measure"]): one["estimate"] for one in kept}


def test_whoever_knows_the_truth_scores_perfectly(whole: Path) -> None:
    restored = values(whole, subject="restoration", method="truthful")
    close = {restored[kind, level, "psnr_db"]["value"] for kind in ("scratch", "noise") for level in ("mild", "all")}
    assert close == {100.0}
    masks = values(whole, subject="detection", method="truthful")
    assert {one["value"] for one in masks.values()} == {1.0}
    reports = values(whole, subject="report", method="truthful")
    assert reports["all", "all", "average_precision"]["value"] == 1.0
    assert reports["all", "all", "severity_mae"]["value"] == reports["all", "all", "calibration_error"]["value"] == 0.0
    assert values(whole, subject="clean", method="truthful")["clean", "none", "change_255"]["value"] == 0.0


def test_whoever_does_nothing_scores_the_input(whole: Path) -> None:
    gains = values(whole, subject="paired", method="truthful", against="input")
    idle, best = (values(whole, subject="restoration", method=name) for name in ("input", "truthful"))
    for kind in ("scratch", "noise"):
        key = (kind, "strong", "psnr_db")
        gain = gains[kind, "strong", "gain_db"]
        assert best[key]["value"] - idle[key]["value"] == pytest.approx(gain["value"])
        assert idle[key]["pictures"] == 4
        assert idle[key]["low"] <= idle[key]["value"] <= idle[key]["high"]
    assert values(whole, subject="clean", method="input")["clean", "none", "share_untouched"]["value"] == 1.0


class _InterruptedError(Exception):
    """The power is gone."""


def failing_after(calls: int) -> Callable[[Photo, Truth], Answer]:
    left = [calls]

    def answer(photo: Photo, truth: Truth) -> Answer:
        if left[0] == 0:
            raise _InterruptedError
        left[0] -= 1
        return knowing(photo, truth)

    return answer


@pytest.mark.parametrize("cut", [0, 1])
def test_a_run_that_was_stopped_goes_on_to_the_same_results(data: Path, whole: Path, tmp_path: Path, cut: int) -> None:
    with pytest.raises(_InterruptedError):
        evaluate(data, tmp_path, [IDLE, replace(TRUTHFUL, answer=failing_after(9))], SETTINGS)
    kept = (tmp_path / FILE).read_bytes()
    os.truncate(tmp_path / FILE, len(kept) - 40 * cut)  # the crash came while a line was being written
    found = evaluate(data, tmp_path, [IDLE, TRUTHFUL], SETTINGS)
    assert found.scores - found.made == 10 + 9 - cut
    for name in ("results.json", "results.md", "results.html"):
        assert (tmp_path / name).read_bytes() == (whole / name).read_bytes(), name
    assert evaluate(data, tmp_path, [IDLE, TRUTHFUL], SETTINGS).made == 0


def test_other_terms_are_not_answered_from_memory(data: Path, whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    copytree(whole, out)
    few = replace(SETTINGS, pictures=1)
    assert evaluate(data, out, [replace(TRUTHFUL, settings="steps=2")], few).made == 7
    assert evaluate(data, out, [TRUTHFUL], replace(few, seed=1)).made == 7
    assert evaluate(data, out, [IDLE], replace(few, side_px=80)).made == 7
    assert evaluate(data, out, [IDLE], replace(SETTINGS, kinds=kinds_named(["noise"]))).made == 0


def test_a_slow_method_answers_for_the_first_pictures_only(data: Path, tmp_path: Path) -> None:
    slow = restorer("slow", "Slow.", lambda photo, _: photo, most=1)
    evaluate(data, tmp_path, [IDLE, slow], replace(SETTINGS, kinds=kinds_named(["noise"])))
    counts = {
        name: values(tmp_path, subject="restoration", method=name)["noise", "mild", "psnr_db"]["pictures"]
        for name in ("input", "slow")
    }
    assert counts == {"input": 4, "slow": 1}


class _Reader(HTMLParser):
    """Collects what a browser would show."""

    def __init__(self) -> None:
        super().__init__()
        self.images: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.images.append(str(dict(attrs)["src"]))
        elif tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_shows_only_what_may_be_shown(whole: Path) -> None:
    page = (whole / "results.html").read_text("utf-8")
    reader = _Reader()
    reader.feed(page)
    assert reader.open == []
    assert len(reader.images) == 3 * 3  # three kinds: the aged picture, one method, the truth
    assert all(image.startswith("data:image/jpeg;base64,") for image in reader.images)
    assert "dev_test/clean/meadow" in page
    assert "dev_test/clean/street" not in page
    assert "http" not in page


def test_the_markdown_names_seed_data_and_code(whole: Path, data: Path) -> None:
    text = (whole / "results.md").read_text("utf-8")
    for part in ("* seed: 0", data_digest(clean_pictures(data)), "* code: ", "| scratch | medium | 4 |", "2 open"):
        assert part in text


def test_sources_take_turns_and_terms_are_read(data: Path, tmp_path: Path) -> None:
    found = clean_pictures(data, 2)
    assert [Path(one.name).parent.name for one in found] == ["meadow", "street"]
    assert [one.may_be_shown for one in found] == [True, False]
    with pytest.raises(NoPicturesError, match=CLEAN.as_posix()):
        clean_pictures(tmp_path)
    with pytest.raises(UnknownKindError, match="expected kinds among"):
        kinds_named(["ghosts"])
