"""Give a mended face the tones of the face it replaces: histogram match, channel by channel.

After "Bringing Old Photos Back to Life" (Wan et al., CVPR 2020), whose published program works on 256 grey levels.
"""

import numpy as np
from jaxtyping import Bool, Float32, Int, UInt8

LEVELS = 256

Counts = Int[np.ndarray, "256"]
"""How many pixels have each grey level."""


def level_lookup(source: Counts, reference: Counts) -> Int[np.ndarray, "256"]:
    """Return for each source level the smallest reference level whose cumulated share is at least as large.

    Both must count equally many pixels, so the comparison is one of whole numbers.

    Raises:
        ValueError: The counts do not add up to the same number above 0.

    Examples:
        >>> dark, light = np.zeros(256, dtype=np.int64), np.zeros(256, dtype=np.int64)
        >>> dark[[10, 20]], light[[110, 130]] = 5, 5
        >>> level_lookup(dark, light)[[10, 20]].tolist()
        [110, 130]
    """
    total_source, total_reference = int(source.sum()), int(reference.sum())
    if total_source != total_reference or total_source == 0:
        raise ValueError(f"expected two counts of equally many pixels, found {total_source} and {total_reference}")
    return np.searchsorted(np.cumsum(reference), np.cumsum(source), side="left")


def match_levels(
    source: UInt8[np.ndarray, "S S 3"], reference: UInt8[np.ndarray, "S S 3"]
) -> UInt8[np.ndarray, "S S 3"]:
    """Return the source with the grey levels of the reference, as the published program does.

    Args:
        source: Picture to change, 8-bit.
        reference: Picture of the same size whose histogram is wanted, 8-bit.
    """
    matched = np.empty_like(source)
    for channel in range(3):
        lookup = level_lookup(_counts(source[..., channel].ravel()), _counts(reference[..., channel].ravel()))
        matched[..., channel] = lookup[source[..., channel]]
    return matched


def match_tones(
    source: Float32[np.ndarray, "S S 3"], reference: Float32[np.ndarray, "S S 3"], inside: Bool[np.ndarray, "S S"]
) -> Float32[np.ndarray, "S S 3"]:
    """Return the source with the tones of the reference, without cutting it down to 256 levels.

    The lookup is that of ``match_levels``; between the levels that the source has, it is a straight line, and beyond
    them it goes on evenly. So a picture matched to itself stays as it is.

    Args:
        source: Picture to change, in [0, 1].
        reference: Picture of the same size whose histogram is wanted, in [0, 1].
        inside: Pixels that count; the rest is changed in the same way, but has no say.

    Raises:
        ValueError: No pixel counts.
    """
    matched = np.empty_like(source)
    for channel in range(3):
        counts = _counts(_levels(source[inside, channel]))
        lookup = level_lookup(counts, _counts(_levels(reference[inside, channel])))
        present = np.flatnonzero(counts)
        tone = source[..., channel] * np.float32(255.0)
        rest = tone - np.clip(tone, present[0], present[-1])
        matched[..., channel] = (np.interp(tone, present, lookup[present]) + rest) / 255.0
    return np.clip(matched, 0.0, 1.0)


def _levels(values: Float32[np.ndarray, "_"]) -> UInt8[np.ndarray, "_"]:
    """Return values in [0, 1] as the nearest of 256 levels."""
    return np.rint(np.clip(values, 0.0, 1.0) * 255.0).astype(np.uint8)


def _counts(levels: UInt8[np.ndarray, "_"]) -> Counts:
    """Return how many pixels have each level."""
    return np.bincount(levels, minlength=LEVELS)
