"""The header of a PNG, and the walk over its chunks that shows whether the file is whole (PNG, third edition)."""

import struct
import zlib

from oldphoto_core.errors import ScanError
from oldphoto_core.scan.facts import ScanColour
from oldphoto_core.scan.header import (
    METADATA_LIMIT_BYTES,
    Header,
    Resolution,
    Source,
    plausible_resolution,
    read_exactly,
)
from oldphoto_core.scan.metadata import EXIF_HEAD

XMP_KEYWORD = b"XML:com.adobe.xmp\0"

_PALETTE = 3
_COLOURS: dict[int, tuple[ScanColour, int]] = {
    0: ("grey", 1),
    2: ("rgb", 3),
    _PALETTE: ("rgb", 3),
    4: ("grey", 2),
    6: ("rgb", 4),
}
_MAY_BE_KEYED = {0, 2, _PALETTE}
_KEPT = {b"IHDR", b"pHYs", b"eXIf", b"iCCP", b"iTXt", b"tRNS"}
_MOST_CHUNKS = 2_000_000


def read_png_header(source: Source) -> Header:
    """Return the header of a PNG.

    Raises:
        ScanError: The file is truncated (its closing chunk is missing), animated, or no PNG after all.
    """
    chunks = _chunks(source)
    if len(chunks.get(b"IHDR", b"")) != 13:
        raise ScanError("decode-error", "the PNG does not begin with its header chunk")
    width, height, depth, kind = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    if kind not in _COLOURS:
        raise ScanError("decode-error", f"the PNG states colour type {kind}, which does not exist")
    colour, bands = _COLOURS[kind]
    return Header(
        format="PNG",
        width=width,
        height=height,
        colour=colour,
        bands=bands + (b"tRNS" in chunks and kind in _MAY_BE_KEYED),
        source_bit_depth=depth,
        compression="deflate",
        resolution=_resolution(chunks.get(b"pHYs", b"")),
        icc=_icc(chunks.get(b"iCCP", b"")),
        exif=EXIF_HEAD + chunks[b"eXIf"].removeprefix(EXIF_HEAD) if b"eXIf" in chunks else None,
        xmp=_xmp(chunks.get(b"iTXt", b"")),
    )


def _chunks(source: Source) -> dict[bytes, bytes]:
    source.seek(8)
    found: dict[bytes, bytes] = {}
    for _ in range(_MOST_CHUNKS):
        length, name = struct.unpack(">I4s", read_exactly(source, 8, what="the PNG"))
        if name == b"acTL":
            raise ScanError("unsupported-format", "the PNG is animated; export one frame")
        if name == b"IEND":
            return found
        if name in _KEPT and name not in found:
            held = read_exactly(source, length, what=f"PNG chunk {name!r}")
            if name != b"iTXt" or held.startswith(XMP_KEYWORD):
                found[name] = held
            source.seek(4, 1)
        else:
            source.seek(length + 4, 1)
    raise ScanError("decode-error", f"the PNG has more than {_MOST_CHUNKS} chunks")


def _resolution(held: bytes) -> Resolution | None:
    if len(held) != 9 or held[8] != 1:
        return None
    across, down = struct.unpack(">II", held[:8])
    return plausible_resolution(across * 0.0254, down * 0.0254)


def _icc(held: bytes) -> bytes | None:
    name, _, rest = held.partition(b"\0")
    return _inflated(rest[1:]) if name and rest[:1] == b"\0" else None


def _xmp(held: bytes) -> bytes | None:
    rest = held.removeprefix(XMP_KEYWORD)
    if not held or len(rest) < 2:
        return None
    parts = rest[2:].split(b"\0", 2)
    if len(parts) != 3:
        return None
    return _inflated(parts[2]) if rest[0] else parts[2] or None


def _inflated(packed: bytes) -> bytes | None:
    # Bounded, for a few kilobytes can unpack to gigabytes.
    unpacker = zlib.decompressobj()
    try:
        return unpacker.decompress(packed, METADATA_LIMIT_BYTES) or None
    except zlib.error:
        return None
