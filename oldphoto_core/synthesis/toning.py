"""How a print came out: its tone and the light of its lens. Matters of process, not damages: they have no severity."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import cv2
import numpy as np
from jaxtyping import Float32

from oldphoto_core.image import Photo, luma
from oldphoto_core.synthesis.effect import Effect
from oldphoto_core.synthesis.fading import YELLOW_STAIN, tone_print

Process = Literal["neutral", "sepia", "selenium", "gold", "platinum", "cyanotype"]

TONES: Mapping[Process, tuple[float, float, float]] = MappingProxyType(
    {
        "neutral": (1.0, 1.0, 1.0),
        "sepia": (0.74, 1.0, 1.36),
        "selenium": (0.93, 1.06, 1.0),
        "gold": (1.06, 1.02, 0.93),
        "platinum": (0.95, 1.0, 1.08),
        "cyanotype": (1.55, 0.95, 0.55),
    }
)
"""Density in R, G, B of the image substance, relative to neutral silver: plausible round figures, not measurements."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Toned:
    """A print of one tone on cream paper."""

    process: Process = "neutral"
    """What the image is made of."""

    amount: float = 1.0
    """0 neutral silver, 1 wholly toned."""

    cream: float = 0.0
    """Density in blue of the new paper; 0.1 ivory."""

    def apply(self, photo: Photo, rng: np.random.Generator) -> Effect:  # noqa: ARG002 the form of every step
        """Return the photograph in one tone; nothing is drawn from the generator, nothing counts as damage."""
        full = np.array(TONES[self.process], dtype=np.float32)
        tone: Float32[np.ndarray, " 3"] = np.float32(1.0) + np.float32(self.amount) * (full - np.float32(1.0))
        return Effect(tone_print(luma(photo), tone, np.float32(self.cream) * YELLOW_STAIN))


@dataclass(frozen=True, slots=True, kw_only=True)
class Vignette:
    """Light that falls off towards the corners, as old lenses let it; below zero the studio's fade to white."""

    strength: float = 0.4
    """Share of the value that is lost in the corners, in [0, 1]; below zero, the share of the way to white."""

    inner: float = 0.3
    """Distance from the middle at which it begins; the corners are at 1."""

    def apply(self, photo: Photo, rng: np.random.Generator) -> Effect:
        """Return the photograph with darker or lighter corners; the generator draws the middle of the light."""
        height, width = photo.shape[:2]
        middle = rng.normal(0.0, 0.06, 2)
        y = np.linspace(-1.0, 1.0, height, dtype=np.float32) - np.float32(middle[0])
        x = np.linspace(-1.0, 1.0, width, dtype=np.float32) - np.float32(middle[1])
        away = np.sqrt((y * y)[:, None] + x * x) * np.float32(np.sqrt(0.5))
        past = np.maximum(away - np.float32(self.inner), np.float32(0.0)) / np.float32(max(1.0 - self.inner, 0.05))
        share = np.minimum(past * past * np.float32(abs(self.strength)), np.float32(1.0))
        kept = cv2.cvtColor(np.float32(1.0) - share, cv2.COLOR_GRAY2RGB)
        if self.strength >= 0.0:
            return Effect(photo * kept)
        return Effect(np.float32(1.0) - (np.float32(1.0) - photo) * kept)
