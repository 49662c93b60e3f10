"""Reading damage shapes from a folder: openly licensed stamps and traced film scans, into a bank for the synthesis.

The folder is laid out as ``FilmDamageSimulator`` gives it, one folder a group (``fds_stamps_hair`` and so on: RGBA
pictures whose alpha is the shape; ``fds_real_film_masks``: index pictures of traced artefacts). ``SOURCES.csv`` beside
it or above it names the terms of every file; a file that is not listed there as open or presumed public domain is left
alone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import cv2
import numpy as np

from oldphoto_core.synthesis.shapes import Shape, ShapeBank
from tasks.sources_table import FILE, SourcesTable, sources_above

_GROUP_OF_STAMPS: Mapping[str, str] = MappingProxyType(
    {
        "fds_stamps_spots": "dust",
        "fds_stamps_sprinkles": "dust",
        "fds_stamps_dirt": "dust",
        "fds_stamps_hair": "hairs",
        "fds_stamps_hair_short": "hairs",
        "fds_stamps_lint": "hairs",
        "fds_stamps_scratches": "scratches",
        "fds_stamps_stain": "stains",
        "fds_stamps_dots": "stains",
        "fds_stamps_smut": "holes",
    }
)
_TRACED_FOLDER = "fds_real_film_masks"
_CRACKS_FOLDER = "crack_shapes"
_GROUP_OF_INDEX: Mapping[int, str] = MappingProxyType({1: "dust", 2: "dust", 3: "scratches", 4: "hairs", 5: "hairs"})
_SLENDER = 0.04  # most area of a scratch or a hair, relative to the square of its frame's diagonal
_FADED = 24  # opacity, of 255, from which on a stamp counts as there


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapeLimits:
    """How much of a folder is kept in memory."""

    side_px: int = 192
    """Longest side of a shape; larger ones are made smaller."""

    traced_each: int = 300
    """Most traced shapes of an index in one scan; the largest ones are kept."""


def held_out_scratches(folder: Path) -> tuple[Shape, ...]:
    """Return shapes of scratches whose terms keep them out of training: what is measured with them is new to all.

    They are the outlines of cracks in ``crack_shapes`` that are listed, and not as open.

    Args:
        folder: Holds one folder a group.

    Raises:
        FileNotFoundError: No ``SOURCES.csv`` lies in the folder or above it.
        ValueError: A listed file is not a picture of a shape.
    """
    folder = folder.resolve()
    table = _terms(folder)
    paths = (path for path in sorted((folder / _CRACKS_FOLDER).glob("*.png")) if table.of(path) is not None)
    return tuple(_cut(_indices(path)) for path in paths if not _is_open(table, path))


def read_shape_bank(folder: Path, *, limits: ShapeLimits | None = None) -> ShapeBank:
    """Return the openly licensed shapes below a folder, in the order of their paths.

    Args:
        folder: Holds one folder a group.
        limits: How much is kept; None takes the defaults.

    Raises:
        FileNotFoundError: No ``SOURCES.csv`` lies in the folder or above it, so no terms are known.
        ValueError: A listed file is not a picture of shapes.
    """
    limits = limits or ShapeLimits()
    folder = folder.resolve()
    table = _terms(folder)
    groups: dict[str, list[Shape]] = {"dust": [], "hairs": [], "scratches": [], "stains": [], "holes": []}
    for name, group in _GROUP_OF_STAMPS.items():
        for path in sorted((folder / name).glob("*.png")):
            if _is_open(table, path):
                groups[group].append(_smaller(_cut(_alpha(path)), limits.side_px))
    for path in sorted((folder / _TRACED_FOLDER).glob("*.png")):
        if _is_open(table, path):
            for index, shape in _traced(_indices(path), most=limits.traced_each):
                groups[_GROUP_OF_INDEX[index]].append(_smaller(shape, limits.side_px))
    return ShapeBank(**{name: tuple(shapes) for name, shapes in groups.items()})


def _terms(folder: Path) -> SourcesTable:
    """Return the list of terms in a folder or above it."""
    table = sources_above(folder)
    if table is None:
        raise FileNotFoundError(f"no {FILE} in {folder} or above it; without it the terms of the shapes are not known")
    return table


def _is_open(table: SourcesTable, path: Path) -> bool:
    """Return whether a file is listed under terms that allow to learn from it."""
    listed = table.of(path)
    return listed is not None and listed.is_open


def _alpha(path: Path) -> Shape:
    """Return the alpha of an RGBA picture."""
    pixels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if pixels is None or pixels.ndim != 3 or pixels.shape[2] != 4 or pixels.dtype != np.uint8:
        raise ValueError(f"expected an 8-bit RGBA picture, found another file: {path}")
    return np.ascontiguousarray(pixels[..., 3])


def _indices(path: Path) -> Shape:
    """Return an index picture."""
    pixels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if pixels is None or pixels.ndim != 2 or pixels.dtype != np.uint8:
        raise ValueError(f"expected an 8-bit index picture, found another file: {path}")
    return np.asarray(pixels)


def _cut(shape: Shape) -> Shape:
    """Return a shape cut close to what can be seen of it."""
    rows, columns = np.flatnonzero((shape > _FADED).any(axis=1)), np.flatnonzero((shape > _FADED).any(axis=0))
    if rows.size == 0:
        return shape
    return np.ascontiguousarray(shape[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])


def _smaller(shape: Shape, side_px: int) -> Shape:
    """Return a shape whose longer side is no more than that."""
    scale = side_px / max(shape.shape)
    if scale >= 1.0:
        return shape
    size = (max(1, round(shape.shape[1] * scale)), max(1, round(shape.shape[0] * scale)))
    return np.asarray(cv2.resize(shape, size, interpolation=cv2.INTER_AREA))


def _traced(indices: Shape, *, most: int) -> Iterable[tuple[int, Shape]]:
    """Yield index and shape of the largest traced artefacts of each index."""
    for index in _GROUP_OF_INDEX:
        count, numbers, boxes, _ = cv2.connectedComponentsWithStats((indices == index).astype(np.uint8), connectivity=8)
        diagonals = boxes[:, cv2.CC_STAT_WIDTH] ** 2.0 + boxes[:, cv2.CC_STAT_HEIGHT] ** 2.0
        # Long things traced with a broad pen are no use once they are enlarged.
        slender = boxes[:, cv2.CC_STAT_AREA] <= _SLENDER * diagonals
        fit = [one for one in range(1, count) if slender[one] or _GROUP_OF_INDEX[index] == "dust"]
        largest = sorted(fit, key=lambda one: (-int(boxes[one, cv2.CC_STAT_AREA]), one))
        for one in largest[:most]:
            left, top, width, height = boxes[one, :4].tolist()
            inside = numbers[top : top + height, left : left + width] == one
            yield index, np.where(inside, np.uint8(255), np.uint8(0))
