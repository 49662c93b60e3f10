"""Making grain like that of a photograph, so that what was filled in does not look like plastic."""

import numpy as np

from oldphoto_core.classical.noise import GROUPS, GroupSigmas, NoiseProfile
from oldphoto_core.image import Grey

CLOTH_PX = 256
"""Side of the square of grain that is repeated; it joins itself without a seam."""

CREDIBLE_RISE = 1.5
"""Noise at low frequencies is believed up to this many times that of group 6; more is texture of the scene."""


def grain_cloth(profile: NoiseProfile, rng: np.random.Generator) -> tuple[Grey, ...]:
    """Return a square of grain for each plane of the profile: mean 0, the profile's strength at each frequency.

    Args:
        profile: The noise of the photograph.
        rng: The source of chance.
    """
    return tuple(_cloth(groups, rng) for groups in profile.groups)


def _cloth(groups: GroupSigmas, rng: np.random.Generator) -> Grey:
    """Return white noise shaped by the profile; a cosine of group k has k / 16 cycles a pixel over both axes."""
    believed = np.minimum(groups, CREDIBLE_RISE * groups[6])
    rows = np.abs(np.fft.fftfreq(CLOTH_PX))[:, None]
    columns = np.fft.rfftfreq(CLOTH_PX)[None, :]
    gain = np.interp(16.0 * (rows + columns), np.arange(GROUPS), believed)
    gain[0, 0] = 0.0
    spectrum = np.fft.rfft2(rng.standard_normal((CLOTH_PX, CLOTH_PX))) * gain
    return np.fft.irfft2(spectrum, s=(CLOTH_PX, CLOTH_PX)).astype(np.float32)
