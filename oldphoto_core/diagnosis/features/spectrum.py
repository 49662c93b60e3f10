"""How much of the picture there is at each fineness, in its calm parts and its busy ones: local power spectra.

Noise lifts the fine bands even where the picture is calm; blur and low resolution empty them even where it is busy;
the dots of halftone stand out as peaks.
"""

from functools import lru_cache

import numpy as np
from jaxtyping import Float32, Int64
from numpy.lib.stride_tricks import sliding_window_view
from scipy import fft

from oldphoto_core.image import Grey

BLOCK_PX = 64
STRIDE_PX = 32
BANDS = 16
QUANTILES = (0.1, 0.5, 0.9)
LEAST_POWER = 1e-8
"""Power below which nothing is told apart, in squares of [0, 1] per pixel; rounding to 8 bits has 1.3e-6."""

Powers = Float32[np.ndarray, "N B"]


def spectrum_numbers(grey: Grey, colour: Grey) -> dict[str, float]:
    """Return log10 of the power in bands from slow to the Nyquist frequency, and how peaked the finer bands are.

    Args:
        grey: Luma in [0, 1], 64 pixels a side or more.
        colour: A colour difference of the same picture, about in [-0.5, 0.5].

    Returns:
        Quantiles over blocks of 64 pixels; ``spectrum_peak`` is log10 of the strongest frequency of a band over its
        mean, in the mean spectrum of all blocks.
    """
    power = _block_power(grey)
    numbers = _quantiles("spectrum", _band_power(power)) | _peaks(power.mean(axis=0))
    return numbers | _quantiles("spectrum_colour", _band_power(_block_power(colour))[:, BANDS // 4 :])


def _quantiles(name: str, bands: Powers) -> dict[str, float]:
    found = np.quantile(bands, QUANTILES, axis=0)
    return {
        f"{name}_{band}_{int(100 * share)}": float(value)
        for share, row in zip(QUANTILES, found, strict=True)
        for band, value in enumerate(row)
    }


def _peaks(power: Float32[np.ndarray, "h w"]) -> dict[str, float]:
    which = _bands_of()
    numbers = {}
    for first in range(BANDS // 4, BANDS, 2):
        ring = power[(which == first) | (which == first + 1)]
        numbers[f"spectrum_peak_{first}"] = float(np.log10((ring.max() + LEAST_POWER) / (ring.mean() + LEAST_POWER)))
    return numbers


def _block_power(plane: Grey) -> Float32[np.ndarray, "N h w"]:
    """Return the power spectra of overlapping blocks under a Hann window, their means taken off."""
    blocks = sliding_window_view(plane, (BLOCK_PX, BLOCK_PX))[::STRIDE_PX, ::STRIDE_PX].reshape(-1, BLOCK_PX, BLOCK_PX)
    window = np.hanning(BLOCK_PX).astype(np.float32)
    window = window[:, None] * window[None, :]
    centred = (blocks - blocks.mean(axis=(1, 2), keepdims=True)) * window
    return (np.abs(fft.rfft2(centred)) ** 2 / np.float32((window**2).sum())).astype(np.float32)


def _band_power(power: Float32[np.ndarray, "N h w"]) -> Powers:
    """Return log10 of the mean power of each block in each band."""
    # Half of the plane is kept: all columns but the first and the last stand for two.
    twice = np.full(_bands_of().shape, 2.0)
    twice[:, [0, -1]] = 1.0
    chosen = (_bands_of().ravel()[:, None] == np.arange(BANDS)) * twice.reshape(-1, 1)
    chosen /= chosen.sum(axis=0)
    return np.log10(power.reshape(len(power), -1) @ chosen.astype(np.float32) + np.float32(LEAST_POWER))


@lru_cache(maxsize=1)
def _bands_of() -> Int64[np.ndarray, "h w"]:
    """Return the band of each frequency; those beyond the Nyquist frequency (the corners) get a number of their own."""
    radius = np.hypot(np.fft.fftfreq(BLOCK_PX)[:, None], np.fft.rfftfreq(BLOCK_PX)[None, :])
    bands = np.minimum((radius * 2 * BANDS).astype(np.int64), BANDS)
    bands[0, 0] = BANDS
    return bands
