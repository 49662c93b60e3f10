"""A modern look from references: tones for the whole picture, then a bounded Lab change for each region.

1. A power and a gain for each colour channel, towards the ends modern pictures and the chosen references agree on.
2. For each region with a reference, a step towards the reference's mean and spread of L*, a*, b*; the steps become
   smooth maps by a guided filter, so that they follow edges and show none of their own.

Both are computed at the working size and applied to the photograph itself in strips, as a change added to its pixels:
detail stays, and where nothing changes the pixels are the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from jaxtyping import Float32, Float64

from oldphoto_core.classical.regions import Lab, Labels, lab_of
from oldphoto_core.classical.style_guided import guided_filter
from oldphoto_core.classical.style_matching import Match
from oldphoto_core.classical.style_settings import StyleSettings
from oldphoto_core.classical.style_tones import MODERN_DARKEST, MODERN_LIGHTEST, ToneCurve, Triple, tone_curve
from oldphoto_core.image import Photo

Maps = Float32[np.ndarray, "h w 6"]
"""Per-pixel gain - 1 of L*, a*, b*, then offset of L*, a*, b*."""

_EDGE_VARIANCE: Final = 0.01
_END_ZONE: Final = 12.0
_MOST_LIGHTNESS_CHANGE: Final = 9.0
_STRIP_PIXELS: Final = 1 << 18


@dataclass(frozen=True, slots=True)
class StylePlan:
    """All that is to be done to one photograph, computed at the working size."""

    curve: ToneCurve
    """Tones of the whole picture, applied first."""

    maps: Maps
    """Changes in CIELAB after the curve, at the working size."""


def plan_style(
    small: Photo, labels: Labels, matches: Sequence[Match | None], *, fading: float, settings: StyleSettings
) -> StylePlan:
    """Return what to do to a photograph.

    Args:
        small: The photograph at the working size.
        labels: Its regions.
        matches: One match, or None, for each region.
        fading: How faded it is, in [0, 1].
        settings: Strength and bounds.
    """
    # The curve reaches every pixel, so it is held back by what the references do not cover.
    covered = float(np.mean(np.array([match is not None for match in matches])[labels]))
    curve = tone_curve(small, fading * covered, target_ends(matches), settings)
    lab = lab_of(curve.apply(small))
    changes = np.zeros((len(matches), 6), dtype=np.float32)
    for name, match in enumerate(matches):
        if match is not None:
            weight = match_weight(match, fading, settings)
            changes[name] = _region_change(lab[labels == name], match, weight=weight, settings=settings)
    guide = lab[..., 0] / np.float32(100.0)
    maps = guided_filter(changes[labels], guide, radius_px=settings.smoothing_px, epsilon=_EDGE_VARIANCE)
    return StylePlan(curve, np.clip(maps, changes.min(axis=0), changes.max(axis=0)))


def target_ends(matches: Sequence[Match | None]) -> tuple[Triple, Triple]:
    """Return the darkest and lightest R, G, B to aim at: half what modern pictures agree on, half the references'."""
    references = {match.reference.reference_id: match.reference for match in matches if match is not None}
    dark, light = np.full(3, MODERN_DARKEST), np.full(3, MODERN_LIGHTEST)
    if references:
        dark = 0.5 * dark + 0.5 * np.mean([reference.darkest for reference in references.values()], axis=0)
        light = 0.5 * light + 0.5 * np.mean([reference.lightest for reference in references.values()], axis=0)
    return dark, light


def match_weight(match: Match | None, fading: float, settings: StyleSettings) -> float:
    """Return the share of the way to its reference that a region goes: less for a poor match or a fresh picture."""
    return 0.0 if match is None else settings.strength * match.similarity * fading


def _region_change(
    pixels: Float32[np.ndarray, "N 3"], match: Match, *, weight: float, settings: StyleSettings
) -> Float64[np.ndarray, " 6"]:
    """Return gain - 1 and offset of L*, a*, b* for one region, within the bounds."""
    mean, spread = pixels.mean(axis=0, dtype=np.float64), pixels.std(axis=0, dtype=np.float64)
    shift_limit = np.array([settings.max_lightness_shift, settings.max_tint_shift, settings.max_tint_shift])
    gain_limit = np.array([settings.max_contrast_gain, settings.max_chroma_gain, settings.max_chroma_gain])
    shift = np.clip(weight * (np.array(match.region.lab_mean) - mean), -shift_limit, shift_limit)
    ratio = (np.array(match.region.lab_spread) + 1.0) / (spread + 1.0)
    gain = np.clip(ratio**weight, 1.0 / gain_limit, gain_limit)
    return np.concatenate([gain - 1.0, shift + (1.0 - gain) * mean])


def apply_style(photo: Photo, plan: StylePlan) -> Photo:
    """Return the photograph with the plan carried out, in strips: memory beyond the result does not grow with it.

    Args:
        photo: The photograph at its full size, in the proportions the plan was made for.
        plan: From :func:`plan_style`.

    Returns:
        A new photograph in [0, 1]. Where curve and maps change nothing, its pixels are those of the input.
    """
    height, width = photo.shape[:2]
    rows = max(1, _STRIP_PIXELS // width)
    result = np.empty_like(photo)
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        maps = _maps_of_rows(plan.maps, np.arange(top, bottom), (height, width))
        result[top:bottom] = _styled(photo[top:bottom], plan.curve, maps)
    return result


def _maps_of_rows(maps: Maps, rows: np.ndarray, size: tuple[int, int]) -> Float32[np.ndarray, "R W 6"]:
    """Return some rows of the maps enlarged to the full size, by straight lines between pixel centres."""
    height, width = size
    place = np.clip((rows + 0.5) * (maps.shape[0] / height) - 0.5, 0.0, maps.shape[0] - 1.0)
    above = np.minimum(place.astype(np.int64), max(maps.shape[0] - 2, 0))
    below = np.minimum(above + 1, maps.shape[0] - 1)
    part = (place - above).astype(np.float32)[:, None, None]
    narrow = maps[above] * (1.0 - part) + maps[below] * part
    layers = [
        cv2.resize(layer, (width, len(rows)), interpolation=cv2.INTER_LINEAR) for layer in np.moveaxis(narrow, -1, 0)
    ]
    return np.stack(layers, axis=-1)


def _styled(strip: Photo, curve: ToneCurve, maps: Maps) -> Photo:
    """Return one strip after the curve and the maps."""
    toned = curve.apply(strip)
    lab = lab_of(toned)
    changed = shifted_lab(lab, maps)
    # The change is added in sRGB, so that rounding in the trip through CIELAB cancels.
    change = cv2.cvtColor(changed, cv2.COLOR_Lab2RGB) - cv2.cvtColor(lab, cv2.COLOR_Lab2RGB)
    return np.clip(toned + change, 0.0, 1.0)


def shifted_lab(lab: Lab, maps: Maps) -> Lab:
    """Return the colours after ``(1 + gain) * value + offset``, faded out towards black and white.

    No L* changes by more than 9, and within 12 L* of either end changes shrink to nothing in proportion: black and
    white stay, and where gain and offset are the same the order of lightnesses is kept for gains down to 1 / 1.25.
    """
    window = np.clip(np.minimum(lab[..., 0], 100.0 - lab[..., 0]) / _END_ZONE, 0.0, 1.0)
    change = maps[..., :3] * lab + maps[..., 3:]
    change[..., 0] = np.clip(change[..., 0], -_MOST_LIGHTNESS_CHANGE, _MOST_LIGHTNESS_CHANGE)
    return lab + window[..., None] * change
