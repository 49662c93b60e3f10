"""The damage report from pictures to shipped weights: trained, gone on with, shipped, loaded, and refused if apart."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from own_weights import own_network, training
from training_pictures import small_shard

from oldphoto_core.damage import DAMAGE_KINDS
from oldphoto_core.diagnosis.learned import OtherFeaturesError, weights_digest_of
from oldphoto_core.diagnosis.settings import DiagnosisSettings
from oldphoto_core.networks.compact.load import metadata_of
from oldphoto_core.networks.weights import read_tensors
from oldphoto_core.training.damage_fit import FitSettings
from oldphoto_core.training.damage_pictures import Variety
from oldphoto_core.training.damage_recipe import DamageRecipe
from tasks.models.errors import ModelMissingError
from tasks.models.ship import ship
from tasks.own_diagnosis import own_diagnosis
from tasks.training.damage import NUMBERS, MissingScratchError, train_damage
from tasks.training.train import WEIGHTS, Progress, TrainingFolderError, TrainRequest

SMALL = DamageRecipe(
    pictures=40,
    held_pictures=12,
    mask_pictures=3,
    folds=2,
    variety=Variety(long_side_px=(48, 64)),
    fit=FitSettings(widths=(8,), members=2, rounds=3),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a shard, weights of own-scratch, and a finished training of own-damage beside them."""
    made = tmp_path_factory.mktemp("trainings")
    small_shard(made)
    training(made / "own-scratch", "own-scratch")
    train_damage(request(made), recipe=SMALL)
    return made


def request(folder: Path, **changes: object) -> TrainRequest:
    fixed: dict[str, object] = {"name": "own-damage", "data": folder / "data.npy", "out": folder / "own-damage"}
    return TrainRequest(**(fixed | changes))  # type: ignore[arg-type]


def test_weights_say_what_they_were_fitted_to(folder: Path) -> None:
    story = metadata_of(folder / "own-damage" / WEIGHTS)
    assert (story["name"], story["steps"], story["pictures"]) == ("own-damage", "40", "12")
    assert story["scratch_digest"] == weights_digest_of(own_network("own-scratch"))
    assert json.loads(story["recipe"])["network"]["type"] == "DamageHeadConfig"
    held_out = json.loads(story["held_out"])
    assert {"precision", "severity_mae", "calibration", "false_alarms"} <= set(held_out)


def test_going_on_measures_nothing_again_and_gives_the_same_weights(folder: Path) -> None:
    files = sorted((folder / "own-damage" / NUMBERS).iterdir())
    times = [path.stat().st_mtime_ns for path in files]
    before = read_tensors(folder / "own-damage" / WEIGHTS)
    seen: list[Progress] = []
    trained = train_damage(request(folder, resume=True), recipe=SMALL, told=seen.append)
    assert (trained.steps, trained.planned, trained.stopped_by) == (40, 40, "last step")
    assert [path.stat().st_mtime_ns for path in files] == times
    after = read_tensors(folder / "own-damage" / WEIGHTS)
    assert all(np.array_equal(value.numpy(), after[name].numpy()) for name, value in before.items())
    assert seen[-1].what == "judged"


def test_a_folder_with_a_training_is_not_begun_again(folder: Path) -> None:
    with pytest.raises(TrainingFolderError, match="--resume"):
        train_damage(request(folder), recipe=SMALL)


def test_when_time_is_up_what_was_measured_is_learned(folder: Path, tmp_path: Path) -> None:
    given = {"scratch": folder / "own-scratch" / WEIGHTS}
    many = replace(SMALL, pictures=250)
    trained = train_damage(request(folder, out=tmp_path / "short", minutes=0.0, given=given), recipe=many)
    assert (trained.steps, trained.planned, trained.stopped_by) == (100, 250, "time")
    assert (tmp_path / "short" / WEIGHTS).is_file()


def test_without_weights_that_draw_it_says_what_to_do(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingScratchError, match="--with scratch="):
        train_damage(request(folder, out=tmp_path / "own-damage", given={"scratch": tmp_path / "none"}), recipe=SMALL)
    with pytest.raises(MissingScratchError, match="no use for clean"):
        train_damage(request(folder, out=tmp_path / "own-damage", given={"clean": tmp_path}), recipe=SMALL)


def test_shipped_weights_judge_a_photograph(folder: Path, tmp_path: Path) -> None:
    for name in ("own-scratch", "own-damage"):
        ship(name, folder / name, tmp_path)
    own = own_diagnosis(tmp_path)
    assert own_diagnosis(tmp_path) is own
    assert len(own.weights_sha256) == 64
    photo = np.random.default_rng(0).random((70, 90, 3), dtype=np.float32)
    found = own.diagnose(photo, DiagnosisSettings(engine="own"))
    assert set(found.report.findings) == set(DAMAGE_KINDS)
    assert found.mask.shape == (70, 90)


def test_shipped_weights_that_are_not_of_one_piece_are_refused(folder: Path, tmp_path: Path) -> None:
    other = training(tmp_path / "other", "own-scratch", own_network("own-scratch", seed=9))
    ship("own-scratch", other, tmp_path / "shipped")
    ship("own-damage", folder / "own-damage", tmp_path / "shipped")
    with pytest.raises(OtherFeaturesError, match="train own-damage again"):
        own_diagnosis(tmp_path / "shipped")


def test_weights_that_are_not_shipped_are_named(tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError, match="own-scratch"):
        own_diagnosis(tmp_path)
