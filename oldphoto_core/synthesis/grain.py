"""Film grain, which follows density, and the noise of a scanner.

Grains that cover a share p of a small area at random leave a variance proportional to p (1 - p) (the random-dot
model), so grain is strongest in the mid-tones and gone in pure black and white. Severity of ``noise``: the amount is
the standard deviation asked for, in [0, 1]; half is 0.08.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float32

from oldphoto_core.image import Photo, luma
from oldphoto_core.synthesis.effect import Effect, severity
from oldphoto_core.synthesis.noise import gaussian

NOISE_HALF = 0.08
"""Standard deviation, in [0, 1], of plainly visible noise."""


def blurred_noise(
    shape: tuple[int, int, int], rng: np.random.Generator, *, radius_px: float
) -> Float32[np.ndarray, "H W C"]:
    """Return Gaussian noise of unit variance whose grains have about the given radius.

    Args:
        shape: Height, width, channels.
        rng: The source of chance.
        radius_px: Standard deviation of the Gaussian that clumps the noise, in pixels; below 0.3 leaves it white.

    Returns:
        float32 of the given shape, mean 0, standard deviation 1.
    """
    noise = gaussian(shape, rng)
    if radius_px < 0.3:
        return noise
    side = 2 * max(1, round(3.0 * radius_px)) + 1
    kernel = cv2.getGaussianKernel(side, radius_px, cv2.CV_32F)
    clumped = cv2.sepFilter2D(noise, -1, kernel, kernel, borderType=cv2.BORDER_REFLECT_101)
    return clumped.reshape(shape) / np.float32(float((kernel**2).sum()))


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmGrain:
    """Grain of the film or paper."""

    sigma: float
    """Standard deviation at mid-grey, in [0, 1]."""

    radius_px: float = 0.8
    """Radius of the clumps, in pixels of the scan."""

    colour: float = 0.0
    """0 the same grain in all channels (silver), 1 each dye its own (chromogenic film)."""

    def apply(self, photo: Photo, rng: np.random.Generator) -> Effect:
        """Return the photograph with grain and the severity of noise."""
        height, width = photo.shape[:2]
        tone = np.clip(luma(photo), np.float32(0.02), np.float32(0.98))
        strength = np.float32(2.0 * self.sigma) * np.sqrt(tone * (np.float32(1.0) - tone))
        shared = np.float32(np.sqrt(1.0 - self.colour**2)) * strength
        grain = blurred_noise((height, width, 1), rng, radius_px=self.radius_px)[..., 0] * shared
        noisy = cv2.cvtColor(grain, cv2.COLOR_GRAY2RGB)
        if self.colour > 0.0:
            own = blurred_noise((height, width, 3), rng, radius_px=self.radius_px)
            noisy += own * cv2.cvtColor(np.float32(self.colour) * strength, cv2.COLOR_GRAY2RGB)
        noisy += photo
        np.clip(noisy, np.float32(0.0), np.float32(1.0), out=noisy)
        return Effect(noisy, severities={"noise": severity(self.sigma, half=NOISE_HALF)})


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannerNoise:
    """White noise of the sensor, each channel its own."""

    sigma: float
    """Standard deviation, in [0, 1]."""

    def apply(self, photo: Photo, rng: np.random.Generator) -> Effect:
        """Return the photograph with noise and its severity."""
        noisy = cv2.scaleAdd(gaussian(photo.shape, rng), self.sigma, photo)
        np.clip(noisy, np.float32(0.0), np.float32(1.0), out=noisy)
        return Effect(noisy, severities={"noise": severity(self.sigma, half=NOISE_HALF)})
