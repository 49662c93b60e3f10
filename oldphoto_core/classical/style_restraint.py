"""Restraint: how far a style may move skin, neutral colours, and any colour at all.

Skin is where Cb and Cr lie in the ranges of Chai and Ngan (Face segmentation using skin-color map in videophone
applications, IEEE Trans. CSVT 9, 1999: Cb 77 to 127, Cr 133 to 173). The ranges hold much that is no skin, such as
wood and sand, and a yellowed print lies in them whole: so a turn of hue towards preferred skin is free, only one away
from it is bounded. Preferred skin has a CIELAB hue of about 50 degrees (Chen, Chen, Ohta, Luo, J. Imaging Sci. Technol.
57, 2013: chroma 25.4, hue 50.5); later work over four skin tones found 46; 48 is taken.

What this costs: on 18 aged pictures of freely licensed photographs a bound of 8 degrees keeps a perfect style from
reaching the true picture by 2.0 units of CIELAB on average, one of 12 degrees by 1.6. Asking in addition that a colour
be skin with the picture's lightest tones made neutral saves half a unit more and lets the pale skin of a faded print
turn green, so it is not asked.

Neutral is what has next to no chroma; it may lose chroma and gain a little. What goes further is pulled back by a
smooth map over the picture, which shows no border of its own; lightness is left to the bound on the whole change.
"""

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
from jaxtyping import Float32

from oldphoto_core.classical.regions import Lab, at_working_size, lab_of
from oldphoto_core.classical.style_bounds import RestraintSettings
from oldphoto_core.classical.style_enlarge import enlarged_rows
from oldphoto_core.image import Grey, Mask, Photo

_CB: Final = (77.0, 127.0)
_CR: Final = (133.0, 173.0)
_SOFT: Final = 6.0
_SKIN_HUE_DEG: Final = 48.0
_STEPS: Final = 16
_SIDE_PX: Final = 320
_STRIP_PIXELS: Final = 1 << 18
_ROUNDS: Final = 3

Tint = Float32[np.ndarray, "h w 2"]
"""a* and b* of each pixel."""


def restrain_in_place(before: Photo, made: Photo, settings: RestraintSettings) -> float:
    """Pull a styled photograph back to the bounds, in strips, and return how much tint was taken back.

    Args:
        before: The photograph.
        made: What a style made of it, of the same size; this array is changed. Pixels that were not changed stay.
        settings: The bounds.

    Returns:
        The mean share of the change of a* and b* that was taken back, in [0, 1].
    """
    kept = kept_tint(at_working_size(before, _SIDE_PX), at_working_size(made, _SIDE_PX), settings)
    height, width = before.shape[:2]
    rows = max(1, _STRIP_PIXELS // width)
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        share = enlarged_rows(kept[..., None], (height, width), top, bottom)
        made[top:bottom] = _bounded(before[top:bottom], made[top:bottom], share, settings.max_delta_e)
    return float(1.0 - kept.mean(dtype=np.float64))


def kept_tint(
    before: Float32[np.ndarray, "h w 3"], after: Float32[np.ndarray, "h w 3"], settings: RestraintSettings
) -> Float32[np.ndarray, "h w"]:
    """Return the share of the change of a* and b* that each pixel of a small photograph may keep, in [0, 1], smooth.

    Args:
        before: The photograph, some hundred pixels a side.
        after: What a style made of it.
        settings: The bounds.
    """
    smooth = cv2.GaussianBlur(before, (0, 0), 1.5)
    was, becomes = lab_of(smooth), lab_of(cv2.GaussianBlur(after, (0, 0), 1.5))
    change = becomes[..., 1:] - was[..., 1:]
    skin, neutral = skin_share(smooth), _neutral_share(was, settings)
    of_skin = 1.0 - skin * (1.0 - _largest(was, change, _allows_skin, settings))
    of_greys = 1.0 - neutral * (1.0 - _largest(was, change, _allows_neutral, settings))
    radius = max(1, round(0.015 * max(was.shape)))
    # The least of the surroundings, then their mean: nowhere more than allowed, and no edge.
    kept = cv2.erode(np.minimum(of_skin, of_greys), np.ones((2 * radius + 1, 2 * radius + 1), np.uint8))
    size = 2 * radius + 1
    return np.asarray(cv2.blur(kept, (size, size), borderType=cv2.BORDER_REPLICATE), dtype=np.float32)


def skin_share(photo: Photo) -> Grey:
    """Return how surely each pixel has a skin colour, in [0, 1]: 1 well inside the published ranges, 0 outside.

    Cb and Cr are those of ITU-R BT.601 with 224 steps about 128.

    Examples:
        >>> skin_share(np.array([[[0.87, 0.67, 0.55], [0.2, 0.4, 0.8]]], dtype=np.float32)).tolist()
        [[1.0, 0.0]]
    """
    grey = photo @ np.array([0.299, 0.587, 0.114], dtype=np.float32)
    blue = 128.0 + 112.0 / 0.886 * (photo[..., 2] - grey)
    red = 128.0 + 112.0 / 0.701 * (photo[..., 0] - grey)
    inside = [np.minimum(value - low, high - value) for value, (low, high) in ((blue, _CB), (red, _CR))]
    return np.clip(np.minimum(*inside) / _SOFT, 0.0, 1.0).astype(np.float32)


def _neutral_share(lab: Lab, settings: RestraintSettings) -> Grey:
    chroma = np.hypot(lab[..., 1], lab[..., 2])
    return np.clip(2.0 - chroma / np.float32(settings.neutral_chroma), 0.0, 1.0)


def _largest(
    was: Lab, change: Tint, allows: Callable[[Tint, Tint, RestraintSettings], Mask], settings: RestraintSettings
) -> Grey:
    """Return the largest share of the change, of 17 steps from 0 to 1, up to which every step is allowed."""
    best = np.zeros(was.shape[:2], dtype=np.float32)
    going = np.ones(was.shape[:2], dtype=bool)
    for step in range(1, _STEPS + 1):
        share = np.float32(step / _STEPS)
        going &= allows(was[..., 1:], was[..., 1:] + share * change, settings)
        best[going] = share
    return best


def _allows_skin(was: Tint, becomes: Tint, settings: RestraintSettings) -> Mask:
    old, new = _from_skin(was), _from_skin(becomes)
    turn = settings.max_skin_hue_deg
    hue = (new >= np.minimum(old, 0.0) - turn) & (new <= np.maximum(old, 0.0) + turn)
    chroma, most = np.linalg.norm(becomes, axis=-1), settings.max_skin_chroma_gain * np.linalg.norm(was, axis=-1)
    return (hue | (chroma <= settings.neutral_chroma)) & (chroma <= most)  # next to grey a hue says nothing


def _allows_neutral(was: Tint, becomes: Tint, settings: RestraintSettings) -> Mask:
    return np.linalg.norm(becomes, axis=-1) <= np.linalg.norm(was, axis=-1) + settings.max_neutral_tint


def _from_skin(tint: Tint) -> Grey:
    """Return how far a hue is from preferred skin, in degrees from -180 to 180."""
    hue = np.degrees(np.arctan2(tint[..., 1], tint[..., 0]))
    return np.mod(hue - _SKIN_HUE_DEG + 180.0, 360.0) - 180.0


def _bounded(before: Photo, made: Photo, kept: Float32[np.ndarray, "H W 1"], most: float) -> Photo:
    lab = lab_of(made)
    was = lab_of(before)
    change = lab - was
    change[..., 1:] *= kept
    # What is taken back is taken in sRGB, so that rounding in the trip through CIELAB cancels.
    back = cv2.cvtColor(was + change, cv2.COLOR_Lab2RGB) - cv2.cvtColor(lab, cv2.COLOR_Lab2RGB)
    result = np.clip(made + back, 0.0, 1.0)
    for _ in range(_ROUNDS):
        size = np.linalg.norm(lab_of(result) - was, axis=-1)
        if float(size.max()) <= most:
            break
        # Straight back in sRGB stays inside its gamut, but is no straight line in CIELAB: hence more rounds than one.
        share = np.minimum(1.0, np.float32(most) / np.maximum(size, np.float32(1e-6)))[..., None]
        result = before + share * (result - before)
    return result
