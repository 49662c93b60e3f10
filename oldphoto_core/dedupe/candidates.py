"""Which pairs of pictures are worth a geometric check: every pair with close hashes, and no other.

The distance of two pictures is the smallest over all pairings of a turnable view (whole or inner, eight orientations)
of the one with an upright view (whole, inner, windows) of the other, both ways round. This is an exhaustive search in
blocks: time grows with the product of the two sides; memory grows with the pairs that are found.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64, UInt64

from oldphoto_core.dedupe.fingerprint import WINDOW_PLACES
from oldphoto_core.dedupe.hamming import Hashes, close_pairs
from oldphoto_core.dedupe.orientation import ORIENTATIONS, inverse
from oldphoto_core.dedupe.records import Candidate, DedupeSettings, Member

HITS_AT_A_TIME = 1_000_000
"""Close pairings of views held before they are reduced to the best one of each pair."""

INVERSE = np.array([ORIENTATIONS.index(inverse(orientation)) for orientation in ORIENTATIONS])
"""Number of the inverse of each orientation."""

EIGHT = len(ORIENTATIONS)


@dataclass(frozen=True, slots=True)
class _Views:
    """Hashes of one kind of view of many pictures."""

    hashes: Hashes
    owner: Int64[np.ndarray, " A"]
    orientation: Int64[np.ndarray, " A"]


Hits = Int64[np.ndarray, "_ 2"]
"""A key (number of a times all members + number of b) and a rank (8 times distance + orientation) in each row."""


def candidate_pairs(new: Sequence[Member], known: Sequence[Member], settings: DedupeSettings) -> list[Candidate]:
    """Return every pair of new with new and of new with known whose hashes lie within the radius.

    Left out are exact copies (``group_copies`` finds those by their digests) and pictures with too little relief to
    have hashes that mean something. Whether a pair is found depends on its two members alone.

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
    rough = [number for number, member in enumerate(members) if member.fingerprint.relief >= settings.least_relief]
    ours = [number for number in rough if members[number].id in fresh]
    theirs = [number for number in rough if members[number].id not in fresh]
    best = np.concatenate(
        [
            _close(_turnable(members, ours), _upright(members, rough), settings.radius, len(members)),
            _close(_turnable(members, theirs), _upright(members, ours), settings.radius, len(members)),
        ]
    )
    return _as_candidates(members, _best_of_each(best))


def _words(members: Sequence[Member], numbers: Sequence[int]) -> UInt64[np.ndarray, "N 42"]:
    rows = [members[number].fingerprint.to_words() for number in numbers]
    return np.array(rows, dtype=np.uint64).reshape(len(rows), 4 * EIGHT + 2 * len(WINDOW_PLACES))


def _turnable(members: Sequence[Member], numbers: Sequence[int]) -> _Views:
    """Return the whole and the inner view of the numbered members, each in eight orientations."""
    words = _words(members, numbers)
    turns = np.arange(EIGHT)
    phash = words[:, np.concatenate([turns, turns + 2 * EIGHT])]
    dhash = words[:, np.concatenate([turns + EIGHT, turns + 3 * EIGHT])]
    return _views(phash, dhash, numbers, np.concatenate([turns, turns]))


def _upright(members: Sequence[Member], numbers: Sequence[int]) -> _Views:
    """Return the whole, the inner view and the windows of the numbered members, as they are stored."""
    words = _words(members, numbers)
    windows = 4 * EIGHT + np.arange(len(WINDOW_PLACES))
    phash = words[:, np.concatenate([[0, 2 * EIGHT], windows])]
    dhash = words[:, np.concatenate([[EIGHT, 3 * EIGHT], windows + len(WINDOW_PLACES)])]
    return _views(phash, dhash, numbers, np.zeros(phash.shape[1], dtype=np.int64))


def _views(phash: np.ndarray, dhash: np.ndarray, numbers: Sequence[int], orientation: np.ndarray) -> _Views:
    """Return the views as flat arrays, each pair of hashes once for its owner and orientation."""
    owner = np.repeat(np.array(numbers, dtype=np.int64), phash.shape[1])
    turned = np.tile(orientation.astype(np.int64), phash.shape[0])
    table = np.stack([owner.astype(np.uint64), turned.astype(np.uint64), phash.ravel(), dhash.ravel()], axis=1)
    # A picture without a border has the same whole and inner view: that halves the work.
    table = np.unique(table, axis=0)
    columns = np.ascontiguousarray(table.T)
    return _Views(columns[2:], columns[0].astype(np.int64), columns[1].astype(np.int64))


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


def _as_candidates(members: Sequence[Member], best: Hits) -> list[Candidate]:
    candidates = []
    for key, rank in best[np.argsort(best[:, 1] // EIGHT, kind="stable")].tolist():
        one, other = (members[number] for number in divmod(key, len(members)))
        if not one.same_picture(other):
            distance, turned = divmod(rank, EIGHT)
            candidates.append(Candidate(a=one.id, b=other.id, distance=distance, transform=ORIENTATIONS[turned]))
    return candidates
