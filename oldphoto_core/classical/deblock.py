"""Taking the 8x8 grid of JPEG out of a photograph.

Shrinkage over blocks at all offsets smooths a grid that lies at one of them. How strongly to shrink follows from how
far steps across the grid exceed other steps; the factor was fitted on 12 photographs saved at qualities 10 to 75.
"""

import numpy as np

from oldphoto_core.classical.denoise import denoise
from oldphoto_core.classical.noise import white_profile
from oldphoto_core.classical.planes import has_equal_channels
from oldphoto_core.image import Grey, Photo, luma

SIGMA_PER_STEP = 2.5
STRONGEST = 9.0 / 255.0
"""Both are under what gives the best PSNR (4 and 13 / 255, 0.1 dB more): that much made faces look like plastic."""

EDGE_CAP = 0.12
"""Steps count no more than this: edges of the scene fall on the grid too."""


def deblock(photo: Photo, *, strength: float = 1.0) -> Photo:
    """Return the photograph with its JPEG grid smoothed, as strongly as the grid is visible.

    Args:
        photo: The photograph, in [0, 1].
        strength: 0 leaves it as it is, 1 does all that the grid calls for.

    Returns:
        A new photograph in [0, 1]; three equal channels stay equal.
    """
    sigma = min(STRONGEST, SIGMA_PER_STEP * grid_step(luma(photo)))
    planes = 1 if has_equal_channels(photo) else 3
    return denoise(photo, strength=strength, colour_strength=strength, profile=white_profile(sigma, planes=planes))


def grid_step(grey: Grey) -> float:
    """Return by how much the mean step across the best 8-pixel grid exceeds the median one, in [0, 1].

    A grid may begin at any offset, since scans are cropped. The mean of both axes counts; 0 for pictures under 32 px.
    """
    if min(grey.shape) < 32:
        return 0.0
    return 0.5 * (_excess(np.diff(grey, axis=1)) + _excess(np.diff(grey, axis=0).T))


def _excess(steps: Grey) -> float:
    """Return the largest mean step over the 8 offsets of the columns, less the median."""
    profile = np.minimum(np.abs(steps), np.float32(EDGE_CAP)).mean(axis=0)
    whole = profile[: profile.size // 8 * 8].reshape(-1, 8).mean(axis=0)
    return float(whole.max() - np.median(whole))
