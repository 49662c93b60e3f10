"""Silver mirroring: silver that crept out of the shadows and lies on the print as a bluish metal, first at its edges.

It takes density from the shadows, so its severities are those of the tone it leaves in the middle of what it reached.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from oldphoto_core.image import Photo
from oldphoto_core.synthesis.effect import Effect
from oldphoto_core.synthesis.fading import Offset, density, refade, tone_severities
from oldphoto_core.synthesis.fields import cloud

SHEEN: Offset = np.array([0.50, 0.56, 0.68], dtype=np.float32)
"""Share of the density in R, G, B that full mirroring hides from the scanner, which sees the metal's reflection."""


_MEAN = np.full((1, 3), 1.0 / 3.0, dtype=np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class SilverMirroring:
    """A bluish sheen over the shadows, strongest at the edges."""

    strength: float = 0.6
    """How much of it, in [0, 1]."""

    reach: float = 0.3
    """How far it came in from the edges, as a share of the half side."""

    def apply(self, photo: Photo, rng: np.random.Generator) -> Effect:
        """Return the mirrored photograph with severities of fading, colour cast and low contrast."""
        height, width = photo.shape[:2]
        y = np.abs(np.linspace(-1.0, 1.0, height, dtype=np.float32))[:, None]
        x = np.abs(np.linspace(-1.0, 1.0, width, dtype=np.float32))[None, :]
        inward = np.float32(1.0) - np.maximum(x, y)
        ragged = np.float32(0.6) * (cloud((height, width), rng, cell=0.35, octaves=4) - np.float32(0.5))
        share = np.exp(-np.maximum(inward / np.float32(self.reach) + ragged, np.float32(0.0)))
        # Metal shows where there was silver: the darker, the more.
        share *= np.minimum(cv2.transform(density(photo), _MEAN) / np.float32(1.6), np.float32(1.0))
        lost = np.float32(self.strength) * SHEEN
        mirrored = refade(photo, np.diag(np.float32(1.0) - lost), np.zeros(3, np.float32), share=share)
        typical = np.float32(share.mean()) * lost
        severities = tone_severities(
            np.diag(np.float32(1.0) - typical), np.zeros(3, np.float32), loss=float(typical.mean())
        )
        return Effect(mirrored, severities=severities)
