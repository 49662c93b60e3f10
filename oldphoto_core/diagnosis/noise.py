"""How strong noise and grain are, read where the picture itself is flat."""

import numpy as np
from jaxtyping import Float32

from oldphoto_core.image import Grey

BLOCK_PX = 12
"""Side of the blocks that are judged one by one, in pixels of the filtered picture."""

QUIET_SHARE = 0.15
"""The estimate is this quantile over blocks: the flattest parts of the picture."""

LAPLACIAN_GAIN = 6.0
"""Standard deviation of the filter's answer to white noise of standard deviation 1 (square root of 36)."""


def noise_sigma(grey: Grey) -> float:
    """Return the standard deviation of pixel noise, in units of [0, 1].

    The filter is the difference of two Laplacians (Immerkaer, "Fast noise variance estimation", 1996), blind to
    planes and straight edges along the axes. Blocks that touch black or white are left out: clipping hides noise.

    Returns:
        Sigma, 0 or more; 0 if nothing can be judged.
    """
    if min(grey.shape) < BLOCK_PX + 2:
        return 0.0
    answer = (
        4 * grey[1:-1, 1:-1]
        - 2 * (grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:])
        + (grey[:-2, :-2] + grey[:-2, 2:] + grey[2:, :-2] + grey[2:, 2:])
    )
    blocks = _blocks(answer)
    tone = _blocks(grey[1:-1, 1:-1]).mean(axis=1)
    sigma = np.sqrt(np.mean(blocks**2, axis=1)) / LAPLACIAN_GAIN
    judged = sigma[(tone > 0.03 + 1.5 * sigma) & (tone < 0.97 - 1.5 * sigma)]
    if judged.size < 4:
        judged = sigma
    return float(np.quantile(judged, QUIET_SHARE))


def grain_sigma(grey: Grey) -> float:
    """Return the noise that is left after averaging 2x2 pixels: large for film grain, which is wider than a pixel.

    White noise of sigma ``s`` gives ``s / 2``.
    """
    height, width = grey.shape[0] // 2 * 2, grey.shape[1] // 2 * 2
    even = grey[:height, :width]
    return noise_sigma((even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]) * np.float32(0.25))


def _blocks(field: Grey) -> Float32[np.ndarray, "N P"]:
    """Return the field as rows of pixels, one row a block; the remainder at the ends is shared by both margins."""
    rows, columns = field.shape[0] // BLOCK_PX, field.shape[1] // BLOCK_PX
    top, left = (field.shape[0] - rows * BLOCK_PX) // 2, (field.shape[1] - columns * BLOCK_PX) // 2
    cut = field[top : top + rows * BLOCK_PX, left : left + columns * BLOCK_PX]
    return cut.reshape(rows, BLOCK_PX, columns, BLOCK_PX).swapaxes(1, 2).reshape(rows * columns, -1)
