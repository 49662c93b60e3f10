"""Small maps enlarged to the size of a photograph, some rows at a time, so that memory does not grow with it."""

import cv2
import numpy as np
from jaxtyping import Float32


def enlarged_rows(
    maps: Float32[np.ndarray, "h w K"], size: tuple[int, int], start: int, stop: int
) -> Float32[np.ndarray, "R W K"]:
    """Return some rows of maps at another size, by straight lines between pixel centres; beyond the last, that one.

    Args:
        maps: One to four layers.
        size: Height and width of the whole, at least 1.
        start: First of the rows, from 0.
        stop: The row after the last.

    Examples:
        >>> maps = np.array([[[0.0]], [[1.0]]], dtype=np.float32)
        >>> enlarged_rows(maps, (4, 1), 0, 4)[:, 0, 0].tolist()
        [0.0, 0.25, 0.75, 1.0]
    """
    places = np.clip((np.arange(start, stop) + 0.5) * (maps.shape[0] / size[0]) - 0.5, 0.0, maps.shape[0] - 1.0)
    low = places.astype(np.int64)
    high = np.minimum(low + 1, maps.shape[0] - 1)
    part = (places - low).astype(np.float32)[:, None, None]
    rows = maps[low] + part * (maps[high] - maps[low])
    if stop - start == 1:
        rows = np.repeat(rows, 2, axis=0)  # OpenCV rounds a single row otherwise than the same row among others
    wide = np.asarray(cv2.resize(rows, (size[1], len(rows)), interpolation=cv2.INTER_LINEAR), dtype=np.float32)
    return wide.reshape(len(rows), size[1], maps.shape[2])[: stop - start]
