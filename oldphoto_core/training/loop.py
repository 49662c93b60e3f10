"""The loop: fetch a batch, forward, losses, backward, clip, step, average; readable top to bottom.

It knows no clock: how many seconds are left is asked of a function. It does not save, measure or print: it yields what
each step came to, and who runs it decides what else happens between two steps.

A network may have critics, which learn beside it: all losses of a step come from the weights before it, each goes back
into the weights of the one it is for, and only once all of them are found to be finite does anyone change.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from oldphoto_core.damage import DAMAGE_KINDS
from oldphoto_core.errors import OldPhotoError
from oldphoto_core.networks.compact.scratch_mask import ScratchMaskConfig
from oldphoto_core.training.film_clips import FilmBatch
from oldphoto_core.training.film_lesson import first_film_network, loss_of_clips
from oldphoto_core.training.film_recipes import FilmRecipe
from oldphoto_core.training.latent_lessons import Lesson, learners_of, lesson_of, network_of_stage
from oldphoto_core.training.latent_recipes import AnyRecipe, LatentRecipe, rate_at
from oldphoto_core.training.losses import weighted
from oldphoto_core.training.pairs import MASK_KINDS, Batch
from oldphoto_core.training.recipes import Recipe, network_of
from oldphoto_core.training.style_lessons import style_loss
from oldphoto_core.training.style_pairs import StyleBatch

Fetch = Callable[[int], Batch | FilmBatch | StyleBatch]
"""The batch of a step, counted from 0; always the same one for the same step."""


class DivergedError(OldPhotoError, ArithmeticError):
    """The loss is NaN or infinite; the weights before this step are still good."""


class MissingNetworkError(OldPhotoError, ValueError):
    """A recipe builds on a network that is not there."""


@dataclass(frozen=True, slots=True, eq=False)
class Critic:
    """A network that judges another one, and is never shipped."""

    network: nn.Module
    """Learns to tell apart."""

    optimiser: torch.optim.Optimizer
    """Holds its momenta."""


@dataclass(slots=True, eq=False)
class Trainee:
    """A network in training: everything that changes from step to step."""

    network: nn.Module
    """Learns."""

    averaged: nn.Module
    """The running average of its weights: the result."""

    optimiser: torch.optim.Optimizer
    """Holds the momenta."""

    step: int = 0
    """Steps done; the next batch is that of this number."""

    critics: Mapping[str, Critic] = field(default_factory=dict)
    """Who judges it, by name; they learn too."""

    given: Mapping[str, nn.Module] = field(default_factory=dict)
    """Networks it builds on, by name; they stay as they are."""


@dataclass(frozen=True, slots=True)
class StepReport:
    """What one step came to."""

    step: int
    """Steps done, this one included."""

    loss: float
    """The weighted sum."""

    losses: dict[str, float]
    """Each loss without its weight."""

    gradient_norm: float
    """Norm of the gradient before clipping."""

    learning_rate: float
    """Rate of this step."""


def start(recipe: AnyRecipe, device: torch.device, given: Mapping[str, nn.Module] | None = None) -> Trainee:
    """Return a network with first weights drawn from the recipe's seed; the global chance of torch stays as it was.

    Args:
        recipe: What is trained how.
        device: Where.
        given: Networks that the recipe needs, by name, in evaluation mode.

    Raises:
        MissingNetworkError: One of those is not there.
    """
    if isinstance(recipe, LatentRecipe):
        return _start_stage(recipe, device, given or {})
    with torch.random.fork_rng():
        torch.manual_seed(recipe.seed)
        network, averaged = (_made(recipe) for _ in range(2))
    averaged.load_state_dict(network.state_dict())
    for one in (network, averaged):
        one.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stub lacks this form
    averaged.eval().requires_grad_(requires_grad=False)
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=recipe.learning_rate, betas=(0.9, 0.99), weight_decay=recipe.weight_decay
    )
    return Trainee(network, averaged, optimiser)


def _made(recipe: Recipe | FilmRecipe) -> nn.Module:
    return first_film_network(recipe) if isinstance(recipe, FilmRecipe) else network_of(recipe.network)


def _start_stage(recipe: LatentRecipe, device: torch.device, given: Mapping[str, nn.Module]) -> Trainee:
    missing = [name for name in recipe.needs if name not in given]
    if missing:
        raise MissingNetworkError(f"{recipe.name} builds on networks that were not given: {', '.join(missing)}")
    with torch.random.fork_rng():
        torch.manual_seed(recipe.seed)
        learners = {name: network.to(device) for name, network in learners_of(recipe).items()}
        averaged = network_of_stage(recipe).to(device)
    averaged.load_state_dict(learners["network"].state_dict())
    averaged.eval().requires_grad_(requires_grad=False)
    optimisers = {
        name: torch.optim.Adam(network.parameters(), lr=recipe.learning_rate, betas=recipe.betas)
        for name, network in learners.items()
    }
    critics = {name: Critic(learners[name], optimisers[name]) for name in learners if name != "network"}
    fixed = {name: given[name].to(device).eval().requires_grad_(requires_grad=False) for name in recipe.needs}
    return Trainee(learners["network"], averaged, optimisers["network"], critics=critics, given=fixed)


def train(
    trainee: Trainee, recipe: AnyRecipe, fetch: Fetch, *, seconds_left: Callable[[], float]
) -> Iterator[StepReport]:
    """Train to the recipe's last step or until no time is left; yield a report after every step.

    Args:
        trainee: Where it begins and goes on; changed in place.
        recipe: What is trained how.
        fetch: The batch of each step.
        seconds_left: Asked before each step; at 0 or below no further one is begun.

    Raises:
        DivergedError: The loss is not finite; nothing was changed by this step.
    """
    device = next(trainee.network.parameters()).device
    while trainee.step < recipe.steps and seconds_left() > 0.0:
        yield one_step(trainee, recipe, fetch(trainee.step).to(device))


def one_step(trainee: Trainee, recipe: AnyRecipe, batch: Batch | FilmBatch | StyleBatch) -> StepReport:
    """Learn from one batch.

    Raises:
        DivergedError: The loss is not finite; nothing was changed.
    """
    rate = learning_rate_at(trainee.step, recipe)
    learners = {"": Critic(trainee.network, trainee.optimiser), **trainee.critics}
    for learner in learners.values():
        for group in learner.optimiser.param_groups:
            group["lr"] = rate
        learner.network.train()
        learner.optimiser.zero_grad(set_to_none=True)
    lesson = _lesson(trainee, recipe, batch)
    losses = {"": lesson.loss, **lesson.critics}
    norms = {
        name: _go_back(learners[name].network, loss, recipe) for name, loss in _sound(losses, trainee, "loss").items()
    }
    _sound(norms, trainee, "gradient")
    for name in losses:
        learners[name].optimiser.step()
    average_in(trainee, recipe)
    trainee.step += 1
    told = {name: float(value) for name, value in lesson.losses.items()}
    told |= {f"critic_{name}": float(value.detach()) for name, value in lesson.critics.items()}
    return StepReport(trainee.step, float(lesson.loss.detach()), told, float(norms[""]), rate)


def _lesson(trainee: Trainee, recipe: AnyRecipe, batch: Batch | FilmBatch | StyleBatch) -> Lesson:
    """Return what a step has to go back from."""
    if isinstance(recipe, FilmRecipe) or isinstance(batch, FilmBatch):
        if not (isinstance(recipe, FilmRecipe) and isinstance(batch, FilmBatch)):
            raise TypeError(f"{recipe.name} cannot learn from a {type(batch).__name__}")
        return Lesson(*loss_of_clips(trainee.network, recipe, batch))
    if isinstance(batch, StyleBatch):
        if not isinstance(recipe, Recipe):
            raise TypeError(f"{recipe.name} cannot learn from a {type(batch).__name__}")
        return Lesson(*style_loss(trainee.network, recipe, batch))
    if isinstance(recipe, LatentRecipe):
        critics = {name: critic.network for name, critic in trainee.critics.items()}
        networks = {"network": trainee.network, **critics, **trainee.given}
        return lesson_of(networks, recipe, batch, step=trainee.step)
    return Lesson(*loss_of(trainee.network, recipe, batch))


def _go_back(network: nn.Module, loss: Tensor, recipe: AnyRecipe) -> Tensor:
    """Fill in a network's gradient, and no other's, clip it, and return its norm before."""
    weights = list(network.parameters())
    torch.autograd.backward(loss, inputs=weights)
    return nn.utils.clip_grad_norm_(weights, recipe.clip)


def _sound(values: Mapping[str, Tensor], trainee: Trainee, what: str) -> Mapping[str, Tensor]:
    """Return the numbers, if they are finite."""
    for name, value in values.items():
        if not bool(torch.isfinite(value)):
            whose = f" of critic {name}" if name else ""
            found = float(value.detach())
            raise DivergedError(
                f"the {what}{whose} of step {trainee.step} is {found}: lower the learning rate and resume"
            )
    return values


def loss_of(network: nn.Module, recipe: Recipe, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
    """Return the recipe's loss of a batch, to go back from, and its terms."""
    with torch.autocast(batch.damaged.device.type, dtype=torch.bfloat16, enabled=recipe.bf16):
        found = answer(network, recipe, batch)
    return weighted(recipe.losses, found.float(), wanted_of(recipe, batch), recipe.known_losses)


def answer(network: nn.Module, recipe: Recipe, batch: Batch) -> Tensor:
    """Return what a network makes of a batch, shown its references and told of its damage if it has use for that."""
    if recipe.told and batch.told is not None:
        found: Tensor = network(batch.damaged, batch.told[:, [DAMAGE_KINDS.index(kind) for kind in recipe.told]])
    elif recipe.looks_at_references:
        found = network(batch.damaged, batch.reference, batch.has_reference)
    else:
        found = network(batch.damaged)
    return found


def wanted_of(recipe: Recipe, batch: Batch) -> Tensor:
    """Return what the network should give for a batch: sound pictures, or the masks of its kinds."""
    if isinstance(recipe.network, ScratchMaskConfig):
        return batch.masks[:, [MASK_KINDS.index(kind) for kind in recipe.network.kinds]]
    return batch.sound


def learning_rate_at(step: int, recipe: AnyRecipe) -> float:
    """Return the rate of a step from 0 on: a straight rise, then half a cosine down to the final share.

    Examples:
        >>> from oldphoto_core.training.recipes import recipe_named
        >>> recipe = recipe_named("own-colour")
        >>> learning_rate_at(recipe.warm_up, recipe) == recipe.learning_rate
        True
    """
    if isinstance(recipe, LatentRecipe):
        return rate_at(step, recipe)
    if step < recipe.warm_up:
        return recipe.learning_rate * (step + 1) / (recipe.warm_up + 1)
    gone = min(1.0, (step - recipe.warm_up) / max(1, recipe.steps - recipe.warm_up))
    falling = 0.5 * (1.0 + math.cos(math.pi * gone))
    return recipe.learning_rate * (recipe.final_rate + (1.0 - recipe.final_rate) * falling)


@torch.no_grad()
def average_in(trainee: Trainee, recipe: AnyRecipe) -> None:
    """Take the network's weights into the average: ``kept * average + (1 - kept) * weight``.

    ``kept`` is the recipe's share, but less in the first steps, ``(1 + step) / (10 + step)``, so that the first weights
    of chance are soon forgotten. ``step`` is the number of steps done before this one. Statistics that the network
    itself gathers, as normalisation does, are taken as they are.
    """
    kept = min(recipe.average, (1.0 + trainee.step) / (10.0 + trainee.step))
    for mean, weight in zip(trainee.averaged.parameters(), trainee.network.parameters(), strict=True):
        mean.lerp_(weight, 1.0 - kept)
    for gathered, now in zip(trainee.averaged.buffers(), trainee.network.buffers(), strict=True):
        gathered.copy_(now)
