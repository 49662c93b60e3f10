"""What the header of a file says, before it is judged: one record for all formats."""

import io
from dataclasses import dataclass

from oldphoto_core.errors import ScanError
from oldphoto_core.scan.facts import ScanColour, ScanFormat

METADATA_LIMIT_BYTES = 64 * 1024**2
"""Largest metadata block that is kept; real ones stay under a few megabytes."""

Source = io.BufferedIOBase
"""Bytes that are read: an open file, or a block in memory."""

Resolution = tuple[float, float]
"""Pixels per inch, across and down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The header of one page, as stored: not yet upright, its profile and EXIF not yet judged."""

    format: ScanFormat
    """Container."""

    width: int
    """Stored width, in pixels."""

    height: int
    """Stored height, in pixels."""

    colour: ScanColour
    """Colour model once decoded."""

    bands: int
    """Samples in a pixel once decoded."""

    source_bit_depth: int
    """Bits in a stored sample."""

    compression: str | None
    """Compression in words."""

    resolution: Resolution | None = None
    """Stated by the container itself, not by EXIF."""

    orientation: int | None = None
    """Stated by the container itself, not by EXIF."""

    pages: int = 1
    """Photographs in the file."""

    directory: int = 0
    """Place of this page among the directories of a TIFF; what its decoder counts."""

    icc: bytes | None = None
    """Embedded profile, unchecked."""

    exif: bytes | None = None
    """EXIF block from ``Exif`` and two zero bytes on, unchecked."""

    xmp: bytes | None = None
    """XMP packet."""

    iptc: bytes | None = None
    """IPTC-IIM records."""


def read_exactly(source: Source, count: int, *, what: str) -> bytes:
    """Return the next ``count`` bytes.

    Raises:
        ScanError: ``truncated`` if the file ends before, ``decode-error`` if the count is absurd.
    """
    if count > METADATA_LIMIT_BYTES:
        raise ScanError("decode-error", f"{what} claims {count} bytes, at most {METADATA_LIMIT_BYTES} make sense")
    found = source.read(count)
    if len(found) < count:
        raise ScanError("truncated", f"the file ends inside {what}: {len(found)} of {count} bytes are there")
    return found


def plausible_resolution(across: float, down: float) -> Resolution | None:
    """Return the resolution if both values, in pixels per inch, could be a scanner's; else None.

    Examples:
        >>> plausible_resolution(600.0, 600.0)
        (600.0, 600.0)
        >>> plausible_resolution(0.0, float("nan")) is None
        True
    """
    return (across, down) if 1.0 < across < 1e6 and 1.0 < down < 1e6 else None
