"""The choice of references for one photograph, by vectors where there are some, else by the looks alone."""

from collections.abc import Sequence

import numpy as np

from oldphoto_core.classical.references import ReferenceStyle
from oldphoto_core.classical.regions import at_working_size, lab_of, segment, stretched_lightness
from oldphoto_core.classical.style_features import describe_regions
from oldphoto_core.classical.style_matching import match_regions
from oldphoto_core.classical.style_settings import StyleSettings
from oldphoto_core.image import Photo
from oldphoto_core.references.choice import Choice, RegionChoice
from oldphoto_core.references.settings import RetrievalSettings


def retrieval_of(settings: StyleSettings) -> RetrievalSettings:
    """Return how references are retrieved under these settings of the stage."""
    return RetrievalSettings(max_references=settings.max_references, min_similarity=settings.min_similarity)


def choose_by_looks(photo: Photo, styles: Sequence[ReferenceStyle], settings: StyleSettings) -> Choice:
    """Return the choice that the classical engine makes: regions matched by texture and place, see ``style_matching``.

    Raises:
        PhotoShapeError: The array is no photograph.
    """
    small = at_working_size(photo, settings.working_side_px)
    labels = segment(small, settings.regions)
    shares = np.bincount(labels.ravel()) / labels.size
    features = describe_regions(stretched_lightness(lab_of(small)), labels)
    matches = match_regions(features, shares, styles, settings)
    regions = tuple(
        RegionChoice(
            region=label,
            share=float(share),
            reference_id=match.reference.reference_id if match else None,
            reference_region=match.reference.regions.index(match.region) if match else None,
            similarity=match.similarity if match else 0.0,
        )
        for label, (share, match) in enumerate(zip(shares, matches, strict=True))
    )
    served: dict[str, float] = {}
    for region in regions:
        if region.reference_id is not None:
            served[region.reference_id] = served.get(region.reference_id, 0.0) + region.share * region.similarity
    order = sorted(served, key=lambda name: (-served[name], name))
    return Choice(references=tuple(order), labels=labels, regions=regions)
