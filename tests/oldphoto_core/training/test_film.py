"""A film network learns like any other: an index gives the same clip, training goes on bit for bit, judged apart."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from film_training import TINY_FILM, film_shard, small_film_recipe

from oldphoto_core.networks.compact.load import config_of, load_compact
from oldphoto_core.networks.rtn.film import FilmRestorer
from oldphoto_core.networks.rtn.flow import FlowConfig
from oldphoto_core.synthesis.reel import ReelSettings
from oldphoto_core.training.checkpoint import resume, save_checkpoint, write_weights
from oldphoto_core.training.feed import feeding
from oldphoto_core.training.film_clips import (
    KINDS,
    ClipPair,
    film_batch_of,
    frames_of,
    judging_clips,
    learning_clips,
    tensor_of,
)
from oldphoto_core.training.film_lesson import first_film_network, loss_of_clips, steady
from oldphoto_core.training.film_recipes import FILM_RECIPES, FilmRecipe
from oldphoto_core.training.film_scores import film_scores, true_motion
from oldphoto_core.training.loop import Trainee, start, train

CPU = torch.device("cpu")


class Silent(torch.nn.Module):
    """Gives back what came in, or something that is made of it."""

    def __init__(self, made: object = None) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))
        self.made = made

    def forward(self, clip: torch.Tensor, motion: object) -> object:
        del motion
        frames = clip if self.made is None else self.made(clip)  # type: ignore[operator]
        return type("Restored", (), {"frames": frames})()


def bytes_of(pair: ClipPair) -> bytes:
    return b"".join(one.tobytes() for one in (pair.old, pair.clean, pair.forward, pair.backward))


def test_an_index_always_gives_the_same_clip_and_another_one_another(tmp_path: Path) -> None:
    shard, recipe = film_shard(tmp_path), small_film_recipe()
    one, again = learning_clips(shard, recipe), learning_clips(shard, recipe)
    assert bytes_of(one.pair(5)) == bytes_of(again.pair(5)) != bytes_of(one.pair(6))
    assert one.pair(5).old.shape == (3, 24, 24, 3)


def test_nothing_is_learned_from_what_is_judged_on(tmp_path: Path) -> None:
    shard, recipe = film_shard(tmp_path), small_film_recipe()
    assert not set(learning_clips(shard, recipe).chosen) & set(judging_clips(shard, recipe).chosen)


def test_kinds_come_as_often_as_the_recipe_says_and_are_what_they_are_called(tmp_path: Path) -> None:
    recipe = small_film_recipe(clean_share=0.25, marked_share=0.25, evened_share=0.5)
    source = learning_clips(film_shard(tmp_path), recipe)
    names = [source.name(index) for index in range(400)]
    assert {kind: round(names.count(kind) / 400, 1) for kind in KINDS} == {
        "clean": pytest.approx(0.25, abs=0.1),
        "marked": pytest.approx(0.25, abs=0.1),
        "evened": pytest.approx(0.25, abs=0.1),
        "worn": pytest.approx(0.25, abs=0.1),
    }
    clean = source.pair(names.index("clean"))
    assert np.array_equal(clean.old, clean.clean)
    judged = judging_clips(source.shard, recipe)
    assert [judged.name(index) for index in range(5)] == [*KINDS, "clean"]


def test_frames_go_to_tensors_and_back() -> None:
    frames = np.random.default_rng(0).random((2, 8, 9, 3), dtype=np.float32)
    assert tensor_of(frames).shape == (2, 3, 8, 9)
    assert np.abs(frames_of(tensor_of(frames)) - frames).max() < 1e-6


def test_an_error_that_stays_is_steady_and_one_that_trembles_is_not() -> None:
    wanted = torch.zeros(1, 3, 3, 4, 4)
    staying, trembling = wanted + 0.5, wanted.clone()
    trembling[:, 1] = 0.5
    assert float(steady(staying, wanted)) < 0.002
    assert float(steady(trembling, wanted)) == pytest.approx(0.5, abs=1e-3)
    assert float(steady(wanted[:, :1], wanted[:, :1])) == 0.0


def test_a_network_without_lessons_gives_still_film_back_and_an_average_elsewhere() -> None:
    network = first_film_network(small_film_recipe())
    still = torch.rand(1, 1, 3, 24, 24).repeat(1, 3, 1, 1, 1) * 1.6 - 0.8
    with torch.inference_mode():
        moved = float((network(still).frames - still).abs().mean())
    assert moved < 0.1


def test_losses_are_those_of_the_recipe_and_fall(tmp_path: Path) -> None:
    recipe = small_film_recipe()
    source = learning_clips(film_shard(tmp_path), recipe)
    batch = film_batch_of([source.pair(index) for index in range(2)])
    torch.manual_seed(0)
    network = first_film_network(recipe)
    optimiser = torch.optim.Adam(network.parameters(), lr=6e-3)
    totals = []
    for _ in range(8):
        loss, terms = loss_of_clips(network, recipe, batch)
        assert set(terms) == set(recipe.losses)
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
        totals.append(float(loss.detach()))
    assert totals[-1] < 0.98 * totals[0]


def test_scores_of_the_truth_of_the_film_as_it_was_and_of_worse(tmp_path: Path) -> None:
    recipe = small_film_recipe()
    source = judging_clips(film_shard(tmp_path), recipe)
    judged = {source.name(index): [source.pair(index)] for index in range(4)}
    same = film_scores(Silent(), recipe, judged)
    assert same["clean_change"] == pytest.approx(0.0, abs=1e-4)
    assert same["gain_db"] == pytest.approx(0.0, abs=1e-4)
    assert same["warping"] == pytest.approx(1.0, abs=1e-4)
    grey = film_scores(Silent(lambda clip: clip * 0.0), recipe, judged)
    assert grey["warping"] == pytest.approx(0.0, abs=1e-6)
    assert grey["gain_db"] < -3.0
    assert grey["clean_change"] > 5.0
    assert set(grey) == {
        *(f"{what}_{kind}{unit}" for kind in KINDS[1:] for what, unit in (("gain", "_db"), ("warping", ""))),
        "gain_db",
        "warping",
        "clean_change",
    }


def test_the_true_motion_of_a_clean_clip_leaves_little(tmp_path: Path) -> None:
    pair = judging_clips(film_shard(tmp_path), small_film_recipe()).pair(0)
    assert pair.scene is not None
    assert len(true_motion(pair.scene)) == len(pair.clean) - 1


def go_on(trainee: Trainee, recipe: FilmRecipe, shard: Path, *, until: int) -> None:
    with feeding(shard, recipe) as fetch:
        for _ in train(trainee, recipe, fetch, seconds_left=lambda: float(until - trainee.step)):
            pass


def weights_of(trainee: Trainee) -> bytes:
    networks = (trainee.network, trainee.averaged)
    return b"".join(value.numpy().tobytes() for one in networks for value in one.state_dict().values())


def test_two_steps_and_two_are_four(tmp_path: Path) -> None:
    shard, recipe = film_shard(tmp_path), small_film_recipe()
    trainee = start(recipe, CPU)
    go_on(trainee, recipe, shard.path, until=2)
    save_checkpoint(tmp_path / "checkpoint.pt", trainee, recipe, data_digest="d")
    halfway = weights_of(trainee)
    go_on(trainee, recipe, shard.path, until=4)
    torch.manual_seed(99)  # elsewhere, chance stands elsewhere
    again = resume(tmp_path / "checkpoint.pt", recipe, CPU, data_digest="d")
    assert (again.step, weights_of(again)) == (2, halfway)
    go_on(again, recipe, shard.path, until=4)
    assert weights_of(again) == weights_of(trainee) != halfway


def test_weights_say_which_network_they_are(tmp_path: Path) -> None:
    recipe = small_film_recipe()
    trainee = start(recipe, CPU)
    write_weights(tmp_path / "weights.safetensors", trainee, {"recipe": json.dumps(recipe.plain())})
    network = load_compact(tmp_path / "weights.safetensors", FilmRestorer)
    assert network.config == TINY_FILM
    assert config_of({"recipe": json.dumps(recipe.plain())}, "here") == TINY_FILM


def test_the_shipped_recipe_is_compact() -> None:
    assert sum(one.numel() for one in first_film_network(FILM_RECIPES["rtn-compact"]).parameters()) < 500_000


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"losses": {"gan": 1.0}}, "losses of rtn-compact"),
        ({"clean_share": 0.1}, "clean_share"),
        ({"crop_px": 20}, "multiples of 8"),
        ({"crop_px": 40}, "a crop within frames"),
        ({"network": replace(TINY_FILM, flow=FlowConfig())}, "without a flow network"),
        ({"reel": ReelSettings(size=(32, 32), frames=1)}, "two frames or more"),
        ({"evened_share": 1.5}, "evened_share"),
        ({"batch": 0}, "1 or more"),
        ({"average": 1.0}, "average"),
    ],
)
def test_what_cannot_be_trained_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        small_film_recipe(**changes)
