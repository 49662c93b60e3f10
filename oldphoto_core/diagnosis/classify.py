"""The damage report of a photograph from measurements alone; no network."""

from collections.abc import Mapping
from dataclasses import dataclass

from oldphoto_core.damage import DAMAGE_KINDS, DamageReport
from oldphoto_core.diagnosis.blocks import blockiness
from oldphoto_core.diagnosis.cast import cast_lab
from oldphoto_core.diagnosis.marks import Marks, find_marks
from oldphoto_core.diagnosis.noise import grain_sigma, noise_sigma
from oldphoto_core.diagnosis.rules import find
from oldphoto_core.diagnosis.settings import DiagnosisSettings
from oldphoto_core.diagnosis.sharpness import detail_long_side_px, edge_sigma_px, spectral_reach
from oldphoto_core.diagnosis.stains import Stains, find_stains
from oldphoto_core.diagnosis.tears import find_tears
from oldphoto_core.diagnosis.tone import lightness, tones
from oldphoto_core.diagnosis.views import View, centre, enlarge_mask, inner, shrink
from oldphoto_core.image import Mask, Photo, check_photo, luma

__all__ = ["Diagnosis", "DiagnosisSettings", "diagnose"]

FRAME = 0.05
"""Share of each side that is left out of the tone scale: frames are black or white whatever the print is."""

GRAIN_VISIBILITY = 0.8
"""Weight of grain, measured on 2x2 means, beside pixel noise: coarser, so easier to see at the same strength."""

BLOCKS_PX = 1024
"""Side of the central square in which the JPEG grid is sought at full size."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is wrong, and where."""

    report: DamageReport
    """A finding for each kind, and the measures they rest on."""

    mask: Mask
    """Structured damage at the photograph's own size; True is damaged."""


def diagnose(photo: Photo, settings: DiagnosisSettings = DiagnosisSettings()) -> Diagnosis:  # noqa: B008 - frozen
    """Return the damage report and the mask of structured damage.

    Args:
        photo: The photograph at any size; it is not changed.
        settings: Sizes that bound the cost, and the caution of the mask.

    Raises:
        PhotoShapeError: The array is not a photograph.

    Examples:
        >>> import numpy as np
        >>> diagnose(np.full((32, 32, 3), 0.5, dtype=np.float32)).mask.shape
        (32, 32)
    """
    check_photo(photo)
    plate = shrink(photo, settings.mask_long_side_px)
    marks = find_marks(plate, caution=settings.caution)
    stains = find_stains(plate, largest_small=settings.largest_masked_stain)
    tear = find_tears(plate)
    mask = marks.scratch | marks.crease | marks.dust | stains.small | tear
    measures = {
        **measure_surface(photo, settings),
        **_structure(marks, stains, tear),
        "mask_share": float(mask.mean()),
    }
    findings = {kind: find(kind, measures) for kind in DAMAGE_KINDS}
    report = DamageReport(findings=findings, mask_share=measures["mask_share"], measures=measures)
    return Diagnosis(report=report, mask=enlarge_mask(mask, photo.shape[:2]))


def measure_surface(photo: Photo, settings: DiagnosisSettings) -> Mapping[str, float]:
    """Return the measures of damage that lies everywhere.

    Args:
        photo: The photograph at its own size.
        settings: Sizes that bound the cost.
    """
    view = shrink(photo, settings.view_long_side_px)
    grey = luma(view)
    noise, grain = noise_sigma(grey), grain_sigma(grey)
    edge, reach = edge_sigma_px(grey, noise), spectral_reach(grey)
    scale = tones(inner(lightness(view), FRAME))
    detail = detail_long_side_px(max(photo.shape[:2]), max(view.shape[:2]), reach=reach, edge_sigma=edge)
    return {
        "noise_sigma": noise,
        "grain_sigma": grain,
        "visible_noise_sigma": max(noise, GRAIN_VISIBILITY * grain),
        "edge_sigma_px": edge,
        "spectral_reach": reach,
        "detail_long_side_px": detail,
        "blockiness": blockiness(luma(centre(photo, BLOCKS_PX))),
        "black_lstar": scale.black_lstar,
        "white_lstar": scale.white_lstar,
        "range_lstar": scale.white_lstar - scale.black_lstar,
        "spread_lstar": scale.spread_lstar,
        "cast_lab": cast_lab(view),
    }


def measure_structure(plate: View, settings: DiagnosisSettings) -> Mapping[str, float]:
    """Return the measures of damage that lies on some pixels.

    Args:
        plate: The photograph, reduced to the size at which marks are sought.
        settings: The caution of the mask.
    """
    marks = find_marks(plate, caution=settings.caution)
    stains = find_stains(plate, largest_small=settings.largest_masked_stain)
    return _structure(marks, stains, find_tears(plate))


def _structure(marks: Marks, stains: Stains, tear: Mask) -> Mapping[str, float]:
    stain_share = float(stains.mask.mean())
    return {
        "scratch_evidence": marks.scratch_evidence if marks.scratch.any() else min(0.9, marks.scratch_evidence),
        "crease_evidence": marks.crease_evidence if marks.crease.any() else min(0.9, marks.crease_evidence),
        "speck_evidence": marks.speck_evidence,
        "scratch_share": float(marks.scratch.mean()),
        "crease_share": float(marks.crease.mean()),
        "dust_share": float(marks.dust.mean()),
        "stain_share": stain_share,
        "stain_shift_lab": stains.shift_lab,
        "stain_weight": stain_share * stains.shift_lab / 10.0,
        "tear_share": float(tear.mean()),
    }
