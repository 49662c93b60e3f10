"""Each stage against its equations, worked out picture by picture and term by term; who learns from what."""

import copy
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from latent_training import STAGES, given, small_batch, small_stage
from torch import Tensor, nn

from oldphoto_core.evaluation.latent_distance import latent_distance
from oldphoto_core.networks.bopbtl.critics import CriticConfig
from oldphoto_core.training.latent_lessons import holes_of, lesson_of, noise_like, pictured, shown, whitened
from oldphoto_core.training.latent_recipes import LatentRecipe
from oldphoto_core.training.loop import DivergedError, MissingNetworkError, Trainee, one_step, start, train
from oldphoto_core.training.pairs import MASK_KINDS, Batch

CPU = torch.device("cpu")


def networks_of(trainee: Trainee) -> dict[str, nn.Module]:
    critics = {name: critic.network for name, critic in trainee.critics.items()}
    return {"network": trainee.network, **critics, **trainee.given}


def frozen_critics(trainee: Trainee) -> None:
    """Fix the norms of spectral critics, so that two passes give the same."""
    for critic in trainee.critics.values():
        critic.network.eval()


def slow_gan(critic: nn.Module, found: Tensor, wanted: Tensor, beside: Tensor | None) -> dict[str, float]:
    """Return the adversarial terms of a batch: of each picture alone, then the mean."""
    told: dict[str, list[float]] = {"gan": [], "features": [], "critic_image": []}
    for number in range(len(found)):
        cat = [] if beside is None else [beside[number : number + 1]]
        fake = critic(torch.cat([*cat, found[number : number + 1]], dim=1))
        real = critic(torch.cat([*cat, wanted[number : number + 1]], dim=1))
        gan = features = own = 0.0
        for size in range(len(fake)):
            gan += float(((fake[size][-1] - 1) ** 2).mean())
            own += 0.5 * float((fake[size][-1] ** 2).mean()) + 0.5 * float(((real[size][-1] - 1) ** 2).mean())
            layers = len(fake[size]) - 2
            for layer in range(layers + 1):
                difference = (fake[size][layer] - real[size][layer]).abs().mean()
                features += 4.0 / (layers + 1) / len(fake) * float(difference)
        for name, value in (("gan", gan), ("features", features), ("critic_image", own)):
            told[name].append(value)
    return {name: float(np.mean(values)) for name, values in told.items()}


def slow_likeness(eye: nn.Module, found: Tensor, wanted: Tensor) -> float:
    maps = list(zip(eye(found), eye(wanted), strict=True))
    told = 0.0
    for level, (one, aim) in enumerate(maps):
        found, wanted = (each.permute(0, 2, 3, 1).flatten(0, 2).double().numpy() for each in (one, aim))
        usual = np.mean([row @ row for row in wanted])
        apart = [
            np.sum((a / np.sqrt(a @ a + usual) - b / np.sqrt(b @ b + usual)) ** 2)
            for a, b in zip(found, wanted, strict=True)
        ]
        told += float(np.mean(apart)) / 2 ** (len(maps) - 1 - level)
    return told


@torch.no_grad()
@pytest.mark.parametrize("name", ["own-latent-old", "own-latent-clean"])
def test_an_autoencoder_learns_the_equations_of_its_stage(name: str) -> None:
    recipe = small_stage(name, batch=4)
    trainee, batch = start(recipe, CPU, given()), small_batch(3, count=4)
    networks = networks_of(trainee)
    lesson = lesson_of(networks, recipe, batch, step=7)
    picture = 2 * (batch.damaged if name == "own-latent-old" else batch.sound) - 1
    latent = trainee.network.encode(picture)  # type: ignore[operator]
    chance = torch.Generator()
    number = int(np.random.SeedSequence([recipe.seed, 7]).generate_state(1, np.uint64)[0]) >> 1
    noise = torch.randn(latent.shape, generator=chance.manual_seed(number))
    found = trainee.network.decode(latent + noise)  # type: ignore[operator]
    wanted = slow_gan(networks["image"], found, picture, None)
    wanted["l1"] = float((found - picture).abs().mean())
    wanted["prior"] = float((latent**2).mean())
    wanted["perceptual"] = slow_likeness(networks["perceptual"], found, picture)
    own = {"critic_image": wanted.pop("critic_image")}
    if name == "own-latent-old":
        verdicts = [networks["latent"](latent[one : one + 1])[0][-1] for one in range(4)]
        wanted["latent_gan"] = float(np.mean([float(((verdicts[one] - 1) ** 2).mean()) for one in (0, 2)]))
        false, true = (verdicts[0], verdicts[2]), (verdicts[1], verdicts[3])
        own["critic_latent"] = 0.5 * float(np.mean([float((one**2).mean()) for one in false]))
        own["critic_latent"] += 0.5 * float(np.mean([float(((one - 1) ** 2).mean()) for one in true]))
    assert {key: float(value) for key, value in lesson.losses.items()} == pytest.approx(wanted, rel=2e-4)
    assert {f"critic_{key}": float(value) for key, value in lesson.critics.items()} == pytest.approx(own, rel=2e-4)
    total = sum(recipe.losses[key] * value for key, value in wanted.items())
    assert float(lesson.loss) == pytest.approx(total, rel=2e-4)


@torch.no_grad()
def test_the_mapping_learns_its_equations() -> None:
    recipe = small_stage("own-latent-mapping")
    trainee, batch = start(recipe, CPU, given()), small_batch(3)
    frozen_critics(trainee)
    networks = networks_of(trainee)
    lesson = lesson_of(networks, recipe, batch, step=0)
    hole = batch.masks[:, MASK_KINDS.index("scratch")][:, None]
    seen = 2 * torch.where(hole > 0, torch.ones_like(batch.damaged), batch.damaged) - 1
    sound = 2 * batch.sound - 1
    aim = networks["clean"].encode(sound)  # type: ignore[operator]
    after = trainee.network(networks["old"].encode(seen), hole)  # type: ignore[operator]
    found = networks["clean"].decode(after)  # type: ignore[operator]
    wanted = slow_gan(networks["image"], found, sound, seen)
    own = {"image": wanted.pop("critic_image")}
    wanted["latent_l1"] = float((after - aim).abs().mean())
    wanted["perceptual"] = slow_likeness(networks["perceptual"], found, sound)
    assert {key: float(value) for key, value in lesson.losses.items()} == pytest.approx(wanted, rel=2e-4)
    assert {key: float(value) for key, value in lesson.critics.items()} == pytest.approx(own, rel=2e-4)
    assert float(lesson.loss) == pytest.approx(sum(recipe.losses[key] * one for key, one in wanted.items()), rel=2e-4)


def test_holes_are_the_kinds_the_recipe_names_and_are_painted_white() -> None:
    recipe, batch = small_stage("own-latent-mapping"), small_batch()
    batch.masks[:, MASK_KINDS.index("stain"), 0] = 1.0
    holes = holes_of(batch, recipe)
    assert torch.equal(holes[:, 0], batch.masks[:, MASK_KINDS.index("scratch")])
    both = holes_of(batch, replace(recipe, hole_kinds=("scratch", "stain")))
    assert bool(both[:, :, 0].all())
    assert not holes_of(batch, replace(recipe, hole_kinds=())).any()
    seen = shown(batch.damaged, holes, recipe)
    white = whitened(seen, holes)
    assert torch.equal(white[..., 5:9], torch.ones_like(white[..., 5:9]))
    assert torch.equal(white[..., 9:], 2.0 * batch.damaged[..., 9:] - 1.0)
    torch.testing.assert_close(pictured(seen, batch.damaged, holes, recipe), batch.damaged)


@pytest.mark.parametrize("name", STAGES)
def test_where_tone_is_kept_nothing_depends_on_it(name: str) -> None:
    recipe = small_stage(name, keeps_tone=True)
    trainee, batch = start(recipe, CPU, given()), small_batch()
    frozen_critics(trainee)
    gain, offset = torch.tensor([0.5, 0.7, 0.9]).reshape(3, 1, 1), torch.tensor([0.2, 0.0, 0.1]).reshape(3, 1, 1)
    faded = replace(batch, damaged=gain * batch.damaged + offset)
    for number in (0, 1):
        lesson = lesson_of(networks_of(trainee), recipe, (batch, faded)[number], step=0)
        losses = {key: float(value) for key, value in lesson.losses.items()}
        if number == 0:
            wanted = losses
    assert losses == pytest.approx(wanted, rel=0.1)  # the least spread counts a little
    holes = holes_of(faded, recipe)
    seen = shown(faded.damaged, holes, recipe)
    back = pictured(seen, faded.damaged, holes, recipe)
    inside = seen.abs() < 1.0
    torch.testing.assert_close(back[inside], faded.damaged[inside])


def test_noise_is_that_of_the_step() -> None:
    latent = torch.zeros(4, 8, 32, 32)
    assert torch.equal(noise_like(latent, 0, 3), noise_like(latent, 0, 3))
    assert not torch.equal(noise_like(latent, 0, 3), noise_like(latent, 0, 4))
    assert not torch.equal(noise_like(latent, 0, 3), noise_like(latent, 1, 3))
    assert float(noise_like(latent, 0, 3).std()) == pytest.approx(1.0, abs=0.02)


def changed(before: nn.Module, after: nn.Module) -> bool:
    return any(not torch.equal(one, other) for one, other in zip(before.parameters(), after.parameters(), strict=True))


@pytest.mark.parametrize("bf16", [False, True])
@pytest.mark.parametrize("name", STAGES)
def test_a_step_changes_all_who_learn_and_none_who_are_given(name: str, *, bf16: bool) -> None:
    recipe = small_stage(name, bf16=bf16)
    trainee = start(recipe, CPU, given())
    before = copy.deepcopy(networks_of(trainee))
    report = one_step(trainee, recipe, small_batch())
    after = networks_of(trainee)
    learned = {key for key in after if changed(before[key], after[key])}
    assert learned == {"network", *trainee.critics}
    assert set(trainee.given) == set(recipe.needs)
    assert set(report.losses) == set(recipe.losses) | {f"critic_{key}" for key in trainee.critics}
    assert report.loss == pytest.approx(sum(recipe.losses[key] * report.losses[key] for key in recipe.losses), rel=1e-4)


def test_each_learns_from_its_own_loss_alone() -> None:
    recipe = small_stage("own-latent-old", clip=1e9)
    trainee, batch = start(recipe, CPU, given()), small_batch()
    other = copy.deepcopy(networks_of(trainee))
    one_step(trainee, recipe, batch)
    lesson = lesson_of(other, recipe, batch, step=0)
    for key, loss in {"network": lesson.loss, **lesson.critics}.items():
        wanted = torch.autograd.grad(loss, list(other[key].parameters()))
        for weight, gradient in zip(networks_of(trainee)[key].parameters(), wanted, strict=True):
            assert weight.grad is not None
            torch.testing.assert_close(weight.grad, gradient, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("name", "where"), [("own-latent-old", "damaged"), ("own-latent-mapping", "sound")])
def test_a_loss_that_is_not_finite_changes_nobody(name: str, where: str) -> None:
    recipe = small_stage(name)
    trainee = start(recipe, CPU, given())
    one_step(trainee, recipe, small_batch(0))
    before = copy.deepcopy(networks_of(trainee)) | {"averaged": copy.deepcopy(trainee.averaged)}
    momenta = copy.deepcopy(trainee.optimiser.state_dict()["state"])
    batch = small_batch(1)
    getattr(batch, where)[0, 0, 0, 0] = math.nan
    with pytest.raises(DivergedError, match="step 1 is nan"):
        one_step(trainee, recipe, batch)
    after = networks_of(trainee) | {"averaged": trainee.averaged}
    assert not [key for key in before if changed(before[key], after[key])]
    assert trainee.step == 1
    for number, state in trainee.optimiser.state_dict()["state"].items():
        assert all(torch.equal(value, momenta[number][key]) for key, value in state.items())


def test_what_is_needed_must_be_given() -> None:
    with pytest.raises(MissingNetworkError, match="not given: clean, perceptual"):
        start(small_stage("own-latent-mapping"), CPU, {"old": given()["old"]})


def domains(step: int) -> Batch:
    """Return pictures of two kinds: the real ones striped across, the synthetic ones striped down."""
    chance = torch.Generator().manual_seed(step)
    base = torch.nn.functional.interpolate(torch.rand(8, 3, 2, 2, generator=chance), size=(32, 32))
    stripes = (torch.arange(32) % 4 < 2).float() * 0.6
    base[0::2] = 0.4 * base[0::2] + stripes[:, None]
    base[1::2] = 0.4 * base[1::2] + stripes
    return Batch(base, base, torch.zeros(8, len(MASK_KINDS), 32, 32), torch.zeros(8, 12))


def distance_after(recipe: LatentRecipe) -> float:
    """Return how far the latents of both kinds lie apart after training."""
    trainee = start(recipe, CPU, given())
    for _ in train(trainee, recipe, domains, seconds_left=lambda: math.inf):
        pass
    with torch.no_grad():
        latent = torch.cat([trainee.network.encode(2.0 * domains(900 + n).damaged - 1.0) for n in range(4)])  # type: ignore[operator]
    rows = latent.permute(0, 2, 3, 1).flatten(1, 2).numpy()
    return latent_distance(rows[0::2].reshape(-1, 4), rows[1::2].reshape(-1, 4), directions=64)


def test_the_latent_adversary_brings_the_two_kinds_together() -> None:
    with_it = small_stage(
        "own-latent-old",
        batch=8,
        steps=100,
        learning_rate=4e-3,
        losses={"l1": 1.0, "latent_gan": 10.0},
        latent_critic=CriticConfig(channels=4, scales=1, width=16, layers=2),
        average=0.0,
    )
    without = replace(with_it, losses={"l1": 1.0}, latent_critic=None)
    assert distance_after(with_it) < 0.5 * distance_after(without)
