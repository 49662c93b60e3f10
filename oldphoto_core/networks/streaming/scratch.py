"""Working memory that is used over and over, so that the system need not hand out and clear new pages each time."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor


class Scratch:
    """Pieces of float32 memory on the CPU: taken, given back, and taken again."""

    def __init__(self, grown: Callable[[int], None] = lambda _: None) -> None:
        """Begin with none.

        Args:
            grown: Told by how many bytes more, or fewer, there are each time that this changes.
        """
        self._free: list[Tensor] = []
        self._grown = grown

    def take(self, count: int) -> Tensor:
        """Return memory for so many values, or for more if such a piece is there; shape (n,).

        If pieces are there but all too small, the largest makes way for one of the right size.
        """
        fitting = [piece for piece in self._free if len(piece) >= count]
        if fitting:
            return self._taken(min(fitting, key=len))
        if self._free:
            self._grown(-4 * len(self._taken(max(self._free, key=len))))
        self._grown(4 * count)
        return torch.empty(count)

    def give_back(self, piece: Tensor) -> None:
        """Take back what ``take`` returned; nobody may use it from now on."""
        self._free.append(piece)

    @contextmanager
    def lent(self, *shape: int) -> Iterator[Tensor]:
        """Lend memory of a shape; what it holds is left from earlier use."""
        piece = self.take(math.prod(shape))
        try:
            yield piece[: math.prod(shape)].view(shape)
        finally:
            self.give_back(piece)

    def _taken(self, piece: Tensor) -> Tensor:
        self._free = [other for other in self._free if other is not piece]
        return piece
