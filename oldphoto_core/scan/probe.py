"""The facts of a scan from its header alone: nothing is decoded, and what must not be decoded is refused here."""

import stat
from pathlib import Path
from typing import Literal

from oldphoto_core.errors import ScanError
from oldphoto_core.scan.exif import exif_orientation, exif_resolution, readable_exif
from oldphoto_core.scan.facts import COLOUR_BANDS, ScanFacts
from oldphoto_core.scan.header import Header, Source
from oldphoto_core.scan.icc import profile_name, why_profile_does_not_fit
from oldphoto_core.scan.jp2_header import read_jp2_header
from oldphoto_core.scan.jpeg_header import read_jpeg_header
from oldphoto_core.scan.limits import ScanLimits
from oldphoto_core.scan.png_header import read_png_header
from oldphoto_core.scan.sniff import HEAD_BYTES, sniff
from oldphoto_core.scan.tiff_header import read_tiff_header
from oldphoto_core.scan.webp_header import read_webp_header

_READERS = {
    "JPEG": read_jpeg_header,
    "PNG": read_png_header,
    "WEBP": read_webp_header,
    "JPEG2000": read_jp2_header,
}


def probe(path: Path, *, page: int = 0, limits: ScanLimits = ScanLimits()) -> ScanFacts:  # noqa: B008 - frozen
    """Return the technical facts of a scan, read from its header.

    Args:
        path: A local file.
        page: Which photograph of the file, from 0.
        limits: The sizes within which a file is accepted.

    Returns:
        The facts of that page; ``pages`` counts the photographs of the whole file.

    Raises:
        ScanError: The file is empty, too large, no image, of a kind that is not read, or its header is cut short.
        IndexError: There is no such page.
        OSError: The file cannot be opened.
    """
    return facts_of(read_header(path, page=page, limits=limits))


def read_header(path: Path, *, page: int, limits: ScanLimits) -> Header:
    """Return the header of one page, already held against the limits; errors as ``probe``."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise ScanError("not-an-image", "this is a folder, a pipe or a device, not a file")
    limits.check_bytes(status.st_size)
    with path.open("rb") as source:
        header = _header(source, page=page, limits=limits)
    limits.check_size(width=header.width, height=header.height, pages=header.pages)
    if page >= header.pages:
        raise IndexError(f"the file has {header.pages} page, asked for page {page} (counted from 0)")
    return header


def facts_of(header: Header) -> ScanFacts:
    """Return what a header means once the picture is upright and its profile and EXIF block are judged."""
    exif = usable_exif(header)
    orientation = orientation_of(header)
    turned = orientation >= 5
    across, down = header.resolution or (exif and exif_resolution(exif)) or (None, None)
    icc = usable_icc(header)
    return ScanFacts(
        format=header.format,
        width=header.height if turned else header.width,
        height=header.width if turned else header.height,
        bands=header.bands,
        bit_depth=_depth_read(header),
        source_bit_depth=header.source_bit_depth,
        colour=header.colour,
        has_alpha=header.bands > COLOUR_BANDS[header.colour],
        icc_name=profile_name(icc) if icc else None,
        dpi=down if turned else across,
        dpi_vertical=across if turned else down,
        pages=header.pages,
        orientation=orientation,
        has_exif=exif is not None,
        has_xmp=bool(header.xmp),
        compression=header.compression,
        notes=_notes(header),
    )


def usable_icc(header: Header) -> bytes | None:
    """Return the profile if it fits the pixels, else None."""
    fits = header.icc is not None and why_profile_does_not_fit(header.icc, header.colour) is None
    return header.icc if fits else None


def usable_exif(header: Header) -> bytes | None:
    """Return the EXIF block if it can be read at all, else None."""
    return header.exif if header.exif is not None and readable_exif(header.exif) else None


def orientation_of(header: Header) -> int:
    """Return the orientation, 1 to 8: the container's own, or else that of EXIF; 1 if it is no valid number."""
    exif = usable_exif(header)
    found = header.orientation if header.orientation is not None else exif_orientation(exif) if exif else 1
    return found if 1 <= found <= 8 else 1


def _depth_read(header: Header) -> Literal[8, 16]:
    return 16 if header.source_bit_depth > 8 else 8


def _notes(header: Header) -> tuple[str, ...]:
    notes = []
    if header.icc is not None and (reason := why_profile_does_not_fit(header.icc, header.colour)):
        notes.append(f"the ICC profile was left aside: {reason}")
    if header.exif is not None and usable_exif(header) is None:
        notes.append("the EXIF block is corrupt and was dropped")
    return tuple(notes)


def _header(source: Source, *, page: int, limits: ScanLimits) -> Header:
    found = sniff(source.read(HEAD_BYTES))
    if found == "TIFF":
        return read_tiff_header(source, page=page, max_pages=limits.max_pages)
    return _READERS[found](source)
