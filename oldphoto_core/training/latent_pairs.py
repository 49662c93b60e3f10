"""What the triplet domain learns from: synthetic old photographs, real ones between them, and some made grey."""

from dataclasses import dataclass, replace

import numpy as np

from oldphoto_core.damage import DAMAGE_KINDS
from oldphoto_core.image import Photo
from oldphoto_core.synthesis.mixture import Mixture
from oldphoto_core.training.latent_recipes import LatentRecipe
from oldphoto_core.training.pairs import MASK_KINDS, Pair, PairSource, bank_of, held_out, part_of, shown_window
from oldphoto_core.training.recipes import Framing
from oldphoto_core.training.shard import REAL_OLD, Shard, ShardError

_PLACE, _REAL_ORDER, _GREY = range(10, 13)  # streams of chance of one seed; the first ones belong to ``pairs``
_LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class RealSource:
    """Parts of real old photographs: what they were like when new, nobody knows."""

    shard: Shard
    """The pictures."""

    chosen: tuple[int, ...]
    """Numbers of the pictures that are used."""

    framing: Framing
    """What part of them."""

    seed: int
    """Seed of all chance."""

    def pair(self, index: int) -> Pair:
        """Return the picture of an index from 0 on, as both sides of a pair without masks."""
        turn, place = divmod(index, len(self.chosen))
        order = np.random.default_rng([self.seed, _REAL_ORDER, turn]).permutation(len(self.chosen))
        rng = np.random.default_rng([self.seed, _PLACE, index])
        part = part_of(self.shard.pixels(self.chosen[int(order[place])]), self.framing, rng)
        masks = np.zeros((len(MASK_KINDS), *part.shape[:2]), dtype=np.bool_)
        window = shown_window(masks, self.framing.crop_px, rng)
        shown = np.ascontiguousarray(part[window])
        return Pair(
            damaged=shown,
            sound=shown,
            masks=np.ascontiguousarray(masks[:, *window]),
            severities=np.zeros(len(DAMAGE_KINDS), dtype=np.float32),
        )


@dataclass(frozen=True, slots=True, eq=False)
class LatentSource:
    """Where the pairs of a stage come from."""

    synthetic: PairSource
    """Sound pictures and what ageing made of them."""

    real: RealSource | None
    """Every second picture, from the first on; None leaves them out."""

    grey_share: float
    """Share of pairs that are made grey, in [0, 1]."""

    def pair(self, index: int) -> Pair:
        """Return the pair of an index from 0 on."""
        source, within = self._source(index)
        pair = source.pair(within)
        if np.random.default_rng([self.synthetic.seed, _GREY, index]).random() >= self.grey_share:
            return pair
        return replace(pair, damaged=grey(pair.damaged), sound=grey(pair.sound))

    def name(self, index: int) -> str:
        """Return ``real``, or what was done to the picture of an index."""
        source, within = self._source(index)
        return "real" if isinstance(source, RealSource) else source.name(within)

    def _source(self, index: int) -> tuple[PairSource | RealSource, int]:
        if self.real is None:
            return self.synthetic, index
        return (self.real if index % 2 == 0 else self.synthetic), index // 2


def learning_latent_pairs(shard: Shard, recipe: LatentRecipe) -> LatentSource:
    """Return the endless pairs that a stage learns from: nothing that is held out.

    Raises:
        ShardError: The stage wants real old photographs and the shard holds none.
    """
    held = set(held_out(shard))
    chosen = tuple(number for number in shard.picture_numbers if number not in held) or shard.picture_numbers
    mixture = Mixture(
        group=recipe.group, clean_share=recipe.clean_share, single_share=recipe.single_share, bank=bank_of(shard)
    )
    synthetic = PairSource(shard, chosen, recipe.framing, mixture, recipe.seed)
    return LatentSource(synthetic, _real(shard, recipe, judging=False), recipe.grey_share)


def judging_latent_pairs(shard: Shard, recipe: LatentRecipe) -> LatentSource:
    """Return the pairs that a stage is judged on: pictures it never learns from, damage plain enough to be seen.

    Raises:
        ShardError: The stage wants real old photographs and the shard holds none.
    """
    mixture = Mixture(
        group=recipe.group,
        clean_share=0.1,
        single_share=0.7,
        published_share=0.0,
        severity=(0.25, 0.9),
        bank=bank_of(shard),
    )
    synthetic = PairSource(shard, held_out(shard), recipe.framing, mixture, recipe.seed + 1)
    return LatentSource(synthetic, _real(shard, recipe, judging=True), 0.0)


def grey(photo: Photo) -> Photo:
    """Return a photograph in the grey of its luma (ITU-R BT.601), all three channels alike."""
    return np.ascontiguousarray(np.repeat((photo @ _LUMA)[..., None], 3, axis=2))


def _real(shard: Shard, recipe: LatentRecipe, *, judging: bool) -> RealSource | None:
    if recipe.stage != "old":
        return None
    numbers = shard.numbers(REAL_OLD)
    if not numbers:
        raise ShardError(f"{recipe.name} learns from real old photographs, and {shard.path} holds none: pack it again")
    held = numbers[::10]
    chosen = held if judging else tuple(number for number in numbers if number not in set(held)) or numbers
    return RealSource(shard, chosen, recipe.framing, recipe.seed + (1 if judging else 0))
