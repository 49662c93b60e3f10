"""The baseline of the papers for noise with scratches: BM3D and inpainting, each at its best.

The package ``bm3d`` is Tampere University's own and free for non-commercial use only, so it is no dependency: who may
use it installs it beside this project.
"""

from collections.abc import Callable
from importlib import import_module

import cv2
import numpy as np
from skimage.restoration import estimate_sigma

from oldphoto_core.errors import OldPhotoError
from oldphoto_core.evaluation.cases import Truth
from oldphoto_core.image import Mask, Photo, from_bytes8, to_bytes8

RADIUS_PX = 3
LEAST_SIGMA = 0.5 / 255.0
"""Less noise than this is none."""


class MissingBm3dError(OldPhotoError, ImportError):
    """The package bm3d is not installed."""


def bm3d_telea() -> Callable[[Photo, Truth], Photo]:
    """Return the method, ready to run.

    Raises:
        MissingBm3dError: The package is not installed.
    """
    try:
        denoise = import_module("bm3d").bm3d_rgb
    except ImportError as error:
        raise MissingBm3dError(
            "the method bm3d-telea needs the package bm3d, whose licence allows non-commercial use only: "
            "pip install bm3d, or leave the method out"
        ) from error

    def restored(photo: Photo, truth: Truth) -> Photo:
        filled = telea(photo, truth.mask)
        sigma = noise_sigma(filled)
        if sigma < LEAST_SIGMA:
            return filled
        return np.clip(denoise(filled.astype(np.float64), sigma), 0.0, 1.0).astype(np.float32)

    return restored


def noise_sigma(photo: Photo) -> float:
    """Return the standard deviation of the noise in [0, 1], by the wavelet median (Donoho and Johnstone 1994)."""
    return float(estimate_sigma(photo, average_sigmas=True, channel_axis=2))  # type: ignore[no-untyped-call]  # no types


def telea(photo: Photo, mask: Mask) -> Photo:
    """Return the picture filled under the mask from its surroundings (Telea 2004); the rest keeps its very values."""
    if not bool(mask.any()):
        return photo
    # On float pictures OpenCV 5.0 gives nonsense.
    filled = from_bytes8(cv2.inpaint(to_bytes8(photo), mask.astype(np.uint8), RADIUS_PX, cv2.INPAINT_TELEA))
    return np.where(mask[..., None], filled, photo)
