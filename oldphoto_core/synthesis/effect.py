"""What one damage does to a photograph, and how its strength becomes a severity.

Severity follows one law for every kind: ``1 - 2 ** (-amount / half)``. No amount is 0, the amount called ``half`` is
0.5 (plainly visible), a picture lost to it tends to 1, and the amounts of two damages of a kind add up. Each module
says what its amount measures and which amount is half.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import cv2
import numpy as np
from jaxtyping import Float32, Int64

from oldphoto_core.damage import DamageKind
from oldphoto_core.image import Grey, Mask, Photo

VISIBLE = 0.03
"""Change of a channel, in [0, 1], from which on a structured damage counts as seen on a pixel."""


@dataclass(frozen=True, slots=True)
class Effect:
    """A photograph after one damage, and what that damage did."""

    photo: Photo
    """The damaged photograph."""

    masks: Mapping[DamageKind, Mask] = field(default_factory=dict)
    """For structured kinds, the pixels that changed visibly."""

    severities: Mapping[DamageKind, float] = field(default_factory=dict)
    """Severity of each kind the damage touches, in [0, 1]."""

    covers: Mask | None = None
    """Pixels whose former content, older damage included, is gone from sight."""


@runtime_checkable
class Damage(Protocol):
    """One step of a recipe: a frozen value whose placement is drawn from the generator, and from nothing else."""

    def apply(self, photo: Photo, rng: np.random.Generator) -> Effect:
        """Return the photograph with this damage; the photograph given is not changed."""
        ...


def severity(amount: float, *, half: float) -> float:
    """Return the severity in [0, 1] of an amount of damage.

    Args:
        amount: How much damage, in the unit of the kind; below zero counts as none.
        half: The amount that is plainly visible, in the same unit, above zero.

    Examples:
        >>> severity(0.0, half=2.0), severity(2.0, half=2.0), severity(4.0, half=2.0)
        (0.0, 0.5, 0.75)
    """
    return 1.0 - 2.0 ** (-max(amount, 0.0) / half)


def combined(first: float, second: float) -> float:
    """Return the severity of two damages of one kind together, which is that of their added amounts.

    Examples:
        >>> combined(severity(1.0, half=2.0), severity(3.0, half=2.0)) == severity(4.0, half=2.0)
        True
    """
    return 1.0 - (1.0 - first) * (1.0 - second)


def change(before: Photo, after: Photo) -> Grey:
    """Return, for each pixel, the largest change of a channel, in [0, 1].

    Examples:
        >>> float(change(np.zeros((1, 1, 3), np.float32), np.ones((1, 1, 3), np.float32))[0, 0])
        1.0
    """
    red, green, blue = cv2.split(cv2.absdiff(after, before))
    return np.maximum(np.maximum(red, green), blue)


def laid_on(before: Photo, after: Photo, *, kind: DamageKind, half: float) -> Effect:
    """Return the effect of a structured damage, its mask and severity read off the change it made.

    Args:
        before: The photograph without the damage.
        after: The photograph with it.
        kind: The structured kind.
        half: Mean change over the whole picture, in [0, 1], that counts as plainly visible.
    """
    moved = change(before, after)
    seen = moved > VISIBLE
    return Effect(after, masks={kind: seen}, severities={kind: severity(float(moved.mean()), half=half)})


def laid_at(
    before: Photo,
    places: Int64[np.ndarray, " N"],
    pixels: Float32[np.ndarray, "N 3"],
    *,
    kind: DamageKind,
    half: float,
) -> Effect:
    """Return what ``laid_on`` returns, for a damage that touches few pixels.

    Args:
        before: The photograph without the damage.
        places: Numbers of the touched pixels, row after row, each at most once.
        pixels: What these pixels have become.
        kind: The structured kind.
        half: As in ``laid_on``.
    """
    after = before.copy()
    flat = after.reshape(-1, 3)
    moved = np.abs(pixels - flat[places])
    most = np.maximum(np.maximum(moved[:, 0], moved[:, 1]), moved[:, 2])
    flat[places] = pixels
    seen = np.zeros(before.shape[:2], dtype=np.bool_)
    seen.reshape(-1)[places[most > VISIBLE]] = True
    amount = float(most.sum()) / seen.size
    return Effect(after, masks={kind: seen}, severities={kind: severity(amount, half=half)})
