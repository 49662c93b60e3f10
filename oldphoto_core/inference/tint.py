"""Prints of one tone, black-and-white or toned: a network may make them brighter and less yellow, never of another hue.

Toning is how a print was made; yellowing is damage. Both are one tint over the whole print, so all that may be done to
it is to weaken it, everywhere alike.
"""

import numpy as np
from jaxtyping import Float32

from oldphoto_core.diagnosis.toning import is_one_tone
from oldphoto_core.image import Grey, Photo, luma

_LOOKED_AT_PX = 1024
_NO_TINT = 1e-6  # mean square of a tint that nobody sees


def has_one_tone(photo: Photo) -> bool:
    """Return whether a photograph of any size is black-and-white or toned; looked at thinned."""
    step = max(1, min(photo.shape[:2]) // _LOOKED_AT_PX)
    return is_one_tone(np.ascontiguousarray(photo[::step, ::step]))


def tint_left(before: Photo, after: Photo) -> float:
    """Return which share of a photograph's tint a change leaves of it, in [0, 1].

    What the change does to the hue, and what it adds, does not count: it is the share that comes closest along the
    tint itself (least squares over all pixels); 1 for a photograph without tint.

    Args:
        before: In [0, 1]; a small copy is enough.
        after: The same after the change.

    Examples:
        >>> yellow = np.full((4, 4, 3), (0.6, 0.5, 0.3), dtype=np.float32)
        >>> paler = np.float32(0.2) + np.float32(0.5) * yellow
        >>> round(tint_left(yellow, paler), 3)
        0.5
    """
    old, new = (one - luma(one)[..., None] for one in (before, after))
    there = float(np.sum(old * old, dtype=np.float64))
    if there < _NO_TINT * old.size:
        return 1.0
    return float(np.clip(np.sum(old * new, dtype=np.float64) / there, 0.0, 1.0))


def with_luma(photo: Photo, target: Grey, *, tint_share: float = 1.0) -> Float32[np.ndarray, "H W 3"]:
    """Return the photograph with this luma and so much of its tint, or less where black or white is near.

    Args:
        photo: In [0, 1].
        target: Luma in [0, 1].
        tint_share: In [0, 1].
    """
    tint = np.float32(tint_share) * (photo - luma(photo)[..., None])
    upwards, downwards = np.maximum(tint.max(axis=2), 1e-6), np.maximum(-tint.min(axis=2), 1e-6)
    room = np.minimum(1.0, np.minimum((1.0 - target) / upwards, target / downwards)).astype(np.float32)
    return np.clip(target[..., None] + room[..., None] * tint, 0.0, 1.0)
