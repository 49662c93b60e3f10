"""A training from files to weights: what is learned from, stopping, going on, and what lies in the folder."""

import csv
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from safetensors import safe_open
from training_pictures import picture

from oldphoto_core.errors import DeviceError
from oldphoto_core.networks.registry import fill
from oldphoto_core.networks.weights import read_tensors
from oldphoto_core.training.checkpoint import OtherTrainingError
from oldphoto_core.training.recipes import network_of, recipe_named
from oldphoto_core.training.shard import Shard, ShardError
from tasks.models.errors import UnknownModelError
from tasks.training.data import TrainingDataError, learnable, pack
from tasks.training.train import (
    CHECKPOINT,
    CURVE,
    LOG,
    SHARD,
    WEIGHTS,
    Pace,
    Progress,
    TrainingFolderError,
    TrainRequest,
)
from tasks.training.train import train_network as train

BUSY = Pace(save_s=0.0, judge_s=0.0, log_s=0.0, judged_pairs=6)
BRISK = Pace(judged_pairs=6)


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    folder = tmp_path / "photographs"
    folder.mkdir()
    for number in range(12):
        assert cv2.imwrite(str(folder / f"{number:02}.png"), picture(number))
    return folder


def request(photographs: Path, **changes: object) -> TrainRequest:
    wanted = {"name": "own-colour", "data": photographs, "out": photographs.parent / "out", "steps": 6}
    return TrainRequest(**(wanted | changes))  # type: ignore[arg-type]


def test_a_training_leaves_weights_with_their_story_a_curve_and_a_log(photographs: Path) -> None:
    seen: list[Progress] = []
    trained = train(request(photographs), told=seen.append, pace=BUSY)
    out = trained.out
    assert (trained.steps, trained.planned, trained.stopped_by, trained.left_out) == (6, 6, "last step", ())
    assert {path.name for path in out.iterdir()} == {SHARD, CHECKPOINT, WEIGHTS, CURVE, LOG}
    fill(network_of(recipe_named("own-colour").network), read_tensors(out / WEIGHTS), "own-colour")
    with safe_open(out / WEIGHTS, "pt") as file:
        story = file.metadata()
    assert (story["name"], story["steps"], story["pictures"]) == ("own-colour", "6", "12")
    assert story["data_digest"] == Shard(out / SHARD).digest
    assert json.loads(story["recipe"])["network"]["type"] == "ColourConfig"
    assert "+" in story["code_version"]
    lines = [json.loads(line) for line in (out / LOG).read_text("utf-8").splitlines()]
    assert [line["step"] for line in lines if line["event"] == "learned"] == [1, 2, 3, 4, 5, 6]
    assert lines[-1]["scores"] == trained.after
    assert trained.before["gain_db"] == 0.0
    assert Image.open(out / CURVE).size[0] > 100
    assert [one.share for one in seen] == sorted(one.share for one in seen)
    assert seen[-1].step == 6


@pytest.mark.usefixtures("usual_interrupt")
def test_stopped_and_resumed_is_the_same_as_straight_through(photographs: Path, tmp_path: Path) -> None:
    sent: list[int] = []

    def stop_at_three(progress: Progress) -> None:
        if progress.step == 3 and not sent:
            sent.append(progress.step)
            os.kill(os.getpid(), signal.SIGINT)

    straight = train(request(photographs, out=tmp_path / "straight"), pace=BRISK)
    stopped = train(request(photographs), told=stop_at_three, pace=BUSY)
    assert (stopped.steps, stopped.planned, stopped.stopped_by) == (3, 6, "signal")
    resumed = train(request(photographs, resume=True, steps=None), pace=BRISK)
    assert (resumed.steps, resumed.planned, resumed.before) == (6, 6, stopped.after)
    assert resumed.after == straight.after
    assert (resumed.out / WEIGHTS).read_bytes() == (straight.out / WEIGHTS).read_bytes()
    steps = [json.loads(line)["step"] for line in (resumed.out / LOG).read_text("utf-8").splitlines()]
    assert steps == sorted(steps)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_no_time_left_still_saves(photographs: Path) -> None:
    trained = train(request(photographs, minutes=1e-6, steps=None), pace=BRISK)
    assert (trained.steps, trained.stopped_by) == (0, "time")
    assert (trained.out / WEIGHTS).is_file()
    assert train(request(photographs, resume=True, steps=None, minutes=1e-6), pace=BRISK).planned == trained.planned


def test_it_runs_beside_the_main_thread_too(photographs: Path) -> None:
    found = []
    thread = threading.Thread(target=lambda: found.append(train(request(photographs, steps=1), pace=BRISK)))
    thread.start()
    thread.join()
    assert found[0].steps == 1


def test_a_packed_shard_is_data_too(photographs: Path, tmp_path: Path) -> None:
    first = train(request(photographs, steps=2), pace=BRISK)
    again = train(request(photographs, steps=2, data=first.out / SHARD, out=tmp_path / "again"), pace=BRISK)
    assert (again.out / WEIGHTS).read_bytes() == (first.out / WEIGHTS).read_bytes()
    assert not (again.out / SHARD).exists()


def test_an_output_in_use_is_not_overwritten(photographs: Path) -> None:
    train(request(photographs, steps=1), pace=BRISK)
    with pytest.raises(TrainingFolderError, match="--resume"):
        train(request(photographs, steps=1), pace=BRISK)


def test_another_recipe_does_not_go_on(photographs: Path) -> None:
    train(request(photographs, steps=1), pace=BRISK)
    with pytest.raises(OtherTrainingError, match="another recipe"):
        train(request(photographs, name="own-texture", steps=1, resume=True), pace=BRISK)


def test_unknown_names_and_devices_are_refused(photographs: Path) -> None:
    with pytest.raises(UnknownModelError, match="own-colour"):
        train(request(photographs, name="nothing"))
    with pytest.raises(DeviceError, match="there are cpu"):
        train(request(photographs, device="abacus"))


def test_a_process_told_to_end_leaves_what_can_be_resumed(photographs: Path) -> None:
    out = photographs.parent / "killed"
    command = [Path(sys.executable).parent / "oldphoto", "train", "own-colour", "--data", photographs, "--out", out]
    running = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while running.poll() is None and '"learned"' not in ((out / LOG).read_text() if (out / LOG).exists() else ""):
        time.sleep(0.1)
    running.send_signal(signal.SIGTERM)
    printed, trouble = running.communicate()
    assert running.returncode == 0, trouble
    assert "stopped by signal" in printed
    done = int(printed.split(" of ")[0].split()[-1])
    assert done > 0
    trained = train(request(photographs, out=out, resume=True, minutes=1e-6, steps=None), pace=BRISK)
    assert trained.steps == done


def listing(root: Path, rows: list[tuple[str, str, str, str]]) -> None:
    with (root / "SOURCES.csv").open("w", encoding="utf-8", newline="") as table:
        lines = csv.writer(table)
        lines.writerow(("file", "split", "group", "licence_class"))
        lines.writerows(rows)


def test_only_listed_open_clean_pictures_of_the_training_split_count(photographs: Path) -> None:
    listing(
        photographs.parent,
        [
            ("photographs/00.png", "train", "clean", "open"),
            ("photographs/01.png", "train", "clean", "presumed_pd"),
            ("photographs/02.png", "train", "clean", "research_only"),
            ("photographs/03.png", "dev_test", "clean", "open"),
            ("photographs/04.png", "train", "real_old", "open"),
            ("photographs/05.png", "train", "clean", "none"),
            ("photographs/none.png", "train", "clean", "open"),
            ("elsewhere/00.png", "train", "clean", "open"),
        ],
    )
    assert [path.name for path in learnable(photographs)] == ["00.png", "01.png"]
    listing(photographs.parent, [("photographs/02.png", "train", "clean", "research_only")])
    with pytest.raises(TrainingDataError, match="class open or presumed_pd"):
        learnable(photographs)


def test_a_list_without_the_columns_is_refused(photographs: Path) -> None:
    (photographs / "SOURCES.csv").write_text("file,licence\n00.png,CC0\n", "utf-8")
    with pytest.raises(TrainingDataError, match="missing"):
        learnable(photographs)


def test_bad_pictures_are_left_out_and_named(photographs: Path) -> None:
    (photographs / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 half")
    assert cv2.imwrite(str(photographs / "tiny.png"), picture(0, 20, 200))
    (photographs / "notes.txt").write_text("no picture", "utf-8")
    told: list[int] = []
    packed = pack(photographs, photographs.parent / "data.npy", most_bytes=2**20, told=told.append)
    assert [Path(line.split(": ")[0]).name for line in packed.left_out] == ["broken.jpg", "tiny.png"]
    assert sum(told) == 14
    assert len(packed.shard.picture_numbers) == 12
    np.testing.assert_array_equal(packed.shard.pixels(3), picture(3)[..., ::-1])


def test_shapes_are_packed_with_the_pictures(photographs: Path) -> None:
    stamp = np.full((90, 90, 4), 255, np.uint8)
    stamp[..., 3] = 0
    stamp[20:70, 40:44, 3] = 200
    shapes = photographs / "damage_textures" / "fds_stamps_scratches"
    shapes.mkdir(parents=True)
    assert cv2.imwrite(str(shapes / "a.png"), stamp)
    rows = [("00.png", "train", "clean", "open"), ("damage_textures/fds_stamps_scratches/a.png", "train", "x", "open")]
    listing(photographs, rows)
    shard = pack(photographs, photographs.parent / "data.npy", most_bytes=2**20, told=lambda _: None).shard
    assert [shard.pixels(one).shape for one in shard.numbers("scratches")] == [(50, 4)]
    assert len(shard.picture_numbers) == 1


def test_nothing_to_learn_from_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingDataError, match="found none"):
        learnable(tmp_path / "nowhere")
    with pytest.raises(TrainingDataError, match="expected pictures"):
        learnable(tmp_path)
    (tmp_path / "a.jpg").write_bytes(b"nothing")
    with pytest.raises(TrainingDataError, match="none of the 1 pictures"):
        pack(tmp_path, tmp_path / "data.npy", most_bytes=2**20, told=lambda _: None)
    with pytest.raises(ShardError, match="expected a shard"):
        train(TrainRequest(name="own-colour", data=tmp_path / "a.jpg", out=tmp_path / "out"))
