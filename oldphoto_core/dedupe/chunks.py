"""All close pairs of two lists of 128-bit hashes, without looking at every pair: an exact index over chunks of bits.

Hashes that differ in at most r of 128 bits differ in at most r // 6 bits of one of six chunks of 21 or 22 bits, since
otherwise they would differ in more (Norouzi, Punjani and Fleet 2012). One list is sorted by each chunk in turn; every
hash of the other looks up its own chunk and all those with so many bits flipped, and what is found is compared in full.
"""

from collections.abc import Iterator
from itertools import combinations
from math import comb

import numpy as np
from jaxtyping import Int64

from oldphoto_core.dedupe.hamming import Hashes, Numbers, Others, all_pairs

CHUNKS = tuple((half, start, bits) for half in (0, 1) for start, bits in ((0, 21), (21, 21), (42, 22)))
"""Half of the hash, first bit and number of bits of each chunk."""

QUERIES = 1 << 18
"""Hashes looked up at a time."""

PAIRS = 1 << 21
"""Pairs compared at a time."""

PAIR_NS, LOOKUP_NS, FOUND_NS, SORT_NS = 4.0, 15.0, 40.0, 150.0
"""Rough cost of comparing two hashes side by side, of a lookup, of comparing two hashes that a
lookup found, and of sorting one hash by one chunk."""


def close_pairs(one: Hashes, other: Others, radius: int) -> Iterator[tuple[Numbers, Numbers, Numbers]]:
    """Yield the numbers of close hashes of the one and the other list and their distances, some pairs at a time.

    The pairs are the same whichever way they are sought: all of them compared, or by the index where that is quicker.

    Args:
        one: Hashes whose halves are rows.
        other: The same.
        radius: Largest number of differing bits that is close.
    """
    pairs = float(one.shape[1]) * other.shape[1]
    if _index_ns(min(one.shape[1], other.shape[1]), max(one.shape[1], other.shape[1]), radius) >= PAIR_NS * pairs:
        yield from all_pairs(one, other, radius)
    elif one.shape[1] <= other.shape[1]:
        yield from indexed_pairs(one, other, radius)
    else:
        for column, row, distance in indexed_pairs(other, one, radius):
            yield row, column, distance


def _index_ns(asked: int, held: int, radius: int) -> float:
    """Return the rough cost of an index over some hashes that others are looked up in."""
    found = FOUND_NS * asked * held / 2**21
    return lookups(radius) * (LOOKUP_NS * asked + found) + SORT_NS * len(CHUNKS) * held


def indexed_pairs(one: Hashes, other: Others, radius: int) -> Iterator[tuple[Numbers, Numbers, Numbers]]:
    """Yield what ``hamming.all_pairs`` does, in another order: numbers of close hashes and their distances.

    Memory beyond the lists is some 16 bytes for each hash of ``other`` and about 200 MB for what is at work.

    Args:
        one: Hashes that are looked up, halves as rows.
        other: Hashes that are sorted, chunk by chunk.
        radius: Largest number of differing bits that is close.
    """
    flips = radius // len(CHUNKS)
    for number, (_, _, bits) in enumerate(CHUNKS):
        values = _chunk(other, number)
        order = np.argsort(values, kind="stable")
        starts = np.searchsorted(values[order], np.arange(2**bits + 1))
        for begin in range(0, one.shape[1], QUERIES):
            part = one[:, begin : begin + QUERIES]
            asked = _chunk(part, number)
            for mask in _masks(bits, flips):
                key = asked ^ mask
                for row, place in _expanded(starts[key], starts[key + 1]):
                    column = order[place]
                    close, distance = _close(part[:, row], other[:, column], radius, number, flips)
                    if close.size:
                        yield row[close] + begin, column[close], distance


def lookups(radius: int) -> int:
    """Return how many places are looked up for each hash.

    Examples:
        >>> lookups(5), lookups(11)
        (6, 134)
    """
    flips = radius // len(CHUNKS)
    return sum(comb(bits, count) for _, _, bits in CHUNKS for count in range(flips + 1))


def _chunk(hashes: Hashes, number: int) -> Int64[np.ndarray, " A"]:
    half, start, bits = CHUNKS[number]
    return ((hashes[half] >> np.uint64(start)) & np.uint64(2**bits - 1)).astype(np.int64)


def _masks(bits: int, flips: int) -> list[int]:
    """Return every number with at most so many of its bits set."""
    return [
        sum(1 << place for place in places)
        for count in range(min(flips, bits) + 1)
        for places in combinations(range(bits), count)
    ]


def _expanded(low: np.ndarray, high: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the number of each row and every place from its low to its high, not too many at a time."""
    rows = np.flatnonzero(high > low)
    count = (high - low)[rows]
    ends = np.cumsum(count)
    begin = 0
    while begin < len(rows):
        done = int(ends[begin - 1]) if begin else 0
        # One row at least, however many places it has.
        end = max(begin + 1, int(np.searchsorted(ends, done + PAIRS, side="right")))
        some, counts = rows[begin:end], count[begin:end]
        first = np.repeat(low[some] - (ends[begin:end] - counts - done), counts)
        yield np.repeat(some, counts), first + np.arange(int(counts.sum()))
        begin = end


def _close(
    one: np.ndarray, other: np.ndarray, radius: int, number: int, flips: int
) -> tuple[Int64[np.ndarray, " N"], Int64[np.ndarray, " N"]]:
    """Return which pairs are close and were not found by an earlier chunk, and their distances."""
    differing = one ^ other
    distance = np.bitwise_count(differing).sum(axis=0, dtype=np.int64)
    close = np.flatnonzero(distance <= radius)
    for earlier in range(number):
        half, start, bits = CHUNKS[earlier]
        there = (differing[half, close] >> np.uint64(start)) & np.uint64(2**bits - 1)
        close = close[np.bitwise_count(there) > flips]
    return close, distance[close]
