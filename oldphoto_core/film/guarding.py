"""Where a film network is not to be believed: what moves so that flow cannot follow it looks like dirt to it, and goes.

A limb that swings or a passer-by is shown by one frame and not by its neighbours, as dirt is. But where a thing moves,
the neighbours differ from each other too, and where dirt lies they agree.
"""

import cv2
import numpy as np

from oldphoto_core.film.dirt import DirtSettings, noise
from oldphoto_core.film.neighbours import Neighbour
from oldphoto_core.image import Grey, luma

_AROUND = np.ones((13, 13), np.uint8)
_EDGE_PX = 2.0
_FEWEST = np.ones((2, 2), np.uint8)


def motion_trust(one: Neighbour, other: Neighbour, settings: DirtSettings) -> Grey:
    """Return how far motion was understood at each pixel of a frame, in [0, 1]: 1 where its neighbours agree.

    Args:
        one: A neighbour of the frame.
        other: Another one.
        settings: By how much they may differ.
    """
    first, second = luma(one.moved()), luma(other.moved())
    needed = max(settings.least, settings.noise_factor * noise(first, second))
    apart = cv2.erode((np.abs(first - second) > needed).astype(np.uint8), _FEWEST)
    return cv2.GaussianBlur(1.0 - cv2.dilate(apart, _AROUND).astype(np.float32), (0, 0), _EDGE_PX)
