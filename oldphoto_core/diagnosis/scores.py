"""Frozen tables that turn the description of a line or a speck into the log odds that it is damage.

Plain logistic regression, so that each number can be read. It was fitted on 206 openly licensed clean photographs and
120 sound old ones, openly licensed or presumed in the public domain: as they were, aged (half turned monochrome, some
faded, a third with film grain; every candidate is then scene or grain, not damage), and aged with drawn lines and
specks and openly licensed stamps of real scratches, hairs, lint and dirt. Values: log odds a unit of the feature.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from oldphoto_core.diagnosis.lines import FEATURES as LINE_FEATURES
from oldphoto_core.diagnosis.specks import FEATURES as SPECK_FEATURES


@dataclass(frozen=True, slots=True)
class Score:
    """Log odds that are linear in the features."""

    features: tuple[str, ...]
    """Names of the columns, in order."""

    start: float
    """Log odds where every feature is zero."""

    weights: tuple[float, ...]
    """Log odds for each unit of each feature."""

    def __post_init__(self) -> None:
        """Refuse a table that leaves a feature out."""
        if len(self.weights) != len(self.features):
            raise ValueError(f"expected {len(self.features)} weights, found {len(self.weights)}")

    def log_odds(self, description: Float64[np.ndarray, "N F"]) -> Float64[np.ndarray, " N"]:
        """Return the log odds of damage for each row of a description."""
        return description @ np.array(self.weights) + self.start


LIGHT_LINE = Score(LINE_FEATURES, -12.56, (0.09, 1.60, -0.68, 2.32, 1.32, 2.96, -1.14, -1.55, -1.19))
DARK_LINE = Score(LINE_FEATURES, -11.42, (0.09, 1.37, -0.66, 1.40, 1.09, 2.63, -1.40, -1.34, -1.17))
LIGHT_SPECK = Score(SPECK_FEATURES, -7.56, (0.75, 0.23, 0.84, 0.65, 0.16, 1.14, 0.91, -1.13, -0.51))
