"""Colour transfer by statistics of whole pictures: what every learned method must beat.

All take a photograph and the pixels of a reference, or of several references together, and change each pixel by its
colour alone. Nothing is clipped, so that what a method promises of statistics can be checked; callers clip.
"""

import cv2
import numpy as np
from jaxtyping import Float32, Float64
from skimage.exposure import match_histograms

from oldphoto_core.image import Photo

Pixels = Float32[np.ndarray, "1 N 3"]
"""Pixels of one or more pictures in one row, in [0, 1]."""

_FLAT = 1e-6


def reinhard(photo: Photo, pixels: Pixels) -> Photo:
    """Return the photograph with the mean and the standard deviation of the pixels in each channel of CIELAB.

    Reinhard et al., "Color transfer between images" (2001), with CIELAB in place of their l-alpha-beta.

    Args:
        photo: The photograph, in [0, 1].
        pixels: The pixels to be like.
    """
    ours, theirs = (cv2.cvtColor(one, cv2.COLOR_RGB2Lab).astype(np.float64) for one in (photo, pixels))
    mean, spread = ours.mean(axis=(0, 1)), ours.std(axis=(0, 1))
    gain = theirs.std(axis=(0, 1)) / np.maximum(spread, _FLAT)
    moved = (ours - mean) * gain + theirs.mean(axis=(0, 1))
    return np.asarray(cv2.cvtColor(moved.astype(np.float32), cv2.COLOR_Lab2RGB), dtype=np.float32)


def histogram_matching(photo: Photo, pixels: Pixels) -> Photo:
    """Return the photograph with the distribution of the pixels in each channel (Gonzalez and Woods, section 3.3).

    Args:
        photo: The photograph, in [0, 1].
        pixels: The pixels to be like.
    """
    return np.asarray(match_histograms(photo, pixels, channel_axis=-1), dtype=np.float32)


def monge_kantorovich(photo: Photo, pixels: Pixels) -> Photo:
    """Return the photograph with the mean and the covariance of the pixels in RGB, by the least linear change.

    Pitié and Kokaram, "The linear Monge-Kantorovitch linear colour mapping for example-based colour transfer" (CVMP
    2007), the closed form: T = A^(-1/2) (A^(1/2) B A^(1/2))^(1/2) A^(-1/2) for covariances A of the photograph and B of
    the pixels.

    Args:
        photo: The photograph, in [0, 1].
        pixels: The pixels to be like.
    """
    ours, theirs = (one.reshape(-1, 3).astype(np.float64) for one in (photo, pixels))
    transport = transport_between(np.cov(ours, rowvar=False), np.cov(theirs, rowvar=False))
    moved = (ours - ours.mean(axis=0)) @ transport + theirs.mean(axis=0)
    return moved.reshape(photo.shape).astype(np.float32)


def transport_between(source: Float64[np.ndarray, "3 3"], target: Float64[np.ndarray, "3 3"]) -> np.ndarray:
    """Return the symmetric matrix T with T source T = target that moves colours least (Monge-Kantorovich).

    Args:
        source: Covariance of the photograph; directions without variance are left without.
        target: Covariance to be reached.
    """
    half = _power(source, 0.5)
    inverse = _power(source, -0.5)
    return inverse @ _power(half @ target @ half, 0.5) @ inverse


def _power(matrix: np.ndarray, exponent: float) -> np.ndarray:
    """Return a power of a symmetric matrix without negative eigenvalues; what is flat stays finite."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2.0)
    scaled = np.maximum(values, _FLAT**2) ** exponent
    return (vectors * scaled) @ vectors.T
