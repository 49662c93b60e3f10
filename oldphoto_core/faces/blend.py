"""The mended face back under a soft mask.

The published program ("Bringing Old Photos Back to Life", Wan et al., CVPR 2020) makes the mask of the whole picture:
the square of the crop, 12 pixels taken off all round, blurred with a Gaussian of 25 taps. So its weight rises from 0 at
the edge of the square to 1 at 24.5 pixels from it. Here the weight is computed from the distance to that edge: equal
for an upright face, without a picture-sized mask, and the same in any strip of the window around the face.
"""

from collections.abc import Iterator

import cv2
import numpy as np

from oldphoto_core.faces.align import Crop, Similarity, Window, face_window, magnification, shifted
from oldphoto_core.faces.sample import sample
from oldphoto_core.image import Grey, Photo

FEATHER_SIDES_PX = (96.0, 256.0)
"""Sides of the crop's square in the photograph between which the feather has the published width in pixels.

Outside, it is as wide in proportion as at the nearer end: a crop that covers 2,560 pixels gets ten times the feather,
and the feather of a small one leaves its middle free.
"""

_STRIP_PX = 256
_TAPS = 25
_DISTANCES = np.concatenate([[0.0], np.arange(_TAPS) + 0.5])
_WEIGHTS = np.concatenate([[0.0], np.cumsum(cv2.getGaussianKernel(_TAPS, 0.0)[:, 0])])


def feather_scale(side_px: float) -> float:
    """Return how much wider than the published one the feather is, for a square of this side in the photograph.

    Examples:
        >>> feather_scale(200.0), feather_scale(2560.0), feather_scale(48.0)
        (1.0, 10.0, 0.5)
    """
    low, high = FEATHER_SIDES_PX
    return side_px / min(max(side_px, low), high)


def detail_share(factor: float) -> float:
    """Return how much of the photograph's detail finer than the crop is carried over, in [0, 1].

    A face no larger than the crop is replaced, as published. One at least twice as large would lose what the crop
    cannot hold, so all of that is kept; in between, part of it.

    Args:
        factor: Pixels of the photograph that one pixel of the crop spans.

    Examples:
        >>> detail_share(0.5), detail_share(1.25), detail_share(7.0)
        (0.0, 0.25, 1.0)
    """
    return min(max(factor - 1.0, 0.0), 1.0)


def feather(window: Window, matrix: Similarity, side: int) -> Grey:
    """Return the weight of the mended face in each pixel of a window of the photograph, in [0, 1].

    Args:
        window: Rows and columns of the photograph.
        matrix: From crop to photograph.
        side: Height and width of the crop.
    """
    rows, columns = window
    back = np.linalg.inv(matrix)
    x = np.arange(columns.start, columns.stop)[None, :]
    y = np.arange(rows.start, rows.stop)[:, None]
    factor = magnification(matrix)
    px = factor / feather_scale(factor * side)
    across = _rise(back[0, 0] * x + back[0, 1] * y + back[0, 2], side, px)
    return across * _rise(back[1, 0] * x + back[1, 1] * y + back[1, 2], side, px)


def _rise(position: np.ndarray, side: int, px: float) -> Grey:
    """Return the weight along one axis of the crop, from the position in it and the size of its pixels."""
    from_edge = np.minimum(position + 0.5, side - 0.5 - position) * px
    return np.interp(from_edge, _DISTANCES, _WEIGHTS).astype(np.float32)


def blend_face(
    result: Photo, photo: Photo, face: Crop, crop: Crop, matrix: Similarity, *, keep_detail: bool = True
) -> float:
    """Put a mended face back into ``result``, which is changed in place; other pixels are not touched.

    Works strip by strip in the window around the face (bicubic), so it needs little memory however large the face is.

    Args:
        result: The photograph with the faces before this one, in [0, 1].
        photo: The photograph without any; its detail is carried over.
        face: The mended face, in [0, 1].
        crop: What the face was made from.
        matrix: From crop to photograph.
        keep_detail: Whether ``detail_share`` applies; if not, the face is replaced at any size, as published.

    Returns:
        The mean change of a value, weighted by the mask, in [0, 1]; 0 if the mask is empty.

    Raises:
        FaceGeometryError: The crop lies outside the photograph.
    """
    side = face.shape[0]
    share = np.float32(detail_share(magnification(matrix)) if keep_detail else 0.0)
    carried = face - share * crop
    back = np.linalg.inv(matrix)
    change, weights = 0.0, 0.0
    for window in _strips(face_window(photo.shape[:2], matrix, side)):
        weight = feather(window, matrix, side)
        inside = weight > 0.0
        if not bool(inside.any()):
            continue
        old = result[window]
        inverse_map = back @ shifted(window[1].start, window[0].start)
        new = sample(carried, inverse_map, old.shape[:2], "bicubic")
        mixed = old + weight[..., None] * (new + share * photo[window] - old)
        np.clip(mixed, 0.0, 1.0, out=mixed)
        change += float(np.abs(mixed - old)[inside].sum(dtype=np.float64)) / 3.0
        weights += float(weight.sum(dtype=np.float64))
        old[inside] = mixed[inside]
    return change / weights if weights > 0.0 else 0.0


def _strips(window: Window) -> Iterator[Window]:
    """Yield the window in parts of at most ``_STRIP_PX`` rows and columns."""
    rows, columns = window
    for top in range(rows.start, rows.stop, _STRIP_PX):
        for left in range(columns.start, columns.stop, _STRIP_PX):
            bottom, right = min(top + _STRIP_PX, rows.stop), min(left + _STRIP_PX, columns.stop)
            yield slice(top, bottom), slice(left, right)
