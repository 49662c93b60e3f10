"""Fit the damage head to numbers and truths: presence from a severity of 0.1 on, severity where there is damage."""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Float32
from torch import Tensor

from oldphoto_core.networks.compact.damage import DamageHead, DamageHeadConfig

PRESENT = 0.1
"""Damage of this severity or more is there; what is fainter, but not nothing, counts neither way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FitSettings:
    """How the head is fitted."""

    widths: tuple[int, ...] = (160, 96)
    """Hidden units."""

    members: int = 6
    """Perceptrons that are asked together."""

    dropout: float = 0.3
    """Share of units left out at each step."""

    blur: float = 0.1
    """Noise on the standardised numbers."""

    rounds: int = 50
    """How often every picture is seen."""

    batch: int = 128
    """Pictures in a step."""

    learning_rate: float = 2e-3
    """The greatest rate."""

    weight_decay: float = 0.02
    """Share of each weight, times the rate, taken off at each step."""

    severity_weight: float = 2.0
    """Weight of the error of severity beside that of presence."""

    def head_config(self, numbers: int) -> DamageHeadConfig:
        """Return the configuration of a head for so many numbers."""
        return DamageHeadConfig(
            numbers=numbers, widths=self.widths, members=self.members, dropout=self.dropout, blur=self.blur
        )


@dataclass(frozen=True, slots=True, eq=False)
class DamageTable:
    """Pictures as numbers, and the truth about them."""

    numbers: Float32[np.ndarray, "N F"]
    """A row for each picture."""

    severities: Float32[np.ndarray, "N 12"]
    """True severity of each kind."""

    @property
    def present(self) -> Bool[np.ndarray, "N 12"]:
        """Where the damage is there."""
        return self.severities >= PRESENT

    @property
    def clear(self) -> Bool[np.ndarray, "N 12"]:
        """Where it is plainly there or not at all."""
        return self.present | (self.severities == 0.0)


def fitted_head(table: DamageTable, settings: FitSettings, *, seed: int) -> DamageHead:
    """Return a head fitted to a table, not yet calibrated; the same table, settings and seed give the same head."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        head = DamageHead(settings.head_config(table.numbers.shape[1]))
        head.middle.copy_(torch.from_numpy(np.median(table.numbers, axis=0)))
        head.spread.copy_(torch.from_numpy(np.maximum(table.numbers.std(axis=0), 1e-4)))
        _learn(head.train(), table, settings)
    return head.eval()


def _learn(head: DamageHead, table: DamageTable, settings: FitSettings) -> None:
    numbers, severities = torch.from_numpy(table.numbers), torch.from_numpy(table.severities)
    present, clear = torch.from_numpy(table.present), torch.from_numpy(table.clear)
    optimiser = torch.optim.AdamW(head.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay)
    batches = max(1, len(numbers) // settings.batch)
    total = settings.rounds * batches
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, settings.learning_rate, total_steps=total, pct_start=0.1)
    for _ in range(settings.rounds):
        order = torch.randperm(len(numbers))
        for batch in order.tensor_split(batches):
            optimiser.zero_grad(set_to_none=True)
            error = loss(head, numbers[batch], severities[batch], present[batch], clear[batch], settings)
            torch.autograd.backward(error)
            optimiser.step()
            schedule.step()


def loss(
    head: DamageHead,
    numbers: Float[Tensor, "N F"],
    severities: Float[Tensor, "N 12"],
    present: Tensor,
    clear: Tensor,
    settings: FitSettings,
) -> Tensor:
    """Return the sum over the members of the mean error of presence and of severity."""
    odds, stated = head.members(numbers)
    aim = present.float().expand_as(odds)
    presence = F.binary_cross_entropy_with_logits(odds, aim, reduction="none") * clear
    severity = (stated - severities).abs() * present
    members = odds.shape[0]
    return members * (
        presence.sum() / (members * clear.sum()).clamp_min(1)
        + settings.severity_weight * severity.sum() / (members * present.sum()).clamp_min(1)
    )
