"""The frames of one shot on the local disk, uncompressed, so that each can be read again in any order."""

import errno
import shutil
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from oldphoto_core.film.planes import Planes

_SPARE_BYTES = 2**28


class Spool:
    """Planes of equal shapes, one frame after the other in one file; removed when closed."""

    def __init__(self, path: Path) -> None:
        """Take the place of the file; nothing is written yet."""
        self._path = path
        self._shapes: list[tuple[tuple[int, ...], np.dtype]] = []
        self._count = 0

    def __len__(self) -> int:
        """Return how many frames it holds."""
        return self._count

    def __enter__(self) -> Self:
        """Open the file."""
        self._file = self._path.open("w+b")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the file."""
        self._file.close()
        self._path.unlink(missing_ok=True)

    @property
    def frame_bytes(self) -> int:
        """Bytes of one frame."""
        return sum(int(np.prod(shape)) * kind.itemsize for shape, kind in self._shapes)

    def fill(self, frames: Iterable[Planes], count: int) -> None:
        """Write frames behind those that are there.

        Args:
            frames: The frames.
            count: How many there will be, to ask for room on the disk before the first is written.

        Raises:
            OSError: The disk has no room for them.
        """
        for planes in frames:
            if not self._shapes:
                self._shapes = [(plane.shape, plane.dtype) for plane in planes]
                self._check_room(count)
            for plane in planes:
                self._file.write(np.ascontiguousarray(plane).data)
            self._count += 1

    def read(self, number: int) -> Planes:
        """Return the planes of a frame.

        Raises:
            IndexError: There is no such frame.
        """
        if not 0 <= number < self._count:
            raise IndexError(f"the shot has frames 0 to {self._count - 1}, asked for {number}")
        self._file.seek(number * self.frame_bytes)
        planes = []
        for shape, kind in self._shapes:
            raw = self._file.read(int(np.prod(shape)) * kind.itemsize)
            planes.append(np.frombuffer(raw, kind).reshape(shape))
        return tuple(planes)

    def _check_room(self, count: int) -> None:
        needed, free = count * self.frame_bytes, shutil.disk_usage(self._path.parent).free
        if needed + _SPARE_BYTES > free:
            raise OSError(
                errno.ENOSPC,
                f"a shot of {count} frames needs {needed / 2**30:.1f} GiB while it is worked on and {free / 2**30:.1f} "
                "GiB are free; make room, or choose another folder with --work",
                str(self._path.parent),
            )
