"""Files that are not usable scans, one for each way to be bad, some under awkward names."""

import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from oldphoto_core.errors import ScanProblem

BOMB_SIDE_PX = 60_000
"""Width and height that the decompression bomb claims."""

_WIDTH_AND_LENGTH = (256, 257)  # TIFF tags
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # the earliest date a zip can hold: no clock in the bytes


@dataclass(frozen=True, slots=True)
class BadFile:
    """A file that cannot be used, and why."""

    path: Path
    """Where it was written."""

    reason: ScanProblem
    """What reading it must find."""


def write_bad_set(dest: Path) -> list[BadFile]:
    """Write one file for each way to be bad into a folder, which is made if missing.

    Args:
        dest: The folder.

    Returns:
        The files in a fixed order, each with the reason that reading it must give.
    """
    dest.mkdir(parents=True, exist_ok=True)
    written = []
    for name, reason, make in _BAD_FILES:
        (dest / name).write_bytes(make())
        written.append(BadFile(dest / name, reason))
    return written


def truncated(whole: bytes, *, kept_share: float = 0.4) -> bytes:
    """Return the first part of a file, as a broken transfer leaves it.

    Examples:
        >>> truncated(b"0123456789")
        b'0123'
    """
    return whole[: int(len(whole) * kept_share)]


def encoded(form: str, *, side_px: int = 128) -> bytes:
    """Return a small noisy picture as a file of a format that Pillow knows."""
    pixels = np.random.default_rng(0).integers(0, 256, (side_px, side_px, 3), dtype=np.uint8)
    whole = BytesIO()
    Image.fromarray(pixels).save(whole, format=form)
    return whole.getvalue()


def png_bomb() -> bytes:
    """Return a valid PNG header that claims 3.6 thousand million pixels, and rows that compress to little."""
    header = struct.pack(">IIBBBBB", BOMB_SIDE_PX, BOMB_SIDE_PX, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((BOMB_SIDE_PX // 8 + 1) * 1_000), 9)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, body: bytes) -> bytes:
    """Return one PNG chunk with its length and check sum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def looping_tiff() -> bytes:
    """Return a TIFF whose only directory names itself as the next one and says nowhere where its picture lies."""
    entries = b"".join(struct.pack("<HHII", tag, 3, 1, 64) for tag in _WIDTH_AND_LENGTH)
    directory = struct.pack("<H", len(_WIDTH_AND_LENGTH)) + entries + struct.pack("<I", 8)
    return struct.pack("<2sHI", b"II", 42, 8) + directory


def _zip() -> bytes:
    """Return a zip archive with one text file and no clock in it."""
    whole = BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr(zipfile.ZipInfo("letter.txt", _FIRST_DAY), "Dear aunt,")
    return whole.getvalue()


_BAD_FILES: tuple[tuple[str, ScanProblem, Callable[[], bytes]], ...] = (
    ("empty.tif", "empty", bytes),
    ("Großmutter 1931 (copy).tif", "truncated", lambda: truncated(encoded("TIFF"))),
    ("half.jpg", "truncated", lambda: truncated(encoded("JPEG"))),
    ("half.png", "truncated", lambda: truncated(encoded("PNG"))),
    ("notes..of..the..box.tif", "not-an-image", lambda: b"Box 12: eleven prints, one torn.\n" * 20),
    ("saved page.jpg", "not-an-image", lambda: b"<!doctype html><html><title>404</title></html>\n"),
    ("album.png", "not-an-image", _zip),
    ("bomb.png", "too-many-pixels", png_bomb),
    ("dot.png", "too-small", lambda: encoded("PNG", side_px=1)),
    ("円環.tif", "decode-error", looping_tiff),
)
"""Name, reason, and what makes the bytes."""
