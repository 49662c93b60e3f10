"""What is learned from: the pictures of a folder whose terms allow it, packed into one shard.

With a ``SOURCES.csv`` in the folder or above it, only the files it lists count: those of the group ``clean``, of the
split ``train``, of the licence class ``open`` or ``presumed_pd``; and the damage shapes of ``damage_textures``. Without
one, every picture of the folder does. A training that learns from real old photographs as well takes those of the group
``real_old`` too; without a list, what lies in a folder of that name.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from oldphoto_core.errors import OldPhotoError, ScanError
from oldphoto_core.image import to_bytes8
from oldphoto_core.scan.colour import to_photo
from oldphoto_core.scan.limits import ScanLimits
from oldphoto_core.scan.read import read_scan
from oldphoto_core.training.pairs import SHAPE_GROUPS
from oldphoto_core.training.shard import LEAST_SIDE_PX, PICTURES, REAL_OLD, Piece, Shard, write_shard
from tasks.sources_table import OPEN_CLASSES, SourcesTable, SourcesTableError, sources_above
from tasks.training.damage_shapes import read_shape_bank

SHAPES_FOLDER, REAL_OLD_FOLDER = "damage_textures", "real_old"
REAL_OLD_SIDE_PX = 768
"""Longest side of a real old photograph in a shard: that of the others, so that grain and faces are as large."""

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".jp2"})
_COLUMNS = ("file", "split", "group", "licence_class")


class TrainingDataError(OldPhotoError, ValueError):
    """A folder holds nothing that may be learned from."""


@dataclass(frozen=True, slots=True)
class Packed:
    """A shard that was packed."""

    shard: Shard
    """The shard."""

    left_out: tuple[str, ...]
    """Pictures that cannot be read or are too small, with the reason."""


def pack(data: Path, shard: Path, *, most_bytes: int, told: Callable[[int], None], real_old: bool = False) -> Packed:
    """Pack the pictures of a folder, and its damage shapes, into a shard.

    Args:
        data: The folder.
        shard: The file to write.
        most_bytes: Most bytes of the file.
        told: Called with 1 after each picture.
        real_old: Whether real old photographs go in beside the others.

    Raises:
        TrainingDataError: The folder is not there, or holds nothing that may be learned from.
        ShardError: The pictures do not fit.
    """
    found = learnable(data)
    old = _real_old(data) if real_old else []
    paths = [path for path in found if path not in set(old)]
    pieces, left_out = _read(paths, data, PICTURES, told)
    if not pieces:
        raise TrainingDataError(f"none of the {len(paths)} pictures of {data} can be used: {'; '.join(left_out[:3])}")
    real, unfit = _read(old, data, REAL_OLD, told)
    whole = [*pieces, *real, *_shapes(data)]
    return Packed(write_shard(shard, whole, most_bytes=most_bytes), (*left_out, *unfit))


def learnable(data: Path, *, group: str = "clean") -> list[Path]:
    """Return the pictures of a folder that may be learned from, in the order of their paths.

    Args:
        data: The folder.
        group: Those of which group, ``clean`` or ``real_old``.

    Raises:
        TrainingDataError: The folder is not there, or there are none.
    """
    if not data.is_dir():
        raise TrainingDataError(
            f"expected a folder of pictures at {data}, found {'a file' if data.exists() else 'none'}"
        )
    data = data.resolve()
    try:
        table = sources_above(data, needed=_COLUMNS)
    except SourcesTableError as error:
        raise TrainingDataError(str(error)) from error
    if table is None:
        within = data / REAL_OLD_FOLDER if group == "real_old" else data
        found = [path for path in within.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file()]
        terms = "pictures" if group == "clean" else f"pictures below {REAL_OLD_FOLDER}"
    else:
        found = [path for path in _listed(table, group) if path.is_relative_to(data) and path.is_file()]
        terms = (
            f"pictures that {table.path} lists as group {group}, split train, class {' or '.join(sorted(OPEN_CLASSES))}"
        )
    if not found:
        raise TrainingDataError(f"expected {terms} in {data}, found none")
    return sorted(found)


def _real_old(data: Path) -> list[Path]:
    """Return the real old photographs of a folder; who cannot do without them says so when none are in the shard."""
    try:
        return learnable(data, group="real_old")
    except TrainingDataError:
        return []


def _listed(table: SourcesTable, group: str) -> Iterator[Path]:
    """Yield the files that a list allows to learn from."""
    for path, listed in table.files():
        if listed.group == group and listed.split == "train" and listed.is_open:
            yield path


def _read(paths: Sequence[Path], data: Path, group: str, told: Callable[[int], None]) -> tuple[list[Piece], list[str]]:
    """Return pictures as pieces of a group, and those that cannot be used with the reason."""
    pieces, left_out = [], []
    for path in paths:
        try:
            pieces.append(_picture(path, data, group))
        except ScanError as error:
            left_out.append(f"{path}: {error}")
        told(1)
    return pieces, left_out


def _picture(path: Path, data: Path, group: str) -> Piece:
    """Return a picture as a piece; one that is really old no larger than the others usually are.

    Raises:
        ScanError: It cannot be read, or is too small.
    """
    pixels = to_bytes8(to_photo(read_scan(path, limits=ScanLimits())))
    if min(pixels.shape[:2]) < LEAST_SIDE_PX:
        raise ScanError("too-small", f"{pixels.shape[1]}x{pixels.shape[0]}, expected {LEAST_SIDE_PX} px or more a side")
    scale = REAL_OLD_SIDE_PX / max(pixels.shape[:2])
    if group == REAL_OLD and scale < 1.0:
        size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))
    return Piece(path.relative_to(data.resolve()).as_posix(), group, pixels)


def _shapes(data: Path) -> Iterator[Piece]:
    """Yield the damage shapes of a folder, if it has any whose terms are listed."""
    folder = data / SHAPES_FOLDER
    if not folder.is_dir():
        return
    try:
        bank = read_shape_bank(folder)
    except FileNotFoundError:  # no list of terms: the procedural damage does
        return
    for group in SHAPE_GROUPS:
        for number, shape in enumerate(getattr(bank, group)):
            yield Piece(f"{group} {number}", group, shape)
