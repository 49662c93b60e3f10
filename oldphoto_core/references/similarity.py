"""From cosines to a similarity that means something.

Similarity means: of pairs of a region and a picture this alike, the share that came from one and the same photograph,
were related and unrelated pairs equally frequent. It is a logistic curve over three tenths of the cosine of the region
with its best counterpart and seven tenths of the mean of the best cosines over all regions, weighted by their share: on
its own a patch of texture says next to nothing about colour, a whole set of patches more. The three tenths were chosen,
not fitted: the region's own cosine tells related from unrelated no better than the picture's, and is there so that a
region without a counterpart is refused.

The cosines of another network have another mean and spread, so a curve holds for one file of weights; after new ones
``scripts/fit-likeness`` fits it again.

The curves were fitted on 206 freely licensed photographs cut in halves: the left half aged (dyes lost, stained,
blurred, grainy) and described, the right one as the reference. On 132 others, street scenes and facades among them, at
0.7 (``measured``): 73 of 100 related regions pass and 15 of 100 unrelated. But the best of hundreds of unrelated
pictures passes for most regions: similarity says what looks alike, not what is the same thing, and the more references
the more look alike by luck. What keeps wrong colours out is ``tints``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from jaxtyping import Float64

FULL_AREA: Final = 0.05
"""A region of a reference that covers less of it than this counts for less, in proportion."""

_REGION_PART: Final = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """The logistic curve of one describer."""

    offset: float
    """Log odds at a cosine of 0."""

    slope: float
    """Log odds for each unit of cosine."""


LIKENESS: Final[Mapping[str, Likeness]] = MappingProxyType(
    {
        "measured": Likeness(offset=-5.614, slope=11.694),
        "own": Likeness(offset=-18.001, slope=20.229),
        "together": Likeness(offset=-12.841, slope=19.342),
    }
)
"""The curve of each describer that was fitted, by its name."""

FITTED_FOR: Final = "ef7d45d9414621aacd59e9b0d648bff5a1bbfca43082927a36d58092c884e34a"
"""SHA-256 of the weights of own-texture that the curves of ``own`` and ``together`` are for."""

NOT_FITTED: Final = Likeness(offset=-6.0, slope=10.0)
"""For describers whose weights are not at hand here: even odds at a cosine of 0.6, a guess."""


def similarity(
    best: Float64[np.ndarray, "N M"], shares: Float64[np.ndarray, " N"], likeness: Likeness
) -> Float64[np.ndarray, "N M"]:
    """Return the similarity of each region of a photograph to each reference, in [0, 1].

    Args:
        best: Cosine of each region with its best counterpart in each reference, as ``counted``.
        shares: Share of the photograph that each region covers; they add up to 1.
        likeness: The curve.
    """
    return 1.0 / (1.0 + np.exp(-likeness.offset - likeness.slope * region_cosines(best, shares)))


def region_cosines(best: Float64[np.ndarray, "N M"], shares: Float64[np.ndarray, " N"]) -> Float64[np.ndarray, "N M"]:
    """Return what similarity is a curve of: a part of each region's own cosine, the rest that of the whole picture."""
    return _REGION_PART * best + (1.0 - _REGION_PART) * (shares @ best)


def counted(cosine: Float64[np.ndarray, "N R"], shares: Float64[np.ndarray, " R"]) -> Float64[np.ndarray, "N R"]:
    """Return the cosines with those of small reference regions reduced; one below 0 stays as it is.

    Examples:
        >>> counted(np.array([[0.8, 0.8, -0.5]]), np.array([0.5, 0.025, 0.025])).tolist()
        [[0.8, 0.4, -0.5]]
    """
    return np.where(cosine > 0.0, cosine * np.minimum(1.0, shares / FULL_AREA), cosine)
