"""Whether a photograph has one tone, black-and-white or toned, and which pixels leave it.

On a print of one tone the colour of a pixel follows from its lightness: all pixels lie on a curve in CIE Lab.
"""

import cv2
import numpy as np
from jaxtyping import Float32

from oldphoto_core.diagnosis.views import shrink
from oldphoto_core.image import Photo, is_monochrome

Channel = Float32[np.ndarray, "H W"]

VIEW_PX = 256
ONE_TONE = 3.2
"""Lab chroma off the curve that a fifth of the pixels may exceed: grain and JPEG colour noise of strongly toned prints
give up to 3.1, 19 of 20 modern colour photographs more."""

LEVELS = 32


def is_one_tone(photo: Photo) -> bool:
    """Return whether a photograph is black-and-white or toned, also where stains or noise disturb a few pixels.

    Examples:
        >>> is_one_tone(np.full((8, 8, 3), (0.5, 0.4, 0.3), dtype=np.float32))
        True
    """
    if is_monochrome(photo):
        return True
    lab = cv2.cvtColor(shrink(np.clip(photo, 0.0, 1.0), VIEW_PX), cv2.COLOR_RGB2LAB)
    away = np.hypot(off_curve(lab[..., 0], lab[..., 1]), off_curve(lab[..., 0], lab[..., 2]))
    return float(np.quantile(away, 0.8)) < ONE_TONE


def off_curve(lstar: Channel, channel: Channel) -> Channel:
    """Return how far a Lab channel lies from its median at the same lightness (32 levels, joined by lines).

    Args:
        lstar: CIE L* in [0, 100].
        channel: a* or b* of the same pixels.
    """
    bins = np.clip(lstar * (LEVELS / 100), 0, LEVELS - 1).astype(np.int64).ravel()
    order = np.argsort(bins, kind="stable")
    ends = np.searchsorted(bins[order], np.arange(LEVELS + 1))
    values = channel.ravel()[order]
    filled = [k for k in range(LEVELS) if ends[k + 1] - ends[k] >= 16] or [int(bins[0])]
    medians = [float(np.median(values[ends[k] : ends[k + 1]])) for k in filled]
    return (channel - np.interp(lstar * (LEVELS / 100) - 0.5, filled, medians)).astype(np.float32)
