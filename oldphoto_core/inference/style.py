"""Gives one photograph a modern look from references, or says why not.

The classical engine: no learning, no semantics. Black-and-white and toned photographs are never coloured, pictures that
look modern already are left alone, a region without a good reference takes no colour from any (only the tone curve of
the whole picture reaches it, held back by the share without reference), and a result that is worse by the measures of
``style_checks`` is thrown away.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from oldphoto_core.classical.references import ReferenceRegion, ReferenceStyle, describe_reference, reference_verdict
from oldphoto_core.classical.regions import Lab, at_working_size, lab_of, segment, stretched_lightness
from oldphoto_core.classical.style import apply_style, match_weight, plan_style
from oldphoto_core.classical.style_checks import harm_measures, harm_verdict
from oldphoto_core.classical.style_features import describe_regions
from oldphoto_core.classical.style_masks import encode_mask
from oldphoto_core.classical.style_matching import Match, match_regions
from oldphoto_core.classical.style_settings import StyleSettings
from oldphoto_core.classical.style_tones import fading_measures
from oldphoto_core.image import Mask, Photo, check_photo, is_monochrome

__all__ = [
    "Modernization",
    "ReferenceRegion",
    "ReferenceStyle",
    "RegionStyle",
    "StyleSettings",
    "describe_reference",
    "modernize",
    "reference_verdict",
]

_DEFAULTS: Final = StyleSettings()


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionStyle:
    """What one region of a photograph was given."""

    region: int
    """Its number, from 0 at the top of the picture downwards."""

    mask_rle: str
    """Its pixels as row-major run lengths at the working size; see ``style_masks``."""

    mask_width_px: int
    """Width of the mask."""

    mask_height_px: int
    """Height of the mask."""

    share: float
    """Share of the picture it covers, in (0, 1]."""

    reference_id: str | None
    """SHA-256 of the reference that served it; None where none was good enough."""

    similarity: float
    """How alike the reference's region is, in [0, 1]; 0 without one."""

    weight: float
    """Share of the way to the reference that was gone, in [0, 1); 0 without one or when the result was rejected."""

    shift_l: float
    """Mean change of L* in the region, the whole-picture tones included."""

    shift_a: float
    """Mean change of a*."""

    shift_b: float
    """Mean change of b*."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Modernization:
    """A photograph after the modernize stage, and the record of it."""

    photo: Photo
    """The result; the very input unless the verdict is ``applied``."""

    regions: tuple[RegionStyle, ...]
    """What each region was given; empty when skipped."""

    verdict: Literal["applied", "rejected", "skipped"]
    """Whether the result was kept, found harmful, or never made."""

    reason: str
    """``references`` when applied; else a short code: ``monochrome``, ``no-references``, ``already-modern``,
    ``no-good-reference``, or a harm of ``style_checks``."""

    measures: Mapping[str, float]
    """The numbers behind the verdict."""


def modernize(photo: Photo, references: Sequence[ReferenceStyle], settings: StyleSettings = _DEFAULTS) -> Modernization:
    """Return the photograph with a modern look taken from references, region by region.

    Args:
        photo: The photograph; it is not changed.
        references: Descriptions of good modern pictures; their order does not matter.
        settings: Strength and bounds; references must have been described with the same regions and working size.

    Returns:
        The result and its record. Skipped and rejected photographs come back as the very same array.

    Raises:
        PhotoShapeError: The array is no photograph.
    """
    check_photo(photo)
    if is_monochrome(photo):
        return _untouched(photo, "monochrome", {})
    if not references:
        return _untouched(photo, "no-references", {})
    small = at_working_size(photo, settings.working_side_px)
    measures = fading_measures(small)
    if measures["second_hue"] < settings.min_second_hue:
        return _untouched(photo, "monochrome", measures)
    if measures["fading"] <= 0.0:
        return _untouched(photo, "already-modern", measures)
    labels = segment(small, settings.regions)
    shares = np.bincount(labels.ravel()) / labels.size
    features = describe_regions(stretched_lightness(lab_of(small)), labels)
    matches = match_regions(features, shares, references, settings)
    if all(match is None for match in matches):
        return _untouched(photo, "no-good-reference", measures)
    plan = plan_style(small, labels, matches, fading=measures["fading"], settings=settings)
    result = apply_style(photo, plan)
    measures |= harm_measures(photo, result)
    harm = harm_verdict(measures, settings)
    kept = photo if harm else result
    weights = [0.0 if harm else match_weight(match, measures["fading"], settings) for match in matches]
    change = lab_of(at_working_size(kept, settings.working_side_px)) - lab_of(small)
    regions = tuple(
        _record(name, labels == name, match, weight=weight, change=change)
        for name, (match, weight) in enumerate(zip(matches, weights, strict=True))
    )
    verdict: Literal["applied", "rejected"] = "rejected" if harm else "applied"
    return Modernization(photo=kept, regions=regions, verdict=verdict, reason=harm or "references", measures=measures)


def _untouched(photo: Photo, reason: str, measures: Mapping[str, float]) -> Modernization:
    """Return the record of a photograph that was left alone."""
    return Modernization(photo=photo, regions=(), verdict="skipped", reason=reason, measures=measures)


def _record(name: int, mask: Mask, match: Match | None, *, weight: float, change: Lab) -> RegionStyle:
    """Return the record of one region, with its mean change in CIELAB at the working size."""
    shift = change[mask].mean(axis=0, dtype=np.float64)
    return RegionStyle(
        region=name,
        mask_rle=encode_mask(mask),
        mask_width_px=mask.shape[1],
        mask_height_px=mask.shape[0],
        share=float(mask.mean()),
        reference_id=match.reference.reference_id if match else None,
        similarity=match.similarity if match else 0.0,
        weight=weight,
        shift_l=float(shift[0]),
        shift_a=float(shift[1]),
        shift_b=float(shift[2]),
    )
