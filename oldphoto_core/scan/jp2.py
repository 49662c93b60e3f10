"""Pixels of a JPEG 2000, and a lossless JP2 around pixels (OpenJPEG through imagecodecs)."""

import struct
from fractions import Fraction
from pathlib import Path

import imagecodecs
import numpy as np

from oldphoto_core.errors import ScanError
from oldphoto_core.scan.facts import Pixels, Scan
from oldphoto_core.scan.header import Header, Resolution
from oldphoto_core.scan.insert import Carried
from oldphoto_core.scan.jp2_boxes import EXIF_UUID, IPTC_UUID, XMP_UUID, make_box
from oldphoto_core.scan.jp2_header import find_codestream
from oldphoto_core.scan.metadata import EXIF_HEAD

_SIGNATURE = make_box(b"jP  ", b"\r\n\x87\n") + make_box(b"ftyp", b"jp2 \0\0\0\0jp2 ")
_SRGB, _GREY = 16, 17


def decode_jp2(path: Path, header: Header) -> Pixels:
    """Return the samples of a JPEG 2000 as (H, W, C); depths between 8 and 16 bits are stretched to full 16 bits.

    Args:
        path: The file.
        header: Its header.

    Raises:
        ScanError: ``decode-error`` if the codestream is short or broken.
    """
    try:
        found = imagecodecs.jpeg2k_decode(_codestream(path))
    except (imagecodecs.Jpeg2kError, ValueError) as error:
        raise ScanError("decode-error", f"the JPEG 2000 codestream is short or broken: {error}") from error
    pixels = found[..., None] if found.ndim == 2 else found
    return _stretched(pixels, header.source_bit_depth)


def encode_jp2(scan: Scan, carried: Carried) -> bytes:
    """Return a lossless JP2 of the scan with its profile and what is carried along.

    Args:
        scan: A grey or RGB scan, with or without one alpha band.
        carried: EXIF, XMP, IPTC and resolution.
    """
    pixels = scan.pixels if scan.pixels.shape[2] > 1 else scan.pixels[..., 0]
    stream = bytes(imagecodecs.jpeg2k_encode(np.ascontiguousarray(pixels), level=0, codecformat="j2k", reversible=True))
    exif = carried.exif and carried.exif.removeprefix(EXIF_HEAD)
    blocks = ((XMP_UUID, carried.xmp), (EXIF_UUID, exif), (IPTC_UUID, carried.iptc))
    uuids = b"".join(make_box(b"uuid", uuid + held) for uuid, held in blocks if held)
    return _SIGNATURE + make_box(b"jp2h", _image_header(scan, carried.resolution)) + uuids + make_box(b"jp2c", stream)


def _codestream(path: Path) -> bytes:
    # Without its boxes, for imagecodecs converts the pixels to sRGB if it sees a profile.
    with path.open("rb") as source:
        at, size = find_codestream(source)
        source.seek(at)
        return source.read(size)


def _stretched(pixels: np.ndarray, depth: int) -> Pixels:
    if depth in {8, 16}:
        return pixels
    top = 255 if depth < 8 else 65535
    kind = np.uint8 if depth < 8 else np.uint16
    return np.rint(pixels * (top / (2**depth - 1))).astype(kind)


def _image_header(scan: Scan, resolution: Resolution | None) -> bytes:
    height, width, bands = scan.pixels.shape
    depth = scan.pixels.dtype.itemsize * 8
    held = make_box(b"ihdr", struct.pack(">IIHBBBB", height, width, bands, depth - 1, 7, 0, 0))
    if scan.icc is not None:
        held += make_box(b"colr", b"\x02\0\0" + scan.icc)
    else:
        held += make_box(b"colr", struct.pack(">BBBI", 1, 0, 0, _GREY if scan.facts.colour == "grey" else _SRGB))
    if scan.facts.has_alpha:
        # Colour bands belong to the whole picture in turn; the last band is opacity.
        rows = [(band, 0, band + 1) for band in range(bands - 1)] + [(bands - 1, 1, 0)]
        held += make_box(b"cdef", struct.pack(">H", bands) + b"".join(struct.pack(">3H", *row) for row in rows))
    return held + _resolution(resolution)


def _resolution(resolution: Resolution | None) -> bytes:
    if resolution is None:
        return b""
    parts = [_fraction(value / 0.0254) for value in reversed(resolution)]
    numbers = [number for part in parts for number in part[:2]]
    held = struct.pack(">4H2b", *numbers, *(part[2] for part in parts))
    return make_box(b"res ", make_box(b"resc", held))


def _fraction(per_metre: float) -> tuple[int, int, int]:
    """Return numerator, denominator and power of ten, each small enough for the box."""
    power = 0
    while per_metre >= 60_000:
        per_metre, power = per_metre / 10, power + 1
    nearest = Fraction(per_metre).limit_denominator(max(1, min(65_535, int(65_535 / max(per_metre, 1.0)))))
    return nearest.numerator, nearest.denominator, power
