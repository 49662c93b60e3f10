"""A stage goes on bit for bit, its critics and all momenta included; files of other recipes keep their form."""

import hashlib
from pathlib import Path

import pytest
import torch
from latent_training import STAGES, given, old_shard, small_stage
from training_pictures import small_recipe

from oldphoto_core.training.checkpoint import OtherTrainingError, resume, save_checkpoint, write_weights
from oldphoto_core.training.feed import feeding
from oldphoto_core.training.latent_recipes import LatentRecipe
from oldphoto_core.training.loop import MissingNetworkError, Trainee, start, train

CPU = torch.device("cpu")


def go_on(trainee: Trainee, recipe: LatentRecipe, shard: Path, *, until: int) -> None:
    with feeding(shard, recipe) as fetch:
        for _ in train(trainee, recipe, fetch, seconds_left=lambda: float(until - trainee.step)):
            pass


def digest(trainee: Trainee) -> str:
    """Return a digest of all weights, norms, averages and momenta."""
    held = hashlib.sha256()
    learners = [(trainee.network, trainee.optimiser)]
    learners += [(critic.network, critic.optimiser) for critic in trainee.critics.values()]
    for network in (trainee.averaged, *(one for one, _ in learners)):
        for value in network.state_dict().values():
            held.update(value.contiguous().numpy().tobytes())
    for _, optimiser in learners:
        for state in optimiser.state_dict()["state"].values():
            for value in state.values():
                held.update(torch.as_tensor(value).contiguous().numpy().tobytes())
    return held.hexdigest()


@pytest.mark.parametrize("bf16", [False, True])
@pytest.mark.parametrize("name", STAGES)
def test_four_steps_and_four_are_eight(tmp_path: Path, name: str, *, bf16: bool) -> None:
    shard, recipe = old_shard(tmp_path), small_stage(name, bf16=bf16)
    trainee = start(recipe, CPU, given())
    go_on(trainee, recipe, shard.path, until=4)
    save_checkpoint(tmp_path / "checkpoint.pt", trainee, recipe, data_digest="d")
    halfway = digest(trainee)
    go_on(trainee, recipe, shard.path, until=8)
    torch.manual_seed(99)  # elsewhere, chance stands elsewhere
    again = resume(tmp_path / "checkpoint.pt", recipe, CPU, data_digest="d", given=given())
    assert (again.step, digest(again)) == (4, halfway)
    go_on(again, recipe, shard.path, until=8)
    assert digest(again) == digest(trainee) != halfway


def test_networks_that_were_not_given_and_other_recipes_are_refused(tmp_path: Path) -> None:
    path, recipe = tmp_path / "checkpoint.pt", small_stage("own-latent-mapping")
    save_checkpoint(path, start(recipe, CPU, given()), recipe, data_digest="d")
    with pytest.raises(MissingNetworkError, match="old, clean, perceptual"):
        resume(path, recipe, CPU, data_digest="d")
    with pytest.raises(OtherTrainingError, match="another recipe"):
        resume(path, small_stage("own-latent-clean"), CPU, data_digest="d", given=given())


def test_recipes_without_critics_keep_the_form_of_their_files(tmp_path: Path) -> None:
    recipe = small_recipe("own-texture")
    save_checkpoint(tmp_path / "checkpoint.pt", start(recipe, CPU), recipe, data_digest="d")
    held = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    assert set(held) == {
        "format", "recipe", "planned_steps", "data_digest", "step", "network", "averaged", "optimiser", "chance",
        "chance_cuda",
    }  # fmt: skip


def test_weights_hold_the_network_alone(tmp_path: Path) -> None:
    trainee = start(small_stage("own-latent-old"), CPU, given())
    write_weights(tmp_path / "weights.safetensors", trainee, {})
    weights = sum(one.numel() for one in trainee.network.parameters())
    assert (tmp_path / "weights.safetensors").stat().st_size < 2 * weights + 4096
