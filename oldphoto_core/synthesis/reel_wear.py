"""How a clip was copied and kept: blur, a smaller size, grain and noise, JPEG, and light that flickers.

The steps, their order and ``PUBLISHED`` follow the released RTN degradation (Wan et al., CVPR 2022), which lays all of
them on every clip; the default ranges are milder, as scans of real films are, and leave steps out.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float32

from oldphoto_core.image import Photo, from_bytes8, to_bytes8
from oldphoto_core.synthesis.grain import blurred_noise
from oldphoto_core.synthesis.softness import through_jpeg

Range = tuple[float, float]

_WAYS = (cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wear:
    """Ranges that each clip draws from, evenly; frames differ a little from their clip."""

    share: float = 0.6
    """Share of clips with each of blur, resampling, noise and JPEG, in [0, 1]."""

    blur_px: Range = (0.3, 1.3)
    """Standard deviation of a Gaussian blur, each of its two axes its own."""

    size: Range = (0.55, 1.2)
    """Factor by which frames are resampled, and back."""

    noise: Range = (0.012, 0.06)
    """Standard deviation in [0, 1]."""

    grain_px: Range = (0.0, 0.9)
    """Radius of the clumps of the noise."""

    quality: Range = (40.0, 95.0)
    """JPEG quality."""

    flicker_share: float = 1.0
    """Share of clips with flicker, in [0, 1]."""

    brightness: float = 0.2
    """Most change of a frame's light, as a share; each clip draws its own most up to this."""

    contrast: float = 0.1
    """Most loss of a frame's contrast about its mean, as a share."""

    steady_flicker: bool = False
    """Whether every clip has the whole of the flicker instead of a share that is drawn."""


PUBLISHED = Wear(
    share=1.0,
    blur_px=(0.0, 2.8),
    size=(0.125, 2.0),
    noise=(5.0 / 255.0, 10.0 / 255.0),
    grain_px=(0.0, 0.0),
    quality=(40.0, 100.0),
    steady_flicker=True,
)
"""The ranges of the released code."""


@dataclass(frozen=True, slots=True)
class ClipWear:
    """What one clip drew."""

    blur_px: tuple[float, float, float] | None
    """Standard deviations along two axes and the angle of the first in radians; None for no blur."""

    size: float | None
    """Factor of the resampling."""

    noise: tuple[float, float] | None
    """Standard deviation, and radius of the clumps in pixels."""

    quality: float | None
    """JPEG quality."""

    flicker: tuple[float, float]
    """Most change of light and most loss of contrast."""


def drawn_wear(wear: Wear, rng: np.random.Generator) -> ClipWear:
    """Return what one clip has of it."""
    blurred, resampled, noisy, packed = (rng.random(4) < wear.share).tolist()
    blur = (float(rng.uniform(*wear.blur_px)), float(rng.uniform(*wear.blur_px)), float(rng.uniform(0.0, np.pi)))
    size = float(np.exp(rng.uniform(*np.log(wear.size))))
    noise = (float(rng.uniform(*wear.noise)), float(rng.uniform(*wear.grain_px)))
    quality = float(rng.uniform(*wear.quality))
    much = 1.0 if wear.steady_flicker else float(rng.random() ** 1.5)
    much *= float(rng.random() < wear.flicker_share)
    return ClipWear(
        blur_px=blur if blurred else None,
        size=size if resampled else None,
        noise=noise if noisy else None,
        quality=quality if packed else None,
        flicker=(wear.brightness * much, wear.contrast * much),
    )


def worn(frame: Photo, clip: ClipWear, rng: np.random.Generator) -> Photo:
    """Return a frame with the wear of its clip, a little different from frame to frame.

    Args:
        frame: As it lay on the film, dirt included.
        clip: The wear.
        rng: The source of chance.
    """
    found = frame
    if clip.blur_px is not None:
        found = _blurred(found, clip.blur_px, rng)
    small = found if clip.size is None else _resized(found, _scaled(frame, clip.size), rng)
    if clip.noise is not None:
        small = _noisy(small, clip.noise, rng)
    if clip.quality is not None:
        quality = int(np.clip(clip.quality + rng.uniform(-8.0, 8.0), 30.0, 100.0))
        small = from_bytes8(through_jpeg(to_bytes8(small), quality=quality))
    found = small if clip.size is None else _resized(small, (frame.shape[0], frame.shape[1]), rng)
    if any(clip.flicker):
        found = _flickered(found, clip.flicker, rng)
    return np.clip(found, np.float32(0.0), np.float32(1.0))


def _blurred(frame: Photo, blur_px: tuple[float, float, float], rng: np.random.Generator) -> Photo:
    """Return a frame under a Gaussian of two axes; edges are mirrored."""
    across, along = (max(0.05, one * float(rng.uniform(0.9, 1.1))) for one in blur_px[:2])
    angle = blur_px[2] + float(rng.normal(0.0, 0.1))
    reach = max(1, int(np.ceil(3.0 * max(across, along))))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float64)
    turned = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    kernel = np.exp(-0.5 * ((turned[0] / across) ** 2 + (turned[1] / along) ** 2))
    return cv2.filter2D(frame, cv2.CV_32F, kernel / kernel.sum(), borderType=cv2.BORDER_REFLECT_101)


def _scaled(frame: Photo, factor: float) -> tuple[int, int]:
    return max(8, round(frame.shape[0] * factor)), max(8, round(frame.shape[1] * factor))


def _resized(frame: Photo, size: tuple[int, int], rng: np.random.Generator) -> Float32[np.ndarray, "h w 3"]:
    """Return a frame at another size, by a way of chance; what shrinks is averaged."""
    shrinks = size[0] < frame.shape[0]
    way = cv2.INTER_AREA if shrinks else _WAYS[int(rng.integers(len(_WAYS)))]
    return np.asarray(cv2.resize(frame, (size[1], size[0]), interpolation=way), dtype=np.float32)


def _noisy(frame: Photo, noise: tuple[float, float], rng: np.random.Generator) -> Photo:
    """Return a frame with one noise for all channels, even, or as speckle that follows the light."""
    sigma = noise[0] * float(rng.uniform(0.92, 1.08))
    drawn = blurred_noise((frame.shape[0], frame.shape[1], 1), rng, radius_px=noise[1])
    strength = np.float32(sigma) * (frame if rng.random() < 0.5 else np.float32(1.0))
    return np.asarray(frame + strength * drawn, dtype=np.float32)


def _flickered(frame: Photo, flicker: tuple[float, float], rng: np.random.Generator) -> Photo:
    """Return a frame in another light: brightness, and contrast about its mean; which comes first does not matter."""
    light, contrast = 1.0 + flicker[0] * rng.uniform(-1.0, 1.0), 1.0 - flicker[1] * rng.random()
    return np.asarray(np.float32(light * contrast) * frame + np.float32(light * (1.0 - contrast) * float(frame.mean())))
