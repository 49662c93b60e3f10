"""Tears: a corner that is gone, a nick in an edge, with the white core of the paper along the break.

Severity of ``tear``: the amount is the share of the picture that is gone or bare, in [0, 1]; half is 0.06.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float32

from oldphoto_core.image import Grey, Mask, Photo
from oldphoto_core.synthesis.creases import fold_axes, look_up, span_of
from oldphoto_core.synthesis.effect import Effect, severity
from oldphoto_core.synthesis.fields import blend, cloud, paper_tone, smooth_step, wander

TEAR_HALF = 0.06
"""Share of the picture, in [0, 1], that is gone when a tear is plainly visible."""


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
        torn, gone = photo.copy(), np.zeros(shape, dtype=np.bool_)
        for _ in range(self.count):
            depth = corner_depth(shape, rng, size=self.size)
            fibre = fibres(shape, rng)
            core_px = np.float32(self.core * max(shape)) * (np.float32(0.35) + cloud(shape, rng, cell=0.12, octaves=3))
            box = box_of(depth > -1.0)
            inside = bare_paper(fibre[box], paper=paper_tone(torn))
            torn[box] = self._tear(torn[box], depth[box], core_px[box], inside, longer=max(shape))
            gone[box] |= depth[box] > 0.0
        return Effect(
            torn,
            masks={"tear": gone},
            severities={"tear": severity(float(gone.mean()), half=TEAR_HALF)},
            covers=gone,
        )

    def _tear(self, photo: Photo, depth: Grey, core_px: Grey, inside: Photo, *, longer: int) -> Photo:
        """Return a part of the photograph with bare paper where depth begins, and the lid past the paper's edge."""
        past = depth - core_px
        shadow = np.float32(0.3) * np.exp(-np.maximum(past, np.float32(0.0)) / np.float32(0.006 * longer))
        lid = np.float32(self.lid) * (np.float32(1.0) - shadow)
        bare = blend(photo, inside, smooth_step(depth))
        return blend(bare, cv2.cvtColor(lid, cv2.COLOR_GRAY2RGB), smooth_step(past))


def fibres(shape: tuple[int, int], rng: np.random.Generator) -> Grey:
    """Return the fibres of torn paper over a whole picture, in [0, 1]."""
    return cloud(shape, rng, cell=0.008, octaves=2)


def bare_paper(fibre: Grey, *, paper: Float32[np.ndarray, " 3"]) -> Photo:
    """Return the inside of the paper, laid bare.

    Args:
        fibre: Its fibres, in [0, 1].
        paper: Tone of the paper's face, in [0, 1].
    """
    shade = np.float32(0.93) + np.float32(0.07) * fibre
    # The tint of the face, but light: the inside of the sheet has not seen the years.
    inside = np.float32(0.6) * paper / max(paper.max(), np.float32(0.3)) + np.float32(0.38)
    return cv2.merge([np.minimum(shade * tone, np.float32(1.0)) for tone in inside])


def box_of(mask: Mask) -> tuple[slice, slice]:
    """Return the smallest rectangle around a mask; an empty one gives an empty rectangle.

    Examples:
        >>> box_of(np.eye(3, dtype=np.bool_))
        (slice(0, 3, None), slice(0, 3, None))
    """
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if rows.size == 0:
        return slice(0, 0), slice(0, 0)
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def corner_depth(shape: tuple[int, int], rng: np.random.Generator, *, size: float) -> Grey:
    """Return how deep each pixel lies behind a ragged break over one corner, in pixels; negative on the print.

    Args:
        shape: Height and width in pixels.
        rng: The source of chance.
        size: As in ``TornCorners``.
    """
    along, across = fold_axes(shape, rng, corner=True)
    middle = across[shape[0] // 2, shape[1] // 2]
    depth = -across if middle > 0.0 else across
    depth -= np.float32((1.0 - size) * float(depth.max()))
    reach_px = np.float32(0.02 * min(shape))
    # Farther in front of the break the ragged line makes no difference.
    near = np.flatnonzero(depth > -reach_px - np.float32(2.0))
    ragged = wander(512, rng, knots=24, octaves=5) * reach_px
    depth.reshape(-1)[near] += look_up(along.reshape(-1)[near], ragged, span=span_of(along))
    return depth
