"""Taking a colour cast out of a photograph whose dyes faded at their own pace.

What happened to each dye is nearly a line in density, -ln(v + flare): a share of it went, and a stain was added. So
each channel's density is sent through a line of its own that moves its light and dark ends towards their mean over the
channels. Ends differ in sound photographs too; the first part of the difference is therefore left, and only most of the
rest is taken.
"""

import numpy as np
from jaxtyping import Float64

from oldphoto_core.image import Mask, Photo, is_monochrome

FLARE = 0.04
TAIL = 0.02
NATURAL_LIGHT = 0.05
"""Distance between the channels' light ends, in density, that sound photographs have."""

NATURAL_DARK = 0.1
"""The same at the dark ends."""

SHARE_TAKEN = 0.8
NARROWEST = 0.05
STEEPEST = 3.0
MOST_SAMPLED = 1_000_000


def remove_cast(photo: Photo, *, strength: float = 1.0, mask: Mask | None = None) -> Photo:
    """Return the photograph with the three channels' ends brought together.

    Args:
        photo: The photograph, in [0, 1].
        strength: 0 leaves it as it is, 1 takes out all that is believed to be cast.
        mask: Damaged pixels, which do not count when the ends are read.

    Returns:
        A new photograph in [0, 1]. A photograph of one tone, grey or sepia, comes back unchanged: its tone is no cast.
    """
    if is_monochrome(photo):
        return photo.copy()
    ends = np.quantile(_density(_sample(photo, mask)), [TAIL, 1.0 - TAIL], axis=0)
    wanted = _wanted_ends(ends, strength=strength)
    slope = (wanted[1] - wanted[0]) / np.maximum(ends[1] - ends[0], NARROWEST)
    slope = np.clip(slope, 1.0 / STEEPEST, STEEPEST)
    result = np.empty_like(photo)
    grid = np.linspace(0.0, 1.0, 4097)
    for channel in range(3):
        density = wanted[0, channel] + slope[channel] * (_density(grid) - ends[0, channel])
        result[..., channel] = np.interp(np.clip(photo[..., channel], 0.0, 1.0), grid, _value(density))
    return result


def _wanted_ends(ends: Float64[np.ndarray, "2 3"], *, strength: float) -> Float64[np.ndarray, "2 3"]:
    """Return the light and dark ends moved towards their mean over the channels."""
    departure = ends - ends.mean(axis=1, keepdims=True)
    size = np.linalg.norm(departure, axis=1, keepdims=True)
    natural = np.array([[NATURAL_LIGHT], [NATURAL_DARK]])
    beyond = np.maximum(size - natural, 0.0) / np.maximum(size, 1e-9)
    return ends - strength * SHARE_TAKEN * beyond * departure


def _density(values: Float64[np.ndarray, "..."]) -> Float64[np.ndarray, "..."]:
    """Return the density: 0 for white, 3.26 for black."""
    return -np.log((values + FLARE) / (1.0 + FLARE))


def _value(density: Float64[np.ndarray, "..."]) -> Float64[np.ndarray, "..."]:
    """Return values in [0, 1] of densities; beyond the ends they bend instead of being cut off."""
    raw = (1.0 + FLARE) * np.exp(-density) - FLARE
    knee = 0.02
    light = np.where(raw > 1.0 - knee, 1.0 - knee * np.exp(-np.maximum(raw - (1.0 - knee), 0.0) / knee), raw)
    return np.where(light < knee, knee * np.exp(-np.maximum(knee - light, 0.0) / knee), light)


def _sample(photo: Photo, mask: Mask | None) -> Float64[np.ndarray, "N 3"]:
    """Return undamaged pixels, thinned to about a million."""
    step = max(1, int(np.sqrt(photo.shape[0] * photo.shape[1] / MOST_SAMPLED)))
    thin = np.clip(photo[::step, ::step], 0.0, 1.0).astype(np.float64)
    if mask is None or bool(mask[::step, ::step].all()):
        return thin.reshape(-1, 3)
    return thin[~mask[::step, ::step]]
