"""Made-up pictures with regions, for tests of modernizing."""

from functools import cache

import numpy as np

from oldphoto_core.evaluation.style_cases import StyleOthers, StyleSubject
from oldphoto_core.image import Photo
from oldphoto_core.synthesis.scenes import scene

SIDE = 48


@cache
def picture(number: int, side: int = SIDE) -> Photo:
    """A picture of that number; the same array each time, so it must not be changed."""
    kinds = ("hills", "sea", "facade", "skyline")
    return scene(kinds[number % len(kinds)], (side, side), np.random.default_rng(number))


def quarters(side: int = SIDE) -> np.ndarray:
    """Four regions, a quarter of the picture each."""
    half = side // 2
    rows, columns = np.mgrid[:side, :side]
    return ((rows >= half) * 2 + (columns >= half)).astype(np.int32)


def subject(number: int = 0) -> StyleSubject:
    return StyleSubject(picture(number), quarters(), picture(number + 40))


def others() -> StyleOthers:
    return StyleOthers(subject(1), [picture(k) for k in (2, 3, 4)], [picture(k) for k in (5, 6, 7)])
