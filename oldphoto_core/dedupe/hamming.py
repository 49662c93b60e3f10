"""All close pairs of two lists of 128-bit hashes, by looking at every pair, in blocks that fit a processor's cache."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Int64, UInt8, UInt64

ROWS = 32
"""Rows of a block."""

COLUMNS = 4096
"""Columns of a block; 32 by 4096 was the fastest of eight shapes tried on a server processor."""

Hashes = UInt64[np.ndarray, "2 A"]
"""The two 64-bit halves of each hash."""

Others = UInt64[np.ndarray, "2 B"]
"""The same, of another list."""

Numbers = Int64[np.ndarray, " N"]
"""One number for each close pair."""


def all_pairs(one: Hashes, other: Others, radius: int) -> Iterator[tuple[Numbers, Numbers, Numbers]]:
    """Yield the numbers of close hashes of the one and the other list and their distances, some pairs at a time.

    Args:
        one: Hashes whose halves are rows.
        other: The same.
        radius: Largest number of differing bits that is close.

    Examples:
        >>> one = np.array([[7], [0]], dtype=np.uint64)
        >>> other = np.array([[6, 0], [0, 0]], dtype=np.uint64)
        >>> [(a.tolist(), b.tolist(), d.tolist()) for a, b, d in all_pairs(one, other, 1)]
        [([0], [0], [1])]
    """
    for top in range(0, one.shape[1], ROWS):
        for left in range(0, other.shape[1], COLUMNS):
            distance = _distances(one[:, top : top + ROWS], other[:, left : left + COLUMNS])
            close = np.flatnonzero(distance <= radius)
            if close.size:
                row, column = np.divmod(close, distance.shape[1])
                yield row + top, column + left, distance.ravel()[close].astype(np.int64)


def _distances(one: Hashes, other: Others) -> UInt8[np.ndarray, "A B"]:
    differing = np.bitwise_xor(one[0][:, None], other[0])
    total = np.bitwise_count(differing)
    np.bitwise_xor(one[1][:, None], other[1], out=differing)
    total += np.bitwise_count(differing)
    return total
