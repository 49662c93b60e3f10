"""A style network trained from files to weights: stopped and resumed as straight through, and loaded again."""

import os
import signal
from dataclasses import replace
from pathlib import Path

import cv2
import pytest
from training_pictures import picture

from oldphoto_core.networks.compact.load import load_compact
from oldphoto_core.networks.compact.style_merge import StyleConfig, StyleMerger
from oldphoto_core.training.recipes import Framing, recipe_named
from tasks.training import train as training
from tasks.training.train import WEIGHTS, Pace, Progress, TrainRequest, train_network

NAME = "mropm-compact"
BRISK = Pace(judged_pairs=6)
BUSY = Pace(save_s=0.0, judge_s=0.0, log_s=0.0, judged_pairs=6)


@pytest.fixture
def photographs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    small = replace(
        recipe_named(NAME),
        network=StyleConfig(half=4, quarter=6, eighth=8, key=4, overall=4, depth=3),
        framing=Framing(crop_px=32),
        batch=2,
    )
    monkeypatch.setattr(training, "ALL_RECIPES", {NAME: small})
    folder = tmp_path / "photographs"
    folder.mkdir()
    for number in range(11):
        assert cv2.imwrite(str(folder / f"{number:02}.png"), picture(number))
    return folder


@pytest.mark.usefixtures("usual_interrupt")
def test_stopped_and_resumed_is_the_same_as_straight_through(photographs: Path, tmp_path: Path) -> None:
    def stop_at_two(progress: Progress) -> None:
        if progress.what == "training" and progress.step == 2:
            os.kill(os.getpid(), signal.SIGINT)

    wanted = TrainRequest(name=NAME, data=photographs, out=tmp_path / "straight", steps=4)
    straight = train_network(wanted, pace=BRISK)
    stopped = train_network(replace(wanted, out=tmp_path / "out"), told=stop_at_two, pace=BUSY)
    assert (stopped.steps, stopped.planned, stopped.stopped_by) == (2, 4, "signal")
    resumed = train_network(replace(wanted, out=tmp_path / "out", resume=True, steps=None), pace=BRISK)
    assert resumed.steps == 4
    assert (resumed.out / WEIGHTS).read_bytes() == (straight.out / WEIGHTS).read_bytes()
    assert straight.before["gain_db"] == pytest.approx(0.0, abs=1e-4)
    network = load_compact(straight.out / WEIGHTS, StyleMerger)
    assert network.config.eighth == 8
