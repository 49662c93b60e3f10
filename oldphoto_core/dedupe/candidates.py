"""Which pairs of pictures are worth a geometric check: those with close hashes, and those that share landmarks.

Close hashes: the 128-bit distance of a turned view (whole or inner, eight orientations) of the one and an upright one
(whole or inner) of the other lies within the radius; every such pair is found. Shared landmarks (``agreeing``): two of
them tell the same placement; this finds parts, copies at any angle, and prints that other screens and papers changed.
Neither looks at every pair, so time does not grow with the square of the collection, and memory beyond the members
grows with the pairs that are found.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int64, UInt64

from oldphoto_core.dedupe.agreeing import Agreeing, Landmarked, agreeing_pairs
from oldphoto_core.dedupe.chunks import close_pairs
from oldphoto_core.dedupe.fingerprint import HASH_BITS
from oldphoto_core.dedupe.hamming import Hashes
from oldphoto_core.dedupe.orientation import ORIENTATIONS, inverse
from oldphoto_core.dedupe.records import Candidate, DedupeSettings, Member

HITS_AT_A_TIME = 1_000_000
"""Close pairings of views held before they are reduced to the best one of each pair."""

TURNED_AT_A_TIME = 1 << 17
"""Pictures whose turned views are made at a time, 256 bytes each."""

INVERSE = np.array([ORIENTATIONS.index(inverse(orientation)) for orientation in ORIENTATIONS])
"""Number of the inverse of each orientation."""

EIGHT = len(ORIENTATIONS)


HASHES = 4 * EIGHT
"""The first words of a fingerprint: whole and inner view, each in eight orientations, pHash and dHash."""

Words = UInt64[np.ndarray, "N _"]
Numbers = Int64[np.ndarray, " K"]


@dataclass(frozen=True, slots=True)
class Prints:
    """The fingerprints of many pictures, as arrays: about 1 KB each."""

    hashes: UInt64[np.ndarray, "N 32"]
    """The first words of each fingerprint."""

    landmarks: Landmarked
    """The landmarks of each."""

    fresh: Bool[np.ndarray, " N"]
    """Which were never compared; of two others nothing is said."""


@dataclass(frozen=True, slots=True)
class Close:
    """Pairs that are worth a geometric check, each once, by the numbers of the two."""

    a: Int64[np.ndarray, " P"]
    """Number of the one, the smaller."""

    b: Int64[np.ndarray, " P"]
    """Number of the other."""

    distance: Int64[np.ndarray, " P"]
    """Differing bits of 128 in the best pairing of views."""

    orientation: Int64[np.ndarray, " P"]
    """Number of the orientation that makes b of a, as these views have it."""


@dataclass(frozen=True, slots=True)
class _Views:
    """Hashes of one kind of view of many pictures."""

    hashes: Hashes
    owner: Int64[np.ndarray, " A"]
    orientation: Int64[np.ndarray, " A"]


Hits = Int64[np.ndarray, "_ 2"]
"""A key (number of a times all members + number of b) and a rank (8 times distance + orientation) in each row."""


def candidate_pairs(new: Sequence[Member], known: Sequence[Member], settings: DedupeSettings) -> list[Candidate]:
    """Return every pair of new with new and of new with known whose hashes are close or that share landmarks.

    Left out are exact copies (``group_copies`` finds those by their digests) and pictures with too little relief to
    have hashes that mean something.

    Args:
        new: Members that were never compared.
        known: Members that were compared with one another before; nothing is returned for two of these.
        settings: The radius and the least relief.

    Returns:
        One candidate a pair, sorted by distance, then identifiers; ``a`` is the smaller identifier.

    Raises:
        ValueError: An identifier occurs twice.
    """
    members = sorted((*new, *known), key=lambda member: member.id)
    if len({member.id for member in members}) != len(members):
        raise ValueError("every object is a member once, new or known; found an identifier twice")
    fresh = {member.id for member in new}
    rough = [member for member in members if member.fingerprint.relief >= settings.least_relief]
    prints = Prints(
        hashes=np.array([member.fingerprint.to_words()[:HASHES] for member in rough], np.uint64).reshape(-1, HASHES),
        landmarks=Landmarked(
            np.array([word for member in rough for word in member.fingerprint.landmarks], dtype=np.uint64),
            np.cumsum([len(member.fingerprint.landmarks) for member in rough], dtype=np.int64),
        ),
        fresh=np.array([member.id in fresh for member in rough], dtype=bool),
    )
    return _as_candidates(rough, close_prints(prints, settings.radius))


def close_prints(prints: Prints, radius: int) -> Close:
    """Return the pairs of prints, one of them fresh at least, whose hashes are close or that share landmarks."""
    count, hashes = len(prints.hashes), prints.hashes
    ours, theirs = np.flatnonzero(prints.fresh), np.flatnonzero(~prints.fresh)
    hits = [
        *(_close(turned, _upright(hashes, np.arange(count)), radius, count) for turned in _turnable(hashes, ours)),
        *(_close(turned, _upright(hashes, ours), radius, count) for turned in _turnable(hashes, theirs)),
        *(_measured(hashes, pairs) for pairs in agreeing_pairs(prints.landmarks, prints.fresh)),
        np.zeros((0, 2), dtype=np.int64),
    ]
    best = _best_of_each(np.concatenate(hits))
    distance, orientation = np.divmod(best[:, 1], EIGHT)
    return Close(*np.divmod(best[:, 0], max(1, count)), distance, orientation)


def _measured(hashes: Words, pairs: Agreeing) -> Hits:
    """Return pairs that share landmarks as hits, with the best distance of views as mirrored as the landmarks say."""
    count = len(hashes)
    best = np.full(len(pairs.a), EIGHT * HASH_BITS, dtype=np.int64)
    turns = np.arange(EIGHT)
    for upright in (0, 2 * EIGHT):
        for view in (0, 2 * EIGHT):
            phash = hashes[pairs.a][:, view + turns] ^ hashes[pairs.b][:, [upright]]
            dhash = hashes[pairs.a][:, view + EIGHT + turns] ^ hashes[pairs.b][:, [upright + EIGHT]]
            distance = np.bitwise_count(phash).astype(np.int64) + np.bitwise_count(dhash)
            wrong = (turns >= EIGHT // 2)[None, :] != pairs.mirrored[:, None]
            distance[wrong] = HASH_BITS
            best = np.minimum(best, (EIGHT * distance + turns).min(axis=1))
    return np.stack([pairs.a * count + pairs.b, best], axis=1)


def _turnable(hashes: Words, numbers: Numbers) -> Iterator[_Views]:
    """Yield the whole and the inner view of the numbered prints, each in eight orientations, some prints at a time."""
    turns = np.arange(EIGHT)
    for begin in range(0, len(numbers), TURNED_AT_A_TIME):
        some = numbers[begin : begin + TURNED_AT_A_TIME]
        phash = hashes[np.ix_(some, np.concatenate([turns, turns + 2 * EIGHT]))]
        dhash = hashes[np.ix_(some, np.concatenate([turns + EIGHT, turns + 3 * EIGHT]))]
        yield _views(phash, dhash, some, np.concatenate([turns, turns]))


def _upright(hashes: Words, numbers: Numbers) -> _Views:
    """Return the whole and the inner view of the numbered prints, as they are stored."""
    first, second = np.array([0, 2 * EIGHT]), np.array([EIGHT, 3 * EIGHT])
    phash, dhash = hashes[np.ix_(numbers, first)], hashes[np.ix_(numbers, second)]
    return _views(phash, dhash, numbers, np.zeros(2, dtype=np.int64))


def _views(phash: Words, dhash: Words, numbers: Numbers, orientation: np.ndarray) -> _Views:
    """Return the views as flat arrays; the inner one only where there is a border, so that it is another view."""
    half = phash.shape[1] // 2
    kept = np.ones(phash.shape, dtype=bool)
    kept[:, half:] = ((phash[:, :half] != phash[:, half:]) | (dhash[:, :half] != dhash[:, half:])).any(axis=1)[:, None]
    owner = np.broadcast_to(numbers[:, None], phash.shape)
    turned = np.broadcast_to(orientation, phash.shape)
    return _Views(np.stack([phash[kept], dhash[kept]]), owner[kept].astype(np.int64), turned[kept].astype(np.int64))


def _close(turned: _Views, upright: _Views, radius: int, members: int) -> Hits:
    """Return the best close pairing of each pair of owners."""
    best = np.zeros((0, 2), dtype=np.int64)
    waiting: list[Hits] = []
    count = 0
    for hits in _hits(turned, upright, radius, members):
        waiting.append(hits)
        count += len(hits)
        if count >= HITS_AT_A_TIME:
            best = _best_of_each(np.concatenate([best, *waiting]))
            waiting, count = [], 0
    return _best_of_each(np.concatenate([best, *waiting]))


def _hits(turned: _Views, upright: _Views, radius: int, members: int) -> Iterator[Hits]:
    """Yield all pairings of views of two members within the radius, block by block."""
    for row, column, distance in close_pairs(turned.hashes, upright.hashes, radius):
        one, other = turned.owner[row], upright.owner[column]
        # The upright picture is the turned one after its orientation; the record speaks of b after a.
        orientation = np.where(one < other, turned.orientation[row], INVERSE[turned.orientation[row]])
        key = np.minimum(one, other) * members + np.maximum(one, other)
        yield np.stack([key, EIGHT * distance + orientation], axis=1)[one != other]


def _best_of_each(hits: Hits) -> Hits:
    """Return for each key its row of lowest rank, keys ascending."""
    ordered = hits[np.lexsort((hits[:, 1], hits[:, 0]))]
    first = np.ones(len(ordered), dtype=bool)
    first[1:] = ordered[1:, 0] != ordered[:-1, 0]
    return ordered[first]


def _as_candidates(members: Sequence[Member], close: Close) -> list[Candidate]:
    candidates = []
    for row in np.argsort(close.distance, kind="stable").tolist():
        one, other = members[close.a[row]], members[close.b[row]]
        if not one.same_picture(other):
            transform = ORIENTATIONS[close.orientation[row]]
            candidates.append(Candidate(a=one.id, b=other.id, distance=int(close.distance[row]), transform=transform))
    return candidates
