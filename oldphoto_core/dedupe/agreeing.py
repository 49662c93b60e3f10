"""Which photographs share landmarks that lie alike on both? Answered from a sorted list of keys, block by block.

Two photographs agree if some of their landmarks have about the same keys and the turn, the scale and the shift from the
one photograph to the other that each of these tells are about the same; so, too, if one of them lies in a mirror. Keys
are looked up exactly and, as far as the size of the task allows (``affordable_flips``), with one or two bits flipped;
what is found so is set side by side in full. Time grows with the landmarks looked up and with those found; memory
beyond the landmarks themselves is that of one block.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from jaxtyping import Bool, Int64, UInt64

from oldphoto_core.dedupe.landmarks import KEY_BITS, MOST_LANDMARKS, Places, key, mirrored_key, mirrored_places, places

INDEXED = 1 << 18
"""Photographs sorted at a time; 96 landmarks each take 200 MB."""

LOOKUPS = 1 << 22
"""Keys looked up at a time."""

SMALL = 1 << 18
"""Landmarks of an index that fits the processor's cache."""

FOUND = 1e7
"""Landmarks expected to be found at a time."""

FOUND_IN_ALL = 3e9
"""Landmarks that may be found in all: some minutes of work."""

LOOKUPS_IN_ALL = 6e8
"""Keys that may be looked up in all: the same."""

FOUND_PER_PAIR = (0.006, 0.1, 1.0)
"""Landmarks that two different photographs share by chance, with none, one or two bits flipped; measured on a thousand
training pictures with 96 landmarks each, mirror and all."""

LEAST_SHARED = (2, 2, 3)
"""Landmarks that must be found to agree, for each number of bits flipped."""

LEAST_ALIKE = 4
"""Landmarks that must agree when two photographs are set side by side; of 1,500 different pairs 0.0007 have that."""

COMMONEST = 1000
"""A key that more of the photographs sorted at a time have (a watermark, a ruler, lettering) says nothing here."""

ALIKE_BITS = 4
"""Bits in which the keys of two landmarks may differ where two photographs are set side by side."""

NEXT = 8
"""Each shared landmark of a pair is set against so many of the following ones."""

MOST_TURN = 0.35
"""Largest difference of the turns that two landmarks tell, in radians."""

MOST_OCTAVES = 0.5
"""Largest difference of the scales they tell, in octaves."""

MOST_SHIFT = 0.15
"""Largest difference of where the middle comes to lie, as a share of the larger picture's long side."""

MIDDLE = (0.5, 0.4)
"""About the middle of a photograph, in shares of its long side."""

PLACE_BITS = 36
"""Bits below the key, in a landmark its place, in the index its number."""


Placements = tuple[np.ndarray, ...]
"""Turn, octaves, and where the middle of the one photograph lies on the other."""


@dataclass(frozen=True, slots=True)
class Landmarked:
    """The landmarks of many photographs."""

    words: UInt64[np.ndarray, " M"]
    """All landmarks, photograph after photograph."""

    ends: Int64[np.ndarray, " N"]
    """For each photograph the number of landmarks up to its last."""

    def __post_init__(self) -> None:
        """Refuse ends that do not fit."""
        if (self.ends[-1] if self.ends.size else 0) != self.words.size or bool(np.any(np.diff(self.ends) < 0)):
            raise ValueError(f"expected ends that rise to {self.words.size} landmarks, found {self.ends}")

    def of(self, first: int, last: int) -> slice:
        """Return where the landmarks of some photographs lie, the last not among them."""
        return slice(int(self.ends[first - 1]) if first else 0, int(self.ends[last - 1]) if last else 0)

    def one(self, number: int) -> slice:
        """Return where the landmarks of one photograph lie."""
        return self.of(number, number + 1)

    def owners(self, numbers: Int64[np.ndarray, " K"]) -> Int64[np.ndarray, " K"]:
        """Return which photographs the landmarks of these numbers belong to."""
        return np.searchsorted(self.ends, numbers, side="right")


@dataclass(frozen=True, slots=True)
class Agreeing:
    """Pairs of photographs that agree."""

    a: Int64[np.ndarray, " P"]
    """Number of the one, the smaller."""

    b: Int64[np.ndarray, " P"]
    """Number of the other."""

    mirrored: Bool[np.ndarray, " P"]
    """Whether one of them lies in a mirror."""


def affordable_flips(asked: int, held: int) -> int:
    """Return with how many bits flipped the keys of some photographs can be looked up among others.

    Examples:
        >>> affordable_flips(1_000, 1_000_000), affordable_flips(1_000_000, 1_000_000)
        (2, 0)
    """
    pairs = float(asked) * (held - asked / 2)
    places = 2.0 * MOST_LANDMARKS * asked
    return max(
        flips
        for flips, share in enumerate(FOUND_PER_PAIR)
        if not flips or (pairs * share <= FOUND_IN_ALL and places * _masks(flips).size <= LOOKUPS_IN_ALL)
    )


def agreeing_pairs(all_of: Landmarked, fresh: Bool[np.ndarray, " N"], flips: int | None = None) -> Iterator[Agreeing]:
    """Yield the pairs of photographs, one of them fresh at least, that agree, some at a time.

    Args:
        all_of: Landmarks of all photographs.
        fresh: Which photographs are looked up; of two others nothing is said.
        flips: Bits that are flipped; None for what is affordable.
    """
    asked, held = np.flatnonzero(fresh), len(all_of.ends)
    flips = affordable_flips(len(asked), held) if flips is None else flips
    masks = _masks(flips)
    for first in range(0, held, INDEXED):
        within = all_of.of(first, min(first + INDEXED, held))
        index = (key(all_of.words[within]) << np.uint64(PLACE_BITS)) | np.arange(
            within.start, within.stop, dtype=np.uint64
        )
        index.sort()
        # Of two fresh ones the later asks, so nothing is sought by those before the block if all in it are fresh.
        whole = bool(fresh[first : first + INDEXED].all())
        askers = asked[asked > first] if whole else asked
        step = int(min(LOOKUPS / (MOST_LANDMARKS * len(masks)), FOUND / (INDEXED * FOUND_PER_PAIR[flips])))
        for begin in range(0, len(askers), max(1, step)):
            some = askers[begin : begin + max(1, step)]
            for mirrored in (False, True):
                pairs = _found(all_of, index, some, fresh, masks, LEAST_SHARED[flips], mirrored=mirrored)
                yield _side_by_side(all_of, *np.divmod(pairs, held), mirrored=mirrored)


def _masks(flips: int) -> UInt64[np.ndarray, " F"]:
    """Return every key with at most so many bits set."""
    chosen = (bits for count in range(flips + 1) for bits in combinations(range(KEY_BITS), count))
    return np.array([sum(1 << bit for bit in bits) for bits in chosen], dtype=np.uint64)


def agreement(one: UInt64[np.ndarray, " A"], other: UInt64[np.ndarray, " B"], *, mirrored: bool) -> int:
    """Return how many landmarks of two photographs are alike, not bit for bit, and tell the same placement.

    Args:
        one: Landmarks of the one photograph.
        other: Landmarks of the other.
        mirrored: Whether to take the other in a mirror.
    """
    keys = mirrored_key(key(other)) if mirrored else key(other)
    a, b = np.nonzero(np.bitwise_count(key(one)[:, None] ^ keys[None, :]) <= ALIKE_BITS)
    if not a.size:
        return 0
    there = places(other[b])
    turn, octave, x, y = _placement(places(one[a]), mirrored_places(there) if mirrored else there)
    same = _alike((turn[:, None], octave[:, None], x[:, None], y[:, None]), (turn, octave, x, y))
    best = same[int(same.sum(axis=1).argmax())]
    return min(np.unique(a[best]).size, np.unique(b[best]).size)


def _side_by_side(all_of: Landmarked, a: np.ndarray, b: np.ndarray, *, mirrored: bool) -> Agreeing:
    good = np.array(
        [
            agreement(all_of.words[all_of.one(one)], all_of.words[all_of.one(other)], mirrored=mirrored) >= LEAST_ALIKE
            for one, other in zip(a.tolist(), b.tolist(), strict=True)
        ],
        dtype=bool,
    )
    return Agreeing(a[good], b[good], np.full(int(good.sum()), mirrored))


def _found(  # noqa: PLR0913 - the state of one block
    all_of: Landmarked,
    index: np.ndarray,
    asked: np.ndarray,
    fresh: np.ndarray,
    masks: np.ndarray,
    least: int,
    *,
    mirrored: bool,
) -> np.ndarray:
    """Return the pairs of some photographs with those of an index that share so many landmarks, as one number each."""
    numbers = np.concatenate([np.arange(part.start, part.stop) for part in map(all_of.one, asked.tolist())])
    keys = key(all_of.words[numbers])
    sought = ((mirrored_key(keys) if mirrored else keys)[:, None] ^ masks).ravel()
    source, low, count = _looked_up(index, sought)
    ours = np.repeat(numbers[source // len(masks)], count)
    there = np.repeat(low - (np.cumsum(count) - count), count) + np.arange(int(count.sum()))
    theirs = (index[there] & np.uint64(2**PLACE_BITS - 1)).astype(np.int64)
    owner, other = all_of.owners(ours), all_of.owners(theirs)
    wanted = (other < owner) | ((other > owner) & ~fresh[other])
    a, b = np.minimum(owner, other)[wanted], np.maximum(owner, other)[wanted]
    on_a = np.where(other < owner, theirs, ours)[wanted]
    on_b = np.where(other < owner, ours, theirs)[wanted]
    pair = a * len(all_of.ends) + b
    return _consistent(pair, all_of.words[on_a], all_of.words[on_b], least, mirrored=mirrored)


def _looked_up(index: np.ndarray, sought: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return which keys are in the index, where they begin, and how often they stand there; not the commonest."""
    below = np.uint64(PLACE_BITS)
    # In order, lookups find the processor's cache warm; a small index is in it anyway.
    order = np.argsort(sought) if index.size >= SMALL else np.arange(sought.size)
    low = np.searchsorted(index, sought[order] << below)
    there = np.flatnonzero(low < index.size)
    there = there[index[low[there]] >> below == sought[order[there]]]
    last = sought[order[there]] << below | np.uint64(2**PLACE_BITS - 1)
    count = np.searchsorted(index, last, side="right") - low[there]
    rare = count <= COMMONEST
    return order[there[rare]], low[there[rare]], count[rare]


def _consistent(pair: np.ndarray, on_a: np.ndarray, on_b: np.ndarray, least: int, *, mirrored: bool) -> np.ndarray:
    """Return the pairs of which so many shared landmarks tell the same placement."""
    order = np.argsort(pair, kind="stable")
    pair, on_a, on_b = pair[order], on_a[order], on_b[order]
    # Most pairs share one landmark: they are out before anything is reckoned.
    several = np.zeros(len(pair), dtype=bool)
    several[least - 1 :] = pair[least - 1 :] == pair[: len(pair) - least + 1]
    for step in range(1, least):
        several[: len(pair) - step] |= several[step:]
    pair, on_a, on_b = pair[several], on_a[several], on_b[several]
    told = _placement(places(on_a), mirrored_places(places(on_b)) if mirrored else places(on_b))
    agree = np.ones(len(pair), dtype=np.int64)
    for step in range(1, min(NEXT + 1, len(pair))):
        one, other = slice(None, -step), slice(step, None)
        same = (pair[one] == pair[other]) & (on_a[one] != on_a[other]) & (on_b[one] != on_b[other])
        agree[one] += same & _alike(tuple(part[one] for part in told), tuple(part[other] for part in told))
    return np.unique(pair[agree >= least])


def _alike(one: Placements, other: Placements) -> np.ndarray:
    """Return whether placements are about the same."""
    apart = np.abs((one[0] - other[0] + np.pi) % (2 * np.pi) - np.pi)
    room = MOST_SHIFT * 2.0 ** np.maximum(0.0, one[1])
    near = np.hypot(one[2] - other[2], one[3] - other[3]) <= room
    return (apart <= MOST_TURN) & (np.abs(one[1] - other[1]) <= MOST_OCTAVES) & near


def _placement(a: Places, b: Places) -> Placements:
    """Return the turn and the octaves from b to a that each landmark tells, and where the middle of b lies on a."""
    turn, octave = a.angle - b.angle, a.octave - b.octave
    scale = 2.0**octave
    # Places in a mirror count from its right edge, to the left of which the middle lies.
    across = np.where(b.x < 0, -MIDDLE[0], MIDDLE[0]) - b.x
    down = MIDDLE[1] - b.y
    x = a.x + scale * (np.cos(turn) * across - np.sin(turn) * down)
    y = a.y + scale * (np.sin(turn) * across + np.cos(turn) * down)
    return turn, octave, x, y
