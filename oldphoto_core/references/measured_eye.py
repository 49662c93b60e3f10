"""Texture, lightness rank and place of regions, each number standardised: no network, no weights.

Means and deviations are those of the regions of the right halves of 206 freely licensed photographs.
"""

from typing import Final

import numpy as np
from jaxtyping import Float64

from oldphoto_core.classical.style_features import describe_regions
from oldphoto_core.references.described import Vectors, unit_rows
from oldphoto_core.references.view import View

_MEAN: Final = np.array(
    [
        0.499,
        0.143,
        0.51,
        0.152,
        0.17,
        0.17,
        -0.142,
        0.247,
        -0.102,
        0.223,
        0.375,
        0.428,
        0.336,
        0.362,
        0.487,
        0.37,
        0.344,
        0.412,
        0.33,
        0.353,
        0.495,
        0.368,
        0.338,
        0.072,
        0.147,
        0.138,
        0.346,
        0.58,
        0.476,
        0.219,
        0.206,
        0.279,
        0.164,
        0.078,
        0.139,
        0.195,
        0.352,
        0.642,
        0.447,
        0.225,
        0.166,
        0.169,
        0.182,
    ]
)
_DEVIATION: Final = np.array(
    [
        0.258,
        0.059,
        0.236,
        0.075,
        0.3,
        0.286,
        0.213,
        0.066,
        0.193,
        0.06,
        0.272,
        0.149,
        0.096,
        0.097,
        0.147,
        0.093,
        0.096,
        0.164,
        0.112,
        0.109,
        0.163,
        0.109,
        0.11,
        0.038,
        0.048,
        0.065,
        0.053,
        0.148,
        0.07,
        0.058,
        0.053,
        0.174,
        0.048,
        0.042,
        0.061,
        0.068,
        0.077,
        0.094,
        0.089,
        0.064,
        0.068,
        0.128,
        0.054,
    ]
)


class MeasuredEye:
    """Looks with the features of ``style_features``."""

    weights_sha256: Final[str | None] = None
    """It has none."""

    def look(self, view: View) -> Vectors:
        """Return a vector for each region and one for the whole picture."""
        one: Float64[np.ndarray, "1 43"] = describe_regions(view.lightness, np.zeros_like(view.labels))
        rows = np.concatenate([describe_regions(view.lightness, view.labels), one])
        return unit_rows(((rows - _MEAN) / _DEVIATION).astype(np.float32))
