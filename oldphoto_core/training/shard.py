"""All that is learned from in one file: 8-bit pictures and damage shapes, packed to a size, read without loading it.

The file is a one-dimensional ``.npy`` array of bytes, so that any NumPy maps it: eight bytes with the length of a JSON
text, the text (name, group and shape of each piece), then the pixels of the pieces, one after another.
"""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import UInt8

from oldphoto_core.errors import OldPhotoError

PICTURES, REAL_OLD = "picture", "real-old"
SHRINKING = (PICTURES, REAL_OLD)
"""Groups of pictures: they are made smaller where a shard must fit a size."""

LEAST_SIDE_PX = 64
_LENGTH = 8
_STEP = 0.96


class ShardError(OldPhotoError, ValueError):
    """A shard cannot be written or read."""


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """One array of the shard."""

    name: str
    """Where it came from."""

    group: str
    """``picture``, ``real-old``, or which shapes it belongs to."""

    pixels: UInt8[np.ndarray, "..."]
    """A picture (H, W, 3), sRGB, or a shape (H, W)."""


class Shard:
    """A shard in a file; the pixels stay there until they are asked for."""

    def __init__(self, path: Path) -> None:
        """Read the table.

        Raises:
            ShardError: The file is not a whole shard.
        """
        self.path = path
        try:
            self._bytes = np.load(path, mmap_mode="r", allow_pickle=False)
            length = int.from_bytes(self._bytes[:_LENGTH].tobytes(), "little")
            table = json.loads(self._bytes[_LENGTH : _LENGTH + length].tobytes())
            entries = [(str(name), str(group), tuple(shape)) for name, group, shape in table["pieces"]]
            sizes = [int(np.prod(shape)) for _, _, shape in entries]
            self.digest = str(table["digest"])
        except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
            raise ShardError(f"expected a shard of training pictures at {path}: {error}") from error
        if _LENGTH + length + sum(sizes) != self._bytes.size:
            raise ShardError(f"the shard {path} has {self._bytes.size} bytes, expected {_LENGTH + length + sum(sizes)}")
        starts = _LENGTH + length + np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        self._entries = entries
        self._starts = starts.tolist()

    @cached_property
    def picture_numbers(self) -> tuple[int, ...]:
        """Numbers of the pieces that are pictures, in the order of the file."""
        return self.numbers(PICTURES)

    def numbers(self, group: str) -> tuple[int, ...]:
        """Return the numbers of the pieces of a group, in the order of the file."""
        return tuple(number for number, entry in enumerate(self._entries) if entry[1] == group)

    def name(self, number: int) -> str:
        """Return where a piece came from."""
        return self._entries[number][0]

    def pixels(self, number: int) -> UInt8[np.ndarray, "..."]:
        """Return a piece's pixels, mapped from the file, read-only."""
        start, end = self._starts[number], self._starts[number + 1]
        return np.asarray(self._bytes[start:end].reshape(self._entries[number][2]))


def write_shard(path: Path, pieces: Sequence[Piece], *, most_bytes: int) -> Shard:
    """Write a shard in one go and return it; pictures are all shrunk by one factor if they would not fit.

    Args:
        path: The file; replaced only once the new one is whole.
        pieces: What goes in, in this order.
        most_bytes: Most bytes of the file.

    Raises:
        ShardError: There are no pictures, or they do not fit even at 64 pixels on the shorter side.
    """
    if not any(piece.group == PICTURES for piece in pieces):
        raise ShardError("expected at least one picture to learn from, found none")
    fitting = fitted(pieces, most_bytes=most_bytes)
    digest = digest_of(fitting)
    table = [[piece.name, piece.group, list(piece.pixels.shape)] for piece in fitting]
    text = json.dumps({"digest": digest, "pieces": table}).encode()
    parts = [np.frombuffer(len(text).to_bytes(_LENGTH, "little") + text, np.uint8)]
    whole = np.concatenate(parts + [piece.pixels.reshape(-1) for piece in fitting])
    unfinished = path.with_name(f"{path.name}.new")
    with unfinished.open("wb") as file:
        np.save(file, whole)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    return Shard(path)


def fitted(pieces: Sequence[Piece], *, most_bytes: int) -> list[Piece]:
    """Return the pieces with the pictures shrunk, by the largest of a row of factors that makes all fit.

    Raises:
        ShardError: They do not fit even at 64 pixels on the shorter side.
    """
    allowed = most_bytes - 256 - sum(len(json.dumps([one.name, one.group])) + 40 for one in pieces)
    scale = 1.0
    while _size(pieces, scale) > allowed:
        scale *= _STEP
        if scale * max(min(piece.pixels.shape[:2]) for piece in pieces if piece.group in SHRINKING) < LEAST_SIDE_PX:
            raise ShardError(
                f"the {len(pieces)} pictures and shapes do not fit into {most_bytes} bytes: allow more or give fewer"
            )
    return [Piece(one.name, one.group, _shrunk(one.pixels, scale)) if one.group in SHRINKING else one for one in pieces]


def digest_of(pieces: Sequence[Piece]) -> str:
    """Return the SHA-256, in hex, over groups, shapes and pixels of the pieces in order; names do not count."""
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(f"{piece.group} {piece.pixels.shape}\0".encode())
        digest.update(np.ascontiguousarray(piece.pixels).data)
    return digest.hexdigest()


def _size(pieces: Sequence[Piece], scale: float) -> int:
    """Return how many bytes the pixels take with the pictures shrunk so."""
    shapes = [_shape(one.pixels, scale) if one.group in SHRINKING else one.pixels.shape for one in pieces]
    return sum(int(np.prod(shape)) for shape in shapes)


def _shape(pixels: UInt8[np.ndarray, "..."], scale: float) -> tuple[int, ...]:
    return (max(1, round(pixels.shape[0] * scale)), max(1, round(pixels.shape[1] * scale)), 3)


def _shrunk(pixels: UInt8[np.ndarray, "..."], scale: float) -> UInt8[np.ndarray, "..."]:
    if scale == 1.0:
        return pixels
    height, width, _ = _shape(pixels, scale)
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA))
