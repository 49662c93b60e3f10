"""Reading one page of a scan: every sample, upright, with its metadata."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from oldphoto_core.errors import ScanError
from oldphoto_core.scan.facts import Pixels, Scan
from oldphoto_core.scan.header import Header
from oldphoto_core.scan.jp2 import decode_jp2
from oldphoto_core.scan.limits import ScanLimits
from oldphoto_core.scan.probe import facts_of, orientation_of, read_header, usable_exif, usable_icc
from oldphoto_core.scan.vips import decode


def read_scan(path: Path, *, page: int = 0, limits: ScanLimits = ScanLimits()) -> Scan:  # noqa: B008 - frozen
    """Return one page of a scan, fully decoded and upright.

    Args:
        path: A local file.
        page: Which photograph of the file, from 0.
        limits: The sizes within which a file is accepted; checked before decoding.

    Raises:
        ScanError: As ``probe``; also if the picture data are short or broken. Half a picture is never returned.
        IndexError: There is no such page.
        OSError: The file cannot be opened.
    """
    header = read_header(path, page=page, limits=limits)
    pixels = upright(_decode(path, header), orientation_of(header))
    return Scan(
        pixels=pixels,
        facts=replace(facts_of(header), bands=pixels.shape[2]),
        page=page,
        icc=usable_icc(header),
        exif=usable_exif(header),
        xmp=header.xmp,
        iptc=header.iptc,
    )


def upright(pixels: Pixels, orientation: int) -> Pixels:
    """Return the pixels turned as an EXIF orientation from 1 to 8 asks (EXIF 2.32, tag 274).

    Examples:
        >>> upright(np.arange(2, dtype=np.uint8).reshape(1, 2, 1), 6)[..., 0].tolist()
        [[0], [1]]
    """
    turned = np.swapaxes(pixels, 0, 1) if orientation >= 5 else pixels
    if orientation in {3, 4, 7, 8}:
        turned = turned[::-1]
    if orientation in {2, 3, 6, 7}:
        turned = turned[:, ::-1]
    return np.ascontiguousarray(turned)


def _decode(path: Path, header: Header) -> Pixels:
    pixels = decode_jp2(path, header) if header.format == "JPEG2000" else decode(path, header)
    if pixels.shape[2] == 1 and header.colour == "rgb":
        pixels = pixels.repeat(3, axis=2)  # a palette of greys
    expected = (header.height, header.width, header.bands), np.dtype(f"u{2 if header.source_bit_depth > 8 else 1}")
    if (pixels.shape, pixels.dtype) != expected:
        detail = f"the header promises {expected[1]} {expected[0]}, the data hold {pixels.dtype} {pixels.shape}"
        raise ScanError("decode-error", detail)
    return pixels
