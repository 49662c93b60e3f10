"""Where feature maps lie while they are needed: in memory as long as the grant lasts, then in temporary files."""

import math
import os
import tempfile
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor

from oldphoto_core.networks.streaming.rows import Puts, Rows
from oldphoto_core.networks.streaming.scratch import Scratch
from oldphoto_core.networks.streaming.winograd import TILE

Shape = tuple[int, int, int]
"""Channels, rows, columns."""

STRIP_BYTES = 2**24
"""Memory for the widest rows of one strip, in bytes."""

CPU = torch.device("cpu")

_IDEAL_STRIPS_OF_GRANT = 16


@runtime_checkable
class Stored(Protocol):
    """A map that lies somewhere and can be read and written in rows; a ``Rows`` of its own."""

    channels: int
    height: int
    width: int
    at_hand: bool
    direct: bool
    """Whether rows that it gives are the map itself, so that what is written into them is in its place."""

    def rows(self, start: int, stop: int) -> Tensor:
        """Return the rows, shape (1, C, stop - start, W)."""
        ...

    def block(self, rows: slice, columns: slice) -> Tensor:
        """Return part of some rows, shape (1, C, rows, columns)."""
        ...

    def write(self, start: int, values: Tensor) -> None:
        """Put rows of shape (1, C, n, W) in their place."""
        ...


@dataclass(frozen=True, slots=True)
class Numbers:
    """How maps are kept and computed."""

    computed: torch.dtype = torch.float32
    """Of what type a network's numbers are."""

    kept: torch.dtype = torch.float32
    """Of what type they are where a map lies."""


class InMemory:
    """A map in memory, channels last."""

    at_hand = True

    def __init__(self, shape: Shape, numbers: Numbers, device: torch.device) -> None:
        """Take the memory."""
        self.channels, self.height, self.width = shape
        channels_last = (1, self.height, self.width, self.channels)
        self._values = torch.empty(channels_last, dtype=numbers.kept, device=device).permute(0, 3, 1, 2)
        self._computed = numbers.computed
        self.direct = numbers.kept == numbers.computed

    def rows(self, start: int, stop: int) -> Tensor:
        """Return the rows: a view if they are kept as they are computed."""
        return self._values[:, :, start:stop].to(self._computed)

    def block(self, rows: slice, columns: slice) -> Tensor:
        """Return part of the rows: a view if they are kept as they are computed."""
        return self._values[:, :, rows, columns].to(self._computed)

    def write(self, start: int, values: Tensor) -> None:
        """Copy the rows to their place."""
        self._values[:, :, start : start + values.shape[2]] = values


class OnDisk:
    """A map in a temporary file without a name: it is gone when the process is, however that ends.

    The file is read and written, not mapped, so that what lies in it does not count as memory of the process.
    """

    at_hand = True
    direct = False

    def __init__(self, shape: Shape, numbers: Numbers, device: torch.device, folder: Path | None) -> None:
        """Make the file."""
        self.channels, self.height, self.width = shape
        self._numbers, self._device = numbers, device
        self._row_bytes = self.channels * self.width * numbers.kept.itemsize
        self._file: IO[bytes] = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115 - lives as long as the map
        weakref.finalize(self, self._file.close)

    def rows(self, start: int, stop: int) -> Tensor:
        """Return the rows, read from the file."""
        flat = self._read(start * self._row_bytes, (stop - start) * self._row_bytes)
        values = flat.view(1, stop - start, self.width, self.channels).permute(0, 3, 1, 2)
        return values.to(self._device, self._numbers.computed)

    def block(self, rows: slice, columns: slice) -> Tensor:
        """Return part of the rows, read from the file."""
        place = self._row_bytes // self.width
        wide = columns.stop - columns.start
        parts = [
            self._read(row * self._row_bytes + columns.start * place, wide * place).view(wide, self.channels)
            for row in range(rows.start, rows.stop)
        ]
        return torch.stack(parts)[None].permute(0, 3, 1, 2).to(self._device, self._numbers.computed)

    def _read(self, begin: int, count: int) -> Tensor:
        raw = np.empty(count, np.uint8)
        unread = raw.data
        while unread.nbytes:
            got = os.preadv(self._file.fileno(), [unread], begin + count - unread.nbytes)
            if not got:
                raise OSError(f"a temporary file ended {unread.nbytes} bytes early")
            unread = unread[got:]
        return torch.from_numpy(raw).view(self._numbers.kept)

    def write(self, start: int, values: Tensor) -> None:
        """Write the rows to the file."""
        flat = values.permute(0, 2, 3, 1).contiguous().to("cpu", self._numbers.kept).view(-1).view(torch.uint8)
        begin, whole = start * self._row_bytes, flat.numpy().data
        unwritten = whole
        while unwritten.nbytes:
            done = os.pwrite(self._file.fileno(), unwritten, begin + whole.nbytes - unwritten.nbytes)
            unwritten = unwritten[done:]


class Workspace:
    """The memory, disk and number format of one run of a network."""

    def __init__(
        self,
        *,
        memory_bytes: int,
        dtype: torch.dtype = torch.float32,
        device: torch.device = CPU,
        spill_folder: Path | None = None,
        kept: torch.dtype | None = None,
    ) -> None:
        """Set the limits.

        Args:
            memory_bytes: Memory for feature maps and strips together, in bytes.
            dtype: In what numbers the network computes.
            device: Where it is computed.
            spill_folder: Where temporary files go; the system's place for them if not given.
            kept: In what numbers maps lie there; those in which it computes if not given.
        """
        self.dtype, self.device = dtype, device
        self._numbers = Numbers(dtype, kept or dtype)
        self.strip_bytes = max(2**20, min(STRIP_BYTES, memory_bytes // _IDEAL_STRIPS_OF_GRANT))
        self._free = memory_bytes - 6 * self.strip_bytes
        self._spill_folder = spill_folder
        self.spilled_bytes = 0
        self.scratch = Scratch(self._take)

    def new(self, shape: Shape) -> Stored:
        """Return an empty map, in memory if there is room for it."""
        size = math.prod(shape) * self._numbers.kept.itemsize
        if size > self._free:
            self.spilled_bytes += size
            return OnDisk(shape, self._numbers, self.device, self._spill_folder)
        stored = InMemory(shape, self._numbers, self.device)
        self._take(size)
        weakref.finalize(stored, self._give_back, size)
        return stored

    def store(self, source: Rows, watch: Callable[[Tensor], None] | None = None) -> Stored:
        """Return the map, computed and laid down; every strip is shown to the watcher on the way."""
        stored = self.new((source.channels, source.height, source.width))
        for start, stop in self.strips(source):
            values = self._laid_down(source, start, stop, stored)
            if watch is not None:
                watch(values)
        return stored

    @staticmethod
    def _laid_down(source: Rows, start: int, stop: int, stored: Stored) -> Tensor:
        if stored.direct and isinstance(source, Puts):
            values = stored.rows(start, stop)
            source.put(start, stop, values)
        else:
            values = source.rows(start, stop)
            stored.write(start, values)
        return values

    def strips(self, source: Rows) -> Iterator[tuple[int, int]]:
        """Return the strips in which a map is best read: (start, stop), top to bottom; whole tiles if possible."""
        rows = max(1, self.strip_bytes // (4 * math.ceil(_values_for_a_row(source))))
        rows = rows if rows < TILE - 1 else max(TILE, rows - rows % TILE)
        for start in range(0, source.height, rows):
            yield start, min(start + rows, source.height)

    def _give_back(self, size: int) -> None:
        self._free += size

    def _take(self, size: int) -> None:
        self._free -= size


def _values_for_a_row(source: Rows) -> float:
    """Return how many values are held for one row of a map: its own, or those it is computed from if they are more."""
    read = [getattr(source, "source", None), *getattr(source, "parts", ())]
    below = sum(_values_for_a_row(one) * one.height / source.height for one in read if isinstance(one, Rows))
    return max(float(source.channels * source.width), below)
