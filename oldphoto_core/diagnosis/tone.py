"""How much of the tone scale a photograph uses, in CIE L* from 0 (black) to 100 (white)."""

from dataclasses import dataclass

import numpy as np

from oldphoto_core.image import LUMA, Grey, Photo


@dataclass(frozen=True, slots=True)
class Tones:
    """The ends and the spread of the tones."""

    black_lstar: float
    """L* below which 1 % of the pixels lie."""

    white_lstar: float
    """L* above which 1 % of the pixels lie."""

    spread_lstar: float
    """Distance in L* from the 5 % to the 95 % quantile."""


def lightness(photo: Photo) -> Grey:
    """Return CIE L* in [0, 100] (D65; IEC 61966-2-1 decoding, CIE 15:2004).

    Examples:
        >>> lightness(np.ones((1, 1, 3), dtype=np.float32)).round(2).tolist()
        [[100.0]]
    """
    clipped = np.clip(photo, 0.0, 1.0)
    linear = np.where(clipped <= 0.04045, clipped / 12.92, ((clipped + 0.055) / 1.055) ** 2.4)
    luminance = linear.astype(np.float32) @ LUMA
    cube = np.where(luminance > 0.008856, np.cbrt(luminance), 7.787 * luminance + 16 / 116)
    return (116 * cube - 16).astype(np.float32)


def tones(lstar: Grey) -> Tones:
    """Return black point, white point and spread of a picture given as L*."""
    black, low, high, white = np.quantile(lstar, [0.01, 0.05, 0.95, 0.99])
    return Tones(black_lstar=float(black), white_lstar=float(white), spread_lstar=float(high - low))
