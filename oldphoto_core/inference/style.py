"""Gives one photograph a modern look from references, or says why not.

The classical engine: no learning, no semantics. Black-and-white and toned photographs are never coloured, pictures that
look modern already are left alone, a region without a good reference takes no colour from any (only the tone curve of
the whole picture reaches it, held back by the share without reference), skin and neutral colours are held back, and a
result that is worse by the measures of ``style_checks`` is thrown away. Learned engines: ``style_learned``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from oldphoto_core.classical.references import ReferenceRegion, ReferenceStyle, describe_reference, reference_verdict
from oldphoto_core.classical.regions import at_working_size, lab_of, segment, stretched_lightness
from oldphoto_core.classical.style import apply_style, match_weight, plan_style
from oldphoto_core.classical.style_checks import harm_measures, harm_verdict
from oldphoto_core.classical.style_features import describe_regions
from oldphoto_core.classical.style_matching import match_regions
from oldphoto_core.classical.style_restraint import restrain_in_place
from oldphoto_core.classical.style_settings import StyleSettings
from oldphoto_core.classical.style_tones import fading_measures
from oldphoto_core.image import Photo, check_photo, is_monochrome
from oldphoto_core.inference.style_record import RegionStyle, recorded_matches

__all__ = [
    "Modernization",
    "ReferenceRegion",
    "ReferenceStyle",
    "RegionStyle",
    "StyleSettings",
    "describe_reference",
    "modernize",
    "reference_verdict",
    "untouched",
    "why_not",
]

_DEFAULTS: Final = StyleSettings()


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

    weights_sha256: str | None = None
    """Digest of the weights of the network that made it; None: no network had a part in it."""


def modernize(photo: Photo, references: Sequence[ReferenceStyle], settings: StyleSettings = _DEFAULTS) -> Modernization:
    """Return the photograph with a modern look taken from references, region by region, by the classical engine.

    Args:
        photo: The photograph; it is not changed.
        references: Descriptions of good modern pictures; their order does not matter.
        settings: Strength and bounds; references must have been described with the same regions and working size.

    Returns:
        The result and its record. Skipped and rejected photographs come back as the very same array.

    Raises:
        PhotoShapeError: The array is no photograph.
    """
    reason, measures = why_not(photo, settings, has_references=bool(references))
    if reason is not None:
        return untouched(photo, reason, measures)
    small = at_working_size(photo, settings.working_side_px)
    labels = segment(small, settings.regions)
    shares = np.bincount(labels.ravel()) / labels.size
    features = describe_regions(stretched_lightness(lab_of(small)), labels)
    matches = match_regions(features, shares, references, settings)
    if all(match is None for match in matches):
        return untouched(photo, "no-good-reference", measures)
    plan = plan_style(small, labels, matches, fading=measures["fading"], settings=settings)
    result = apply_style(photo, plan)
    measures["tint_held_back"] = restrain_in_place(photo, result, settings.restraint)
    measures |= harm_measures(photo, result)
    harm = harm_verdict(measures, settings)
    kept = photo if harm else result
    weights = [0.0 if harm else match_weight(match, measures["fading"], settings) for match in matches]
    change = lab_of(at_working_size(kept, settings.working_side_px)) - lab_of(small)
    verdict: Literal["applied", "rejected"] = "rejected" if harm else "applied"
    return Modernization(
        photo=kept,
        regions=recorded_matches(labels, matches, weights, change),
        verdict=verdict,
        reason=harm or "references",
        measures=measures,
    )


def why_not(photo: Photo, settings: StyleSettings, *, has_references: bool) -> tuple[str | None, dict[str, float]]:
    """Return why a photograph is to be left alone whatever the engine, or None, and the numbers that say so.

    Raises:
        PhotoShapeError: The array is no photograph.
    """
    check_photo(photo)
    if is_monochrome(photo):
        return "monochrome", {}
    if not has_references:
        return "no-references", {}
    measures = fading_measures(at_working_size(photo, settings.working_side_px))
    if measures["second_hue"] < settings.min_second_hue:
        return "monochrome", measures
    spared = settings.spare_modern or settings.engine == "classical"
    return ("already-modern" if measures["fading"] <= 0.0 and spared else None), measures


def untouched(photo: Photo, reason: str, measures: Mapping[str, float]) -> Modernization:
    """Return the record of a photograph that was left alone."""
    return Modernization(photo=photo, regions=(), verdict="skipped", reason=reason, measures=measures)
