"""Batches in order, made here or ahead of time by worker processes; what they hold is the same either way."""

import multiprocessing
import signal
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from oldphoto_core.training.film_clips import ClipPair, FilmBatch
from oldphoto_core.training.latent_recipes import AnyRecipe
from oldphoto_core.training.loop import Fetch
from oldphoto_core.training.pairs import Batch, Pair
from oldphoto_core.training.shard import Shard
from oldphoto_core.training.sources import AnyPair, Source, learning_source, together
from oldphoto_core.training.style_pairs import StyleBatch, StylePair

AHEAD = 4
"""Batches that each worker is ahead."""

_Plain = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray | None, np.ndarray | None]
_SOURCES: list[Source] = []  # of this worker process


@contextmanager
def feeding(shard: Path, recipe: AnyRecipe, *, workers: int = 0) -> Iterator[Fetch]:
    """Give a function from a step to its batch, for the length of the block.

    Args:
        shard: The pictures.
        recipe: What is trained how.
        workers: Processes that make batches ahead; 0 makes them when they are asked for. They are used best if steps
            are asked for in order.

    Raises:
        ShardError: The shard cannot be read.
    """
    source = learning_source(Shard(shard), recipe)
    if workers == 0:
        yield lambda step: together([source.pair(index) for index in _indices(step, recipe)])
        return
    spawned = multiprocessing.get_context("spawn")  # a fork would inherit locked threads of torch
    with ProcessPoolExecutor(workers, mp_context=spawned, initializer=_open_source, initargs=(shard, recipe)) as pool:
        yield _Ahead(pool, recipe, depth=AHEAD * workers).fetch
        pool.shutdown(cancel_futures=True)


class _Ahead:
    """Steps that are being made, the next one first."""

    def __init__(self, pool: ProcessPoolExecutor, recipe: AnyRecipe, *, depth: int) -> None:
        self._pool, self._recipe, self._depth = pool, recipe, depth
        self._coming: deque[tuple[int, Future[list[_Plain | ClipPair | StylePair]]]] = deque()

    def fetch(self, step: int) -> Batch | FilmBatch | StyleBatch:
        """Return the batch of a step, and have those after it made."""
        while self._coming and self._coming[0][0] != step:
            self._coming.popleft()[1].cancel()
        following = self._coming[-1][0] + 1 if self._coming else step
        for later in range(following, step + self._depth):
            self._coming.append((later, self._pool.submit(_make, list(_indices(later, self._recipe)))))
        made = self._coming.popleft()[1].result()
        return together([one if isinstance(one, ClipPair | StylePair) else Pair(*one) for one in made])


def _indices(step: int, recipe: AnyRecipe) -> range:
    """Return the pairs of a step."""
    return range(step * recipe.batch, (step + 1) * recipe.batch)


def _open_source(shard: Path, recipe: AnyRecipe) -> None:
    """Begin a worker process; Ctrl-C is for the one that trains, which then ends the workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _SOURCES[:] = [learning_source(Shard(shard), recipe)]


def _make(indices: list[int]) -> list[_Plain | ClipPair | StylePair]:
    return [_plain(_SOURCES[0].pair(index)) for index in indices]


def _plain(pair: AnyPair) -> _Plain | ClipPair | StylePair:
    if isinstance(pair, ClipPair | StylePair):
        return pair
    return pair.damaged, pair.sound, pair.masks, pair.severities, pair.reference, pair.told
