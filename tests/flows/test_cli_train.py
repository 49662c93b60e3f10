"""The train command as people and scripts use it."""

import json
from pathlib import Path

import cv2
import pytest
from training_pictures import picture
from typer.testing import CliRunner, Result

from flows.cli import app
from flows.training import training

WIDE = {"COLUMNS": "200", "TERM": "dumb"}


def oldphoto(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, list(map(str, ("train", *arguments))), env=WIDE)


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    folder = tmp_path / "photographs"
    folder.mkdir()
    for number in range(4):
        assert cv2.imwrite(str(folder / f"{number}.png"), picture(number))
    return folder


def test_it_trains_and_goes_on(photographs: Path, tmp_path: Path) -> None:
    (photographs / "broken.jpg").write_bytes(b"nothing")
    wanted = ("own-colour", "--data", photographs, "--out", tmp_path / "out")
    first = oldphoto(*wanted, "--steps", "2")
    assert first.exit_code == 0, first.output
    assert "2 of 2 steps, stopped by last step" in first.stdout
    assert "gain_db" in first.stdout
    assert "left out" in first.stderr
    assert "step 0 (" in first.stderr
    again = oldphoto(*wanted, "--resume", "--json")
    found = json.loads(again.stdout)
    assert (found["steps"], found["planned"], found["out"]) == (2, 2, str(tmp_path / "out"))
    refused = oldphoto(*wanted)
    assert refused.exit_code == 1
    assert "--resume" in refused.stderr


@pytest.mark.parametrize(
    "arguments", [("nothing", "--out", "o"), ("own-colour", "--out", "o", "--device", "abacus"), ("own-colour",)]
)
def test_wrong_arguments_end_with_two(photographs: Path, arguments: tuple[str, ...]) -> None:
    result = oldphoto(*arguments, "--data", photographs)
    assert result.exit_code == 2, result.output


def test_nothing_to_learn_from_ends_with_one(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    result = oldphoto("own-colour", "--data", tmp_path / "empty", "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert "found none" in result.stderr


def test_the_flow_is_the_same_training(photographs: Path, tmp_path: Path) -> None:
    found = training.fn("own-colour", photographs, tmp_path / "out", minutes=1e-6)
    assert found["steps"] == 0
    assert set(found) == {"steps", "planned", "before", "after"}


def test_networks_are_given_by_name(photographs: Path, tmp_path: Path) -> None:
    wanted = ("own-latent-clean", "--data", photographs, "--out", tmp_path / "out", "--minutes", "0")
    done = oldphoto(*wanted, "--with", "perceptual=none")
    assert done.exit_code == 0, done.output
    assert "psnr_clean_db" in done.stdout
    missing = oldphoto(*wanted[:-3], tmp_path / "other", "--with", "old=nowhere.safetensors")
    assert missing.exit_code == 1
    assert "no use for old" in missing.stderr
    wrong = oldphoto(*wanted, "--with", "perceptual")
    assert wrong.exit_code == 2
    assert "NAME=FILE" in wrong.stderr
