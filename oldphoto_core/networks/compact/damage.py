"""From the numbers of a photograph to its damage: a few small perceptrons that are asked together."""

from dataclasses import dataclass
from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn

from oldphoto_core.damage import DAMAGE_KINDS

FAR = 5.0
"""Standardised numbers are cut here: a photograph unlike all others is judged as the most unlike that was seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DamageHeadConfig:
    """Sizes; the defaults with 450 numbers come to 0.5 M parameters."""

    numbers: int
    """How many numbers come in."""

    widths: tuple[int, ...] = (160, 96)
    """Hidden units of each layer."""

    members: int = 6
    """How many perceptrons, with first weights of their own."""

    dropout: float = 0.3
    """Share of units left out at each step of training, in [0, 1)."""

    blur: float = 0.1
    """Standard deviation of the noise on the standardised numbers in training."""

    def __post_init__(self) -> None:
        """Refuse a head without numbers, units or members."""
        if min(self.numbers, self.members, *self.widths) < 1 or not 0.0 <= self.dropout < 1.0 or self.blur < 0.0:
            raise ValueError(f"numbers, widths and members must be 1 or more, dropout in [0, 1), found {self}")


class DamageHead(nn.Module):
    """Numbers to the log odds that each of the twelve kinds is there, and its severity if it is.

    Buffers: ``middle`` and ``spread`` standardise the numbers; ``gain`` and ``shift`` calibrate the mean log odds of
    the members (Platt 1999, "Probabilistic outputs for support vector machines").
    """

    middle: Tensor
    spread: Tensor
    gain: Tensor
    shift: Tensor

    def __init__(self, config: DamageHeadConfig) -> None:
        super().__init__()
        self.config = config
        widths = (config.numbers, *config.widths, 2 * len(DAMAGE_KINDS))
        self.layers = nn.ModuleList(_Side(config.members, before, after) for before, after in pairwise(widths))
        self.dropout = nn.Dropout(config.dropout)
        self.register_buffer("middle", torch.zeros(config.numbers))
        self.register_buffer("spread", torch.ones(config.numbers))
        self.register_buffer("gain", torch.ones(len(DAMAGE_KINDS)))
        self.register_buffer("shift", torch.zeros(len(DAMAGE_KINDS)))

    def members(self, numbers: Float[Tensor, "N F"]) -> tuple[Float[Tensor, "M N 12"], Float[Tensor, "M N 12"]]:
        """Return log odds, not calibrated, and severities in (0, 1) of each member."""
        x = ((numbers - self.middle) / self.spread).clamp(-FAR, FAR).expand(self.config.members, -1, -1)
        if self.training and self.config.blur:
            x = x + self.config.blur * torch.randn_like(x)
        for layer in self.layers[:-1]:
            x = self.dropout(torch.nn.functional.silu(layer(x)))
        odds, severities = self.layers[-1](x).chunk(2, dim=-1)
        return odds, torch.sigmoid(severities)

    def forward(self, numbers: Float[Tensor, "N F"]) -> tuple[Float[Tensor, "N 12"], Float[Tensor, "N 12"]]:
        """Return calibrated probabilities and severities, each in [0, 1], in the order of ``DAMAGE_KINDS``."""
        odds, severities = self.members(numbers)
        return torch.sigmoid(odds.mean(dim=0) * self.gain + self.shift), severities.mean(dim=0)


class _Side(nn.Module):
    """One layer of every member, side by side."""

    def __init__(self, members: int, before: int, after: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(members, before, after) * before**-0.5)
        self.bias = nn.Parameter(torch.zeros(members, 1, after))

    def forward(self, x: Float[Tensor, "M N before"]) -> Float[Tensor, "M N after"]:
        return torch.baddbmm(self.bias, x, self.weight)
