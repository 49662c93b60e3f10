"""Filling narrow holes with the smoothest surface that meets their rim in value and slope.

The surface solves the biharmonic equation in the hole (Chui and Mhaskar, "MRA contextual-recovery extension of smooth
functions on manifolds", 2010), as ``skimage.restoration.inpaint_biharmonic`` does; here only the unknown pixels are
held, so a scratch across a huge scan costs no more than its own pixels.
"""

import cv2
import numpy as np
from jaxtyping import Float64, Int64
from scipy.sparse import coo_array, csc_array
from scipy.sparse.linalg import splu

from oldphoto_core.image import Grey, Mask

BATCH_PX = 30_000
"""Holes are solved together until they hold about this many pixels."""

STENCIL: tuple[tuple[int, int, float], ...] = (
    (0, 0, 20.0),
    *((dy, dx, -8.0) for dy, dx in ((-1, 0), (1, 0), (0, -1), (0, 1))),
    *((dy, dx, 2.0) for dy in (-1, 1) for dx in (-1, 1)),
    *((dy, dx, 1.0) for dy, dx in ((-2, 0), (2, 0), (0, -2), (0, 2))),
)
"""The discrete Laplacian applied twice: row, column, weight."""

Index = Int64[np.ndarray, "_"]


def biharmonic_fill(planes: tuple[Grey, ...], hole: Mask) -> tuple[Grey, ...]:
    """Return the planes with the hole filled; other pixels are the same.

    Args:
        planes: Planes of one size.
        hole: Pixels whose values are not known; some pixel must be known.

    Raises:
        ValueError: Nothing is known.
    """
    if bool(hole.all()):
        raise ValueError("a hole needs a rim to be filled from, found a mask over the whole picture")
    filled = tuple(plane.copy() for plane in planes)
    rows, columns = np.nonzero(hole)
    # The stencil reaches two pixels, so holes that a single pixel parts are one system.
    joined = cv2.dilate(hole.astype(np.uint8), np.ones((3, 3), np.uint8))
    labels = cv2.connectedComponents(joined, connectivity=8)[1][rows, columns]
    order = np.argsort(labels, kind="stable")
    rows, columns = rows[order], columns[order]
    for start, end in _batches(labels[order].astype(np.int64)):
        _fill_batch(filled, hole, rows[start:end], columns[start:end])
    return filled


def _batches(sorted_labels: Index) -> list[tuple[int, int]]:
    """Return ranges of pixels that hold whole holes and about ``BATCH_PX`` pixels."""
    ends = np.append(np.flatnonzero(np.diff(sorted_labels)) + 1, sorted_labels.size)
    ranges, start = [], 0
    for end in ends.tolist():
        if end - start >= BATCH_PX or end == sorted_labels.size:
            ranges.append((start, end))
            start = end
    return [pair for pair in ranges if pair[1] > pair[0]]


def _fill_batch(planes: tuple[Grey, ...], hole: Mask, rows: Index, columns: Index) -> None:
    """Solve for the given pixels and write them into the planes."""
    height, width = hole.shape
    flat = rows * width + columns
    place = np.argsort(flat)
    in_order = flat[place]
    entries: list[tuple[Index, Index, float]] = []
    known = np.zeros((flat.size, len(planes)))
    for dy, dx, weight in STENCIL:
        y, x = _mirrored(rows + dy, height), _mirrored(columns + dx, width)
        unknown = hole[y, x]
        own = np.flatnonzero(unknown)
        entries.append((own, place[np.searchsorted(in_order, (y * width + x)[own])], weight))
        rim = np.flatnonzero(~unknown)
        for index, plane in enumerate(planes):
            known[rim, index] -= weight * plane[y[rim], x[rim]]
    values = splu(_matrix(entries, flat.size)).solve(known)
    for index, plane in enumerate(planes):
        plane[rows, columns] = values[:, index].astype(np.float32)


def _matrix(entries: list[tuple[Index, Index, float]], size: int) -> csc_array:
    """Return the sparse square matrix of (row, column, weight) lists; equal places add up."""
    weights: Float64[np.ndarray, " M"] = np.concatenate([np.full(own.size, weight) for own, _, weight in entries])
    own = np.concatenate([entry[0] for entry in entries])
    other = np.concatenate([entry[1] for entry in entries])
    return csc_array(coo_array((weights, (own, other)), shape=(size, size)))


def _mirrored(index: Index, length: int) -> Index:
    """Return indices folded back into the picture at its ends."""
    folded = np.where(index < 0, -1 - index, index)
    folded = np.where(folded >= length, 2 * length - 1 - folded, folded)
    return np.clip(folded, 0, length - 1)
