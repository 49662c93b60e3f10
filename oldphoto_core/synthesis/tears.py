"""Tears: a corner that is gone, a nick in an edge, with the white core of the paper along the break.

Severity of ``tear``: the amount is the share of the picture that is gone or bare, in [0, 1]; half is 0.06.
"""

from dataclasses import dataclass

import numpy as np

from oldphoto_core.image import Grey, Photo
from oldphoto_core.synthesis.creases import fold_axes, look_up
from oldphoto_core.synthesis.effect import Effect, severity
from oldphoto_core.synthesis.fields import blend, cloud, paper_tone, smooth_step, wander


@dataclass(frozen=True, slots=True, kw_only=True)
class TornCorners:
    """Corners torn off; behind the print lies the lid of the scanner."""

    count: int = 1
    """How many tears; two may take the same corner."""

    size: float = 0.8
    """Typical size relative to a fold over a corner (about a quarter of the shorter side)."""

    core: float = 0.012
    """Typical width of the bare paper along the break, as a share of the longer side."""

    lid: float = 0.93
    """Grey of what lies behind the print, in [0, 1]."""

    def apply(self, photo: Photo, rng: np.random.Generator) -> Effect:
        """Return the torn photograph, the mask and the severity of tears; the mask covers what lay there."""
        shape = (photo.shape[0], photo.shape[1])
        torn, gone = photo, np.zeros(shape, dtype=np.bool_)
        for _ in range(self.count):
            depth = corner_depth(shape, rng, size=self.size)
            torn = self._tear(torn, depth, rng)
            gone |= depth > 0.0
        return Effect(
            torn,
            masks={"tear": gone},
            severities={"tear": severity(float(gone.mean()), half=0.06)},
            covers=gone,
        )

    def _tear(self, photo: Photo, depth: Grey, rng: np.random.Generator) -> Photo:
        """Return the photograph with bare paper where depth begins, and the lid beyond the paper's own edge."""
        shape = (photo.shape[0], photo.shape[1])
        fibre = cloud(shape, rng, cell=0.008, octaves=2)
        shade = np.float32(0.9) + np.float32(0.12) * (fibre - np.float32(0.5))
        paper = np.clip(shade[..., None] * np.maximum(paper_tone(photo), np.float32(0.75)) * np.float32(1.08), 0.0, 1.0)
        bare = blend(photo, paper, smooth_step(depth))
        core_px = np.float32(self.core * max(shape)) * (np.float32(0.35) + cloud(shape, rng, cell=0.12, octaves=3))
        past = depth - core_px
        shadow = np.float32(0.3) * np.exp(-np.maximum(past, 0.0) / np.float32(0.006 * max(shape)))
        lid = np.repeat((np.float32(self.lid) * (np.float32(1.0) - shadow))[..., None], 3, axis=2)
        return blend(bare, lid, smooth_step(past))


def corner_depth(shape: tuple[int, int], rng: np.random.Generator, *, size: float) -> Grey:
    """Return how deep each pixel lies behind a ragged break over one corner, in pixels; negative on the print.

    Args:
        shape: Height and width in pixels.
        rng: The source of chance.
        size: As in ``TornCorners``.
    """
    along, across = fold_axes(shape, rng, corner=True)
    middle = across[shape[0] // 2, shape[1] // 2]
    behind = -across if middle > 0.0 else across
    shrink = np.float32((1.0 - size) * float(behind.max()))
    ragged = look_up(along, wander(512, rng, knots=24, octaves=5)) * np.float32(0.02 * min(shape))
    return behind - shrink + ragged
