"""Changes that are a matter of style, and changes that are not (Gunawan et al., CVPR 2023).

A style-variant transform changes the colours of a region; a style-invariant one moves a picture about and leaves mean
and spread of each region's colours as they are.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Int16

from oldphoto_core.image import Mask, Photo, luma

Regions = Int16[np.ndarray, "H W"]
"""The region of each pixel, from 0 on; -1 for pixels of no region of the photograph."""

_FEATHER_PX = 1.0
_WILD_HUE_SHARE = 0.4
_ROUGH_SHARE, _PRINTS = 0.25, 3
_TURNED_SHARE, _UPSIDE_DOWN_SHARE = 0.5, 0.2
_FURTHEST = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A picture to look at, and where in it regions of the photograph are to be seen."""

    picture: Photo
    """The picture."""

    regions: Regions
    """The regions of its pixels."""


def restyled(photo: Photo, regions: Regions, change: Callable[[Photo], Photo]) -> Photo:
    """Return the photograph with the colours of each region changed by themselves: the style-variant transform.

    Borders are soft by about a pixel.

    Args:
        photo: The photograph, in [0, 1]; it is not changed.
        regions: Its regions.
        change: Changes the colours of a whole photograph; asked once for each region, from the lowest number on.
    """
    total, weight = np.zeros_like(photo), np.zeros((*photo.shape[:2], 1), np.float32)
    for name in np.unique(regions):
        share = cv2.GaussianBlur((regions == name).astype(np.float32), (0, 0), _FEATHER_PX)[..., None]
        total += share * change(photo)
        weight += share
    return np.clip(total / np.maximum(weight, np.float32(1e-6)), 0.0, 1.0)


def jittered(photo: Photo, rng: np.random.Generator) -> Photo:
    """Return the photograph with other colours.

    As in the paper brightness and contrast change by up to a fifth, and four times in ten saturation by two fifths and
    hue by up to two fifths of the circle; else, beyond the paper, less hue, more loss of colour, and a grey veil. The
    paper's noise and blur are not drawn: they are not mended here.

    Args:
        photo: The photograph, in [0, 1]; it is not changed.
        rng: The source of chance.
    """
    brightness, contrast = rng.uniform(0.8, 1.2, 2).astype(np.float32)
    wild = rng.random() < _WILD_HUE_SHARE
    turn = float(rng.uniform(-0.4, 0.4) if wild else rng.normal(0.0, 0.03))
    saturation = np.float32(rng.uniform(0.6, 1.4) if wild else rng.uniform(0.25, 1.2))
    veil = np.float32(0.0 if wild else max(0.0, rng.normal(0.0, 0.2)))
    grey = luma(photo)[..., None]
    mean = np.float32(grey.mean())
    found = (grey + saturation * (hue_turned(photo, turn) - grey)) * brightness
    found = mean + contrast * (found - mean)
    return np.clip(found + veil * (np.float32(rng.uniform(0.4, 0.9)) - found), 0.0, 1.0).astype(np.float32)


def hue_turned(photo: Photo, turn: float) -> Photo:
    """Return the photograph with every hue turned about the grey axis.

    Args:
        photo: In [0, 1]; what comes back may leave that range.
        turn: Of the whole circle.
    """
    angle = 2.0 * np.pi * turn
    third, root = (1.0 - np.cos(angle)) / 3.0, np.sin(angle) / np.sqrt(3.0)
    first, second, last = np.cos(angle) + third, third - root, third + root
    matrix = np.array([[first, second, last], [last, first, second], [second, last, first]], dtype=np.float32)
    return photo @ matrix.T


def moved(placed: Placed, filler: Photo, rng: np.random.Generator) -> Placed:
    """Return the picture turned by quarters, shifted and mirrored, and a filler where none of its regions is.

    This is the style-invariant transform: the colours that regions have are those they had, but for what a shift by
    less than a third moves out of sight. Quarter turns and upside down are rarer than in the paper, so that the place
    in the picture stays a hint: the sky is above.

    Args:
        placed: A square picture; pixels of region -1 are given to the filler.
        filler: Another picture, of the same size.
        rng: The source of chance.
    """
    picture, regions = placed.picture, placed.regions
    if rng.random() < _TURNED_SHARE:
        quarters = int(rng.integers(1, 4))
        picture, regions = np.rot90(picture, quarters), np.rot90(regions, quarters)
    side = picture.shape[0]
    down, right = (int(step) for step in rng.integers(-int(_FURTHEST * side), int(_FURTHEST * side) + 1, 2))
    picture, regions = np.roll(picture, (down, right), (0, 1)), np.roll(regions, (down, right), (0, 1)).copy()
    regions[_beyond(side, down), :] = -1
    regions[:, _beyond(side, right)] = -1
    if rng.random() < 0.5:
        picture, regions = picture[:, ::-1], regions[:, ::-1]
    if rng.random() < _UPSIDE_DOWN_SHARE:
        picture, regions = picture[::-1], regions[::-1]
    shown = np.where((regions >= 0)[..., None], picture, filler)
    return Placed(np.ascontiguousarray(shown), np.ascontiguousarray(regions))


def kept(placed: Placed, names: set[int]) -> Placed:
    """Return the picture with all regions but some marked as none."""
    others: Mask = ~np.isin(placed.regions, list(names))
    return Placed(placed.picture, np.where(others, np.int16(-1), placed.regions))


def roughened(photo: Photo, rng: np.random.Generator) -> Photo:
    """Return the photograph, sometimes soft or grainy: references are not, and that is not to be mended here."""
    way = rng.random()
    if way < _ROUGH_SHARE / 2:
        return np.asarray(cv2.GaussianBlur(photo, (0, 0), float(rng.uniform(0.5, 1.3))))
    if way < _ROUGH_SHARE:
        noise = rng.standard_normal(photo.shape, dtype=np.float32)
        return np.clip(photo + np.float32(rng.uniform(0.01, 0.04)) * noise, 0.0, 1.0)
    return photo


def dealt(regions: Regions, rng: np.random.Generator) -> Regions:
    """Return the regions dealt into at most three groups, each of which is aged as another print."""
    names = rng.permutation(int(regions.max()) + 1)
    group_of = np.empty(names.size, dtype=np.int16)
    for group, members in enumerate(np.array_split(names, min(_PRINTS, names.size))):
        group_of[members] = group
    return group_of[regions]


def mirrored(placed: Placed) -> Placed:
    """Return the picture mirrored left to right."""
    return Placed(placed.picture[:, ::-1].copy(), placed.regions[:, ::-1].copy())


def _beyond(side: int, shift: int) -> slice:
    """Return the rows that a shift has filled from the other end."""
    return slice(0, shift) if shift >= 0 else slice(side + shift, side)
