"""Tags taken out of one TIFF or EXIF block and laid out in another, whatever the byte order and offset size."""

import struct
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from oldphoto_core.errors import ScanError
from oldphoto_core.scan.header import METADATA_LIMIT_BYTES
from oldphoto_core.scan.tiff_tags import TYPE_SIZES, Directory, TiffTags

ByteOrder = Literal["<", ">"]

EXIF_POINTER, GPS_POINTER, INTEROP_POINTER = 34665, 34853, 40965
_POINTERS = {EXIF_POINTER, GPS_POINTER, INTEROP_POINTER}
_LONG, _LONG8 = 4, 16
_HALVED = {5, 10}


@dataclass(frozen=True, slots=True)
class Field:
    """One tag with its values, free of any file."""

    tag: int
    """Number of the tag."""

    kind: int
    """TIFF type."""

    count: int
    """Number of values."""

    raw: bytes
    """The values, little-endian."""


class Layout(NamedTuple):
    """Where directories are laid out."""

    at: int
    """Offset of the first byte, in bytes; even."""

    order: ByteOrder
    """Byte order of the target."""

    big: bool
    """Whether the target is a BigTIFF."""


def take(tags: TiffTags, directory: Directory, *, wanted: Collection[int] | None = None) -> list[Field]:
    """Return the tags of a directory as fields, by rising number; unreadable ones and pointers are left out.

    Args:
        tags: The reader the directory came from.
        directory: What to take from.
        wanted: Numbers of the tags to take; None takes all.
    """
    found = []
    for tag, entry in sorted(directory.entries.items()):
        chosen = wanted is None or tag in wanted
        if tag in _POINTERS or not chosen or entry.size > METADATA_LIMIT_BYTES:
            continue
        try:
            raw = tags.value(entry)
        except ScanError:
            continue  # one unreadable tag must not cost the others
        found.append(Field(tag, entry.kind, entry.count, swapped(raw, entry.kind, order=tags.order)))
    return found


def take_linked(tags: TiffTags, directory: Directory, pointer: int) -> list[Field]:
    """Return the fields of the directory that a pointer tag leads to; none if it is missing or unreadable."""
    try:
        at = tags.number(directory, pointer, 0)
        return take(tags, tags.directory(at)) if at else []
    except ScanError:
        return []


def swapped(raw: bytes, kind: int, *, order: str) -> bytes:
    """Return values turned from a byte order to little-endian, or the other way round.

    Examples:
        >>> swapped(bytes([0, 1]), 3, order=">").hex()
        '0100'
    """
    unit = TYPE_SIZES[kind] // 2 if kind in _HALVED else TYPE_SIZES[kind]
    if order == "<" or unit == 1:
        return raw
    return np.frombuffer(raw, dtype=f"V{unit}").view(np.uint8).reshape(-1, unit)[:, ::-1].tobytes()


def lay_out(fields: Iterable[Field], layout: Layout, *, following: int = 0) -> bytes:
    """Return the bytes of a directory that lies at ``layout.at``: its table, then the values that do not fit in it.

    Args:
        fields: The tags; they are sorted by number, as TIFF asks.
        layout: Where and how.
        following: Offset of the next directory, in bytes; 0 for none.
    """
    rows = sorted(fields, key=lambda field: field.tag)
    count_code, head, word = ("Q", "HHQ", "Q") if layout.big else ("H", "HHI", "I")
    room = struct.calcsize("<" + word)
    table_size = struct.calcsize("<" + count_code) + len(rows) * (struct.calcsize("<" + head) + room) + room
    table, values = [struct.pack(layout.order + count_code, len(rows))], bytearray()
    for field in rows:
        raw = swapped(field.raw, field.kind, order=layout.order)
        if len(raw) > room:
            where = struct.pack(layout.order + word, layout.at + table_size + len(values))
            values += raw + bytes(len(raw) % 2)
        else:
            where = raw.ljust(room, b"\0")
        table.append(struct.pack(layout.order + head, field.tag, field.kind, field.count) + where)
    return b"".join(table) + struct.pack(layout.order + word, following) + bytes(values)


def pointer(tag: int, at: int, *, layout: Layout) -> Field:
    """Return the tag that points to a directory at an offset, in bytes."""
    if layout.big:
        return Field(tag, _LONG8, 1, struct.pack("<Q", at))
    return Field(tag, _LONG, 1, struct.pack("<I", at))
