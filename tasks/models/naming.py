"""Which installed weights a digest in the catalog stands for."""

from functools import lru_cache
from itertools import combinations
from pathlib import Path

from tasks.models.installed import DEFAULT_FOLDER, installed, weights_digest
from tasks.models.shipped import SHIPPED

MOST_TOGETHER = 6
"""No treatment takes more networks than this."""


def names_of(digest: str, folder: Path = DEFAULT_FOLDER, *, shipped: Path = SHIPPED) -> dict[str, str]:
    """Return the weights, digests by name, that a digest stands for: one file's own, or that of several together.

    Args:
        digest: A digest as treatments and damage reports have it.
        folder: Where fetched weights lie.
        shipped: Where shipped weights lie.

    Returns:
        Nothing if no weights that are installed now have this digest.

    Raises:
        LedgerError: A ledger is damaged.
    """
    there = {name: entry.record.sha256 for name, entry in installed(folder, shipped=shipped).items()}
    return dict(_known(tuple(sorted(there.items()))).get(digest, ()))


@lru_cache(maxsize=4)
def _known(entries: tuple[tuple[str, str], ...]) -> dict[str, tuple[tuple[str, str], ...]]:
    groups = (group for size in range(2, MOST_TOGETHER + 1) for group in combinations(entries, size))
    together = {weights_digest(dict(group)): group for group in groups}
    return together | {sha256: ((name, sha256),) for name, sha256 in entries}
