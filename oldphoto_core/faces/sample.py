"""Read a picture along a similarity: the one call of scikit-image's ``warp``."""

from typing import Literal

import numpy as np
from jaxtyping import Float
from skimage.transform import warp

ORDERS = {"nearest": 0, "bilinear": 1, "bicubic": 3}

Interpolation = Literal["nearest", "bilinear", "bicubic"]


def sample(
    pixels: Float[np.ndarray, "_ _ *channels"],
    inverse_map: Float[np.ndarray, "3 3"],
    shape: tuple[int, int],
    interpolation: Interpolation,
    *,
    beyond: Literal["black", "border"] = "border",
    within_range: bool = False,
) -> Float[np.ndarray, "_ _ *channels"]:
    """Return a picture of the given height and width whose pixel (x, y) is that of ``pixels`` at ``inverse_map`` of it.

    Values keep their scale and type.

    Args:
        pixels: The picture to read.
        inverse_map: From (x, y, 1) of the result to (x, y, 1) of ``pixels``.
        shape: Height and width of the result.
        interpolation: How to read between pixels.
        beyond: What lies outside ``pixels``: zeros, or its border repeated.
        within_range: Whether values are held between the least and greatest of the picture, which bicubic oversteps at
            edges. The published program does so, all channels together; but that gives edges of a toned print a tint.
    """
    mode = "constant" if beyond == "black" else "edge"
    order = ORDERS[interpolation]
    found = warp(  # type: ignore[no-untyped-call]  # scikit-image ships no types
        pixels, inverse_map, output_shape=shape, order=order, mode=mode, clip=within_range, preserve_range=True
    )
    return np.asarray(found, dtype=pixels.dtype)
