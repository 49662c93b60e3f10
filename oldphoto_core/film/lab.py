"""Light and colour of a frame apart: CIE a* and b*, and a frame made of its own light and given colours."""

import cv2
import numpy as np
from jaxtyping import Float32

from oldphoto_core.film.reel import Frame
from oldphoto_core.image import luma

Colours = Float32[np.ndarray, "_h _w 2"]
"""CIE a* and b* (D65), about -100 to 100."""

_PEAK = 255.0
_ROUNDS = 2


def colours_of(frame: Frame) -> Colours:
    """Return a* and b* of each pixel of an sRGB frame."""
    return np.ascontiguousarray(cv2.cvtColor(frame, cv2.COLOR_RGB2Lab)[..., 1:])


def with_colours(frame: Frame, colours: Colours) -> Frame:
    """Return a frame in given colours with the luma that it has, up to what does not fit into [0, 1].

    Args:
        frame: RGB in [0, 1]; only its light is taken.
        colours: a* and b*, at its size or smaller.
    """
    height, width = frame.shape[:2]
    if colours.shape[:2] != (height, width):
        colours = cv2.resize(colours, (width, height), interpolation=cv2.INTER_LINEAR)
    light = luma(frame)
    lightness = cv2.cvtColor(np.repeat(light[..., None], 3, axis=2), cv2.COLOR_RGB2Lab)[..., :1]
    result = cv2.cvtColor(np.concatenate([lightness, colours], axis=2), cv2.COLOR_Lab2RGB)
    for _ in range(_ROUNDS):
        result = np.clip(result + (light - luma(result))[..., None], 0.0, 1.0)
    return result


def colour_psnr_db(frame: Frame, truth: Frame) -> float:
    """Return the peak signal-to-noise ratio of a* and b*, whose peak is taken as 255, in decibels, 100 at most."""
    error = float(np.mean(np.square(colours_of(frame) - colours_of(truth)), dtype=np.float64))
    return min(100.0, 10.0 * float(np.log10(_PEAK**2 / max(error, 1e-9))))
