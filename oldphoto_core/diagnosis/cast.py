"""Whether the colours of a photograph lean to one side, in CIE Lab chroma units.

A sepia print is not ill: it has one tone by intent or by age, and taking that tone away is a choice for a person. So a
photograph of one tone has no cast here (``cast_lab`` is 0), however brown it is.
"""

import cv2
import numpy as np

from oldphoto_core.diagnosis.toning import is_one_tone
from oldphoto_core.image import Photo

VIEW_PX = 256
SHADOW_LSTAR = 25.0
"""Darker pixels are left out: their chroma is small whatever the light."""


def cast_lab(photo: Photo) -> float:
    """Return how far the whole picture is from having anything neutral in it.

    Two things are added. The chroma that 95 % of the pixels exceed: a picture without a cast almost always holds
    something grey. And half the shift of the lightest fifth along the mean hue, again such that nearly all of these
    pixels are shifted at least so far: paper, clouds and linen are what a cast shows on first.

    Returns:
        Chroma units, 0 or more: below 13 for 9 of 10 clean photographs, above 26 for sunsets and the like. A picture
        of one tone gives 0.
    """
    if is_one_tone(photo):
        return 0.0
    step = max(1, max(photo.shape[:2]) // VIEW_PX)
    lab = cv2.cvtColor(np.clip(photo[::step, ::step], 0.0, 1.0), cv2.COLOR_RGB2LAB).reshape(-1, 3)
    lstar, chroma = lab[:, 0], lab[:, 1:]
    lit = lstar > SHADOW_LSTAR
    mean = chroma.mean(axis=0)
    length = float(np.hypot(*mean))
    if np.count_nonzero(lit) < 50 or length < 1e-3:
        return 0.0
    least = float(np.quantile(np.hypot(chroma[lit, 0], chroma[lit, 1]), 0.05))
    light = chroma[lstar >= np.quantile(lstar, 0.8)] @ (mean / length)
    return max(0.0, least + 0.5 * float(np.quantile(light, 0.1)))
