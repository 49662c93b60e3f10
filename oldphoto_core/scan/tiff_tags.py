"""The directories of a TIFF: their tags and values, read with suspicion (TIFF 6.0, BigTIFF; EXIF is the same)."""

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from oldphoto_core.errors import ScanError
from oldphoto_core.scan.header import METADATA_LIMIT_BYTES, Source, read_exactly

TYPE_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
"""Bytes of one value of each TIFF type."""

_CODES = {1: "B", 3: "H", 4: "I", 5: "II", 6: "b", 8: "h", 9: "i", 10: "ii", 11: "f", 12: "d", 13: "I", 16: "Q"}
_RATIONALS = (5, 10)
_MOST_ENTRIES = 4096
_MOST_NUMBERS = 65536


@dataclass(frozen=True, slots=True)
class Entry:
    """One tag of a directory."""

    tag: int
    """Number of the tag."""

    kind: int
    """TIFF type, a key of ``TYPE_SIZES``."""

    count: int
    """Number of values."""

    at: int
    """Where the first value lies in the file, in bytes."""

    size: int
    """Bytes of all values."""


@dataclass(frozen=True, slots=True)
class Directory:
    """One directory (IFD)."""

    entries: dict[int, Entry]
    """Its tags by number; entries of unknown type are left out."""

    next_at: int
    """Where the offset of the next directory is stored, in bytes."""

    next: int
    """Offset of the next directory, in bytes; 0 for none."""


@dataclass(frozen=True, slots=True)
class TiffTags:
    """A reader of tags over an open file or an EXIF block."""

    source: Source
    """The bytes; its position is moved."""

    order: str
    """Byte order as ``struct`` spells it, ``<`` or ``>``."""

    big: bool
    """Whether offsets have 8 bytes (BigTIFF)."""

    first: int
    """Offset of the first directory, in bytes."""

    def directory(self, offset: int) -> Directory:
        """Return the directory at an offset.

        Raises:
            ScanError: ``truncated`` if the file ends before or inside it, ``decode-error`` if it is absurdly large.
        """
        count_code, entry_size, word = ("Q", 20, "Q") if self.big else ("H", 12, "I")
        self._seek(offset)
        head = read_exactly(self.source, struct.calcsize("<" + count_code), what="a TIFF directory")
        count = struct.unpack(self.order + count_code, head)[0]
        if count > _MOST_ENTRIES:
            raise ScanError("decode-error", f"a TIFF directory claims {count} tags, at most {_MOST_ENTRIES} make sense")
        table = read_exactly(self.source, count * entry_size, what="a TIFF directory")
        next_at = offset + len(head) + len(table)
        tail = self.source.read(struct.calcsize("<" + word))
        # Some writers leave out the closing offset; that means there is no next directory.
        following = struct.unpack(self.order + word, tail)[0] if len(tail) == struct.calcsize("<" + word) else 0
        rows = (table[k : k + entry_size] for k in range(0, len(table), entry_size))
        start = offset + len(head)
        found = [self._entry(row, start + number * entry_size) for number, row in enumerate(rows)]
        return Directory({entry.tag: entry for entry in found if entry is not None}, next_at, following)

    def chain(self, *, most: int) -> Iterator[Directory]:
        """Yield the main directories in order, at most ``most`` of them; a loop ends the chain."""
        seen: set[int] = set()
        offset = self.first
        while offset and offset not in seen and len(seen) < most:
            seen.add(offset)
            found = self.directory(offset)
            yield found
            offset = found.next

    def value(self, entry: Entry) -> bytes:
        """Return the bytes of all values of a tag, in the byte order of the file.

        Raises:
            ScanError: ``truncated`` if the file ends before, ``decode-error`` if the size is absurd.
        """
        self._seek(entry.at)
        return read_exactly(self.source, entry.size, what=f"TIFF tag {entry.tag}")

    def numbers(self, entry: Entry) -> tuple[int | float, ...]:
        """Return the values of a numeric tag; a fraction with denominator 0 becomes 0.

        Raises:
            ScanError: As ``value``; ``decode-error`` too if the tag is not numeric.
        """
        code = _CODES.get(entry.kind)
        if code is None or entry.count > _MOST_NUMBERS:
            raise ScanError("decode-error", f"TIFF tag {entry.tag} should hold a few numbers, found type {entry.kind}")
        parts = struct.unpack(self.order + code * entry.count, self.value(entry))
        if entry.kind in _RATIONALS:
            pairs = zip(parts[::2], parts[1::2], strict=True)
            return tuple(upper / lower if lower else 0.0 for upper, lower in pairs)
        return parts

    def number(self, directory: Directory, tag: int, default: int) -> int:
        """Return the first value of a whole-number tag, or the default if the tag is missing or empty."""
        entry = directory.entries.get(tag)
        if entry is None or entry.count == 0:
            return default
        return int(self.numbers(entry)[0])

    def _seek(self, offset: int) -> None:
        # Offsets of eight bytes can be larger than any seek allows.
        end = self.source.seek(0, io.SEEK_END)
        if offset > end:
            raise ScanError("truncated", f"the TIFF points to byte {offset}, the file ends at {end}")
        self.source.seek(offset)

    def _entry(self, row: bytes, at: int) -> Entry | None:
        head = struct.Struct(self.order + ("HHQ" if self.big else "HHI"))
        tag, kind, count = head.unpack(row[: head.size])
        size = TYPE_SIZES.get(kind, 0) * count
        if size == 0 and count:
            return None
        inline = len(row) - head.size
        if size <= inline:
            return Entry(tag, kind, count, at + head.size, size)
        where = struct.unpack(self.order + ("Q" if self.big else "I"), row[head.size :])[0]
        return Entry(tag, kind, count, where, size)


def open_tags(source: Source) -> TiffTags:
    """Return a reader of the tags of a TIFF that begins at the start of the source.

    Raises:
        ScanError: ``truncated`` or ``decode-error`` if there is no TIFF header.
    """
    source.seek(0)
    head = read_exactly(source, 8, what="the TIFF header")
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    version = struct.unpack((order or "<") + "H", head[2:4])[0]
    if order is None or version not in {42, 43}:
        raise ScanError("decode-error", f"no TIFF header here, found {head!r}")
    if version == 42:
        return TiffTags(source, order, big=False, first=struct.unpack(order + "I", head[4:])[0])
    offset = read_exactly(source, 8, what="the BigTIFF header")
    return TiffTags(source, order, big=True, first=struct.unpack(order + "Q", offset)[0])


def value_or_none(tags: TiffTags, directory: Directory, tag: int) -> bytes | None:
    """Return the bytes of a tag; None if it is missing, empty or too large to be metadata."""
    entry = directory.entries.get(tag)
    if entry is None or entry.size == 0 or entry.size > METADATA_LIMIT_BYTES:
        return None
    return tags.value(entry)
