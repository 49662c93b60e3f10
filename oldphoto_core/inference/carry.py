"""What was done to a small copy of a photograph, carried to the photograph itself.

The rule: outside the mask of damage the photograph keeps its own detail and takes on the smooth change that its small
copy went through; inside, where its detail is the damage, it shows the enlarged result. Between the two lies a soft
border one pixel of the small copy wide. Everything is bilinear in place, so there are no tiles and no seams; the work
is done in strips only to save memory, and strips change nothing.
"""

from collections.abc import Iterator

import cv2
import numpy as np
from jaxtyping import Bool, Float32

from oldphoto_core.image import Mask, Photo

Small = Float32[np.ndarray, "h w 3"]
"""The small copy of a photograph, or what became of it."""

_PIXELS_AT_ONCE = 2**20
_HAIR = 1e-4
"""Share of a pixel of the copy below which damage on it is a matter of rounding."""


def small_size(shape: tuple[int, int], megapixels: float, *, step: int, least_px: int) -> tuple[int, int] | None:
    """Return height and width of the small copy, multiples of a step; None if the photograph is small enough itself.

    Args:
        shape: Height and width of the photograph.
        megapixels: Size of the copy, in millions of pixels; 0: there is never a copy.
        step: What both sides are multiples of.
        least_px: The least a side may have.

    Examples:
        >>> small_size((4000, 6000), 1.5, step=4, least_px=16), small_size((400, 600), 1.5, step=4, least_px=16)
        ((1000, 1500), None)
    """
    height, width = shape
    if megapixels <= 0.0 or height * width <= megapixels * 1e6:
        return None
    scale = float(np.sqrt(megapixels * 1e6 / (height * width)))
    sides = (max(least_px, round(side * scale / step) * step) for side in shape)
    return next(sides), next(sides)


def reduced(photo: Photo, mask: Mask, size: tuple[int, int]) -> tuple[Small, Bool[np.ndarray, "h w"]]:
    """Return the small copy, each pixel the mean of those it covers that are not damaged, and where none was sound.

    Damage that is narrower than a pixel of the copy is thereby gone already; it still counts as a hole, since what is
    left there is a guess.
    """
    total = np.zeros((*size, 4), np.float32)  # the sound pixels' values, and their share
    for start, stop in strips(photo.shape[:2]):
        sound = ~mask[start:stop, :, None]
        values = np.concatenate([photo[start:stop] * sound, sound.astype(np.float32)], axis=2)
        across = cv2.resize(values, (size[1], stop - start), interpolation=cv2.INTER_AREA)
        first, shares = _row_shares(photo.shape[0], size[0], start, stop)
        total[first : first + len(shares)] += np.tensordot(shares, across, axes=1)
    sound_share = total[..., 3]
    small = total[..., :3] / np.maximum(sound_share, np.float32(1e-6))[..., None]
    return np.clip(small, 0.0, 1.0), sound_share < 1.0 - _HAIR


def _row_shares(height: int, small: int, start: int, stop: int) -> tuple[int, Float32[np.ndarray, "_ _"]]:
    """Return the first row of the copy that a strip touches, and the share of its rows in that one and the next."""
    scale = small / height
    first, last = int(start * scale), min(small, int(np.ceil(stop * scale - 1e-9)))
    tops = np.arange(start, stop) * scale
    targets = np.arange(first, last)[:, None]
    shares = np.minimum(tops + scale, targets + 1) - np.maximum(tops, targets)
    return first, np.clip(shares, 0.0, None).astype(np.float32)


def carried(photo: Photo, mask: Mask, before: Small, after: Small, *, strength: float) -> Photo:
    """Return the photograph with the change of its small copy.

    Args:
        photo: The photograph.
        mask: Damage on it.
        before: The small copy (``reduced``).
        after: What became of the copy, of its size.
        strength: 0 leaves the photograph as it is, 1 carries all of the change.
    """
    result = np.empty_like(photo)
    change = after - before
    border = _border_px(photo.shape[:2], before.shape[:2])
    holed = bool(mask.any())
    for start, stop in strips(photo.shape[:2]):
        part = photo[start:stop]
        new = part + enlarged_rows(change, photo.shape[:2], start, stop)
        if holed:
            share = _soft(mask, start, stop, border)[..., None]
            if bool(share.any()):
                new += share * (enlarged_rows(after, photo.shape[:2], start, stop) - new)
        if strength < 1.0:
            new = part + np.float32(strength) * (new - part)
        np.clip(new, 0.0, 1.0, out=result[start:stop])
    return result


def enlarged_rows(
    small: Float32[np.ndarray, "_h _w 3"], shape: tuple[int, int], start: int, stop: int
) -> Float32[np.ndarray, "_n _m 3"]:
    """Return some rows of a small picture enlarged bilinearly to a size (height, width), pixel centres aligned."""
    places = (np.arange(start, stop) + 0.5) * (small.shape[0] / shape[0]) - 0.5
    places = np.clip(places, 0.0, small.shape[0] - 1.0)
    low = places.astype(np.int64)
    high = np.minimum(low + 1, small.shape[0] - 1)
    share = (places - low).astype(np.float32)[:, None, None]
    rows = small[low] + share * (small[high] - small[low])
    if stop - start == 1:
        rows = np.repeat(rows, 2, axis=0)  # OpenCV rounds a single row otherwise than the same row among others
    wide = cv2.resize(rows, (shape[1], len(rows)), interpolation=cv2.INTER_LINEAR)
    return np.asarray(wide[: stop - start])


def _soft(mask: Mask, start: int, stop: int, border: int) -> Float32[np.ndarray, "_ _"]:
    """Return rows of the mask widened and softened by a border, in [0, 1]: 1 on the mask itself."""
    first, last = max(0, start - 2 * border), min(mask.shape[0], stop + 2 * border)
    part = mask[first:last].astype(np.float32)
    side = 2 * border + 1
    wide = cv2.dilate(part, np.ones((side, side), np.uint8))
    soft = cv2.blur(wide, (side, side), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(soft[start - first : stop - first])


def _border_px(shape: tuple[int, int], small: tuple[int, int]) -> int:
    return max(1, round(shape[0] / small[0] / 2.0))


def strips(shape: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """Give strips of about a megapixel of a picture (height, width): (start, stop) of the rows, top to bottom."""
    rows = max(1, _PIXELS_AT_ONCE // shape[1])
    for start in range(0, shape[0], rows):
        yield start, min(start + rows, shape[0])
