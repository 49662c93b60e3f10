"""The tones of the whole picture: how faded it is, and the curve that gives its shadows and its white back.

A dye that fades loses a share of its density everywhere alike, and density is the logarithm of transmitted light; so
raising a channel to a power undoes it, darkest tones most, white not at all. One power a channel also takes the tint
out of the shadows. A stained or dull white divides a channel by a constant. Both curves are monotone, map [0, 1] into
itself but for the white gain, and their bounds are settings.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from jaxtyping import Float32, Float64

from oldphoto_core.classical.regions import lab_of
from oldphoto_core.classical.style_settings import StyleSettings
from oldphoto_core.image import Photo

Triple = Float64[np.ndarray, "3"]

MODERN_DARKEST: Final = 0.06
"""Darkest tones aimed at, sRGB in [0, 1]: a chosen round figure, a little lighter than the median of ``end_tones`` over
206 freely licensed modern photographs (about 0.04 to 0.05), so that shadows are not crushed."""

MODERN_LIGHTEST: Final = 0.93
"""Lightest tones aimed at, sRGB in [0, 1]: chosen, not fitted; the same photographs have medians of 0.89 to 0.92."""


@dataclass(frozen=True, slots=True)
class ToneCurve:
    """One power and one gain for each of R, G, B: ``out = (gain * in) ** exponent``, clipped to [0, 1]."""

    exponents: tuple[float, float, float]
    """At least 1; 1 leaves a channel as it is."""

    gains: tuple[float, float, float]
    """At least 1; 1 leaves a channel as it is."""

    def apply(self, photo: Photo) -> Photo:
        """Return the photograph through the curve; the identity curve returns equal values."""
        gains = np.array(self.gains, dtype=np.float32)
        exponents = np.array(self.exponents, dtype=np.float32)
        return np.power(np.clip(photo * gains, 0.0, 1.0), exponents)


def end_tones(photo: Photo) -> tuple[Triple, Triple]:
    """Return the darkest and the lightest R, G, B of a small photograph: its 0.3 and 99 percent tones, lightly blurred.

    The outer 6 percent on each side, where mounts and black scanner edges lie, and specks do not count.
    """
    smooth = cv2.GaussianBlur(_inner(photo), (0, 0), 1.0).reshape(-1, 3)
    dark, light = np.percentile(smooth, (0.3, 99.0), axis=0)
    return np.clip(dark, 0.0, 1.0).astype(np.float64), np.clip(light, 0.0, 1.0).astype(np.float64)


def fading_measures(photo: Photo) -> dict[str, float]:
    """Return how far a small photograph is from a modern one, by its tones.

    Returns:
        ``black_l`` and ``white_l``: L* of the darkest and lightest tones; ``shadow_tint``: chroma of the darkest tones;
        ``chroma_p95``: its vivid end; ``second_hue``: how far colours leave a single hue, as RMS of a*b* across the
        main direction after the mean tint of each lightness is taken away; ``fading``: 0 for deep neutral shadows under
        a clean white, 1 for a plainly faded print, between them in proportion.
    """
    dark, light = (lab_of(np.float32(tone).reshape(1, 1, 3))[0, 0] for tone in end_tones(photo))
    lab = lab_of(_inner(photo))
    measures = {
        "black_l": float(dark[0]),
        "white_l": float(light[0]),
        "shadow_tint": float(np.hypot(dark[1], dark[2])),
        "chroma_p95": float(np.percentile(np.hypot(lab[..., 1], lab[..., 2]), 95.0)),
        "second_hue": _second_hue(cv2.GaussianBlur(lab, (0, 0), 2.0)),
    }
    grey_shadows = _ramp(measures["black_l"], 18.0, 30.0)
    tinted_shadows = _ramp(measures["shadow_tint"], 20.0, 36.0)
    dull_white = _ramp(-measures["white_l"], -68.0, -52.0)
    measures["fading"] = max(grey_shadows, tinted_shadows, dull_white)
    return measures


def tone_curve(photo: Photo, fading: float, targets: tuple[Triple, Triple], settings: StyleSettings) -> ToneCurve:
    """Return the curve that takes the ends of a small photograph towards the target ends.

    Args:
        photo: The photograph at the working size.
        fading: From :func:`fading_measures`, in [0, 1]; 0 gives the identity.
        targets: Darkest and lightest R, G, B wanted.
        settings: Strength and bounds.
    """
    strength = settings.tone_strength * fading
    dark, light = end_tones(photo)
    wanted_dark, wanted_light = targets
    gains = np.clip(wanted_light / np.maximum(light, 0.05), 1.0, settings.max_white_gain) ** (0.5 * strength)
    dark = np.clip(dark * gains, 1e-3, 0.95)
    exponents = np.log(np.clip(wanted_dark, 0.02, 0.5)) / np.log(dark)
    exponents = np.clip(exponents, 1.0, settings.max_exponent) ** strength
    return ToneCurve(_triple(exponents), _triple(gains))


def _inner(photo: Float32[np.ndarray, "H W 3"]) -> Float32[np.ndarray, "h w 3"]:
    """Return the picture without 6 percent at each side."""
    height, width = photo.shape[:2]
    top, left = int(0.06 * height), int(0.06 * width)
    return np.ascontiguousarray(photo[top : height - top, left : width - left])


def _second_hue(lab: Float32[np.ndarray, "H W 3"]) -> float:
    """Return the lesser principal deviation of a*b* about its mean for each lightness (steps of 4 L*).

    A toned print whose toning is uneven departs from one curve over lightness, but along one hue: this stays near 1.
    """
    flat = lab.reshape(-1, 3).astype(np.float64)
    bins = np.clip(flat[:, 0] / 4.0, 0, 24).astype(np.int64)
    count = np.maximum(np.bincount(bins, minlength=25), 1)
    mean = np.stack([np.bincount(bins, weights=flat[:, c], minlength=25) / count for c in (1, 2)], axis=1)
    rest = flat[:, 1:] - mean[bins]
    return float(np.sqrt(max(0.0, float(np.linalg.eigvalsh(rest.T @ rest / len(rest))[0]))))


def _triple(values: Float64[np.ndarray, "3"] | Float32[np.ndarray, "3"]) -> tuple[float, float, float]:
    """Return three plain floats."""
    return float(values[0]), float(values[1]), float(values[2])


def _ramp(value: float, low: float, high: float) -> float:
    """Return 0 below ``low``, 1 above ``high``, in proportion between."""
    return float(np.clip((value - low) / (high - low), 0.0, 1.0))
