"""Colours lent by another frame: by likeness of surroundings near where motion points, else by nearness and light."""

from dataclasses import dataclass
from itertools import product

import cv2
import numpy as np
from jaxtyping import Float32
from scipy.ndimage import gaussian_filter, map_coordinates

from oldphoto_core.film.lab import Colours
from oldphoto_core.image import Grey
from oldphoto_core.quality.flow import Flow, fetched, inside

_CELL_PX = 8
_LIGHT_STEPS = 20
_GRID_REACH = (1.5, 1.5, 1.0)
_WIDE_REACH = (8.0, 8.0, 1.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """What counts as alike."""

    reach_px: int = 2
    """How far around the place that motion points to pixels are compared, each way."""

    patch_px: int = 5
    """Side of the surroundings that are compared, in pixels."""

    likeness: float = 0.03
    """Root mean square difference of luma at which the weight of a pixel has fallen to 1/e."""

    nearness: float = 1.5
    """How fast weights fall with the square of the distance to the place pointed to, per pixel squared."""

    trusted: float = 0.08
    """The same for the best pixel, at which what was found is hardly trusted."""


@dataclass(frozen=True, slots=True, eq=False)
class Lent:
    """Colours from another frame."""

    colours: Colours
    """At each pixel of this frame."""

    trust: Grey
    """How far to trust them, in [0, 1]."""


def lent_colours(light: Grey, other: Grey, colours: Colours, ways: tuple[Flow, ...], attention: Attention) -> Lent:
    """Return the colours of another frame at the places most like each of this one's.

    Args:
        light: Luma of this frame, in [0, 1].
        other: Luma of the other frame.
        colours: Of the other frame.
        ways: Motions to the other frame; the surroundings of each are searched.
        attention: What counts as alike.
    """
    total = np.full(light.shape, 1e-12, np.float32)
    summed = np.zeros((*light.shape, 2), np.float32)
    best = np.full(light.shape, np.inf, np.float32)
    source = np.dstack([other, colours])
    reach = range(-attention.reach_px, attention.reach_px + 1)
    side = (attention.patch_px, attention.patch_px)
    for way, down, right in product(ways, reach, reach):
        moved = fetched(source, way + np.array([right, down], np.float32))
        unlike = cv2.blur(np.square(moved[..., 0] - light), side)
        weight = np.exp(-unlike / attention.likeness**2 - attention.nearness * (down**2 + right**2))
        total += weight
        summed += moved[..., 1:] * weight[..., None]
        best = np.minimum(best, unlike)
    seen = np.max([inside(way) for way in ways], axis=0).astype(np.float32)
    grain = 2.0 * np.median(best)  # what differs in most of the frame is no sign of a wrong place
    return Lent(summed / total[..., None], np.exp(-np.maximum(best - grain, 0.0) / attention.trusted**2) * seen)


def diffused(light: Grey, colours: Colours, trust: Grey) -> Colours:
    """Return colours in which those that are not trusted come from what is near and as light.

    Args:
        light: Luma, in [0, 1].
        colours: At each pixel.
        trust: In [0, 1]; where it is 1 colours stay.
    """
    sharp = np.square(np.square(trust))[..., None]
    weighted = np.dstack([colours * sharp, sharp])
    near, wide = (_through_grid(light, weighted, reach) for reach in (_GRID_REACH, _WIDE_REACH))
    everywhere = weighted.sum(axis=(0, 1)) / max(float(sharp.sum()), 1e-6)
    around = near + 1e-2 * wide + 1e-5 * everywhere
    lent = around[..., :2] / np.maximum(around[..., 2:], 1e-9)
    return (sharp * colours + (1.0 - sharp) * lent).astype(np.float32)


def _through_grid(
    light: Grey, values: Float32[np.ndarray, "H W c"], reach: tuple[float, float, float]
) -> Float32[np.ndarray, "H W c"]:
    """Return values smoothed over place and light (bilateral grid)."""
    height, width = light.shape
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32) / _CELL_PX
    steps = np.clip(light, 0.0, 1.0) * (_LIGHT_STEPS - 1)
    shape = (-(-height // _CELL_PX) + 1, -(-width // _CELL_PX) + 1, _LIGHT_STEPS)
    cell = np.ravel_multi_index([np.rint(each).astype(np.int64) for each in (rows, columns, steps)], shape).ravel()
    result = np.empty_like(values)
    for channel in range(values.shape[2]):
        summed = np.bincount(cell, weights=values[..., channel].ravel(), minlength=int(np.prod(shape)))
        smooth = gaussian_filter(summed.reshape(shape).astype(np.float32), reach, mode="constant")
        result[..., channel] = map_coordinates(smooth, [rows, columns, steps], order=1, mode="nearest")
    return result
