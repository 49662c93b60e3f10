"""Exact copies: one digest for the decoded picture, whatever file it came in."""

import hashlib

import numpy as np

ROWS_AT_A_TIME = 256
"""Rows hashed in one piece, so that a view or a foreign byte order never copies the whole picture."""


def pixel_digest(pixels: np.ndarray) -> str:
    """Return the lower-case hex SHA-256 of the shape, the type and the pixels of a decoded, upright picture.

    Two files have equal digests exactly if they decode to the same picture: byte order, memory layout, container and
    compression do not count, and a last axis of length one (a grey picture as (H, W, 1)) does not either. Bit depth and
    number of channels do count: an 8-bit copy of a 16-bit master is another picture.

    Args:
        pixels: The decoded picture (H, W) or (H, W, C) of any number type, already turned upright.

    Raises:
        TypeError: The array holds something other than numbers.

    Examples:
        >>> grey = np.arange(6, dtype=np.uint16).reshape(2, 3)
        >>> pixel_digest(grey) == pixel_digest(grey[..., None].astype(">u2"))
        True
    """
    if pixels.dtype.kind not in "biuf":
        raise TypeError(f"expected an array of numbers, found {pixels.dtype}; decode the picture first")
    flat = pixels[..., 0] if pixels.ndim == 3 and pixels.shape[2] == 1 else pixels
    dtype = flat.dtype.newbyteorder("<")
    digest = hashlib.sha256(f"{flat.shape} {dtype.str}\n".encode("ascii"))
    for start in range(0, flat.shape[0] if flat.ndim else 0, ROWS_AT_A_TIME):
        digest.update(np.ascontiguousarray(flat[start : start + ROWS_AT_A_TIME], dtype=dtype).data)
    return digest.hexdigest()
