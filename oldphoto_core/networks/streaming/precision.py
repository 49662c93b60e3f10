"""Which numbers a network may compute in: measured on a picture, not guessed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

MOST_ERROR = 2.0 / 255.0
"""Largest mean absolute difference of a picture in [-1, 1]: one of 255 steps."""


@dataclass(frozen=True, slots=True)
class Precision:
    """What a workspace is told of numbers."""

    computed: torch.dtype = torch.float32
    """In which the network computes."""

    kept: torch.dtype = torch.float32
    """In which maps lie in memory and in files."""


FLOAT32 = Precision()
"""The network's own; the yardstick."""

HALVES_KEPT = Precision(torch.float32, torch.float16)
"""Maps take half the room, computation is as before; a value beyond 65504 would be lost, which the probe would show."""

BFLOAT16 = Precision(torch.bfloat16, torch.bfloat16)
"""Half the room, and quicker on machines with units for it."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen, and why."""

    precision: Precision
    """The choice."""

    errors: Mapping[Precision, float]
    """Mean absolute difference from float32 for each that was tried; NaN if there was NaN in the picture."""


def choose_precision(
    run: Callable[[Precision], Tensor], candidates: Sequence[Precision], *, most_error: float = MOST_ERROR
) -> Choice:
    """Return the first candidate whose picture stays close to that in float32, else float32.

    Args:
        run: Gives the network's picture of one and the same input, computed in a precision.
        candidates: Those to try, the most wanted first.
        most_error: Largest mean absolute difference, in the picture's units.
    """
    exact = run(FLOAT32).double()
    errors: dict[Precision, float] = {}
    for candidate in candidates:
        errors[candidate] = float((run(candidate).double() - exact).abs().mean())
        if errors[candidate] <= most_error:
            return Choice(candidate, errors)
    return Choice(FLOAT32, errors)
