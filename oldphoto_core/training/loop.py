"""The loop: fetch a batch, forward, losses, backward, clip, step, average; readable top to bottom.

It knows no clock: how many seconds are left is asked of a function. It does not save, measure or print: it yields what
each step came to, and who runs it decides what else happens between two steps.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from oldphoto_core.errors import OldPhotoError
from oldphoto_core.networks.compact.scratch_mask import ScratchMaskConfig
from oldphoto_core.training.losses import weighted
from oldphoto_core.training.pairs import MASK_KINDS, Batch
from oldphoto_core.training.recipes import Recipe, network_of

Fetch = Callable[[int], Batch]
"""The batch of a step, counted from 0; always the same one for the same step."""


class DivergedError(OldPhotoError, ArithmeticError):
    """The loss is NaN or infinite; the weights before this step are still good."""


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


def start(recipe: Recipe, device: torch.device) -> Trainee:
    """Return a network with first weights drawn from the recipe's seed; the global chance of torch stays as it was."""
    with torch.random.fork_rng():
        torch.manual_seed(recipe.seed)
        network, averaged = network_of(recipe.network), network_of(recipe.network)
    averaged.load_state_dict(network.state_dict())
    for one in (network, averaged):
        one.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stub lacks this form
    averaged.eval().requires_grad_(requires_grad=False)
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=recipe.learning_rate, betas=(0.9, 0.99), weight_decay=recipe.weight_decay
    )
    return Trainee(network, averaged, optimiser)


def train(trainee: Trainee, recipe: Recipe, fetch: Fetch, *, seconds_left: Callable[[], float]) -> Iterator[StepReport]:
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


def one_step(trainee: Trainee, recipe: Recipe, batch: Batch) -> StepReport:
    """Learn from one batch.

    Raises:
        DivergedError: The loss is not finite; nothing was changed.
    """
    rate = learning_rate_at(trainee.step, recipe)
    for group in trainee.optimiser.param_groups:
        group["lr"] = rate
    trainee.network.train()
    trainee.optimiser.zero_grad(set_to_none=True)
    loss, losses = loss_of(trainee.network, recipe, batch)
    if not bool(torch.isfinite(loss)):
        raise DivergedError(
            f"the loss of step {trainee.step} is {float(loss.detach())}: lower the learning rate and resume"
        )
    torch.autograd.backward(loss)
    norm = nn.utils.clip_grad_norm_(trainee.network.parameters(), recipe.clip)
    trainee.optimiser.step()
    average_in(trainee, recipe)
    trainee.step += 1
    told = {name: float(value) for name, value in losses.items()}
    return StepReport(trainee.step, float(loss.detach()), told, float(norm), rate)


def loss_of(network: nn.Module, recipe: Recipe, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
    """Return the recipe's loss of a batch, to go back from, and its terms."""
    with torch.autocast(batch.damaged.device.type, dtype=torch.bfloat16, enabled=recipe.bf16):
        found = network(batch.damaged)
    return weighted(recipe.losses, found.float(), wanted_of(recipe, batch), recipe.known_losses)


def wanted_of(recipe: Recipe, batch: Batch) -> Tensor:
    """Return what the network should give for a batch: sound pictures, or the masks of its kinds."""
    if isinstance(recipe.network, ScratchMaskConfig):
        return batch.masks[:, [MASK_KINDS.index(kind) for kind in recipe.network.kinds]]
    return batch.sound


def learning_rate_at(step: int, recipe: Recipe) -> float:
    """Return the rate of a step from 0 on: a straight rise, then half a cosine down to the final share.

    Examples:
        >>> from oldphoto_core.training.recipes import recipe_named
        >>> recipe = recipe_named("own-colour")
        >>> learning_rate_at(recipe.warm_up, recipe) == recipe.learning_rate
        True
    """
    if step < recipe.warm_up:
        return recipe.learning_rate * (step + 1) / (recipe.warm_up + 1)
    gone = min(1.0, (step - recipe.warm_up) / max(1, recipe.steps - recipe.warm_up))
    falling = 0.5 * (1.0 + math.cos(math.pi * gone))
    return recipe.learning_rate * (recipe.final_rate + (1.0 - recipe.final_rate) * falling)


@torch.no_grad()
def average_in(trainee: Trainee, recipe: Recipe) -> None:
    """Take the network's weights into the average: ``kept * average + (1 - kept) * weight``.

    ``kept`` is the recipe's share, but less in the first steps, ``(1 + step) / (10 + step)``, so that the first weights
    of chance are soon forgotten. ``step`` is the number of steps done before this one.
    """
    kept = min(recipe.average, (1.0 + trainee.step) / (10.0 + trainee.step))
    for mean, weight in zip(trainee.averaged.parameters(), trainee.network.parameters(), strict=True):
        mean.lerp_(weight, 1.0 - kept)
