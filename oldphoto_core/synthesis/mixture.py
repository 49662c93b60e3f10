"""What the networks learn from: clean pictures, single damages and mixtures, any of them made again from its seed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

import numpy as np

from oldphoto_core.damage import DAMAGE_KINDS, DamageKind
from oldphoto_core.image import Photo
from oldphoto_core.synthesis.drawn import Material, drawn
from oldphoto_core.synthesis.effect import Damage, Effect
from oldphoto_core.synthesis.published_bopbtl import PublishedBopbtl
from oldphoto_core.synthesis.recipe import Aged, Recipe, age
from oldphoto_core.synthesis.shapes import ShapeBank
from oldphoto_core.synthesis.toning import TONES, Process, Toned, Vignette

Group = Literal["colour", "texture", "structured", "everything"]

KINDS_OF_GROUP: Mapping[Group, tuple[DamageKind, ...]] = MappingProxyType(
    {
        "colour": ("fading", "colour-cast", "low-contrast"),
        "texture": ("blur", "noise", "jpeg-blocks", "low-resolution"),
        "structured": ("scratch", "crease", "stain", "tear", "dust"),
        "everything": DAMAGE_KINDS,
    }
)
"""The kinds a mixture draws from, by group."""

_ORDER: tuple[DamageKind, ...] = (
    "blur",  # the taking
    "noise",
    "fading",  # the years
    "low-contrast",
    "colour-cast",
    "stain",
    "crease",  # the hands
    "scratch",
    "tear",
    "dust",
    "low-resolution",  # the scan
    "jpeg-blocks",
)
_PLAN, _PLACES, _ALONG = range(3)  # streams of chance of one seed
_SHARES = (
    "clean_share",
    "single_share",
    "published_share",
    "silver_share",
    "vignette_share",
    "along_share",
    "battered_share",
)
_MOST_ALONG = 3
_PROCESSES: tuple[Process, ...] = tuple(TONES)
_COMMON = (0.45, 0.35, 0.07, 0.04, 0.05, 0.04)  # how common each process is, in the order of TONES


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixture:
    """How pictures are mixed."""

    group: Group = "everything"
    """Which kinds may come."""

    clean_share: float = 0.18
    """Share of pictures without any damage, in [0, 1]."""

    single_share: float = 0.5
    """Share of pictures with one damage among the damaged ones, in [0, 1]."""

    published_share: float = 0.08
    """Share of the published degradation among the damaged ones, where the group has texture, in [0, 1]."""

    silver_share: float = 0.4
    """Share of pictures that are black and white, or toned, from the start, in [0, 1]."""

    vignette_share: float = 0.1
    """Share of pictures whose lens darkened or lightened the corners, in [0, 1]."""

    most_kinds: int = 4
    """Most kinds of the group in one picture."""

    along_share: float = 0.0
    """Share of pictures that are damaged by one to three kinds outside the group as well, in [0, 1]: who mends a group
    meets the others too, and leaves them alone."""

    battered_share: float = 0.0
    """Share of scratches and losses as on prints that went through much, in [0, 1]."""

    severity: tuple[float, float] = (0.1, 0.95)
    """Least and greatest severity asked for of a single damage; in a mixture of n kinds the greatest is lower."""

    bank: ShapeBank = field(default_factory=ShapeBank, repr=False, compare=False)
    """Shapes that structured damage may be drawn from as well."""

    def __post_init__(self) -> None:
        """Refuse shares outside [0, 1] and severities that are no range within [0, 1)."""
        for name in _SHARES:
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name} must lie in [0, 1], found {getattr(self, name)}")
        low, high = self.severity
        if not 0.0 <= low <= high < 1.0 or self.most_kinds < 1:
            raise ValueError(
                f"expected 0 <= least <= greatest < 1 and one kind or more, found {self.severity} and {self.most_kinds}"
            )


def training_mixture(seed: int, mixture: Mixture | None = None) -> Recipe:
    """Return the random recipe of a seed.

    Args:
        seed: Any number from 0 on; the same seed and the same mixture give the same recipe.
        mixture: How pictures are mixed; None takes the defaults.

    Returns:
        A recipe named ``clean``, ``single`` with its kind, ``mixed`` or ``published``; kinds outside the group do not
        count for the name.
    """
    return _drawn_mixture(seed, mixture or Mixture()).recipe(without=())


def aged_for_training(photo: Photo, seed: int, mixture: Mixture | None = None) -> Aged:
    """Return a photograph aged by the recipe of a seed: the same photograph, seed and mixture give the same bytes.

    Args:
        photo: A sound photograph; it is not changed.
        seed: Any number from 0 on.
        mixture: How pictures are mixed; None takes the defaults.

    Raises:
        PhotoShapeError: The photograph is not float32 (H, W, 3), or holds NaN.
    """
    return age(photo, training_mixture(seed, mixture), np.random.default_rng([seed, _PLACES]))


def aim_of_training(photo: Photo, seed: int, mixture: Mixture | None = None) -> Photo:
    """Return what ``aged_for_training`` should be mended to: the same ageing without the kinds of the group.

    Without damage of other groups it is the print as it was made. Each step draws from its own chance, so what stays
    lies where it lay.

    Args:
        photo: The same photograph.
        seed: The same seed.
        mixture: The same mixture.

    Raises:
        PhotoShapeError: The photograph is not float32 (H, W, 3), or holds NaN.
    """
    mixture = mixture or Mixture()
    aim = _drawn_mixture(seed, mixture).recipe(without=KINDS_OF_GROUP[mixture.group])
    return age(photo, aim, np.random.default_rng([seed, _PLACES])).photo


@dataclass(frozen=True, slots=True)
class _Untouched:
    """In place of a step that is left out, so that the others keep their chance."""

    def apply(self, photo: Photo, rng: np.random.Generator) -> Effect:
        """Return the photograph."""
        del rng
        return Effect(photo)


@dataclass(frozen=True, slots=True)
class _Drawn:
    """What was drawn for a seed."""

    name: str
    steps: Mapping[DamageKind, Damage]
    made: tuple[Damage, ...]
    published: bool = False

    def recipe(self, *, without: Sequence[DamageKind]) -> Recipe:
        """Return the recipe, its steps for some kinds left out."""
        steps: list[Damage] = [PublishedBopbtl(grey_chance=0.0)] if self.published and not without else []
        steps += [self.steps[kind] if kind not in without else _Untouched() for kind in _ORDER if kind in self.steps]
        return Recipe(self.name, tuple(steps), self.made)


def _drawn_mixture(seed: int, mixture: Mixture) -> _Drawn:
    rng = np.random.default_rng([seed, _PLAN])
    made = _made(rng, mixture)
    silver = any(isinstance(step, Toned) for step in made)
    on = Material(silver=silver, bank=mixture.bank, battered_share=mixture.battered_share)
    along = _along(np.random.default_rng([seed, _ALONG]), mixture, on)
    if rng.random() < mixture.clean_share:
        return _Drawn("clean", along, made)
    if mixture.group in {"texture", "everything"} and rng.random() < mixture.published_share:
        return _Drawn("published", {}, made, published=True)
    kinds = KINDS_OF_GROUP[mixture.group]
    count = 1
    if rng.random() >= mixture.single_share:
        count = int(rng.integers(2, max(2, min(mixture.most_kinds, len(kinds))) + 1))
    chosen = [kinds[number] for number in rng.permutation(len(kinds))[:count].tolist()]
    low, high = mixture.severity
    most = low + (high - low) * (1.0, 0.85, 0.7, 0.6)[min(count, 4) - 1]
    steps = {kind: drawn(kind, float(rng.uniform(low, most)), rng, on=on) for kind in chosen}
    return _Drawn(f"single {chosen[0]}" if count == 1 else "mixed", steps | along, made)


def _along(rng: np.random.Generator, mixture: Mixture, on: Material) -> dict[DamageKind, Damage]:
    """Return damage of kinds outside the group."""
    others = [kind for kind in DAMAGE_KINDS if kind not in KINDS_OF_GROUP[mixture.group]]
    if not others or rng.random() >= mixture.along_share:
        return {}
    count = int(rng.integers(1, _MOST_ALONG + 1))
    low, high = mixture.severity
    most = low + 0.7 * (high - low)
    chosen = [others[number] for number in rng.permutation(len(others))[:count].tolist()]
    return {kind: drawn(kind, float(rng.uniform(low, most)), rng, on=on) for kind in chosen}


def _made(rng: np.random.Generator, mixture: Mixture) -> tuple[Damage, ...]:
    """Return how the print came out: its lens, its process."""
    steps: list[Damage] = []
    if rng.random() < mixture.vignette_share:
        strength = float(rng.uniform(0.15, 0.7)) * (1.0 if rng.random() < 0.8 else -1.0)
        steps.append(Vignette(strength=strength, inner=float(rng.uniform(0.1, 0.6))))
    if rng.random() < mixture.silver_share:
        process = _PROCESSES[int(rng.choice(len(_PROCESSES), p=_COMMON))]
        steps.append(Toned(process=process, amount=float(rng.uniform(0.3, 0.9)), cream=float(rng.uniform(0.0, 0.12))))
    return tuple(steps)
