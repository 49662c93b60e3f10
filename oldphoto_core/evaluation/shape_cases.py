"""Scratches from shapes that were traced elsewhere, at about the severity asked for."""

from collections.abc import Sequence

import numpy as np

from oldphoto_core.synthesis.drawn import amount_of
from oldphoto_core.synthesis.scratches import SCRATCH_HALF
from oldphoto_core.synthesis.shapes import PastedShapes, Shape

SIZE = 0.45
"""Typical longer side of a shape as a share of the picture's."""

_EACH = 1.2e-3  # mean change by one shape of that size, measured on photographs of 256 x 256 pixels
_MOST = 24


def pasted_scratches(shapes: Sequence[Shape], severity: float, rng: np.random.Generator) -> PastedShapes:
    """Return the step that lays so many shapes as scratches that they are about as bad as asked for, on average.

    Args:
        shapes: What to choose from; at least one.
        severity: In [0, 1).
        rng: The source of chance.
    """
    count = int(np.clip(round(amount_of(severity, half=SCRATCH_HALF) / _EACH), 1, _MOST))
    dark_share = float(rng.choice((0.0, 0.25, 0.7)))
    return PastedShapes(shapes=tuple(shapes), kind="scratch", count=count, size=SIZE, dark_share=dark_share)
