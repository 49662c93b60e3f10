"""Which pictures serve a photograph as references, and which do not, judged by what holds no colour.

Texture, order of lightness and place of regions, as the classical engine finds its references.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from oldphoto_core.classical.references import ReferenceStyle
from oldphoto_core.classical.regions import at_working_size, lab_of, segment, stretched_lightness
from oldphoto_core.classical.style_features import describe_regions
from oldphoto_core.classical.style_matching import Features, match_regions
from oldphoto_core.classical.style_settings import StyleSettings
from oldphoto_core.image import Photo

_ANY = StyleSettings(min_similarity=0.0)


@dataclass(frozen=True, slots=True)
class Sought:
    """What a photograph's references are found by."""

    features: Features
    """A descriptor for each of its regions."""

    shares: np.ndarray
    """Share of the photograph that each covers."""


def sought_by(photo: Photo) -> Sought:
    """Return what the references of a photograph are found by."""
    small = at_working_size(photo, _ANY.working_side_px)
    labels = segment(small, _ANY.regions)
    shares = np.bincount(labels.ravel()) / labels.size
    return Sought(describe_regions(stretched_lightness(lab_of(small)), labels), shares)


def most_alike(sought: Sought, pictures: Sequence[ReferenceStyle]) -> tuple[str, ...]:
    """Return the names of those that together serve the regions best, at most three, however little alike they are.

    In the order of their names.
    """
    matches = match_regions(sought.features, sought.shares, pictures, _ANY)
    return tuple(sorted({match.reference.reference_id for match in matches if match is not None}))


def least_alike(sought: Sought, pictures: Sequence[ReferenceStyle], count: int) -> tuple[str, ...]:
    """Return the names of those that serve the regions worst, each taken alone; the worst first."""
    served = sorted((_served(sought, one), one.reference_id) for one in pictures)
    return tuple(name for _, name in served[:count])


def _served(sought: Sought, picture: ReferenceStyle) -> float:
    """Return the mean similarity of the regions to their best counterparts."""
    matches = match_regions(sought.features, sought.shares, [picture], _ANY)
    return float(sum(share * match.similarity for share, match in zip(sought.shares, matches, strict=True) if match))
