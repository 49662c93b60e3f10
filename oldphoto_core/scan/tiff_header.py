"""The header of a TIFF: which directories are photographs, and what one of them holds."""

import math
from typing import NamedTuple

from oldphoto_core.errors import ScanError
from oldphoto_core.scan.exif import block_from_tiff
from oldphoto_core.scan.facts import COLOUR_BANDS, ScanColour
from oldphoto_core.scan.header import Header, Resolution, Source, plausible_resolution
from oldphoto_core.scan.tiff_tags import Directory, TiffTags, open_tags, value_or_none

_COLOURS: dict[int, ScanColour] = {0: "grey", 1: "grey", 2: "rgb", 3: "rgb", 4: "grey", 5: "cmyk", 6: "rgb"}
_PALETTE = 3
_RAW = {32803, 34892}
_COMPRESSIONS = {
    1: "none",
    2: "ccitt-rle",
    3: "ccitt-g3",
    4: "ccitt-g4",
    5: "lzw",
    6: "old-jpeg",
    7: "jpeg",
    8: "deflate",
    32773: "packbits",
    32946: "deflate",
    33003: "jpeg2000",
    33005: "jpeg2000",
    34712: "jpeg2000",
    34925: "lzma",
    50000: "zstd",
    50001: "webp",
}
_ADVICE = "export it as a TIFF of 8 or 16 bits in grey, RGB or CMYK"


class _Page(NamedTuple):
    """One photograph among the directories of a file."""

    number: int
    directory: Directory


def read_tiff_header(source: Source, *, page: int, max_pages: int) -> Header:
    """Return the header of one photograph of a TIFF.

    Reduced copies and masks, by their subfile type, are not photographs and do not count as pages.

    Args:
        source: The open file.
        page: Which photograph, from 0.
        max_pages: How many directories are looked at; one more is counted so that the caller can refuse the file.

    Raises:
        ScanError: The file is truncated, absurd, or holds a kind of picture that is not read.
        IndexError: There is no such page.
    """
    tags = open_tags(source)
    pages = _photographs(tags, most=4 * max_pages + 1)
    if not pages:
        raise ScanError("decode-error", "the TIFF has no directory, so no picture")
    if not 0 <= page < len(pages):
        raise IndexError(f"the file has pages 0 to {len(pages) - 1}, asked for {page}")
    return _header(tags, pages[page], count=len(pages))


def _photographs(tags: TiffTags, *, most: int) -> list[_Page]:
    every = [_Page(number, directory) for number, directory in enumerate(tags.chain(most=most))]
    # A file of nothing but reduced copies still shows something; better that than no page at all.
    return [found for found in every if _is_photograph(tags, found.directory)] or every


def _is_photograph(tags: TiffTags, directory: Directory) -> bool:
    reduced_or_mask = tags.number(directory, 254, 0) & 0b101
    return not reduced_or_mask and tags.number(directory, 255, 1) != 2


def _header(tags: TiffTags, page: _Page, *, count: int) -> Header:
    directory = page.directory
    depth = _depth(tags, directory)
    colour, bands = _colour(tags, directory)
    return Header(
        format="TIFF",
        width=tags.number(directory, 256, 0),
        height=tags.number(directory, 257, 0),
        colour=colour,
        bands=bands,
        source_bit_depth=depth,
        compression=_COMPRESSIONS.get(tags.number(directory, 259, 1)),
        resolution=_resolution(tags, directory),
        orientation=tags.number(directory, 274, 1),
        pages=count,
        directory=page.number,
        icc=value_or_none(tags, directory, 34675),
        exif=block_from_tiff(tags, directory),
        xmp=value_or_none(tags, directory, 700),
        iptc=value_or_none(tags, directory, 33723),
    )


def _depth(tags: TiffTags, directory: Directory) -> int:
    kinds = tags.numbers(directory.entries[339]) if 339 in directory.entries else (1,)
    depths = tags.numbers(directory.entries[258]) if 258 in directory.entries else (1,)
    if 50706 in directory.entries:
        raise ScanError("unsupported-format", f"this is a camera RAW file (DNG); {_ADVICE}")
    if any(kind not in {1, 4} for kind in kinds):
        raise ScanError("unsupported-format", f"the samples are signed or floating-point numbers; {_ADVICE}")
    if len(set(depths)) != 1 or depths[0] not in {1, 2, 4, 8, 16}:
        raise ScanError("unsupported-format", f"the samples have {depths[:4]} bits; {_ADVICE}")
    return int(depths[0])


def _colour(tags: TiffTags, directory: Directory) -> tuple[ScanColour, int]:
    photometric = tags.number(directory, 262, 1)
    if photometric in _RAW:
        raise ScanError("unsupported-format", f"these are undeveloped camera data; {_ADVICE}")
    colour = _COLOURS.get(photometric)
    if colour is None:
        raise ScanError("unsupported-format", f"the colours are of a kind that is not read ({photometric}); {_ADVICE}")
    samples = tags.number(directory, 277, 1)
    stored = 1 if photometric == _PALETTE else COLOUR_BANDS[colour]
    if samples < stored:
        raise ScanError("unsupported-format", f"{colour} needs {stored} samples in a pixel, found {samples}; {_ADVICE}")
    return colour, samples - stored + COLOUR_BANDS[colour]


def _resolution(tags: TiffTags, directory: Directory) -> Resolution | None:
    unit = tags.number(directory, 296, 2)
    found = [tags.numbers(directory.entries[tag]) for tag in (282, 283) if tag in directory.entries]
    if unit not in {2, 3} or len(found) != 2 or not all(found):
        return None
    per_inch = 1.0 if unit == 2 else 2.54
    across, down = (values[0] * per_inch for values in found)
    return plausible_resolution(across, down) if math.isfinite(across * down) else None
