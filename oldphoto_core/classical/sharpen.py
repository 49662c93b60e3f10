"""Taking mild, even blur out of a photograph, by a small Wiener filter on its luma.

The blur is believed to be a round Gaussian, its size read from the edges; the size is reckoned a little small
and the result is held within what the neighbouring pixels span, so that no halo arises.
"""

import cv2
import numpy as np
from jaxtyping import Float32

from oldphoto_core.classical.noise import noise_profile
from oldphoto_core.image import Grey, Photo, luma

MILDEST_PX = 0.6
STRONGEST_PX = 2.5
"""Blur beyond this is not attempted: the detail is gone."""

BELIEVED_SHARE = 0.95
NOISE_TO_SIGNAL = 0.05
"""Floor of the ratio in the Wiener filter; it bounds the gain at any frequency to about 2.3."""

NOISE_WEIGHT = 20.0
"""What the variance of the noise adds to that floor."""

OVERSHOOT = 0.02
"""How far the result may leave the range of the 5x5 pixels around, in [0, 1]."""

DARKEST = 1.0 / 255.0
"""Nothing is driven closer to black, or to white, than this."""

FEWEST_EDGES = 40
SHARPER_SHARE = 0.65
"""Quantile over edges; at it, blur of 1.0, 1.5 and 2.0 pixels is read as 0.8, 1.3 and 1.9 on photographs."""


def sharpen(photo: Photo, *, strength: float = 1.0, blur_px: float | None = None) -> Photo:
    """Return the photograph with mild blur undone.

    Args:
        photo: The photograph, in [0, 1].
        strength: 0 leaves it as it is, 1 undoes all that is believed.
        blur_px: Sigma of the blur in pixels; None reads it from the edges.

    Returns:
        A new photograph in [0, 1]; unchanged if the blur is under 0.6 or over 2.5 pixels. Colour is not touched, only
        luma is added or taken, so three equal channels stay equal.
    """
    grey = luma(photo)
    sigma = noise_profile(photo).sigma
    blur = edge_blur_px(grey, noise_sigma=sigma) if blur_px is None else blur_px
    if not MILDEST_PX <= blur <= STRONGEST_PX:
        return photo.copy()
    kernel = wiener_kernel(BELIEVED_SHARE * blur, noise_to_signal=NOISE_TO_SIGNAL + NOISE_WEIGHT * sigma**2)
    sharp = cv2.filter2D(grey, -1, kernel, borderType=cv2.BORDER_REFLECT)
    span = np.ones((5, 5), np.uint8)
    low = np.maximum(cv2.erode(grey, span) - np.float32(OVERSHOOT), np.minimum(grey, np.float32(DARKEST)))
    high = np.minimum(cv2.dilate(grey, span) + np.float32(OVERSHOOT), np.maximum(grey, np.float32(1.0 - DARKEST)))
    gain = np.float32(strength) * (np.clip(sharp, low, high) - grey)
    return np.clip(photo + gain[..., None], 0.0, 1.0)


def wiener_kernel(sigma_px: float, *, noise_to_signal: float) -> Float32[np.ndarray, "K K"]:
    """Return the filter that undoes a Gaussian blur as far as the noise allows; its values sum to 1.

    Args:
        sigma_px: Standard deviation of the blur.
        noise_to_signal: Power of noise over power of signal, the same at all frequencies.
    """
    size = 64
    frequency = np.fft.fftfreq(size)
    blur = np.exp(-2.0 * (np.pi * sigma_px) ** 2 * (frequency[:, None] ** 2 + frequency[None, :] ** 2))
    wide = np.fft.fftshift(np.fft.ifft2(blur / (blur**2 + noise_to_signal)).real)
    radius = 12
    middle = slice(size // 2 - radius, size // 2 + radius + 1)
    window = np.hanning(2 * radius + 3)[1:-1]
    kernel = wide[middle, middle] * window[:, None] * window[None, :]
    return (kernel / kernel.sum()).astype(np.float32)


def edge_blur_px(grey: Grey, *, noise_sigma: float) -> float:
    """Return the Gaussian blur in pixels that the edges show; 0 if there are too few edges.

    The ratio of gradients at two smoothings gives the blur whatever the height of the edge (Zhuo and Sim, "Defocus map
    estimation from a single image", 2011).
    """
    fine, coarse = _gradient(grey, 1.0), _gradient(grey, 2.0)
    peaks = fine >= cv2.dilate(fine, np.ones((3, 3), np.uint8))
    edges = peaks & (fine > max(0.02, 0.8 * noise_sigma))
    if np.count_nonzero(edges) < FEWEST_EDGES:
        return 0.0
    ratio = np.square(fine[edges] / np.maximum(coarse[edges], 1e-6))
    squared = (4.0 - ratio) / np.maximum(ratio - 1.0, 1e-3)
    return float(np.sqrt(max(0.0, float(np.quantile(squared, SHARPER_SHARE)))))


def _gradient(grey: Grey, smoothing_px: float) -> Grey:
    """Return the length of the gradient of the smoothed luma."""
    soft = cv2.GaussianBlur(grey, (0, 0), smoothing_px)
    return cv2.magnitude(cv2.Sobel(soft, cv2.CV_32F, 1, 0, scale=0.125), cv2.Sobel(soft, cv2.CV_32F, 0, 1, scale=0.125))
