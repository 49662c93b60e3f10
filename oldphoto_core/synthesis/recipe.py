"""A recipe is an ordered list of damages; with a seed it makes the same bytes every time.

Each step draws from its own child of the generator, so changing one step leaves the chance of the others alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from oldphoto_core.damage import DAMAGE_KINDS, STRUCTURED_KINDS, DamageKind
from oldphoto_core.image import Mask, Photo, check_photo
from oldphoto_core.synthesis.effect import Damage, combined


@dataclass(frozen=True, slots=True)
class Recipe:
    """What happens to a print, in order."""

    name: str
    """A short name for records."""

    steps: tuple[Damage, ...]
    """The damages, first one first: the taking, the ageing, the handling, the scan."""

    made: tuple[Damage, ...] = ()
    """How the print came out before anything happened to it: black and white, toned, vignetted. No damage: who
    restores it aims at the print as it was made."""


@dataclass(frozen=True, slots=True)
class Aged:
    """An aged photograph and the truth about it."""

    photo: Photo
    """The aged photograph, in [0, 1]."""

    masks: Mapping[DamageKind, Mask]
    """For each structured kind that left a trace, the pixels where it can be seen."""

    severities: Mapping[DamageKind, float]
    """Severity of each kind above zero, in [0, 1]."""

    sound: Photo
    """The print as it was made, before any damage, in [0, 1]: what a restorer should find again."""

    def severity_of_every_kind(self) -> dict[DamageKind, float]:
        """Return the severity of each of the twelve kinds, 0 for those that are absent, in the fixed order."""
        return {kind: self.severities.get(kind, 0.0) for kind in DAMAGE_KINDS}

    def mask_of_every_kind(self) -> dict[DamageKind, Mask]:
        """Return the mask of each structured kind in the fixed order, an empty one for those that left no trace."""
        empty = np.zeros(self.photo.shape[:2], dtype=np.bool_)
        return {kind: self.masks.get(kind, empty) for kind in DAMAGE_KINDS if kind in STRUCTURED_KINDS}

    def union_of_masks(self) -> Mask:
        """Return the pixels on which any structured damage can be seen."""
        union = np.zeros(self.photo.shape[:2], dtype=np.bool_)
        for mask in self.masks.values():
            union |= mask
        return union


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
    chances = rng.spawn(len(recipe.steps) + len(recipe.made))
    for step, chance in zip(recipe.made, chances[len(recipe.steps) :], strict=True):
        photo = step.apply(photo, chance).photo
    sound = np.clip(photo, np.float32(0.0), np.float32(1.0)) if recipe.made else photo
    photo = sound
    masks: dict[DamageKind, Mask] = {}
    severities: dict[DamageKind, float] = {}
    for step, chance in zip(recipe.steps, chances[: len(recipe.steps)], strict=True):
        effect = step.apply(photo, chance)
        photo = effect.photo
        if effect.covers is not None:
            masks = {kind: mask & ~effect.covers for kind, mask in masks.items()}
        for kind, mask in effect.masks.items():
            masks[kind] = masks[kind] | mask if kind in masks else mask
        for kind, amount in effect.severities.items():
            severities[kind] = combined(severities.get(kind, 0.0), amount)
    return Aged(
        photo=np.clip(photo, np.float32(0.0), np.float32(1.0)),
        sound=sound,
        masks={kind: mask for kind, mask in masks.items() if mask.any()},
        severities={kind: amount for kind, amount in severities.items() if amount > 0.0},
    )
