"""The loop learns, averages, follows its schedule, and stops when told."""

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from training_pictures import small_recipe, small_shard

from oldphoto_core.training.feed import feeding
from oldphoto_core.training.loop import (
    DivergedError,
    Fetch,
    Trainee,
    average_in,
    learning_rate_at,
    one_step,
    start,
    train,
)
from oldphoto_core.training.pairs import MASK_KINDS, Batch
from oldphoto_core.training.recipes import Framing, Recipe, UnknownRecipeError, recipe_named

CPU = torch.device("cpu")


def for_ever() -> float:
    return math.inf


def darkened(step: int) -> Batch:
    """Return a toy problem: pictures at half their brightness, and a mask where the picture is red."""
    chance = torch.Generator().manual_seed(step)
    sound = torch.nn.functional.interpolate(torch.rand(2, 3, 4, 4, generator=chance), size=(32, 32))
    masks = (sound[:, :1] > sound[:, 1:2]).float().expand(-1, len(MASK_KINDS), -1, -1)
    return Batch(0.5 * sound, sound, masks, torch.zeros(2, 12))


@pytest.mark.parametrize(("name", "factor"), [("own-texture", 2.5), ("own-scratch", 1.5), ("own-colour", 2.5)])
def test_sixty_steps_lower_the_loss_of_a_toy_problem(name: str, factor: float) -> None:
    recipe = small_recipe(name, steps=60, learning_rate=1e-2, clip=10.0)
    reports = list(train(start(recipe, CPU), recipe, darkened, seconds_left=for_ever))
    assert [report.step for report in reports] == list(range(1, 61))
    assert np.mean([report.loss for report in reports[-5:]]) * factor < np.mean([one.loss for one in reports[:5]])
    assert reports[0].loss == pytest.approx(sum(recipe.losses[k] * v for k, v in reports[0].losses.items()), rel=1e-5)


def test_it_learns_from_aged_pictures(tmp_path: Path) -> None:
    shard = small_shard(tmp_path)
    recipe = small_recipe("own-colour", steps=60, batch=4, learning_rate=5e-3, warm_up=2)
    with feeding(shard.path, recipe) as fetch:
        reports = list(train(start(recipe, CPU), recipe, fetch, seconds_left=for_ever))
    assert np.mean([one.loss for one in reports[-15:]]) < 0.85 * np.mean([one.loss for one in reports[:15]])


def test_same_seed_same_weights_and_the_global_chance_is_left_alone() -> None:
    recipe = small_recipe("own-texture")
    before = torch.get_rng_state()
    one, other = start(recipe, CPU), start(recipe, CPU)
    assert torch.equal(torch.get_rng_state(), before)
    third = start(replace(recipe, seed=1), CPU)
    mine, yours, theirs = (next(iter(each.network.parameters())) for each in (one, other, third))
    assert torch.equal(mine, yours)
    assert not torch.equal(mine, theirs)


def test_the_average_is_the_formula() -> None:
    recipe = small_recipe("own-colour", average=0.9)
    trainee = start(recipe, CPU)
    name, weight = next(iter(trainee.network.named_parameters()))
    wanted = weight.detach().double().clone()
    for step in range(120):
        trainee.step = step
        with torch.no_grad():
            weight.add_(1.0)
        average_in(trainee, recipe)
        kept = min(0.9, (1 + step) / (10 + step))
        wanted = kept * wanted + (1 - kept) * weight.detach().double()
    torch.testing.assert_close(trainee.averaged.get_parameter(name).double(), wanted, rtol=1e-6, atol=1e-6)


def test_the_rate_rises_straight_and_falls_as_a_cosine() -> None:
    recipe = small_recipe("own-texture", steps=100, warm_up=10, learning_rate=1.0, final_rate=0.1)
    rates = [learning_rate_at(step, recipe) for step in range(100)]
    assert rates[:3] == pytest.approx([1 / 11, 2 / 11, 3 / 11])
    assert rates[10] == max(rates) == 1.0
    assert rates[55] == pytest.approx(0.55)
    assert rates[99] == pytest.approx(0.1, abs=1e-3)
    assert learning_rate_at(10_000, recipe) == pytest.approx(0.1)


def test_the_gradient_is_clipped_and_its_norm_told() -> None:
    recipe = small_recipe("own-texture", clip=1e-3)
    trainee = start(recipe, CPU)
    report = one_step(trainee, recipe, darkened(0))
    norm = torch.stack([one.grad.norm() for one in trainee.network.parameters() if one.grad is not None]).norm()
    assert report.gradient_norm > 0.01
    assert float(norm) == pytest.approx(1e-3, rel=1e-2)


def test_it_stops_when_no_time_is_left() -> None:
    recipe = small_recipe("own-texture")
    left = iter([3.0, 0.5, 0.0, 7.0])
    trainee = start(recipe, CPU)
    assert len(list(train(trainee, recipe, darkened, seconds_left=lambda: next(left)))) == 2
    assert trainee.step == 2
    assert len(list(train(trainee, recipe, counted(recipe), seconds_left=for_ever))) == recipe.steps - 2
    assert not list(train(trainee, recipe, darkened, seconds_left=for_ever))


def counted(recipe: Recipe) -> Fetch:
    """Return a fetch that refuses any but the next step from 2 on."""
    steps: Iterator[int] = iter(range(2, recipe.steps))

    def fetch(step: int) -> Batch:
        assert step == next(steps)
        return darkened(step)

    return fetch


def test_a_loss_that_is_not_finite_changes_nothing() -> None:
    recipe = small_recipe("own-texture")
    trainee = start(recipe, CPU)
    before = [value.clone() for value in trainee.network.parameters()]
    batch = darkened(0)
    batch.sound[0, 0, 0, 0] = math.nan
    with pytest.raises(DivergedError, match="step 0 is nan"):
        one_step(trainee, recipe, batch)
    assert trainee.step == 0
    assert all(torch.equal(one, other) for one, other in zip(before, trainee.network.parameters(), strict=True))


class Steep(torch.nn.Module):
    """Has a finite value and an infinite slope."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))

    def forward(self, photo: torch.Tensor) -> torch.Tensor:
        return photo + self.weight.sqrt()


def test_a_gradient_that_is_not_finite_changes_nothing() -> None:
    recipe, network = small_recipe("own-texture"), Steep()
    trainee = Trainee(network, Steep(), torch.optim.AdamW(network.parameters()))
    with pytest.raises(DivergedError, match="gradient of step 0 is inf"):
        one_step(trainee, recipe, darkened(0))
    assert (float(network.weight.detach()), trainee.step) == (0.0, 0)


def test_recipes_are_known_by_name() -> None:
    assert recipe_named("own-scratch").aim == "masks"
    with pytest.raises(UnknownRecipeError, match="own-colour, own-texture, own-scratch"):
        recipe_named("own")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"losses": {"bce": 1.0}}, "must be among"),
        ({"losses": {}}, "must be among"),
        ({"clean_share": 0.1}, "clean_share"),
        ({"batch": 0}, "batch, steps"),
        ({"average": 1.0}, "average"),
    ],
)
def test_recipes_that_cannot_be_trained_are_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        small_recipe("own-texture", **changes)


def test_a_crop_that_cannot_be_cut_is_refused() -> None:
    with pytest.raises(ValueError, match="even crop"):
        Framing(crop_px=33)
