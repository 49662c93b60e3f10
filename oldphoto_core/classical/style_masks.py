"""Region masks as text: the lengths of the runs, row by row.

``"3 2 1"`` reads: three pixels outside, two inside, one outside. Runs go along rows, left to right and top to bottom
(NumPy's order; COCO's run lengths go down columns), the first run is always outside and may be 0, and the lengths add
up to width times height.
"""

import numpy as np

from oldphoto_core.image import Mask


def encode_mask(mask: Mask) -> str:
    """Return the row-major run lengths of the mask, separated by blanks, beginning with a run of False.

    Examples:
        >>> encode_mask(np.array([[False, True, True], [True, False, False]]))
        '1 3 2'
    """
    flat = np.concatenate([[False], mask.ravel()])
    starts = np.concatenate([[0], np.flatnonzero(flat[1:] != flat[:-1]), [mask.size]])
    return " ".join(str(length) for length in np.diff(starts))


def decode_mask(rle: str, *, width_px: int, height_px: int) -> Mask:
    """Return the mask that :func:`encode_mask` wrote.

    Raises:
        ValueError: The text is no list of lengths, or they do not add up to width times height.

    Examples:
        >>> decode_mask("1 3 2", width_px=3, height_px=2).astype(int).tolist()
        [[0, 1, 1], [1, 0, 0]]
    """
    words = rle.split()
    if not all(word.isascii() and word.isdigit() for word in words):
        raise ValueError(f"expected run lengths separated by blanks, found {rle[:40]!r}")
    runs = [int(word) for word in words]
    if sum(runs) != width_px * height_px:
        raise ValueError(f"expected runs that add up to {width_px} x {height_px}, found a sum of {sum(runs)}")
    inside = np.arange(len(runs)) % 2 == 1
    return np.repeat(inside, runs).reshape(height_px, width_px)
