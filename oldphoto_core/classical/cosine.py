"""Shrinkage in overlapping cosine blocks: a float denoiser of one plane that leaves no block edges.

The 8x8 block at every second pixel is transformed (DCT-II, orthonormal), small coefficients are dropped, and blocks
are averaged, each weighted by how few coefficients it needed (Guleryuz, "Weighted overcomplete denoising", 2003). A
second round weighs each coefficient by the first estimate, as an empirical Wiener filter (Yu and Sapiro, "DCT image
denoising", 2011).
"""

import numpy as np
from jaxtyping import Float32
from scipy.fft import dct

from oldphoto_core.image import Grey

BLOCK_PX = 8
STEP_PX = 2
HARD_THRESHOLD = 2.7
"""Coefficients under this many standard deviations of the noise are dropped in the first round."""

REACH_PX = 16
"""A pixel of the result depends on no pixel farther away than this, along each axis."""

Sigmas = Float32[np.ndarray, " 64"]
"""Standard deviation of the noise in each coefficient of a block, row by row; [0] is never used."""

Blocks = Float32[np.ndarray, "N 64"]

Padded = Float32[np.ndarray, "PH PW"]

_ONE_AXIS = dct(np.eye(BLOCK_PX), axis=0, norm="ortho")
TRANSFORM: Float32[np.ndarray, "64 64"] = np.kron(_ONE_AXIS, _ONE_AXIS).astype(np.float32)
"""Rows are the cosine patterns; ``blocks @ TRANSFORM.T`` are the coefficients."""


def shrink(plane: Grey, sigmas: Sigmas) -> Grey:
    """Return the plane with noise of the given strengths taken out; both rounds.

    Args:
        plane: Values of any range.
        sigmas: How strong the noise is in each coefficient.

    Examples:
        >>> flat = np.full((16, 16), 0.5, dtype=np.float32)
        >>> bool(np.allclose(shrink(flat, np.full(64, 0.1, dtype=np.float32)), 0.5))
        True
    """
    safe = np.maximum(sigmas, np.float32(1e-7))
    padded = _pad(plane)
    pilot = _round(padded, safe, pilot=None)
    inner = _crop(pilot, plane.shape)
    return _crop(_round(padded, safe, pilot=_pad(inner)), plane.shape)


def blocks_of(plane: Grey) -> Blocks:
    """Return the whole 8x8 blocks that fit, as rows; the remainder on the right and below is left out."""
    rows, columns = plane.shape[0] // BLOCK_PX, plane.shape[1] // BLOCK_PX
    cut = plane[: rows * BLOCK_PX, : columns * BLOCK_PX].reshape(rows, BLOCK_PX, columns, BLOCK_PX)
    return cut.swapaxes(1, 2).reshape(rows * columns, BLOCK_PX * BLOCK_PX)


def _round(padded: Padded, sigmas: Sigmas, *, pilot: Padded | None) -> Padded:
    """Return the weighted mean of all shrunk blocks; the outer block of the padding is not valid."""
    total = np.zeros_like(padded)
    weights = np.full_like(padded, 1e-12)
    height, width = ((side // BLOCK_PX - 1) * BLOCK_PX for side in padded.shape)
    for top in range(0, BLOCK_PX, STEP_PX):
        for left in range(0, BLOCK_PX, STEP_PX):
            window = (slice(top, top + height), slice(left, left + width))
            coefficients = blocks_of(padded[window]) @ TRANSFORM.T
            if pilot is None:
                gains = _hard_gains(coefficients, sigmas)
            else:
                gains = _wiener_gains(blocks_of(pilot[window]) @ TRANSFORM.T, sigmas)
            weight = 1.0 / np.maximum(np.einsum("nk,nk->n", gains, gains), np.float32(1.0))
            total[window] += _laid_out((coefficients * gains) @ TRANSFORM * weight[:, None], height)
            weights[window] += _laid_out(np.broadcast_to(weight[:, None], coefficients.shape), height)
    return total / weights


def _hard_gains(coefficients: Blocks, sigmas: Sigmas) -> Blocks:
    """Return 1 for coefficients well above the noise, else 0; the mean of a block is always kept."""
    gains = (np.abs(coefficients) > np.float32(HARD_THRESHOLD) * sigmas).astype(np.float32)
    gains[:, 0] = 1.0
    return gains


def _wiener_gains(coefficients: Blocks, sigmas: Sigmas) -> Blocks:
    """Return signal power over signal plus noise power, the signal being the first estimate."""
    power = np.square(coefficients)
    gains: Blocks = power / (power + np.square(sigmas))
    gains[:, 0] = 1.0
    return gains


def _laid_out(blocks: Blocks, height: int) -> Grey:
    """Return rows of pixels put back in their places."""
    rows = height // BLOCK_PX
    columns = blocks.shape[0] // rows
    grid = blocks.reshape(rows, columns, BLOCK_PX, BLOCK_PX).swapaxes(1, 2)
    return grid.reshape(rows * BLOCK_PX, columns * BLOCK_PX)


def _pad(plane: Grey) -> Padded:
    """Return the plane mirrored by a block all round, and on to whole blocks below and on the right."""
    height, width = plane.shape
    return np.pad(
        plane,
        ((BLOCK_PX, BLOCK_PX + -height % BLOCK_PX), (BLOCK_PX, BLOCK_PX + -width % BLOCK_PX)),
        mode="symmetric",
    )


def _crop(padded: Padded, shape: tuple[int, ...]) -> Grey:
    """Return the part that ``_pad`` was given."""
    return padded[BLOCK_PX : BLOCK_PX + shape[0], BLOCK_PX : BLOCK_PX + shape[1]]
