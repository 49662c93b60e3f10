"""Where photographs with several references come from: index i always gives the same pair, whoever asks.

Pictures come round after round as in ``pairs.py``. Label maps exist only for pictures whose terms keep them out of
training, so regions are found by look (``classical/regions.py``).
"""

from dataclasses import dataclass, field
from typing import Literal

import cv2
import numpy as np
from jaxtyping import Float32, Int16

from oldphoto_core.classical.regions import segment
from oldphoto_core.image import Photo, from_bytes8
from oldphoto_core.synthesis.mixture import Mixture, aged_for_training
from oldphoto_core.training.pairs import held_out
from oldphoto_core.training.recipes import Recipe
from oldphoto_core.training.shard import Shard, ShardError
from oldphoto_core.training.style_pairs import (
    KEEPS,
    MOST_REFERENCES,
    UNSAID,
    StylePair,
    reordered,
    shown_regions_of,
    stacked,
)
from oldphoto_core.training.style_places import Window, layout, likeness, square, windows
from oldphoto_core.training.style_transforms import (
    Placed,
    Regions,
    dealt,
    jittered,
    kept,
    mirrored,
    moved,
    restyled,
    roughened,
)

Ageing = Literal["regions", "print", "sound"]
"""Each region restyled by itself, or each of three groups of regions aged as another print; the whole aged as one
print; nothing."""

Shown = Literal["pieces", "elsewhere", "alike", "unrelated"]
"""Pieces of the photograph itself, moved; another part of the scene; other pictures that are laid out much alike, as
one finds them in a library; other pictures that are not."""

_ORDER, _PLAN, _PLACES, _AGEING, _OTHERS = range(20, 25)  # streams of chance of one seed; others belong to ``pairs``
_AGEINGS: tuple[Ageing, ...] = ("regions", "print", "sound")
_SHOWN: tuple[Shown, ...] = ("pieces", "elsewhere", "alike", "unrelated")
_REGIONS, _REGIONS_SIDE_PX = 6, 160
_LEAST_SHARE = 0.02
_JITTERED, _MOST_ALIKE = 0.5, 8
_OF_PIECES, _OF_PARTS = (0.55, 1.0), (0.5, 0.75)  # side of the square that is shown, of the picture's shorter side


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleMixture:
    """How photographs and references are drawn."""

    ageing: tuple[float, float, float] = (0.4, 0.45, 0.15)
    """Shares of regions restyled, prints aged, and sound photographs."""

    shown: tuple[float, float, float, float] = (0.34, 0.28, 0.18, 0.2)
    """Shares of pieces of the photograph, of other parts of its scene, of other pictures that are much alike, and of
    nothing but unrelated ones. Regions that were restyled each by itself are not shown by pictures much alike: how
    they were, those cannot tell; prints are aged as a whole there."""

    left_out_share: float = 0.35
    """Share of photographs in pieces of which one piece is shown by no reference, in [0, 1]."""

    prints: Mixture = field(
        default_factory=lambda: Mixture(
            group="colour", clean_share=0.0, single_share=0.35, silver_share=0.0, vignette_share=0.0
        )
    )
    """How prints are aged."""


@dataclass(frozen=True, slots=True, eq=False)
class StyleSource:
    """Where pairs come from."""

    shard: Shard
    """The pictures."""

    chosen: tuple[int, ...]
    """Numbers of the pictures that are used."""

    side_px: int
    """Side of the squares."""

    mixture: StyleMixture
    """How they are drawn."""

    seed: int
    """Seed of all chance."""

    _known: dict[int, Int16[np.ndarray, "_ _"]] = field(default_factory=dict)
    _layouts: dict[int, Float32[np.ndarray, "_ _"]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a source that has nothing to give."""
        if not self.chosen:
            raise ShardError(f"expected pictures to make pairs from, found none chosen in {self.shard.path}")

    def pair(self, index: int) -> StylePair:
        """Return the pair of an index from 0 on."""
        ageing, shown = self._plan(index)
        number = self.chosen[self._place(index)]
        rng = np.random.default_rng([self.seed, _PLACES, index])
        sides = _OF_PARTS if shown == "elsewhere" else _OF_PIECES
        here, there = windows(self.shard.pixels(number).shape[:2], sides, rng)
        scene = self._part(number, here)
        fresh = roughened(scene.picture, rng)
        old = self._aged(fresh, scene.regions, ageing, index)
        references, owner = self._references(index, number, scene, there)
        if ageing != "regions":
            owner[owner == KEEPS] = KEEPS if shown == "unrelated" else UNSAID
        sound = np.where((owner == KEEPS)[..., None], old, fresh)
        shown_regions = shown_regions_of(references)
        pair = StylePair(old, sound, *stacked(references), owner, scene.regions, shown_regions, fresh)
        return reordered(pair, rng)

    def name(self, index: int) -> str:
        """Return what was done to the photograph of an index, and what it is shown."""
        ageing, shown = self._plan(index)
        return f"{ageing} {shown}"

    def _plan(self, index: int) -> tuple[Ageing, Shown]:
        rng = np.random.default_rng([self.seed, _PLAN, index])
        ageing = _AGEINGS[int(rng.choice(3, p=self.mixture.ageing))]
        shown = _SHOWN[int(rng.choice(4, p=self.mixture.shown))]
        return ("print" if (ageing, shown) == ("regions", "alike") else ageing), shown

    def _aged(self, fresh: Photo, regions: Regions, ageing: Ageing, index: int) -> Photo:
        if ageing == "sound":
            return fresh
        rng = np.random.default_rng([self.seed, _AGEING, index])
        if ageing == "regions" and rng.random() < _JITTERED:
            return restyled(fresh, regions, lambda photo: jittered(photo, rng))

        def faded(photo: Photo) -> Photo:
            return aged_for_training(photo, int(rng.integers(2**62)), self.mixture.prints).photo

        return restyled(fresh, dealt(regions, rng), faded) if ageing == "regions" else faded(fresh)

    def _references(
        self, index: int, number: int, scene: Placed, there: Window
    ) -> tuple[list[Placed], Int16[np.ndarray, "H W"]]:
        """Return one to three references, and the owner of each pixel of the photograph."""
        shown = self._plan(index)[1]
        rng = np.random.default_rng([self.seed, _OTHERS, index])
        owner = np.full(scene.regions.shape, KEEPS, dtype=np.int16)
        if shown in {"alike", "unrelated"}:
            found = [self._other(number, rng, alike=shown == "alike") for _ in range(int(rng.integers(1, 4)))]
            return found, owner
        if shown == "elsewhere":
            place = self._part(number, there)
            owner[np.isin(scene.regions, _plain_names(place.regions))] = 0
            found = [mirrored(place) if rng.random() < 0.5 else place]
            found += [self._other(number, rng) for _ in range(int(rng.integers(0, MOST_REFERENCES)))]
            return found, owner
        return self._pieces(number, scene, owner, rng)

    def _pieces(
        self, number: int, scene: Placed, owner: Int16[np.ndarray, "H W"], rng: np.random.Generator
    ) -> tuple[list[Placed], Int16[np.ndarray, "H W"]]:
        """Return the photograph's regions shared out among references, moved; one share perhaps shown by none."""
        names = np.unique(scene.regions).tolist()
        count = min(len(names), int(rng.choice([1, 2, 3], p=[0.25, 0.45, 0.3])))
        shares = [set(one.tolist()) for one in np.array_split(rng.permutation(names), count)]
        missing = count > 1 and rng.random() < self.mixture.left_out_share
        found: list[Placed] = []
        for place, share in enumerate(shares):
            if missing and place == count - 1:
                found.append(self._other(number, rng))
                continue
            found.append(moved(kept(scene, share), self._other(number, rng).picture, rng))
            owner[np.isin(scene.regions, list(share))] = place
        if len(found) < MOST_REFERENCES and rng.random() < 0.3:
            found.append(self._other(number, rng))
        return found, owner

    def _other(self, number: int, rng: np.random.Generator, *, alike: bool = False) -> Placed:
        """Return a part of another picture, if there is one: one of the most alike, or of the less alike half."""
        others = self.ranked(number)[1:] or [number]
        count = min(_MOST_ALIKE, -(-len(others) // 4)) if alike else -(-len(others) // 2)
        place = int(rng.integers(count))
        other = others[place if alike else len(others) - 1 - place]
        window = windows(self.shard.pixels(other).shape[:2], _OF_PIECES, rng)[0]
        shown = square(self.shard.pixels(other)[window], self.side_px)
        nowhere = np.full(shown.shape[:2], -1, dtype=np.int16)
        return Placed(shown[:, ::-1].copy() if rng.random() < 0.5 else shown, nowhere)

    def ranked(self, number: int) -> list[int]:
        """Return all pictures, from those laid out most like a picture to those least like it; it comes first itself.

        They are compared by their lightness alone, stretched, on a grid; that of a mirror image is as good.
        """
        if not self._layouts:
            for one in self.chosen:
                self._layouts[one] = layout(self.shard.pixels(one))
        wanted = self._layouts[number]
        others = [one for one in self.chosen if one != number]
        return [number, *sorted(others, key=lambda one: -likeness(wanted, self._layouts[one]))]

    def _part(self, number: int, window: Window) -> Placed:
        """Return a square of a picture with its regions, both at the size that is shown."""
        pixels, regions = self.shard.pixels(number), self._regions(number)
        scale = [small / large for small, large in zip(regions.shape, pixels.shape, strict=False)]
        middles = np.arange(self.side_px) + 0.5
        rows, columns = (
            np.clip((one.start + middles * (one.stop - one.start) / self.side_px) * by, 0, most - 1)
            for one, by, most in zip(window, scale, regions.shape, strict=True)
        )
        return Placed(square(pixels[window], self.side_px), regions[np.ix_(rows.astype(int), columns.astype(int))])

    def _regions(self, number: int) -> Int16[np.ndarray, "_ _"]:
        """Return the regions of a whole picture at a small size; found once."""
        if number not in self._known:
            pixels = self.shard.pixels(number)
            scale = min(1.0, _REGIONS_SIDE_PX / max(pixels.shape[:2]))
            size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
            small = cv2.resize(np.ascontiguousarray(pixels), size, interpolation=cv2.INTER_AREA)
            self._known[number] = segment(from_bytes8(small), _REGIONS).astype(np.int16)
        return self._known[number]

    def _place(self, index: int) -> int:
        """Return which of the chosen pictures an index shows."""
        turn, place = divmod(index, len(self.chosen))
        return int(np.random.default_rng([self.seed, _ORDER, turn]).permutation(len(self.chosen))[place])


def learning_styles(shard: Shard, recipe: Recipe) -> StyleSource:
    """Return the endless pairs that a recipe learns from: every picture that is not held out."""
    held = set(held_out(shard))
    chosen = tuple(number for number in shard.picture_numbers if number not in held) or shard.picture_numbers
    return StyleSource(shard, chosen, recipe.framing.crop_px, StyleMixture(), recipe.seed)


def judging_styles(shard: Shard, recipe: Recipe) -> StyleSource:
    """Return the pairs that a recipe is judged on: pictures it never learns from."""
    return StyleSource(shard, held_out(shard), recipe.framing.crop_px, StyleMixture(), recipe.seed + 1)


def _plain_names(regions: Regions) -> list[int]:
    """Return the regions that cover at least 2 percent."""
    names, counts = np.unique(regions[regions >= 0], return_counts=True)
    return [int(name) for name, count in zip(names, counts, strict=True) if count >= _LEAST_SHARE * regions.size]
