"""A second scan of the same print: turned, cropped, smaller, a little different in tone, with noise of its own."""

import cv2
import numpy as np
from jaxtyping import Float32

from oldphoto_core.image import Photo

Smaller = Float32[np.ndarray, "h w 3"]
"""A photograph whose size is not that of the one given."""


def rescan(photo: Photo, rng: np.random.Generator, *, quarter_turns: int, kept_share: float, scale: float) -> Smaller:
    """Return a worse scan of the same print.

    Args:
        photo: The first scan.
        rng: Draws the place of the crop (off centre), the tone and the noise.
        quarter_turns: Quarter turns to the left.
        kept_share: Share of the area inside the crop, in (0, 1].
        scale: Size of the new scan's pixels grid relative to the crop, in (0, 1].

    Returns:
        A photograph of about ``scale * sqrt(kept_share)`` times the size of the first.

    Examples:
        >>> grey = np.full((100, 200, 3), 0.5, dtype=np.float32)
        >>> rescan(grey, np.random.default_rng(0), quarter_turns=1, kept_share=0.81, scale=0.5).shape
        (90, 45, 3)
    """
    height, width = photo.shape[:2]
    tall, wide = round(height * kept_share**0.5), round(width * kept_share**0.5)
    # Off centre: the left margin gets most or least of what is cut, never half of it.
    lean = rng.uniform(0.05, 0.3, 2)
    lean = np.where(rng.random(2) < 0.5, lean, 1.0 - lean)
    top, left = int(lean[0] * (height - tall)), int(lean[1] * (width - wide))
    crop = np.ascontiguousarray(np.rot90(photo[top : top + tall, left : left + wide], quarter_turns))
    size = (max(1, round(crop.shape[1] * scale)), max(1, round(crop.shape[0] * scale)))
    small = cv2.resize(crop, size, interpolation=cv2.INTER_AREA)
    gains = rng.uniform(0.95, 1.0) * rng.uniform(0.985, 1.015, 3)
    toned = gains.astype(np.float32) * small ** np.float32(rng.uniform(0.92, 1.08))
    noise = np.float32(0.008) * rng.standard_normal(small.shape, dtype=np.float32)
    return np.clip(toned + noise, np.float32(0.0), np.float32(1.0)).astype(np.float32)
