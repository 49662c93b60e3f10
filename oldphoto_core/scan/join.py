"""Several TIFFs of one page each as the pages of one file, byte for byte: nothing is decoded or compressed again.

Each file is copied whole behind the last; only what says where something lies is raised by the place it was copied to.
"""

import io
import shutil
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from oldphoto_core.errors import ScanError
from oldphoto_core.scan.tiff_fields import EXIF_POINTER, GPS_POINTER, INTEROP_POINTER
from oldphoto_core.scan.tiff_tags import TYPE_SIZES, TiffTags, open_tags

_DIRECTORIES = {EXIF_POINTER, GPS_POINTER, INTEROP_POINTER}
_PLACES = {273, 324}  # where the strips, or the tiles, lie
_CODES = {3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
_END_OF_CLASSIC = 2**32


def join_tiffs(parts: Sequence[Path], path: Path) -> None:
    """Write a TIFF whose pages are the first pages of other TIFFs, in this order.

    Args:
        parts: One or more TIFFs as ``write_scan`` writes them: the same byte order, offsets of the same size.
        path: Where; a file of that name is replaced.

    Raises:
        ScanError: ``unsupported-format`` if the files are not alike or together too long for offsets of four bytes.
    """
    shutil.copyfile(parts[0], path)
    with path.open("r+b") as whole:
        first = open_tags(whole)
        link = first.directory(first.first).next_at
        for part in parts[1:]:
            with part.open("rb") as source:
                link = _append(whole, first, open_tags(source), link)


def _append(whole: BinaryIO, first: TiffTags, tags: TiffTags, link: int) -> int:
    """Copy a file behind the end, link its directory, and return where the next link belongs."""
    if (tags.order, tags.big) != (first.order, first.big):
        raise ScanError("unsupported-format", "pages of differing byte order or offset size cannot share one TIFF")
    end = whole.seek(0, io.SEEK_END)
    base = end + end % 2
    tags.source.seek(0)
    whole.write(bytes(end % 2))
    shutil.copyfileobj(tags.source, whole)
    if not tags.big and whole.tell() >= _END_OF_CLASSIC:
        raise ScanError("unsupported-format", "the pages together are over 4 GiB, more than one plain TIFF can hold")
    word = tags.order + ("Q" if tags.big else "I")
    whole.seek(link)
    whole.write(struct.pack(word, base + tags.first))
    _raise_places(whole, tags, tags.first, base)
    return base + tags.directory(tags.first).next_at


def _raise_places(whole: BinaryIO, tags: TiffTags, offset: int, base: int) -> None:
    """Add the base to everything in the copied directory that says where something lies."""
    count_code, row_size, word = ("Q", 20, "Q") if tags.big else ("H", 12, "I")
    whole.seek(base + offset)
    start = struct.calcsize("<" + count_code)
    count = struct.unpack(tags.order + count_code, whole.read(start))[0]
    room = struct.calcsize("<" + word)
    for number in range(count):
        at = base + offset + start + number * row_size
        whole.seek(at)
        row = whole.read(row_size)
        tag, kind, values = struct.unpack(tags.order + ("HHQ" if tags.big else "HHI"), row[:-room])
        where = at + row_size - room
        if TYPE_SIZES.get(kind, 0) * values > room:
            where = _raised(whole, tags.order + word, where, base)
        if tag in _PLACES:
            for index in range(values):
                _raised(whole, tags.order + _CODES[kind], where + index * TYPE_SIZES[kind], base)
        elif tag in _DIRECTORIES:
            linked = _raised(whole, tags.order + _CODES[kind], where, base)
            _raise_places(whole, tags, linked - base, base)


def _raised(whole: BinaryIO, code: str, at: int, base: int) -> int:
    """Add the base to the number at a place in the file, and return the sum."""
    whole.seek(at)
    value = struct.unpack(code, whole.read(struct.calcsize(code)))[0] + base
    whole.seek(at)
    whole.write(struct.pack(code, value))
    return int(value)
