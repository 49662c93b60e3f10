"""What a network made of a small copy of a photograph, carried to the photograph itself as colours, never as pixels.

Around each place of the copy the change is taken for one affine map of R, G, B (a 3 x 3 matrix and an offset), found by
least squares over the window around it and averaged over the windows that see it: the guided filter with a colour guide
(He, Sun, Tang, Guided image filtering, PAMI 2013, eq. 19), whose coefficients are enlarged instead of its result (He,
Sun, Fast guided filter, 2015). So the photograph keeps its own detail, edges and grain, whatever the network does to
them, and it may have any size: its rows are worked on a strip at a time.
"""

from typing import Final

import cv2
import numpy as np
from jaxtyping import Float32

from oldphoto_core.classical.style_enlarge import enlarged_rows
from oldphoto_core.image import Photo
from oldphoto_core.inference.carry import strips

AffineField = Float32[np.ndarray, "h w 12"]
"""For each place the change of R, G, B as rows of (dR, dG, dB, offset): new = old + rows @ (R, G, B, 1)."""

RADIUS_SHARE: Final = 1 / 24
"""Half the window, as a share of the copy's longer side."""

EPSILON: Final = 1e-3
"""Variance of R, G, B in [0, 1] below which a window counts as flat and is shifted rather than stretched."""


def affine_field(before: Photo, after: Photo) -> AffineField:
    """Return the local affine maps that turn one small picture into another.

    Args:
        before: The small copy.
        after: What became of it, of the same size; values need not lie in [0, 1].
    """
    radius = max(1, round(RADIUS_SHARE * max(before.shape[:2])))
    guide, change = before.astype(np.float64), after.astype(np.float64) - before
    mean, mean_change = _box(guide, radius), _box(change, radius)
    covariance = _box(_products(guide, guide), radius) - _products(mean, mean)
    cross = _box(_products(guide, change), radius) - _products(mean, mean_change)
    height, width = before.shape[:2]
    square = covariance.reshape(height, width, 3, 3) + EPSILON * np.eye(3)
    slopes = np.linalg.solve(square, cross.reshape(height, width, 3, 3))  # guide by change
    offsets = mean_change - np.einsum("hwgc,hwg->hwc", slopes, mean)
    rows = np.concatenate([slopes.transpose(0, 1, 3, 2), offsets[..., None]], axis=-1)
    return _box(rows.reshape(height, width, 12), radius).astype(np.float32)


def apply_field(photo: Photo, field: AffineField, *, strength: float) -> Photo:
    """Return the photograph after the maps, enlarged by straight lines between pixel centres.

    Args:
        photo: The photograph at its full size, in the proportions the maps were made for.
        field: From :func:`affine_field`.
        strength: Share of the change to make, in [0, 1]; at 0 the pixels are those of the photograph.

    Returns:
        A new photograph in [0, 1].
    """
    result = np.empty_like(photo)
    for start, stop in strips(photo.shape[:2]):
        part = photo[start:stop]
        new = part.copy()
        for channel in range(3):
            rows = enlarged_rows(field[..., 4 * channel : 4 * channel + 4], photo.shape[:2], start, stop)
            change = (rows[..., :3] * part).sum(axis=2) + rows[..., 3]
            new[..., channel] += np.float32(strength) * change
        np.clip(new, 0.0, 1.0, out=result[start:stop])
    return result


def _products(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the nine products of three layers with three, in each place."""
    return (one[..., :, None] * other[..., None, :]).reshape(*one.shape[:2], 9)


def _box(layers: np.ndarray, radius: int) -> np.ndarray:
    """Return the mean over the window around each pixel, in float64 so that variances do not cancel."""
    size = (2 * radius + 1, 2 * radius + 1)
    split = [cv2.blur(layer, size, borderType=cv2.BORDER_REPLICATE) for layer in np.moveaxis(layers, -1, 0)]
    return np.stack(split, axis=-1)
