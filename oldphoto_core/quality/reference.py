"""How close a photograph is to a known original: PSNR, SSIM, colour difference, agreement of edges.

All take gamma-encoded sRGB in [0, 1]; both pictures have one size, else ``PhotoShapeError`` is raised.
"""

import cv2
import numpy as np
from jaxtyping import Float32, Float64
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.metrics import structural_similarity

from oldphoto_core.errors import PhotoShapeError
from oldphoto_core.image import Grey, Mask, Photo, luma

Reference = Float32[np.ndarray, "_ _ 3"]
"""A photograph; its size is checked here, not by its type, so that the error says what to do."""

SSIM_WINDOW_PX = 7
PSNR_CEILING_DB = 100.0
"""What two equal pictures get, instead of infinity, so that means stay finite."""


def psnr_db(photo: Photo, reference: Reference) -> float:
    """Return the peak signal-to-noise ratio over all pixels and channels, in decibels, 100 at most.

    Examples:
        >>> grey = np.full((8, 8, 3), 0.5, dtype=np.float32)
        >>> round(psnr_db(grey, grey + np.float32(0.1)), 3), psnr_db(grey, grey)
        (20.0, 100.0)
    """
    _check_same_size(photo, reference)
    error = float(np.mean(np.square(photo - reference), dtype=np.float64))
    return PSNR_CEILING_DB if error <= 0.0 else min(PSNR_CEILING_DB, -10.0 * float(np.log10(error)))


def ssim(photo: Photo, reference: Reference) -> float:
    """Return the structural similarity of the lumas, in [-1, 1], 1 for equal pictures (Wang et al. 2004).

    Gaussian window of sigma 1.5, as in the paper. Pictures under 11 pixels on a side are judged with a flat window.
    """
    _check_same_size(photo, reference)
    return _ssim_of(luma(photo), luma(reference))


def edge_ssim(photo: Photo, reference: Reference) -> float:
    """Return the structural similarity of the gradient magnitudes of the lumas, in [-1, 1].

    It asks whether edges are where they were and as strong, whatever the tone.
    """
    _check_same_size(photo, reference)
    return _ssim_of(_gradient(luma(photo)), _gradient(luma(reference)))


def mean_delta_e(photo: Photo, reference: Reference, *, region: Mask | None = None) -> float:
    """Return the mean CIEDE2000 colour difference, 0 or more; about 1 can just be seen.

    Args:
        photo: The picture to judge.
        reference: The truth.
        region: Only these pixels count; None is all. An empty region gives 0.
    """
    _check_same_size(photo, reference)
    difference = delta_e(photo, reference)
    if region is None:
        return float(difference.mean())
    return float(difference[region].mean()) if bool(region.any()) else 0.0


def delta_e(photo: Photo, reference: Reference) -> Float64[np.ndarray, "H W"]:
    """Return the CIEDE2000 colour difference of each pixel."""
    _check_same_size(photo, reference)
    one, other = rgb2lab(np.clip(photo, 0.0, 1.0)), rgb2lab(np.clip(reference, 0.0, 1.0))
    difference = deltaE_ciede2000(one, other)  # type: ignore[no-untyped-call]  # scikit-image ships no types
    return np.asarray(difference, dtype=np.float64)


def _ssim_of(one: Grey, other: Grey) -> float:
    """Return the SSIM of two planes in [0, 1]."""
    side = min(one.shape)
    if side >= 11:
        options: dict[str, object] = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    else:
        options = {"win_size": min(SSIM_WINDOW_PX, side - 1 + side % 2)}
    similarity = structural_similarity(one, other, data_range=1.0, **options)  # type: ignore[no-untyped-call]  # no types
    return float(similarity)


def _gradient(plane: Grey) -> Grey:
    """Return the length of the Sobel gradient, scaled to stay within [0, 1] or nearly so."""
    return cv2.magnitude(cv2.Sobel(plane, cv2.CV_32F, 1, 0, scale=0.25), cv2.Sobel(plane, cv2.CV_32F, 0, 1, scale=0.25))


def _check_same_size(photo: Photo, reference: Reference) -> None:
    """Refuse two pictures that cannot be laid on each other."""
    if photo.shape != reference.shape:
        raise PhotoShapeError(found=f"{photo.shape}", expected=f"the size of the reference, {reference.shape}")
