"""The boxes of a JP2 file: walking them, and building them (ISO/IEC 15444-1, annex I)."""

import io
import struct
from collections.abc import Iterator
from typing import NamedTuple

from oldphoto_core.errors import ScanError
from oldphoto_core.scan.header import Source, read_exactly

XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
EXIF_UUID = b"JpgTiffExif->JP2"
IPTC_UUID = bytes.fromhex("33c7a4d2b81d4723a0baf1a3e097ad38")

_MOST_BOXES = 10_000


class Box(NamedTuple):
    """Where the contents of one box lie."""

    kind: bytes
    """Its four letters."""

    at: int
    """Offset of the contents, in bytes."""

    size: int
    """Bytes of the contents."""


def walk_boxes(source: Source, *, begin: int, end: int) -> Iterator[Box]:
    """Yield the boxes between two offsets, in bytes.

    Raises:
        ScanError: ``truncated`` if a box reaches beyond the end, ``decode-error`` if its length makes no sense.
    """
    at = begin
    for _ in range(_MOST_BOXES):
        if at + 8 > end:
            return
        source.seek(at)
        length, kind = struct.unpack(">I4s", read_exactly(source, 8, what="the JPEG 2000"))
        head = 8
        if length == 1:
            length, head = struct.unpack(">Q", read_exactly(source, 8, what="the JPEG 2000"))[0], 16
        stop = end if length == 0 else at + length
        if stop < at + head:
            raise ScanError("decode-error", f"JPEG 2000 box {kind!r} states a length of {length} bytes")
        if stop > end:
            raise ScanError("truncated", f"the file ends inside the JPEG 2000 box {kind!r}")
        yield Box(kind, at + head, stop - at - head)
        at = stop


def contents(source: Source, box: Box) -> bytes:
    """Return what a box holds.

    Raises:
        ScanError: The file ends before, or the box is far too large to be metadata.
    """
    source.seek(box.at)
    return read_exactly(source, box.size, what=f"JPEG 2000 box {box.kind!r}")


def inner_boxes(held: bytes) -> dict[bytes, bytes]:
    """Return the contents of the boxes inside a box, by kind; of each kind the first.

    Raises:
        ScanError: As ``walk_boxes``.
    """
    source = io.BytesIO(held)
    found: dict[bytes, bytes] = {}
    for box in walk_boxes(source, begin=0, end=len(held)):
        found.setdefault(box.kind, contents(source, box))
    return found


def make_box(kind: bytes, held: bytes) -> bytes:
    """Return a box with its length and kind before its contents.

    Examples:
        >>> make_box(b"free", b"ab").hex()
        '0000000a667265656162'
    """
    size = len(held) + 8
    if size < 2**32:
        return struct.pack(">I4s", size, kind) + held
    return struct.pack(">I4sQ", 1, kind, size + 8) + held
