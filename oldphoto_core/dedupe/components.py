"""What hangs together: union-find over arrays, in 8 bytes a member whatever the number of pairs."""

import numpy as np
from jaxtyping import Int64


def components(members: int, a: Int64[np.ndarray, " P"], b: Int64[np.ndarray, " P"]) -> Int64[np.ndarray, " N"]:
    """Return for each member the smallest number of those that hang together with it.

    All pairs are joined at once, root to smaller root, then all chains are shortened, until nothing changes: a few
    rounds even for long chains (Shiloach and Vishkin 1982).

    Args:
        members: How many there are.
        a: Number of one member of each pair.
        b: Number of the other.

    Examples:
        >>> components(5, np.array([3, 1]), np.array([4, 3])).tolist()
        [0, 1, 2, 1, 1]
    """
    root = np.arange(members, dtype=np.int64)
    while True:
        one, other = root[a], root[b]
        apart = one != other
        if not bool(apart.any()):
            return root
        a, b = one[apart], other[apart]
        # Every root takes the smallest root beside it.
        np.minimum.at(root, np.maximum(a, b), np.minimum(a, b))
        while True:
            shorter = root[root]
            if bool((shorter == root).all()):
                break
            root = shorter
