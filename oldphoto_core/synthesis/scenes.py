"""Made-up photographs for samples and benchmarks, when real ones run out: seeded, each unlike the others."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import cv2
import numpy as np

from oldphoto_core.image import LUMA, Photo
from oldphoto_core.synthesis.scene_land import forest, hills, sea
from oldphoto_core.synthesis.scene_still import flower, still_life
from oldphoto_core.synthesis.scene_town import facade, skyline

SCENES: Mapping[str, Callable[[tuple[int, int], np.random.Generator], Photo]] = MappingProxyType(
    {
        "hills": hills,
        "facade": facade,
        "still-life": still_life,
        "sea": sea,
        "skyline": skyline,
        "flower": flower,
        "forest": forest,
    }
)
"""Every kind of scene by its name."""

_BALANCED = 0.6
"""How far a camera takes the mean colour of a picture to grey: 0 not at all, 1 all the way."""


def scene(kind: str, shape: tuple[int, int], rng: np.random.Generator) -> Photo:
    """Return a made-up colour photograph.

    Args:
        kind: A name from ``SCENES``.
        shape: Height and width in pixels, at least 16 each.
        rng: The source of chance; a fresh generator of the same seed gives the same bytes.

    Returns:
        A photograph in [0, 1] with the softness, the falling-off light and the slight noise of a lens and a sensor.

    Raises:
        ValueError: The kind is not known, or the shape is too small to hold a scene.
    """
    if kind not in SCENES or min(shape) < 16:
        raise ValueError(f"expected one of {tuple(SCENES)} at 16 pixels or more a side, found {kind!r} of {shape}")
    photo = SCENES[kind](shape, rng)
    np.clip(photo, np.float32(0.0), np.float32(1.0), out=photo)
    if rng.random() < 0.5:
        photo = np.ascontiguousarray(photo[:, ::-1])
    return _through_a_lens(photo, rng)


def _through_a_lens(photo: Photo, rng: np.random.Generator) -> Photo:
    """Return the picture as a camera would take it: soft, darker in the corners, exposed, with a little noise."""
    height, width = photo.shape[:2]
    y = np.linspace(-1.0, 1.0, height, dtype=np.float32)[:, None]
    x = np.linspace(-1.0, 1.0, width, dtype=np.float32)[None, :]
    light = np.float32(1.0) - np.float32(rng.uniform(0.0, 0.2)) * (x**2 + y**2) / np.float32(2.0)
    soft: Photo = cv2.GaussianBlur(photo, (0, 0), 0.5).astype(np.float32, copy=False)
    soft *= cv2.merge([light] * 3)
    colourful = float(rng.uniform(0.45, 0.8))
    some = soft[::8, ::8].reshape(-1, 3)
    # One matrix: white balanced most of the way, paler colours, then the range of luma stretched over [0.03, 0.97].
    means = np.maximum(some.mean(axis=0, dtype=np.float64), 0.02)
    balance = np.diag((float(means @ LUMA) / means) ** _BALANCED)
    paler = (colourful * np.eye(3) + (1.0 - colourful) * np.tile(LUMA, (3, 1))) @ balance
    low, high = np.percentile(some @ (LUMA @ paler), [1.0, 99.0])
    gain = 0.94 / max(float(high - low), 0.1)
    mix = gain * paler
    matrix = np.hstack([mix, np.full((3, 1), 0.03 - gain * float(low))])
    exposed: Photo = cv2.transform(soft, matrix).astype(np.float32, copy=False)
    exposed += np.float32(0.004) * rng.standard_normal(photo.shape, dtype=np.float32)
    return np.clip(exposed, np.float32(0.0), np.float32(1.0), out=exposed)
