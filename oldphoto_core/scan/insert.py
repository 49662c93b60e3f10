"""Metadata put into finished JPEG, PNG and WebP bytes, exactly as it was found; encoders would rewrite it."""

import struct
import zlib
from dataclasses import dataclass

from oldphoto_core.scan.header import Resolution
from oldphoto_core.scan.jpeg_header import PHOTOSHOP_HEAD, XMP_HEAD
from oldphoto_core.scan.metadata import EXIF_HEAD, photoshop_from_iptc
from oldphoto_core.scan.png_header import XMP_KEYWORD

_SEGMENT_LIMIT_BYTES = 65_533
JPEG_XMP_BYTES = _SEGMENT_LIMIT_BYTES - len(XMP_HEAD)
"""Longest XMP packet that a JPEG holds in one piece."""

_PNG_HEADER_END = 8 + 25
_WEBP_FLAGS = {b"EXIF": 0x08, b"XMP ": 0x04}
_APP0, _APP1, _APP13 = 0xE0, 0xE1, 0xED


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What goes into a written file beside its pixels."""

    exif: bytes | None = None
    """EXIF block, from ``Exif`` and two zero bytes on."""

    xmp: bytes | None = None
    """XMP packet."""

    iptc: bytes | None = None
    """IPTC-IIM records."""

    resolution: Resolution | None = None
    """Pixels per inch, across and down; None writes no claim at all."""


def into_jpeg(encoded: bytes, carried: Carried) -> bytes:
    """Return the JPEG with the blocks in segments of their own behind its JFIF segment, which states the resolution.

    A block too large for one segment (65 533 bytes) is left out; JPEG has no common form for it but XMP's, which few
    programs read. JFIF holds whole pixels per inch.
    """
    blocks = (
        (_APP1, carried.exif),
        (_APP1, carried.xmp and XMP_HEAD + carried.xmp),
        (_APP13, carried.iptc and PHOTOSHOP_HEAD + photoshop_from_iptc(carried.iptc)),
    )
    added = b"".join(
        struct.pack(">BBH", 0xFF, marker, len(held) + 2) + held
        for marker, held in blocks
        if held and len(held) <= _SEGMENT_LIMIT_BYTES
    )
    rest = encoded[2:]
    if rest[1] == _APP0:
        rest = rest[2 + struct.unpack(">H", rest[2:4])[0] :]
    return encoded[:2] + _jfif(carried.resolution) + added + rest


def into_png(encoded: bytes, carried: Carried, *, icc: bytes | None) -> bytes:
    """Return the PNG with profile, resolution, EXIF and XMP in chunks of their own behind its header chunk.

    The profile goes in here because libpng refuses profiles with small faults that Little CMS uses without complaint.
    """
    profile = icc and b"ICC profile\0\0" + zlib.compress(icc)
    text = carried.xmp and XMP_KEYWORD + bytes(4) + carried.xmp
    exif = carried.exif and carried.exif.removeprefix(EXIF_HEAD)
    blocks = ((b"iCCP", profile), (b"pHYs", _physical(carried.resolution)), (b"eXIf", exif), (b"iTXt", text))
    added = b"".join(_chunk(name, held) for name, held in blocks if held)
    return encoded[:_PNG_HEADER_END] + added + _without_resolution(encoded[_PNG_HEADER_END:])


def into_webp(encoded: bytes, carried: Carried, *, size: tuple[int, int]) -> bytes:
    """Return the WebP with EXIF and XMP in chunks of their own behind the picture.

    Args:
        encoded: The WebP.
        carried: Of this EXIF and XMP; WebP has no place for the others.
        size: Width and height of the picture, in pixels.
    """
    exif = carried.exif and carried.exif.removeprefix(EXIF_HEAD)
    blocks = [(name, held) for name, held in ((b"EXIF", exif), (b"XMP ", carried.xmp)) if held]
    if not blocks:
        return encoded
    rest = encoded[12:]
    alpha = rest[:4] == b"VP8L" and rest[12] & 0x10
    flags = 0x10 if alpha else 0
    if rest[:4] == b"VP8X":
        flags, rest = rest[8], rest[18:]
    for name, _ in blocks:
        flags |= _WEBP_FLAGS[name]
    extended = struct.pack("<I", flags) + b"".join((side - 1).to_bytes(3, "little") for side in size)
    chunks = _riff(b"VP8X", extended) + rest + b"".join(_riff(name, held) for name, held in blocks)
    return b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WEBP" + chunks


def _riff(name: bytes, held: bytes) -> bytes:
    return name + struct.pack("<I", len(held)) + held + bytes(len(held) % 2)


def _jfif(resolution: Resolution | None) -> bytes:
    unit, across, down = (1, *map(round, resolution)) if resolution else (0, 1, 1)
    limited = (min(65_535, across), min(65_535, down))
    return struct.pack(">BBH5sHBHHBB", 0xFF, _APP0, 16, b"JFIF\0", 0x0102, unit, *limited, 0, 0)


def _physical(resolution: Resolution | None) -> bytes | None:
    return struct.pack(">IIB", *(round(value / 0.0254) for value in resolution), 1) if resolution else None


def _without_resolution(chunks: bytes) -> bytes:
    # Only chunks before the pixels can be it.
    at = 0
    while chunks[at + 4 : at + 8] not in {b"IDAT", b""}:
        size = 12 + struct.unpack_from(">I", chunks, at)[0]
        if chunks[at + 4 : at + 8] == b"pHYs":
            return chunks[:at] + chunks[at + size :]
        at += size
    return chunks


def _chunk(name: bytes, held: bytes) -> bytes:
    return struct.pack(">I", len(held)) + name + held + struct.pack(">I", zlib.crc32(name + held))
