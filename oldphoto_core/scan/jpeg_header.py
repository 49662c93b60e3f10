"""The header of a JPEG: its frame and the segments with metadata (ITU-T T.81, JFIF 1.02, EXIF 2.32, XMP part 3)."""

import struct

from oldphoto_core.errors import ScanError
from oldphoto_core.scan.facts import ScanColour
from oldphoto_core.scan.header import Header, Resolution, Source, plausible_resolution, read_exactly
from oldphoto_core.scan.metadata import EXIF_HEAD, iptc_from_photoshop

XMP_HEAD = b"http://ns.adobe.com/xap/1.0/\0"
ICC_HEAD = b"ICC_PROFILE\0"
PHOTOSHOP_HEAD = b"Photoshop 3.0\0"

_FRAMES = {
    0xC0: "jpeg-baseline",
    0xC1: "jpeg-extended",
    0xC2: "jpeg-progressive",
    0xC3: "jpeg-lossless",
    0xC9: "jpeg-arithmetic",
    0xCA: "jpeg-arithmetic",
}
_OTHER_FRAMES = {0xC5, 0xC6, 0xC7, 0xCB, 0xCD, 0xCE, 0xCF}
_SCAN_BEGINS, _IMAGE_ENDS = 0xDA, 0xD9
_COLOURS: dict[int, ScanColour] = {1: "grey", 3: "rgb", 4: "cmyk"}

Segment = tuple[int, bytes]
"""Marker (its second byte) and what the segment holds."""


def read_jpeg_header(source: Source) -> Header:
    """Return the header of a JPEG.

    Raises:
        ScanError: The file is truncated, or its frame is of a kind that is not read.
    """
    segments = _segments(source)
    frame = next((found for found in segments if found[0] in _FRAMES), None)
    if frame is None:
        raise ScanError("unsupported-format", "the JPEG has no frame of a common kind; export it as a TIFF")
    precision, height, width, count = _frame(frame[1])
    colour = _COLOURS.get(count)
    if precision != 8 or colour is None:
        detail = f"the JPEG has {count} bands of {precision} bits, 1, 3 or 4 of 8 bits are read; export it as a TIFF"
        raise ScanError("unsupported-format", detail)
    exif = _first(segments, 0xE1, EXIF_HEAD)
    photoshop = _joined(segments, 0xED, PHOTOSHOP_HEAD)
    return Header(
        format="JPEG",
        width=width,
        height=height,
        colour=colour,
        bands=count,
        source_bit_depth=precision,
        compression=_FRAMES[frame[0]],
        resolution=_resolution(segments),
        icc=_icc(segments),
        exif=EXIF_HEAD + exif if exif else None,
        xmp=_first(segments, 0xE1, XMP_HEAD),
        iptc=iptc_from_photoshop(photoshop) if photoshop else None,
    )


def _segments(source: Source) -> list[Segment]:
    source.seek(2)
    found: list[Segment] = []
    while True:
        marker = _marker(source)
        if marker == _IMAGE_ENDS:
            raise ScanError("truncated", "the JPEG ends before its picture begins")
        if marker in _OTHER_FRAMES:
            raise ScanError("unsupported-format", "the JPEG is of a rare kind; export it as a TIFF")
        if marker == _SCAN_BEGINS:
            return found
        if marker == 0x01 or 0xD0 <= marker <= 0xD7:
            continue
        length = struct.unpack(">H", read_exactly(source, 2, what="a JPEG segment"))[0]
        found.append((marker, read_exactly(source, max(0, length - 2), what="a JPEG segment")))


def _marker(source: Source) -> int:
    # Bytes between segments, and 0xFF followed by 0, are skipped up to the next marker, as libjpeg does.
    previous = 0
    while True:
        byte = read_exactly(source, 1, what="the JPEG header")[0]
        if previous == 0xFF and byte not in {0x00, 0xFF}:
            return byte
        previous = byte


def _frame(held: bytes) -> tuple[int, int, int, int]:
    if len(held) < 6:
        raise ScanError("decode-error", f"the JPEG frame header has {len(held)} bytes, 6 are needed")
    return struct.unpack(">BHHB", held[:6])


def _all_after(segments: list[Segment], marker: int, head: bytes) -> list[bytes]:
    return [held[len(head) :] for found, held in segments if found == marker and held.startswith(head)]


def _first(segments: list[Segment], marker: int, head: bytes) -> bytes | None:
    return next(iter(_all_after(segments, marker, head)), None)


def _joined(segments: list[Segment], marker: int, head: bytes) -> bytes:
    # Photoshop spreads a long block over several segments.
    return b"".join(_all_after(segments, marker, head))


def _icc(segments: list[Segment]) -> bytes | None:
    # Each piece begins with its place among the pieces and their number.
    pieces = sorted(_all_after(segments, 0xE2, ICC_HEAD), key=lambda piece: piece[:1])
    return b"".join(piece[2:] for piece in pieces) or None


def _resolution(segments: list[Segment]) -> Resolution | None:
    jfif = _first(segments, 0xE0, b"JFIF\0") or b""
    if len(jfif) < 7 or jfif[2] not in {1, 2}:
        return None
    across, down = struct.unpack(">HH", jfif[3:7])
    per_inch = 1.0 if jfif[2] == 1 else 2.54
    return plausible_resolution(across * per_inch, down * per_inch)
