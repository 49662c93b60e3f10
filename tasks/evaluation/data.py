"""The clean pictures an evaluation starts from: read, named by digest, with their terms."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import numpy as np

from oldphoto_core.errors import OldPhotoError
from oldphoto_core.image import Photo
from oldphoto_core.scan.colour import to_photo
from oldphoto_core.scan.pictures import proxy
from oldphoto_core.scan.read import read_scan
from tasks.sources_table import FILE, OPEN_CLASSES, Listed, read_sources

CLEAN = Path("dev_test") / "clean"
SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff"})
_NOT_LISTED = Listed(licence="not stated", licence_class="unverified", split="", group="")


class NoPicturesError(OldPhotoError, LookupError):
    """The folder holds no pictures to evaluate on."""


@dataclass(frozen=True, slots=True)
class CleanPicture:
    """One clean picture on disk."""

    path: Path
    """Where it lies."""

    name: str
    """Its path below the data folder."""

    sha256: str
    """Digest of the file."""

    licence: str
    """Its terms, as ``SOURCES.csv`` states them; ``not stated`` if it is not listed."""

    licence_class: str
    """The class of these terms."""

    @property
    def may_be_shown(self) -> bool:
        """Whether it may stand on a page that others read."""
        return self.licence_class in OPEN_CLASSES

    def read(self, side_px: int) -> Photo:
        """Return the picture, its longer side no more than that.

        Raises:
            ScanError: It cannot be read.
        """
        return np.ascontiguousarray(proxy(to_photo(read_scan(self.path)), side_px))


def clean_pictures(data: Path, most: int | None = None, *, within: Path = CLEAN) -> list[CleanPicture]:
    """Return the clean pictures of a data folder, its sources in turn, so that the first few are of every kind.

    Args:
        data: Holds ``dev_test/clean``, one folder a source, and ``SOURCES.csv`` with the terms.
        most: So many of them only; None is all.
        within: Another folder to look into, below the data folder.

    Raises:
        NoPicturesError: There are none.
    """
    folder = data / within
    files = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in SUFFIXES]
    if not files:
        raise NoPicturesError(f"no pictures in {folder}; --data names the folder that holds {within.as_posix()}")
    sources: dict[Path, list[Path]] = {}
    for path in files:
        sources.setdefault(path.parent, []).append(path)
    in_turn = [path for row in zip_longest(*sources.values()) for path in row if path is not None]
    table = data / FILE
    rows = read_sources(table).rows if table.is_file() else {}
    return [_picture(path, data, rows) for path in in_turn[:most]]


def data_digest(pictures: Sequence[CleanPicture]) -> str:
    """Return one SHA-256 over the names and digests of the pictures."""
    lines = sorted(f"{one.name}\0{one.sha256}\n" for one in pictures)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _picture(path: Path, data: Path, rows: Mapping[str, Listed]) -> CleanPicture:
    name = path.relative_to(data).as_posix()
    listed = rows.get(name, _NOT_LISTED)
    return CleanPicture(path, name, hashlib.sha256(path.read_bytes()).hexdigest(), listed.licence, listed.licence_class)
