"""What is learned from: the pictures of a folder whose terms allow it, packed into one shard.

With a ``SOURCES.csv`` in the folder or above it, only the files it lists count: those of the group ``clean``, of the
split ``train``, of the licence class ``open`` or ``presumed_pd``; and the damage shapes of ``damage_textures``. Without
one, every picture of the folder does.
"""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from oldphoto_core.errors import OldPhotoError, ScanError
from oldphoto_core.image import to_bytes8
from oldphoto_core.scan.colour import to_photo
from oldphoto_core.scan.limits import ScanLimits
from oldphoto_core.scan.read import read_scan
from oldphoto_core.training.pairs import SHAPE_GROUPS
from oldphoto_core.training.shard import LEAST_SIDE_PX, PICTURES, Piece, Shard, write_shard
from tasks.training.damage_shapes import OPEN_CLASSES, read_shape_bank

LIST = "SOURCES.csv"
SHAPES_FOLDER = "damage_textures"
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


def pack(data: Path, shard: Path, *, most_bytes: int, told: Callable[[int], None]) -> Packed:
    """Pack the pictures of a folder, and its damage shapes, into a shard.

    Args:
        data: The folder.
        shard: The file to write.
        most_bytes: Most bytes of the file.
        told: Called with 1 after each picture.

    Raises:
        TrainingDataError: The folder is not there, or holds nothing that may be learned from.
        ShardError: The pictures do not fit.
    """
    paths = learnable(data)
    pieces, left_out = [], []
    for path in paths:
        try:
            pieces.append(_picture(path, data))
        except ScanError as error:
            left_out.append(f"{path}: {error}")
        told(1)
    if not pieces:
        raise TrainingDataError(f"none of the {len(paths)} pictures of {data} can be used: {'; '.join(left_out[:3])}")
    return Packed(write_shard(shard, [*pieces, *_shapes(data)], most_bytes=most_bytes), tuple(left_out))


def learnable(data: Path) -> list[Path]:
    """Return the pictures of a folder that may be learned from, in the order of their paths.

    Raises:
        TrainingDataError: The folder is not there, or there are none.
    """
    if not data.is_dir():
        raise TrainingDataError(
            f"expected a folder of pictures at {data}, found {'a file' if data.exists() else 'none'}"
        )
    data = data.resolve()
    table = next((root / LIST for root in (data, *data.parents) if (root / LIST).is_file()), None)
    if table is None:
        found = [path for path in data.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file()]
        terms = "pictures"
    else:
        found = [path for path in _listed(table) if path.is_relative_to(data) and path.is_file()]
        terms = f"pictures that {table} lists as group clean, split train, class {' or '.join(sorted(OPEN_CLASSES))}"
    if not found:
        raise TrainingDataError(f"expected {terms} in {data}, found none")
    return sorted(found)


def _listed(table: Path) -> Iterator[Path]:
    """Yield the files that a list allows to learn from."""
    with table.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines)
        missing = [name for name in _COLUMNS if name not in (rows.fieldnames or ())]
        if missing:
            raise TrainingDataError(f"expected the columns {', '.join(_COLUMNS)} in {table}; {missing} are missing")
        for row in rows:
            if row["group"] == "clean" and row["split"] == "train" and row["licence_class"] in OPEN_CLASSES:
                yield table.parent / row["file"]


def _picture(path: Path, data: Path) -> Piece:
    """Return a picture as a piece.

    Raises:
        ScanError: It cannot be read, or is too small.
    """
    pixels = to_bytes8(to_photo(read_scan(path, limits=ScanLimits())))
    if min(pixels.shape[:2]) < LEAST_SIDE_PX:
        raise ScanError("too-small", f"{pixels.shape[1]}x{pixels.shape[0]}, expected {LEAST_SIDE_PX} px or more a side")
    return Piece(path.relative_to(data.resolve()).as_posix(), PICTURES, pixels)


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
