"""The header of a JPEG 2000, with or without its JP2 boxes (ISO/IEC 15444-1, annexes A and I)."""

import io
import struct
from typing import NamedTuple

from oldphoto_core.errors import ScanError
from oldphoto_core.scan.facts import ScanColour
from oldphoto_core.scan.header import Header, Resolution, Source, plausible_resolution, read_exactly
from oldphoto_core.scan.jp2_boxes import (
    EXIF_UUID,
    IPTC_UUID,
    XMP_UUID,
    Box,
    contents,
    inner_boxes,
    walk_boxes,
)
from oldphoto_core.scan.metadata import EXIF_HEAD

CODESTREAM_BEGINS = b"\xff\x4f\xff\x51"

_COLOURS: dict[int, tuple[ScanColour, int]] = {
    1: ("grey", 1),
    2: ("grey", 2),
    3: ("rgb", 3),
    4: ("rgb", 4),
}
_SRGB, _GREY = 16, 17
_ADVICE = "export it as a TIFF of 8 or 16 bits"


class _Size(NamedTuple):
    """What the SIZ segment of a codestream states."""

    width: int
    height: int
    bands: int
    depth: int


def read_jp2_header(source: Source) -> Header:
    """Return the header of a JPEG 2000.

    Raises:
        ScanError: The file is truncated, absurd, or holds a kind of picture that is not read.
    """
    boxes = _boxes(source)
    size = _size(source, find_codestream(source)[0])
    inner = next((inner_boxes(contents(source, box)) for box in boxes if box.kind == b"jp2h"), {})
    _check_colour(inner)
    colour, bands = _COLOURS[size.bands]
    uuids = _uuids(source, boxes)
    exif = uuids.get(EXIF_UUID)
    return Header(
        format="JPEG2000",
        width=size.width,
        height=size.height,
        colour=colour,
        bands=bands,
        source_bit_depth=size.depth,
        compression="jpeg2000",
        resolution=_resolution(inner.get(b"res ", b"")),
        icc=_icc(inner.get(b"colr", b"")),
        exif=EXIF_HEAD + exif.removeprefix(EXIF_HEAD) if exif else None,
        xmp=uuids.get(XMP_UUID) or None,
        iptc=uuids.get(IPTC_UUID) or None,
    )


def find_codestream(source: Source) -> tuple[int, int]:
    """Return where the codestream begins and how long it is, in bytes.

    Raises:
        ScanError: ``truncated`` if there is none.
    """
    boxes = _boxes(source)
    if not boxes:
        return 0, source.seek(0, io.SEEK_END)
    stream = next((box for box in boxes if box.kind == b"jp2c"), None)
    if stream is None:
        raise ScanError("truncated", "the JPEG 2000 has boxes but no picture")
    return stream.at, stream.size


def _boxes(source: Source) -> list[Box]:
    """Return the outermost boxes; none if the file is a bare codestream."""
    source.seek(0)
    if source.read(4) == CODESTREAM_BEGINS:
        return []
    return list(walk_boxes(source, begin=0, end=source.seek(0, io.SEEK_END)))


def _size(source: Source, at: int) -> _Size:
    source.seek(at)
    head = read_exactly(source, 42, what="the JPEG 2000 header")
    if head[:4] != CODESTREAM_BEGINS:
        raise ScanError("decode-error", "the JPEG 2000 codestream does not begin as it should")
    right, lower, left, upper = struct.unpack(">4I", head[8:24])
    count = struct.unpack(">H", head[40:42])[0]
    if count not in _COLOURS:
        raise ScanError("unsupported-format", f"the JPEG 2000 has {count} bands, 1 to 4 are read; {_ADVICE}")
    each = read_exactly(source, 3 * count, what="the JPEG 2000 header")
    depths = {depth + 1 for depth in each[::3]}
    if len(depths) != 1 or max(depths) > 16 or set(each[1::3] + each[2::3]) != {1}:
        detail = f"the JPEG 2000 bands are signed, deeper than 16 bits, or differ in depth or size; {_ADVICE}"
        raise ScanError("unsupported-format", detail)
    return _Size(max(0, right - left), max(0, lower - upper), count, depths.pop())


def _check_colour(inner: dict[bytes, bytes]) -> None:
    colr = inner.get(b"colr", b"")
    if b"pclr" in inner:
        raise ScanError("unsupported-format", f"the JPEG 2000 has a palette; {_ADVICE}")
    if colr[:1] == b"\x01" and struct.unpack(">I", colr[3:7].rjust(4, b"\0"))[0] not in {_SRGB, _GREY}:
        raise ScanError("unsupported-format", f"the JPEG 2000 is neither sRGB nor grey; {_ADVICE}")


def _icc(colr: bytes) -> bytes | None:
    return colr[3:] or None if colr[:1] in {b"\x02", b"\x03"} else None


def _resolution(res: bytes) -> Resolution | None:
    inner = inner_boxes(res)
    held = inner.get(b"resc") or inner.get(b"resd") or b""
    if len(held) < 10:
        return None
    down, down_by, across, across_by, down_ten, across_ten = struct.unpack(">4H2b", held[:10])
    if not down_by or not across_by:
        return None
    per_inch = 0.0254  # the box counts pixels in a metre
    return plausible_resolution(
        across / across_by * 10.0**across_ten * per_inch, down / down_by * 10.0**down_ten * per_inch
    )


def _uuids(source: Source, boxes: list[Box]) -> dict[bytes, bytes]:
    found = [contents(source, box) for box in boxes if box.kind == b"uuid"]
    return {held[:16]: held[16:] for held in found}
