"""Which reference fits which region, and how sure that is.

Distance is taken between colour-free descriptors. Three tenths of it is how well the region fits its best counterpart,
seven tenths how well the whole picture finds counterparts in that reference: on its own a patch of texture says next
to nothing about colour, a whole set of patches much more. A logistic curve turns distance into similarity.

Similarity means: of pairs this alike, the share that came from one and the same picture, were related and unrelated
pairs equally frequent. The logistic curve was fitted on the left and right halves of 120 freely licensed photographs
and is calibrated for those only: on street scenes that all look alike, unrelated pairs score far higher. The weights of
the groups and the three tenths were chosen, not fitted; in that fit the region's own distance told related from
unrelated no better than the picture's alone, and is kept so that a region without a counterpart is refused. Similarity
says nothing of what is seen, and the best of thousands of references looks alike by luck more often than of ten.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float64

from oldphoto_core.classical.references import ReferenceRegion, ReferenceStyle
from oldphoto_core.classical.style_features import FEATURE_GROUPS, FEATURES
from oldphoto_core.classical.style_settings import StyleSettings

_GROUP_WEIGHTS: Final = {"lightness": 8.0, "place": 2.0, "energy": 6.0, "direction": 1.0, "pattern": 6.0}
_REGION_PART: Final = 0.3
_LOGIT_AT_ZERO: Final = 6.344
_LOGIT_SLOPE: Final = 5.293

Features = Float64[np.ndarray, "N 43"]


@dataclass(frozen=True, slots=True)
class Match:
    """The reference region that fits one region of the photograph best."""

    reference: ReferenceStyle
    """The reference picture."""

    region: ReferenceRegion
    """The region of it."""

    similarity: float
    """In [0, 1]; see the module."""


def match_regions(
    features: Features,
    shares: Float64[np.ndarray, " N"],
    references: Sequence[ReferenceStyle],
    settings: StyleSettings,
) -> tuple[Match | None, ...]:
    """Return the best match for each region, from no more than ``max_references`` pictures.

    The set of pictures is grown one by one, each time by the picture that adds most similarity over the regions,
    weighted by their share; a similarity under ``min_similarity`` adds nothing.

    Args:
        features: One descriptor for each region of the photograph.
        shares: Share of the photograph each region covers; they add up to 1.
        references: The pictures to choose from; their order does not matter.
        settings: How many pictures, and how alike at least.

    Returns:
        One entry for each region; None where no reference is alike enough.
    """
    ordered = sorted({reference.reference_id: reference for reference in references}.items())
    pictures = [reference for _, reference in ordered]
    if not pictures:
        return (None,) * len(features)
    similarity, counterpart = _similarities(features, shares, pictures)
    useful = np.where(similarity >= settings.min_similarity, similarity, 0.0)
    chosen = _grown_set(useful, shares, settings.max_references)
    matches: list[Match | None] = []
    for row in range(len(features)):
        best = max(chosen, key=lambda column: (useful[row, column], -column), default=None)
        if best is None or useful[row, best] <= 0.0:
            matches.append(None)
            continue
        region = pictures[best].regions[int(counterpart[row, best])]
        matches.append(Match(pictures[best], region, float(useful[row, best])))
    return tuple(matches)


def _similarities(
    features: Features, shares: Float64[np.ndarray, " N"], pictures: Sequence[ReferenceStyle]
) -> tuple[Float64[np.ndarray, "N M"], np.ndarray]:
    """Return the similarity of each region to each picture, and which region of the picture it is to."""
    counts = np.array([len(picture.regions) for picture in pictures])
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    theirs = _weighted(np.array([region.features for picture in pictures for region in picture.regions]))
    distance = _distances(_weighted(features), theirs)
    best = np.minimum.reduceat(distance, starts, axis=1)
    whole = np.sum(best * shares[:, None], axis=0)
    combined = _REGION_PART * best + (1.0 - _REGION_PART) * whole
    owner = np.repeat(np.arange(len(pictures)), counts)
    counterpart = np.zeros(best.shape, dtype=np.int64)
    for row in range(len(features)):
        hits = np.flatnonzero(distance[row] == best[row, owner])
        counterpart[row, owner[hits[::-1]]] = hits[::-1] - starts[owner[hits[::-1]]]
    return 1.0 / (1.0 + np.exp(_LOGIT_SLOPE * combined - _LOGIT_AT_ZERO)), counterpart


def _weighted(features: Features) -> Features:
    """Return the descriptors scaled so that plain distance weighs the groups as it should."""
    scale = np.ones(FEATURES)
    for name, place in FEATURE_GROUPS.items():
        scale[place] = np.sqrt(_GROUP_WEIGHTS[name])
    return features * scale


def _distances(ours: Features, theirs: Float64[np.ndarray, "M 43"]) -> Float64[np.ndarray, "N M"]:
    """Return the Euclidean distance between each two descriptors."""
    return np.stack([np.sqrt(np.sum((theirs - row) ** 2, axis=1)) for row in ours])


def _grown_set(useful: Float64[np.ndarray, "N M"], shares: Float64[np.ndarray, " N"], limit: int) -> list[int]:
    """Return the pictures that together serve the regions best, found greedily; ties go to the first."""
    chosen: list[int] = []
    served = np.zeros(len(shares))
    while len(chosen) < limit:
        gains = shares @ np.maximum(useful - served[:, None], 0.0)
        best = int(np.argmax(gains))
        if gains[best] <= 0.0:
            break
        chosen.append(best)
        served = np.maximum(served, useful[:, best])
    return chosen
