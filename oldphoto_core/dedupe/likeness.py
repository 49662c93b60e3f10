"""How alike two pictures are once one is laid on the other, whatever happened to their tones."""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float64

from oldphoto_core.dedupe.proxy import Scaled, resized, scaled
from oldphoto_core.image import Grey, Mask

COMPARE_SIDE_PX = 256
"""Long side at which pixels are compared: halftone dots and grain are averaged away."""

BLOCK_PX = 16
"""Side of the blocks that are compared one by one."""

SLACK_PX = 2
"""How far a block may be shifted to fit: paper curls, lenses bend."""

LEAST_TEXTURE = 0.15
"""Standard deviation of a block that says something, as a share of the standard deviation of the whole overlap."""

MUCH = 3.0
"""How many times that a block must have to show something where the other picture is plain."""

FLATTEST = 0.004
"""Standard deviation below which a block is plain whatever the overlap: one level of 8 bits."""

UNLIKE = 0.5
"""Correlation below which a block shows something else."""

LEAST_BLOCKS = 4
"""With fewer textured blocks the pictures cannot be said to be alike."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """Two pictures on one grid of pixels."""

    a: Grey
    """The first picture, long side ``COMPARE_SIDE_PX``."""

    b: Grey
    """The second picture, laid on the first."""

    both: Mask
    """Where both have pixels."""

    long_side_px: float
    """Long side of the picture that was passed as the first."""

    area_px: float
    """Area of the overlap in pixels of the picture that was passed as the first."""

    share_of_smaller: float
    """Share of the smaller picture that lies on the other, in [0, 1]."""


def overlay(a: Grey, b: Scaled, affine: np.ndarray) -> Overlay:
    """Return the second picture laid on the first.

    Args:
        a: The first picture.
        b: The second picture.
        affine: (2, 3) matrix that takes a point (x, y, 1) of ``b`` to its place on ``a``.
    """
    size = (a.shape[1], a.shape[0])
    ones = np.ones_like(b)
    scale = COMPARE_SIDE_PX / max(a.shape)
    small = scaled(a, scale)
    laid = resized(cv2.warpAffine(b, affine, size, flags=cv2.INTER_LINEAR), small.shape)
    covered = resized(cv2.warpAffine(ones, affine, size, flags=cv2.INTER_LINEAR), small.shape)
    both = covered > 0.999
    area = float(covered.mean()) * a.size
    smaller = min(float(a.size), b.size * abs(float(np.linalg.det(affine[:, :2]))))
    return Overlay(
        a=small,
        b=laid,
        both=both,
        long_side_px=float(max(a.shape)),
        area_px=area,
        share_of_smaller=min(1.0, area / smaller),
    )


def likeness(pair: Overlay, *, quantile: float = 0.5) -> float:
    """Return the median (or another quantile) correlation of textured blocks, in [-1, 1]; 0 for too few to say.

    The correlation of a block does not change with its brightness and contrast, so fading, toning and colouring do not
    count. A block may shift by two pixels. Blocks that are plain in both pictures, or nearly so in one, do not count;
    where one picture shows much and the other nothing the correlation is 0.
    """
    if not bool(pair.both.any()):
        return 0.0
    least = max(FLATTEST, LEAST_TEXTURE * min(float(pair.a[pair.both].std()), float(pair.b[pair.both].std())))
    step = BLOCK_PX + 2 * SLACK_PX
    scores = []
    for top in range(0, pair.a.shape[0] - step + 1, BLOCK_PX):
        for left in range(0, pair.a.shape[1] - step + 1, BLOCK_PX):
            window = (slice(top, top + step), slice(left, left + step))
            if bool(pair.both[window].all()):
                scores.append(_block_score(pair.a[window], pair.b[window], least))
    told = [score for score in scores if score is not None]
    return float(np.quantile(told, quantile)) if len(told) >= LEAST_BLOCKS else 0.0


def unlike_places(pair: Overlay, points: Float64[np.ndarray, "N 2"]) -> Bool[np.ndarray, " N"]:
    """Return about which places the two pictures show different things: textured in both, and without correlation.

    Args:
        pair: The two pictures.
        points: Places (x, y) in pixels of ``pair.a``.
    """
    least = max(FLATTEST, LEAST_TEXTURE * min(float(pair.a[pair.both].std()), float(pair.b[pair.both].std())))
    half = BLOCK_PX // 2 + SLACK_PX
    unlike = np.zeros(len(points), dtype=bool)
    for number, (x, y) in enumerate(np.rint(points).astype(int).tolist()):
        window = (slice(max(0, y - half), y + half), slice(max(0, x - half), x + half))
        if pair.both[window].shape == (2 * half, 2 * half) and bool(pair.both[window].all()):
            score = _block_score(pair.a[window], pair.b[window], least)
            unlike[number] = score is not None and score < UNLIKE
    return unlike


def _block_score(a: Grey, b: Grey, least_texture: float) -> float | None:
    """Return the best correlation of the middle of one block within the other, or None where one is plain."""
    middle = (slice(SLACK_PX, -SLACK_PX), slice(SLACK_PX, -SLACK_PX))
    textures = sorted((float(a[middle].std()), float(b[middle].std())))
    if textures[0] < least_texture:
        # Much to see in one and nothing in the other is unlike; else a mark that both bear would speak for all.
        return 0.0 if textures[1] >= MUCH * least_texture else None
    return float(cv2.matchTemplate(b, np.ascontiguousarray(a[middle]), cv2.TM_CCOEFF_NORMED).max())
