"""(damaged, sound) pairs: index i always gives the same pair, whoever asks and in whatever order.

Pictures come round after round, each round in an order of its own; part, size, mirroring and damage are drawn from the
seed and the index alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float, Float32
from torch import Tensor

from oldphoto_core.damage import DAMAGE_KINDS, STRUCTURED_KINDS, DamageKind
from oldphoto_core.image import Photo, from_bytes8
from oldphoto_core.synthesis.mixture import Mixture, aged_for_training, aim_of_training, training_mixture
from oldphoto_core.synthesis.shapes import ShapeBank
from oldphoto_core.training.recipes import Framing, Recipe
from oldphoto_core.training.shard import Shard, ShardError

MASK_KINDS: tuple[DamageKind, ...] = tuple(kind for kind in DAMAGE_KINDS if kind in STRUCTURED_KINDS)
"""Order of the maps in a pair."""

SHAPE_GROUPS = ("dust", "hairs", "scratches", "stains", "holes")
_ORDER, _PART, _DAMAGE, _REFERENCE, _TOLD = range(5)  # streams of chance of one seed
_NO_REFERENCE, _UNFIT_REFERENCE = 0.45, 0.15  # shares
_ON_DAMAGE = 0.75
_OVERLOOKED, _IMAGINED, _STATED_WRONG = 0.1, 0.06, 0.1  # shares, and the spread of what is stated


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """One picture before and after."""

    damaged: Photo
    """What the network sees."""

    sound: Photo
    """What it should find: the same picture without the damage it is there for."""

    masks: Bool[np.ndarray, "K H W"]
    """Where structured damage lies, in the order of ``MASK_KINDS``."""

    severities: Float32[np.ndarray, " 12"]
    """Severity of each kind in the whole aged square, in the order of ``DAMAGE_KINDS``."""

    reference: Photo | None = None
    """A photograph with good colours to look at, of the same size; None where there is none."""

    told: Float32[np.ndarray, " 12"] | None = None
    """What a damage report might say of the severities, with its errors; None if nothing is told."""


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Pairs as tensors."""

    damaged: Float[Tensor, "N 3 H W"]
    """In [0, 1]."""

    sound: Float[Tensor, "N 3 H W"]
    """In [0, 1]."""

    masks: Float[Tensor, "N K H W"]
    """0 or 1."""

    severities: Float[Tensor, "N 12"]
    """In [0, 1]."""

    reference: Float[Tensor, "N 3 H W"] | None = None
    """In [0, 1], all zero for pictures without one; None if none has one."""

    has_reference: Float[Tensor, " N"] | None = None
    """1 for pictures with a reference, else 0; None if none has one."""

    told: Float[Tensor, "N 12"] | None = None
    """In [0, 1]; None if nothing is told."""

    def to(self, device: torch.device) -> "Batch":
        """Return the batch on a device, pictures with their channels last."""
        damaged, sound = (
            one.to(device, memory_format=torch.channels_last, non_blocking=True) for one in (self.damaged, self.sound)
        )
        masks, severities = self.masks.to(device), self.severities.to(device)
        return Batch(
            damaged, sound, masks, severities, *(None if one is None else one.to(device) for one in self._more)
        )

    @property
    def _more(self) -> tuple[Tensor | None, ...]:
        """What not every batch has."""
        return self.reference, self.has_reference, self.told


@dataclass(frozen=True, slots=True, eq=False)
class PairSource:
    """Where pairs come from."""

    shard: Shard
    """The pictures."""

    chosen: tuple[int, ...]
    """Numbers of the pictures that are used."""

    framing: Framing
    """What part of them."""

    mixture: Mixture
    """How they are damaged."""

    seed: int
    """Seed of all chance."""

    references: bool = False
    """Whether some pairs come with a reference."""

    tells: bool = False
    """Whether pairs come with what a damage report might say."""

    aims_at_picture: bool = True
    """Whether ``Pair.sound`` keeps what came along; where only masks are asked for, it is the print as it was made."""

    def __post_init__(self) -> None:
        """Refuse a source that has nothing to give."""
        if not self.chosen:
            raise ShardError(f"expected pictures to make pairs from, found none chosen in {self.shard.path}")

    def pair(self, index: int) -> Pair:
        """Return the pair of an index from 0 on."""
        number = self.chosen[self._place(index)]
        rng = np.random.default_rng([self.seed, _PART, index])
        sound = part_of(self.shard.pixels(number), self.framing, rng)
        chance = self._chance(index)
        aged = aged_for_training(sound, chance, self.mixture)
        keeps = self.aims_at_picture and self.mixture.along_share
        aim = aim_of_training(sound, chance, self.mixture) if keeps else aged.sound
        masks = np.stack(list(aged.mask_of_every_kind().values()))
        window = shown_window(masks, self.framing.crop_px, rng)
        severities = np.array(list(aged.severity_of_every_kind().values()), dtype=np.float32)
        return Pair(
            damaged=np.ascontiguousarray(aged.photo[window]),
            sound=np.ascontiguousarray(aim[window]),
            masks=np.ascontiguousarray(masks[:, *window]),
            severities=severities,
            reference=self._reference(index, number) if self.references else None,
            told=told_of(severities, np.random.default_rng([self.seed, _TOLD, index])) if self.tells else None,
        )

    def _reference(self, index: int, number: int) -> Photo | None:
        """Return another part of the same picture, sometimes of an unfit one, sometimes nothing.

        It is in colour even where the pair is black and white: a reference must not colour what never had colours.
        """
        rng = np.random.default_rng([self.seed, _REFERENCE, index])
        way = rng.random()
        if way < _NO_REFERENCE:
            return None
        unfit = way >= 1.0 - _UNFIT_REFERENCE
        shown = self.chosen[int(rng.integers(len(self.chosen)))] if unfit else number
        return part_of(self.shard.pixels(shown), replace(self.framing, aged_px=0), rng)

    def name(self, index: int) -> str:
        """Return what is done to the picture of an index: ``clean``, ``single KIND``, ``mixed`` or ``published``."""
        return training_mixture(self._chance(index), self.mixture).name

    def _chance(self, index: int) -> int:
        """Return the seed of the damage of an index."""
        return int(np.random.SeedSequence([self.seed, _DAMAGE, index]).generate_state(1, np.uint64)[0])

    def _place(self, index: int) -> int:
        """Return which of the chosen pictures an index shows."""
        turn, place = divmod(index, len(self.chosen))
        return int(np.random.default_rng([self.seed, _ORDER, turn]).permutation(len(self.chosen))[place])


def part_of(pixels: np.ndarray, framing: Framing, rng: np.random.Generator) -> Photo:
    """Return a random square of a picture to age, shrunk, perhaps mirrored; a picture that is too small is enlarged.

    Args:
        pixels: 8-bit sRGB, (H, W, 3).
        framing: What part.
        rng: The source of chance.
    """
    height, width = pixels.shape[:2]
    crop = framing.whole_px
    most = max(1.0, min(framing.shrink[1], min(height, width) / crop))
    factor = float(np.exp(rng.uniform(np.log(min(framing.shrink[0], most)), np.log(most))))
    side = min(round(crop * factor), height, width)
    top, left = int(rng.integers(height - side + 1)), int(rng.integers(width - side + 1))
    part = pixels[top : top + side, left : left + side]
    if side != crop:
        how = cv2.INTER_AREA if side > crop else cv2.INTER_CUBIC
        part = np.asarray(cv2.resize(part, (crop, crop), interpolation=how))
    return from_bytes8(np.ascontiguousarray(part[:, ::-1] if rng.random() < 0.5 else part))


def shown_window(masks: Bool[np.ndarray, "K H W"], side_px: int, rng: np.random.Generator) -> tuple[slice, slice]:
    """Return the rows and columns of a random square; three times in four it holds a pixel of the masks, if any has.

    Args:
        masks: Where damage lies.
        side_px: Side of the square, at most that of the masks.
        rng: The source of chance; not asked if there is nothing to choose.
    """
    height, width = masks.shape[1:]
    if (height, width) == (side_px, side_px):
        return slice(0, height), slice(0, width)
    top, left = int(rng.integers(height - side_px + 1)), int(rng.integers(width - side_px + 1))
    places = np.argwhere(masks.any(axis=0)) if rng.random() < _ON_DAMAGE else np.empty((0, 2), dtype=np.int64)
    if len(places):
        row, column = places[int(rng.integers(len(places)))].tolist()
        within = rng.integers(side_px, size=2).tolist()
        top = int(np.clip(row - within[0], 0, height - side_px))
        left = int(np.clip(column - within[1], 0, width - side_px))
    return slice(top, top + side_px), slice(left, left + side_px)


def told_of(severities: Float32[np.ndarray, " 12"], rng: np.random.Generator) -> Float32[np.ndarray, " 12"]:
    """Return what a damage report might say of these severities, in [0, 1]: not exactly that, and sometimes wrong.

    Of the damage that is there one in ten is overlooked, of what is not there six in a hundred are imagined.

    Args:
        severities: The truth.
        rng: The source of chance.
    """
    stated = np.clip(severities + _STATED_WRONG * rng.standard_normal(12), 0.02, 1.0)
    stated[rng.random(12) < _OVERLOOKED] = 0.0
    imagined = np.where(rng.random(12) < _IMAGINED, rng.uniform(0.1, 0.6, 12), 0.0)
    return np.where(severities > 0.0, stated, imagined).astype(np.float32)


def batch_of(pairs: Sequence[Pair]) -> Batch:
    """Return pairs of one size as tensors."""
    references = [pair.reference for pair in pairs]
    known = any(one is not None for one in references)
    told = [pair.told for pair in pairs if pair.told is not None]
    shown = [np.zeros_like(pair.damaged) if pair.reference is None else pair.reference for pair in pairs]
    return Batch(
        damaged=_channels_first([pair.damaged for pair in pairs]),
        sound=_channels_first([pair.sound for pair in pairs]),
        masks=torch.from_numpy(np.stack([pair.masks for pair in pairs]).astype(np.float32)),
        severities=torch.from_numpy(np.stack([pair.severities for pair in pairs])),
        reference=_channels_first(shown) if known else None,
        has_reference=torch.tensor([float(one is not None) for one in references]) if known else None,
        told=torch.from_numpy(np.stack(told)) if len(told) == len(pairs) else None,
    )


def learning_pairs(shard: Shard, recipe: Recipe) -> PairSource:
    """Return the endless pairs that a recipe learns from: every picture that is not held out."""
    held = set(held_out(shard))
    chosen = tuple(number for number in shard.picture_numbers if number not in held)
    mixture = Mixture(
        group=recipe.group,
        clean_share=recipe.clean_share,
        single_share=recipe.single_share,
        along_share=recipe.along_share,
        battered_share=recipe.battered_share,
        bank=bank_of(shard),
    )
    return PairSource(
        shard,
        chosen or shard.picture_numbers,
        recipe.framing,
        mixture,
        recipe.seed,
        references=recipe.looks_at_references,
        tells=bool(recipe.told),
        aims_at_picture=recipe.aim == "picture",
    )


def judging_pairs(shard: Shard, recipe: Recipe) -> PairSource:
    """Return the pairs that a recipe is judged on: pictures it never learns from, damage plain enough to be seen."""
    mixture = Mixture(
        group=recipe.group,
        clean_share=0.1,
        single_share=0.7,
        published_share=0.0,
        severity=(0.25, 0.9),
        bank=bank_of(shard),
    )
    return PairSource(
        shard,
        held_out(shard),
        recipe.framing,
        mixture,
        recipe.seed + 1,
        references=recipe.looks_at_references,
        tells=bool(recipe.told),
    )


def calibration_pairs(shard: Shard, recipe: Recipe) -> PairSource:
    """Return whole aged pictures that are never learned from, with damage as common as in learning."""
    framing = replace(recipe.framing, crop_px=recipe.framing.whole_px)
    learned = learning_pairs(shard, recipe)
    return replace(learned, chosen=held_out(shard), framing=framing, seed=recipe.seed + 2)


def held_out(shard: Shard) -> tuple[int, ...]:
    """Return the numbers of the pictures that are kept for judging: every tenth of the file, from the first on."""
    return shard.picture_numbers[::10]


def bank_of(shard: Shard) -> ShapeBank:
    """Return the damage shapes that the shard holds, read into memory."""
    groups = {name: tuple(np.array(shard.pixels(one)) for one in shard.numbers(name)) for name in SHAPE_GROUPS}
    return ShapeBank(**groups)


def _channels_first(photos: Sequence[Photo]) -> Tensor:
    return torch.from_numpy(np.stack(photos)).permute(0, 3, 1, 2).contiguous()
