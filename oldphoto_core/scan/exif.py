"""The EXIF block: what we read from it, and how it travels into a picture that is now upright (EXIF 2.32).

A block begins with ``Exif`` and two zero bytes; a small TIFF follows. It is carried as found, but for two changes: the
orientation becomes 1, and the embedded thumbnail is unlinked, for it shows the picture as it was and as it lay.
"""

import io
import struct
from pathlib import Path

from oldphoto_core.errors import ScanError
from oldphoto_core.scan.header import Resolution, plausible_resolution
from oldphoto_core.scan.metadata import EXIF_HEAD
from oldphoto_core.scan.tiff_fields import (
    EXIF_POINTER,
    GPS_POINTER,
    Field,
    Layout,
    lay_out,
    pointer,
    take,
    take_linked,
)
from oldphoto_core.scan.tiff_tags import Directory, TiffTags, open_tags

_ORIENTATION = 274
_DESCRIPTIVE = frozenset({269, 270, 271, 272, 285, 305, 306, 315, 316, 33432})
"""DocumentName, ImageDescription, Make, Model, PageName, Software, DateTime, Artist, HostComputer, Copyright."""


def readable_exif(block: bytes) -> bool:
    """Return whether the block has a TIFF header and a first directory."""
    return _open(block) is not None


def exif_orientation(block: bytes) -> int:
    """Return the orientation in the block, 1 to 8; 1 if it says nothing that can be used."""
    opened = _open(block)
    if opened is None:
        return 1
    try:
        return opened[0].number(opened[1], _ORIENTATION, 1)
    except ScanError:
        return 1


def exif_resolution(block: bytes) -> Resolution | None:
    """Return the resolution in the block, in pixels per inch; None if it says nothing that can be used."""
    opened = _open(block)
    if opened is None:
        return None
    tags, first = opened
    try:
        unit = tags.number(first, 296, 2)
        found = [tags.numbers(first.entries[tag]) for tag in (282, 283) if tag in first.entries]
    except ScanError:
        return None
    if unit not in {2, 3} or len(found) != 2 or not all(found):
        return None
    per_inch = 1.0 if unit == 2 else 2.54
    return plausible_resolution(found[0][0] * per_inch, found[1][0] * per_inch)


def upright_exif(block: bytes) -> bytes:
    """Return the block with orientation 1 and without its thumbnail, otherwise byte for byte as found."""
    opened = _open(block)
    if opened is None:
        return block
    tags, first = opened
    patched = bytearray(block)
    start = len(EXIF_HEAD)
    patched[start + first.next_at : start + first.next_at + 4] = bytes(4)
    entry = first.entries.get(_ORIENTATION)
    if entry is not None and entry.kind in {3, 4} and entry.count == 1:
        code = tags.order + ("H" if entry.kind == 3 else "I")
        struct.pack_into(code, patched, start + entry.at, 1)
    return bytes(patched[: len(block)])


def block_from_tiff(tags: TiffTags, directory: Directory) -> bytes | None:
    """Return the descriptive, EXIF and GPS tags of a TIFF page as an EXIF block; None if it has none.

    Tags that cannot be read are left out. Offsets inside a maker's note are not mended; only the maker knows them.
    """
    main = take(tags, directory, wanted=_DESCRIPTIVE)
    linked = {tag: take_linked(tags, directory, tag) for tag in (EXIF_POINTER, GPS_POINTER)}
    if not main and not any(linked.values()):
        return None
    laid, first = _lay_out_all(main, linked, Layout(8, "<", big=False))
    return EXIF_HEAD + b"II*\0" + struct.pack("<I", first) + laid


def amend_tiff(
    path: Path, block: bytes | None, *, added: tuple[Field, ...] = (), without: frozenset[int] = frozenset()
) -> None:
    """Give the first page of a TIFF the descriptive, EXIF and GPS tags of a block; the file is changed in place.

    The old directory stays as dead bytes; a new one, with the tags added, is written behind the end.

    Args:
        path: The TIFF.
        block: EXIF block; None adds nothing.
        added: More tags to put in.
        without: Numbers of tags to take out.

    Raises:
        ScanError: The file is not a TIFF.
    """
    opened = _open(block) if block is not None else None
    main = [*added, *(take(*opened, wanted=_DESCRIPTIVE) if opened else [])]
    linked = {tag: take_linked(*opened, tag) for tag in (EXIF_POINTER, GPS_POINTER)} if opened else {}
    with path.open("r+b") as file:
        tags = open_tags(file)
        directory = tags.directory(tags.first)
        replaced = without | {field.tag for field in main}
        kept = [field for field in take(tags, directory) if field.tag not in replaced]
        at = file.seek(0, io.SEEK_END)
        layout = Layout(at + at % 2, "<" if tags.order == "<" else ">", tags.big)
        laid, first = _lay_out_all(kept + main, linked, layout, following=directory.next)
        file.write(bytes(at % 2) + laid)
        file.seek(8 if tags.big else 4)
        file.write(struct.pack(tags.order + ("Q" if tags.big else "I"), first))


def _open(block: bytes) -> tuple[TiffTags, Directory] | None:
    if not block.startswith(EXIF_HEAD):
        return None
    try:
        tags = open_tags(io.BytesIO(block[len(EXIF_HEAD) :]))
        return tags, tags.directory(tags.first)
    except ScanError:
        return None


def _lay_out_all(
    main: list[Field], linked: dict[int, list[Field]], layout: Layout, *, following: int = 0
) -> tuple[bytes, int]:
    """Return linked directories and then the main one, laid out, and the offset of the main one in bytes."""
    laid = b""
    for tag, fields in linked.items():
        if fields:
            at = layout.at + len(laid)
            main = [*main, pointer(tag, at, layout=layout)]
            laid += lay_out(fields, layout._replace(at=at))
    at = layout.at + len(laid)
    return laid + lay_out(main, layout._replace(at=at), following=following), at
