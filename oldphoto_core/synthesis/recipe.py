"""A recipe is an ordered list of damages; with a seed it makes the same bytes every time.

Each step draws from its own child of the generator, so changing one step leaves the chance of the others alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from oldphoto_core.damage import DamageKind
from oldphoto_core.image import Mask, Photo, check_photo
from oldphoto_core.synthesis.effect import Damage, combined


@dataclass(frozen=True, slots=True)
class Recipe:
    """What happens to a print, in order."""

    name: str
    """A short name for records."""

    steps: tuple[Damage, ...]
    """The damages, first one first: the taking, the ageing, the handling, the scan."""


@dataclass(frozen=True, slots=True)
class Aged:
    """An aged photograph and the truth about it."""

    photo: Photo
    """The aged photograph, in [0, 1]."""

    masks: Mapping[DamageKind, Mask]
    """For each structured kind that left a trace, the pixels where it can be seen."""

    severities: Mapping[DamageKind, float]
    """Severity of each kind above zero, in [0, 1]."""


def age(photo: Photo, recipe: Recipe, rng: np.random.Generator) -> Aged:
    """Return the photograph aged by the recipe, with masks and severities.

    Args:
        photo: A sound photograph; it is not changed.
        recipe: The damages, in order.
        rng: The source of chance; a fresh generator of the same seed gives the same bytes.

    Returns:
        The aged photograph, clipped to [0, 1]. A later tear takes what it covers out of the masks before it.

    Raises:
        PhotoShapeError: The photograph is not float32 (H, W, 3), or holds NaN.

    Examples:
        >>> grey = np.full((4, 4, 3), 0.5, dtype=np.float32)
        >>> age(grey, Recipe("nothing", ()), np.random.default_rng(0)).severities
        {}
    """
    check_photo(photo)
    masks: dict[DamageKind, Mask] = {}
    severities: dict[DamageKind, float] = {}
    for step, chance in zip(recipe.steps, rng.spawn(len(recipe.steps)), strict=True):
        effect = step.apply(photo, chance)
        photo = effect.photo
        if effect.covers is not None:
            masks = {kind: mask & ~effect.covers for kind, mask in masks.items()}
        for kind, mask in effect.masks.items():
            masks[kind] = masks[kind] | mask if kind in masks else mask
        for kind, amount in effect.severities.items():
            severities[kind] = combined(severities.get(kind, 0.0), amount)
    return Aged(
        photo=np.clip(photo, 0.0, 1.0),
        masks={kind: mask for kind, mask in masks.items() if mask.any()},
        severities={kind: amount for kind, amount in severities.items() if amount > 0.0},
    )
