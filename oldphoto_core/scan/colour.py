"""From the pixels of a scan to a photograph in sRGB, and the space the pixels are in."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from oldphoto_core.image import LUMA, Photo
from oldphoto_core.scan.facts import COLOUR_BANDS, Scan, ScanColour
from oldphoto_core.scan.icc import Samples, Values, cmyk_profile, from_srgb, is_plain, knows_way_back, to_srgb
from oldphoto_core.scan.shift import shifted

_STRIP_PIXELS = 1 << 20
"""Pixels converted at a time: it bounds the memory of a conversion."""


@dataclass(frozen=True, slots=True)
class PixelSpace:
    """The colour space of stored pixels."""

    colour: ScanColour
    """Colour model."""

    icc: bytes | None
    """Profile to apply; None if the pixels already are sRGB, or grey with the tone curve of sRGB."""

    def decode(self, samples: Samples) -> Values:
        """Return stored samples as sRGB in [0, 1]; three equal columns for grey."""
        if self.icc is None:
            values = samples.astype(np.float32) / np.float32(np.iinfo(samples.dtype).max)
            return np.repeat(values, 3, axis=1) if self.colour == "grey" else values
        if self.colour == "grey":
            # One curve serves all pixels, and equal channels come out exactly equal.
            codes = np.arange(np.iinfo(samples.dtype).max + 1, dtype=samples.dtype)[:, None]
            curve = to_srgb(codes, "grey", self.icc)[:, 1]
            return np.repeat(curve[samples], 3, axis=1)
        return to_srgb(samples, self.colour, self.icc)

    def shift(self, values: Values, *, was: Values, wanted: Values) -> Values:
        """Return values of this space moved as sRGB moves from ``was`` to ``wanted``.

        Args:
            values: Values in [0, 1] of this space.
            was: Their colour in sRGB, in [0, 1].
            wanted: The colour they should have, in sRGB, in [0, 1].

        Returns:
            Values that may leave [0, 1] a little and are to be clipped.
        """
        if self.icc is not None and (self.colour == "cmyk" or not knows_way_back(self.icc, self.colour)):
            return shifted(values, wanted - was, self.colour, self.icc)
        return values + (self._encode(wanted) - self._encode(was))

    def _encode(self, values: Values) -> Values:
        if self.icc is not None:
            return from_srgb(values, self.colour, self.icc)
        return values @ LUMA[:, None] if self.colour == "grey" else values


def space_of(scan: Scan) -> PixelSpace:
    """Return the colour space of the pixels of a scan."""
    colour = scan.facts.colour
    icc = scan.icc if scan.icc is not None or colour != "cmyk" else cmyk_profile()
    return PixelSpace(colour, None if icc is not None and is_plain(icc, colour) else icc)


def to_photo(scan: Scan) -> Photo:
    """Return the scan as a photograph: float32 sRGB in [0, 1], upright.

    The profile is applied in floating point, relative colorimetric; colours beyond sRGB are clipped (``carry_change``
    does not lose them). Without a profile RGB is taken as sRGB, grey as having its tone curve, and CMYK as libvips'
    built-in. Grey gives three equal channels. Alpha and other extra bands are dropped, not blended.
    """
    space = space_of(scan)
    colours = COLOUR_BANDS[space.colour]
    height, width = scan.pixels.shape[:2]
    photo = np.empty((height, width, 3), np.float32)
    for rows in strips(height, width):
        samples = np.ascontiguousarray(scan.pixels[rows, :, :colours]).reshape(-1, colours)
        photo[rows] = space.decode(samples).reshape(-1, width, 3)
    return photo


def strips(height: int, width: int) -> Iterator[slice]:
    """Yield the rows of a picture in strips of about a million pixels, top to bottom.

    Examples:
        >>> list(strips(3, 1 << 19))
        [slice(0, 2, None), slice(2, 3, None)]
    """
    step = max(1, _STRIP_PIXELS // width)
    for top in range(0, height, step):
        yield slice(top, min(top + step, height))
