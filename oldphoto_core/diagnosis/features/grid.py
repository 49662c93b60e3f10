"""Traces of JPEG: steps on a grid of eight pixels, and cosine coefficients that stand on a quantisation table.

The luma table is that of the standard's annex K.1 (ITU-T T.81) scaled by the rule of libjpeg; files of other encoders
show on the grid all the same.
"""

from functools import lru_cache

import numpy as np
from jaxtyping import Float32
from scipy import fft

from oldphoto_core.image import Grey

SIDE = 8
QUALITIES = (8, 12, 17, 22, 28, 36, 45, 55, 65, 74, 82, 88)
LARGEST_STEP = 0.06
"""Steps between neighbours are cut at this, in [0, 1]: edges of the scene fall anywhere."""

ZERO = (1.0 / 255.0, 3.0 / 255.0)
"""Coefficients below these count as nothing, in units of orthonormal cosines of a picture in [0, 1]."""

LEAST_STEP = 3
"""Smallest step of the table that is looked for, in 8-bit units: finer ones drown in the rounding of pixels."""

MOST_BLOCKS = 4096

_TABLE = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)

Blocks = Float32[np.ndarray, "_ 8 8"]


def grid_numbers(grey: Grey) -> dict[str, float]:
    """Return what speaks for JPEG blocks.

    Args:
        grey: Luma in [0, 1] at the size of the file, 32 pixels a side or more.

    Returns:
        ``grid_x``, ``grid_y``: mean step across each of the eight columns (rows) over the usual step, the strongest
        column first. ``zeros``: by how much more coefficients are nothing on that grid than half a block off it.
        ``table``: mean cosine of the coefficients' phase against the table of a quality; 1 if all stand on it.
    """
    across, down = _profile(grey), _profile(grey.T)
    column, row = int(np.argmax(across)), int(np.argmax(down))
    numbers = {f"grid_x_{k}": float(value) for k, value in enumerate(np.roll(across, -column))}
    numbers |= {f"grid_y_{k}": float(value) for k, value in enumerate(np.roll(down, -row))}
    # The step lies between a block's last pixel and the next one's first.
    top, left = (row + 1) % SIDE, (column + 1) % SIDE
    on, off = _cosines(grey, top, left), _cosines(grey, (top + 4) % SIDE, (left + 4) % SIDE)
    return numbers | _zeros(on, off) | _tables(on)


def _profile(grey: Grey) -> Float32[np.ndarray, "8"]:
    """Return the mean capped step at each offset of the grid over the mean of all, log2."""
    step = np.minimum(np.abs(np.diff(grey, axis=1)), np.float32(LARGEST_STEP)).mean(axis=0)
    means = np.array([step[start::SIDE].mean() for start in range(SIDE)], dtype=np.float32)
    return np.log2((means + np.float32(5e-4)) / np.float32(means.mean() + 5e-4))


def _cosines(grey: Grey, top: int, left: int) -> Blocks:
    """Return the cosine coefficients of the blocks of a grid, evenly chosen if there are very many."""
    rows, columns = (grey.shape[0] - top) // SIDE, (grey.shape[1] - left) // SIDE
    cut = grey[top : top + rows * SIDE, left : left + columns * SIDE]
    blocks = cut.reshape(rows, SIDE, columns, SIDE).swapaxes(1, 2).reshape(-1, SIDE, SIDE)
    blocks = blocks[:: max(1, -(-len(blocks) // MOST_BLOCKS))]
    return fft.dctn(blocks, axes=(1, 2), norm="ortho").astype(np.float32)


def _zeros(on: Blocks, off: Blocks) -> dict[str, float]:
    order = _order()
    numbers = {}
    for name, low, high in (("low", 1, 4), ("middle", 4, 8), ("high", 8, 15)):
        ring = (order >= low) & (order < high)
        for k, limit in enumerate(ZERO):
            here, there = (float((np.abs(one[:, ring]) < limit).mean()) for one in (on, off))
            numbers[f"zeros_{name}_{k}"] = here
            numbers[f"zeros_{name}_{k}_more"] = here - there
    return numbers


def _tables(on: Blocks) -> dict[str, float]:
    """Return for each quality how well coefficients that are not nothing stand on multiples of its steps."""
    numbers = {}
    for quality in QUALITIES:
        steps = _steps(quality)
        judged = (steps >= LEAST_STEP) & (_order() > 0) & (_order() < 7)
        ratio = on[:, judged] * np.float32(255.0) / steps[judged]
        clear = np.abs(ratio) > 0.5
        numbers[f"table_{quality}"] = float(np.cos(2.0 * np.pi * ratio[clear]).sum() / (clear.sum() + 50.0))
    return numbers


@lru_cache(maxsize=1)
def _order() -> Float32[np.ndarray, "8 8"]:
    """Return row plus column of each coefficient."""
    return np.add.outer(np.arange(SIDE), np.arange(SIDE)).astype(np.float32)


@lru_cache(maxsize=len(QUALITIES))
def _steps(quality: int) -> Float32[np.ndarray, "8 8"]:
    """Return the steps of libjpeg's luma table at a quality, in 8-bit units."""
    scale = 5000 // quality if quality < 50 else 200 - 2 * quality
    return np.clip((np.array(_TABLE) * scale + 50) // 100, 1, 255).astype(np.float32)
