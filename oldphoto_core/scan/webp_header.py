"""The header of a WebP (RFC 9649)."""

import io
import struct

from oldphoto_core.errors import ScanError
from oldphoto_core.scan.header import Header, Source, read_exactly
from oldphoto_core.scan.metadata import EXIF_HEAD

_KEPT = {b"VP8X", b"ICCP", b"EXIF", b"XMP "}
_ANIMATED, _ALPHA = 0x02, 0x10
_MOST_CHUNKS = 10_000


def read_webp_header(source: Source) -> Header:
    """Return the header of a WebP.

    Raises:
        ScanError: The file is truncated, animated, or holds no picture.
    """
    chunks = _chunks(source)
    flags = chunks.get(b"VP8X", b"\0")[0]
    if flags & _ANIMATED:
        raise ScanError("unsupported-format", "the WebP is animated; export one frame")
    width, height, alpha, compression = _picture(chunks)
    exif = chunks.get(b"EXIF")
    return Header(
        format="WEBP",
        width=width,
        height=height,
        colour="rgb",
        bands=4 if alpha or flags & _ALPHA else 3,
        source_bit_depth=8,
        compression=compression,
        icc=chunks.get(b"ICCP"),
        exif=EXIF_HEAD + exif.removeprefix(EXIF_HEAD) if exif else None,
        xmp=chunks.get(b"XMP "),
    )


def _chunks(source: Source) -> dict[bytes, bytes]:
    source.seek(4)
    end = struct.unpack("<I", read_exactly(source, 4, what="the WebP header"))[0] + 8
    there = source.seek(0, io.SEEK_END)
    if there < end:
        raise ScanError("truncated", f"the WebP states {end} bytes, the file has {there}")
    source.seek(12)
    found: dict[bytes, bytes] = {}
    for _ in range(_MOST_CHUNKS):
        if source.tell() + 8 > end:
            break
        name, length = struct.unpack("<4sI", read_exactly(source, 8, what="the WebP"))
        held = read_exactly(source, length if name in _KEPT else min(length, 10), what=f"WebP chunk {name!r}")
        if held:
            found.setdefault(name, held)
        source.seek(length + length % 2 - len(held), 1)
    return found


def _picture(chunks: dict[bytes, bytes]) -> tuple[int, int, bool, str]:
    lossy, lossless = chunks.get(b"VP8 ", b""), chunks.get(b"VP8L", b"")
    if len(lossy) >= 10 and lossy[3:6] == b"\x9d\x01\x2a":
        width, height = struct.unpack("<HH", lossy[6:10])
        return width & 0x3FFF, height & 0x3FFF, False, "webp-lossy"
    if len(lossless) >= 5 and lossless[0] == 0x2F:
        bits = struct.unpack("<I", lossless[1:5])[0]
        return (bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1, bool(bits >> 28 & 1), "webp-lossless"
    raise ScanError("decode-error", "the WebP holds no picture")
