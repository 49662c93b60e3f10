"""The three stages from files to weights: real old photographs, networks handed on, going on, and what is refused."""

import csv
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from training_pictures import TINY, picture

from oldphoto_core.networks.bopbtl.mapping import NonLocalMapping
from oldphoto_core.networks.compact.texture import TextureRestorer
from oldphoto_core.networks.errors import CheckpointError
from oldphoto_core.networks.registry import fill
from oldphoto_core.networks.weights import read_tensors
from oldphoto_core.training.checkpoint import OtherTrainingError
from oldphoto_core.training.latent_recipes import LATENT_RECIPES
from oldphoto_core.training.loop import MissingNetworkError
from oldphoto_core.training.recipes import recipe_named
from oldphoto_core.training.shard import PICTURES, REAL_OLD, Shard, ShardError
from tasks.training.data import REAL_OLD_SIDE_PX, learnable, pack
from tasks.training.latent import NONE, Given, given_networks, without_eye
from tasks.training.log import TrainingLog
from tasks.training.train import CURVE, LOG, SHARD, WEIGHTS, Pace, Trained, TrainRequest
from tasks.training.train import train_network as train

BRISK = Pace(judged_pairs=6, log_s=0.0)
WITHOUT_EYE = {"perceptual": NONE}


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    folder = tmp_path / "photographs"
    for number in range(11):
        for group, pixels in (("clean", picture(number)), ("real_old", picture(100 + number) // 2)):
            path = folder / group / f"{number:02}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            assert cv2.imwrite(str(path), pixels)
    return folder


@pytest.fixture
def texture(tmp_path: Path) -> Path:
    """Return weights of a small texture network, to judge likeness by."""
    save_file(
        {name: one.half() for name, one in TextureRestorer(TINY).state_dict().items()}, tmp_path / "texture.safetensors"
    )
    return tmp_path / "texture.safetensors"


def stage(photographs: Path, name: str, given: dict[str, Path], **changes: object) -> Trained:
    wanted = {"name": name, "data": photographs, "out": photographs.parent / name, "steps": 2, "given": given}
    return train(TrainRequest(**(wanted | changes)), pace=BRISK)  # type: ignore[arg-type]


def story(path: Path) -> dict[str, str]:
    with safe_open(path / WEIGHTS, "pt") as file:
        return dict(file.metadata())


def test_three_stages_from_pictures_to_weights(photographs: Path, texture: Path) -> None:
    eye = {"perceptual": texture}
    old = stage(photographs, "own-latent-old", eye)
    assert {"psnr_real_db", "psnr_synthetic_db", "latent_distance"} <= set(old.after)
    shard = Shard(old.out / SHARD)
    assert (len(shard.numbers(PICTURES)), len(shard.numbers(REAL_OLD))) == (11, 11)
    clean = stage(old.out / SHARD, "own-latent-clean", eye, out=old.out.parent / "own-latent-clean")
    assert "psnr_clean_db" in clean.after
    mapping = stage(old.out / SHARD, "own-latent-mapping", eye, out=old.out.parent / "own-latent-mapping")
    assert "gain_db" in mapping.after
    network = NonLocalMapping(LATENT_RECIPES["own-latent-mapping"].mapping)  # type: ignore[arg-type]
    fill(network, read_tensors(mapping.out / WEIGHTS), "own-latent-mapping")
    told = story(mapping.out)
    assert (told["name"], told["steps"], told["pictures"]) == ("own-latent-mapping", "2", "11")
    assert set(json.loads(told["given"])) == {"old", "clean", "perceptual"}
    assert json.loads(told["recipe"])["losses"]["latent_l1"] == 60.0
    total = sum((trained.out / WEIGHTS).stat().st_size for trained in (old, clean, mapping))
    assert total <= 16 * 2**20
    lines = TrainingLog(mapping.out / LOG).lines()
    assert {"latent_l1", "gan", "features", "perceptual", "critic_image"} == set(
        next(line for line in lines if line["event"] == "learned")["losses"]
    )
    assert (old.out / CURVE).stat().st_size > 1000


def test_a_stage_goes_on_and_other_given_networks_are_another_training(photographs: Path, texture: Path) -> None:
    first = stage(photographs, "own-latent-clean", {"perceptual": texture}, minutes=0.0)
    assert (first.steps, first.stopped_by) == (0, "time")
    again = stage(photographs, "own-latent-clean", {"perceptual": texture}, resume=True)
    assert (again.steps, again.planned) == (2, 2)
    other = texture.with_name("other.safetensors")
    save_file({name: one + 1.0 for name, one in read_tensors(texture).items()}, other)
    with pytest.raises(OtherTrainingError, match="another data_digest"):
        stage(photographs, "own-latent-clean", {"perceptual": other}, resume=True)
    with pytest.raises(OtherTrainingError, match="another recipe"):
        stage(photographs, "own-latent-clean", WITHOUT_EYE, resume=True)


def test_what_is_missing_is_named_before_anything_is_packed(photographs: Path) -> None:
    with pytest.raises(MissingNetworkError, match=r"own-latent-old first, or give --with old=FILE$"):
        stage(photographs, "own-latent-mapping", WITHOUT_EYE)
    with pytest.raises(MissingNetworkError, match="has no use for old; it builds on nothing"):
        stage(photographs, "own-colour", {"old": photographs})
    assert not (photographs.parent / "own-latent-mapping" / SHARD).exists()


def test_weights_of_something_else_are_refused(photographs: Path, texture: Path) -> None:
    with pytest.raises(CheckpointError, match="own-latent-old"):
        stage(photographs, "own-latent-mapping", {"old": texture, "clean": texture, "perceptual": texture})


def test_the_stage_of_old_photographs_needs_some(photographs: Path) -> None:
    with pytest.raises(ShardError, match="learns from real old photographs"):
        stage(photographs / "clean", "own-latent-old", WITHOUT_EYE)


def test_without_an_eye_the_loss_is_left_out_and_others_are_as_they_were() -> None:
    recipe = LATENT_RECIPES["own-latent-clean"]
    bare = without_eye(recipe, WITHOUT_EYE)
    assert set(recipe.losses) - set(bare.losses) == {"perceptual"}
    assert without_eye(recipe, {}) is recipe
    assert without_eye(recipe_named("own-colour"), {}) is recipe_named("own-colour")
    assert given_networks(bare, WITHOUT_EYE, Path("out")) == Given()


def test_the_digest_is_of_the_pictures_and_of_all_that_is_given() -> None:
    assert Given().with_data("d") == "d"
    one = Given(digests={"old": "a", "clean": "b"})
    assert one.with_data("d") == Given(digests={"clean": "b", "old": "a"}).with_data("d")
    assert len({one.with_data("d"), one.with_data("e"), Given(digests={"old": "b", "clean": "a"}).with_data("d")}) == 3


def test_a_list_says_which_are_really_old(photographs: Path, tmp_path: Path) -> None:
    rows = [
        ("photographs/clean/00.png", "train", "clean", "open"),
        ("photographs/real_old/00.png", "train", "real_old", "presumed_pd"),
        ("photographs/real_old/01.png", "train", "real_old", "open"),
        ("photographs/real_old/02.png", "train", "real_old", "research_only"),
        ("photographs/real_old/03.png", "dev_test", "real_old", "open"),
    ]
    with (tmp_path / "SOURCES.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("file", "split", "group", "licence_class"), *rows])
    assert [path.name for path in learnable(photographs)] == ["00.png"]
    assert [path.name for path in learnable(photographs, group="real_old")] == ["00.png", "01.png"]
    plain = pack(photographs, tmp_path / "plain.npy", most_bytes=2**22, told=lambda _: None).shard
    assert not plain.numbers(REAL_OLD)
    both = pack(photographs, tmp_path / "both.npy", most_bytes=2**22, told=lambda _: None, real_old=True).shard
    assert [both.name(number) for number in both.numbers(REAL_OLD)] == ["real_old/00.png", "real_old/01.png"]
    assert both.picture_numbers == plain.picture_numbers
    np.testing.assert_array_equal(both.pixels(0), plain.pixels(0))


def test_large_scans_of_old_photographs_are_made_smaller_and_shrink_with_the_rest(tmp_path: Path) -> None:
    for group in ("clean", "real_old"):
        path = tmp_path / "all" / group / "0.png"
        path.parent.mkdir(parents=True)
        assert cv2.imwrite(str(path), picture(0, 500, 1000))
    shard = pack(tmp_path / "all", tmp_path / "a.npy", most_bytes=2**24, told=lambda _: None, real_old=True).shard
    assert shard.pixels(0).shape == (500, 1000, 3)
    assert shard.pixels(1).shape == (REAL_OLD_SIDE_PX // 2, REAL_OLD_SIDE_PX, 3)
    small = pack(tmp_path / "all", tmp_path / "b.npy", most_bytes=2**20, told=lambda _: None, real_old=True).shard
    assert small.path.stat().st_size <= 2**20
    assert small.pixels(1).shape[1] < REAL_OLD_SIDE_PX
    assert torch.from_numpy(small.pixels(1).copy()).dtype == torch.uint8
