"""What is saved goes on bit for bit, in another process too; what is damaged or of another training is refused."""

import hashlib
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file
from training_pictures import small_recipe, small_shard

from oldphoto_core.networks.errors import CheckpointReadError
from oldphoto_core.training.checkpoint import (
    OtherTrainingError,
    planned_steps,
    resume,
    save_checkpoint,
    write_weights,
)
from oldphoto_core.training.feed import feeding
from oldphoto_core.training.loop import Trainee, start, train
from oldphoto_core.training.recipes import Recipe

CPU = torch.device("cpu")
BOTH = (small_recipe("own-texture", bf16=True), small_recipe("own-colour", bf16=False))


def go_on(trainee: Trainee, recipe: Recipe, shard: Path, *, until: int) -> None:
    """Train up to a step."""
    with feeding(shard, recipe) as fetch:
        for _ in train(trainee, recipe, fetch, seconds_left=lambda: float(until - trainee.step)):
            pass


def digest(trainee: Trainee) -> str:
    """Return a digest of weights, average and momenta."""
    held = hashlib.sha256()
    for network in (trainee.network, trainee.averaged):
        for value in network.state_dict().values():
            held.update(value.contiguous().numpy().tobytes())
    for state in trainee.optimiser.state_dict()["state"].values():
        for value in state.values():
            held.update(torch.as_tensor(value).contiguous().numpy().tobytes())
    return held.hexdigest()


def resumed_elsewhere(folder: str) -> None:
    """Go on from step 10 to 20 with both trainings and print their digests; called in a new process."""
    for recipe in BOTH:
        trainee = resume(Path(folder) / f"{recipe.name}.pt", recipe, CPU, data_digest="d")
        assert trainee.step == 10
        go_on(trainee, recipe, Path(folder) / "data.npy", until=20)
        sys.stdout.write(f"{digest(trainee)}\n")


def test_ten_steps_and_ten_in_a_new_process_are_twenty(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    shard = small_shard(tmp_path)
    halfway, straight = [], []
    for recipe in BOTH:
        trainee = start(recipe, CPU)
        go_on(trainee, recipe, shard.path, until=10)
        save_checkpoint(tmp_path / f"{recipe.name}.pt", trainee, recipe, data_digest="d")
        halfway.append(digest(trainee))
        go_on(trainee, recipe, shard.path, until=20)
        straight.append(digest(trainee))
    program = (
        f"import sys, torch; torch.set_num_threads(1); sys.path[:0] = {sys.path!r}; "
        "from test_checkpoint import resumed_elsewhere; resumed_elsewhere(sys.argv[1])"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parent)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == straight
    assert not set(halfway) & set(straight)


def test_the_chance_of_torch_goes_on_too(tmp_path: Path) -> None:
    recipe = small_recipe("own-colour")
    torch.manual_seed(7)
    save_checkpoint(tmp_path / "checkpoint.pt", start(recipe, CPU), recipe, data_digest="d")
    wanted = torch.rand(5)
    torch.manual_seed(8)
    resume(tmp_path / "checkpoint.pt", recipe, CPU, data_digest="d")
    assert torch.equal(torch.rand(5), wanted)


def test_another_recipe_or_other_pictures_are_refused(tmp_path: Path) -> None:
    path, recipe = tmp_path / "checkpoint.pt", small_recipe("own-colour")
    save_checkpoint(path, start(recipe, CPU), recipe, data_digest="d")
    assert planned_steps(path) == recipe.steps
    with pytest.raises(OtherTrainingError, match="another recipe"):
        resume(path, replace(recipe, learning_rate=1.0), CPU, data_digest="d")
    with pytest.raises(OtherTrainingError, match="another data_digest: found d, expected e"):
        resume(path, recipe, CPU, data_digest="e")


def test_damaged_files_are_refused_by_name(tmp_path: Path) -> None:
    path, recipe = tmp_path / "checkpoint.pt", small_recipe("own-colour")
    with pytest.raises(CheckpointReadError, match="no checkpoint at"):
        resume(path, recipe, CPU, data_digest="d")
    save_checkpoint(path, start(recipe, CPU), recipe, data_digest="d")
    whole = path.read_bytes()
    rng = np.random.default_rng(0)
    for share in (0.0, 0.01, 0.5, 0.99):
        path.write_bytes(whole[: int(share * len(whole))])
        with pytest.raises(CheckpointReadError, match="no whole checkpoint"):
            resume(path, recipe, CPU, data_digest="d")
    path.write_bytes(rng.bytes(500))
    with pytest.raises(CheckpointReadError, match="no whole checkpoint"):
        planned_steps(path)
    torch.save({"format": 99}, path)
    with pytest.raises(CheckpointReadError, match="expected format 1"):
        planned_steps(path)


def test_a_save_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path, recipe = tmp_path / "checkpoint.pt", small_recipe("own-colour")
    trainee = start(recipe, CPU)
    save_checkpoint(path, trainee, recipe, data_digest="d")
    before = path.read_bytes()
    (tmp_path / "checkpoint.pt.new").mkdir()  # the unfinished file cannot be written
    trainee.step = 5
    with pytest.raises(RuntimeError, match="Is a directory"):
        save_checkpoint(path, trainee, recipe, data_digest="d")
    assert path.read_bytes() == before


def test_weights_are_the_average_in_half_floats_with_their_story(tmp_path: Path) -> None:
    recipe = small_recipe("own-texture")
    trainee = start(recipe, CPU)
    torch.nn.init.constant_(next(trainee.averaged.parameters()), 0.1)
    story = {f"fact {number}": str(number) for number in range(9)}
    write_weights(tmp_path / "weights.safetensors", trainee, story)
    found = load_file(tmp_path / "weights.safetensors")
    for name, value in trainee.averaged.state_dict().items():
        assert found[name].dtype == torch.float16
        torch.testing.assert_close(found[name].float(), value, rtol=1e-3, atol=1e-6)
    with safe_open(tmp_path / "weights.safetensors", "pt") as file:
        assert file.metadata() == story
    write_weights(tmp_path / "again.safetensors", trainee, dict(reversed(story.items())))
    assert (tmp_path / "again.safetensors").read_bytes() == (tmp_path / "weights.safetensors").read_bytes()


def test_weights_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    trainee = start(small_recipe("own-texture"), CPU)
    torch.nn.init.constant_(next(trainee.averaged.parameters()), 1e6)
    with pytest.raises(ValueError, match=r"not finite in float16: body\.first\.weight"):
        write_weights(tmp_path / "weights.safetensors", trainee, {})
    assert not list(tmp_path.iterdir())
