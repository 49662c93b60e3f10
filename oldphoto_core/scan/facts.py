"""What is known of a scan: its technical facts, and the scan itself."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import UInt8, UInt16

ScanFormat = Literal["TIFF", "JPEG", "PNG", "JPEG2000", "WEBP"]
ScanColour = Literal["grey", "rgb", "cmyk"]

Pixels = UInt8[np.ndarray, "_H _W _C"] | UInt16[np.ndarray, "_H _W _C"]
"""Samples as the file holds them: the colour bands first, alpha and other extra bands behind them."""

COLOUR_BANDS: dict[ScanColour, int] = {"grey": 1, "rgb": 3, "cmyk": 4}
"""Number of bands that make the colour; any band beyond them is alpha or another extra."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanFacts:
    """Technical facts of one page of a scan, read from its header."""

    format: ScanFormat
    """Container, decided by the bytes and never by the name."""

    width: int
    """Width of the upright picture, in pixels."""

    height: int
    """Height of the upright picture, in pixels."""

    bands: int
    """Samples in a pixel, extra bands such as alpha included."""

    bit_depth: Literal[8, 16]
    """Bits in a sample as read."""

    source_bit_depth: int
    """Bits in a sample as stored: 1, 2 and 4 are read as 8; a JPEG 2000 of 9 to 15 bits is read as 16."""

    colour: ScanColour
    """Colour model; a palette is read as rgb."""

    has_alpha: bool
    """Whether there are bands beyond the colour."""

    icc_name: str | None
    """Description in the ICC profile; None if there is no profile that fits."""

    dpi: float | None
    """Pixels per inch across the upright picture; None if the file does not say."""

    dpi_vertical: float | None
    """Pixels per inch down the upright picture; differs from ``dpi`` in fax scans."""

    pages: int
    """Photographs in the file; reduced copies and masks do not count."""

    orientation: int
    """EXIF orientation found, 1 to 8; the pixels as read are already upright."""

    has_exif: bool
    """Whether there is a readable EXIF block."""

    has_xmp: bool
    """Whether there is an XMP packet."""

    compression: str | None
    """Compression in words, such as ``deflate``; None if it has no known name."""

    notes: tuple[str, ...] = ()
    """What was left aside, a sentence each: a profile that does not fit, a corrupt EXIF block."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """One page of a scan, upright, with what travels along."""

    pixels: Pixels
    """Samples (H, W, C), uint8 or uint16, upright, in the colour space of the file."""

    facts: ScanFacts
    """Technical facts of this page."""

    page: int
    """Which photograph of the file this is, from 0."""

    icc: bytes | None
    """ICC profile that fits the pixels; None means sRGB, its tone curve for grey, or plain CMYK."""

    exif: bytes | None
    """EXIF block as found, from ``Exif`` and two zero bytes on; of a TIFF, rebuilt from its tags."""

    xmp: bytes | None
    """XMP packet as found."""

    iptc: bytes | None = None
    """IPTC-IIM records as found."""
