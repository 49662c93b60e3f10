"""Lost parts inside a print: flaked emulsion, and tears that run in from an edge; the bare paper shows.

Severity of ``tear``: the amount is the share of the picture that is gone or bare, as for torn corners.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float32

from oldphoto_core.image import Grey, Photo
from oldphoto_core.synthesis.effect import Effect, severity
from oldphoto_core.synthesis.fields import blend, cloud, paper_tone, smooth_step, wander
from oldphoto_core.synthesis.tears import TEAR_HALF, bare_paper, box_of, fibres


def bared(photo: Photo, opacity: Grey, rng: np.random.Generator) -> Effect:
    """Return the photograph with its paper laid bare, a thin shadow where the emulsion's edge stands over it.

    Args:
        photo: The photograph; it is not changed.
        opacity: How much of the emulsion is gone at each pixel, in [0, 1].
        rng: Draws the fibres of the paper.
    """
    changed = opacity > _SEEN
    box = _wider(box_of(opacity > 0.0), by=2)
    part, hidden = photo[box], opacity[box]
    bare = photo.copy()
    if hidden.size:
        inside = bare_paper(fibres((photo.shape[0], photo.shape[1]), rng)[box], paper=paper_tone(photo))
        # Light comes from the upper left: the rim there throws a shadow, the other one shines.
        moved = cv2.warpAffine(hidden, _SHADE, (hidden.shape[1], hidden.shape[0]), borderMode=cv2.BORDER_REPLICATE)
        inside += cv2.cvtColor(np.float32(0.22) * (moved - hidden), cv2.COLOR_GRAY2RGB)
        bare[box] = np.clip(blend(part, inside, hidden), np.float32(0.0), np.float32(1.0))
    amount = severity(float(changed.mean()), half=TEAR_HALF)
    return Effect(bare, masks={"tear": changed}, severities={"tear": amount}, covers=opacity > 0.5)


_SEEN = 0.06  # opacity from which on bare paper counts as seen
_SHADE = np.array([[1.0, 0.0, 1.2], [0.0, 1.0, 1.2]], dtype=np.float32)


def _wider(box: tuple[slice, slice], *, by: int) -> tuple[slice, slice]:
    """Return a rectangle grown by some pixels on each side; slices past the end are no harm."""
    if box[0].start == box[0].stop:
        return box
    rows, columns = (slice(max(0, side.start - by), side.stop + by) for side in box)
    return rows, columns


@dataclass(frozen=True, slots=True, kw_only=True)
class FlakedEmulsion:
    """Ragged patches where the emulsion has come off, close together as they are on real prints."""

    share: float = 0.04
    """Share of the picture that is bare, about, in [0, 1]."""

    patch: float = 0.08
    """Typical size of a patch as a share of the longer side."""

    def apply(self, photo: Photo, rng: np.random.Generator) -> Effect:
        """Return the flaked photograph, the mask and the severity of tears."""
        shape = (photo.shape[0], photo.shape[1])
        where = cloud(shape, rng, cell=self.patch * 5.0, octaves=2)
        ragged = cloud(shape, rng, cell=self.patch, octaves=4, gain=0.45)
        field = ragged + np.float32(0.8) * where
        some = field[::4, ::4].reshape(-1)
        place = min(int((1.0 - self.share) * some.size), some.size - 1)
        limit = np.partition(some, place)[place]
        # The emulsion is there or it is not: the edge is a pixel or two wide, where the field is steep.
        steep = np.float32(2.5 * self.patch * max(shape))
        opacity = smooth_step((field - limit) * steep)
        return bared(photo, opacity, rng)


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeTears:
    """Tears that run in from an edge: a white ragged wedge, wide at the edge, a hair at its tip."""

    count: int = 1
    """How many tears."""

    length: float = 0.3
    """Typical length as a share of the shorter side."""

    width: float = 0.02
    """Typical width at the edge as a share of the longer side."""

    def apply(self, photo: Photo, rng: np.random.Generator) -> Effect:
        """Return the torn photograph, the mask and the severity of tears."""
        shape = (photo.shape[0], photo.shape[1])
        layer = np.zeros(shape, dtype=np.uint8)
        for _ in range(self.count):
            corners = np.rint(edge_tear(shape, rng, how=self) * 16.0).astype(np.int32)
            cv2.fillPoly(layer, [corners], 255, cv2.LINE_AA, 4)
        return bared(photo, layer.astype(np.float32) * np.float32(1.0 / 255.0), rng)


def edge_tear(shape: tuple[int, int], rng: np.random.Generator, *, how: EdgeTears) -> Float32[np.ndarray, "N 2"]:
    """Return the outline of one tear, as x and y in pixels.

    Args:
        shape: Height and width in pixels.
        rng: The source of chance.
        how: The habits it follows.
    """
    points = 48
    length_px = how.length * min(shape) * float(rng.uniform(0.6, 1.4))
    width_px = how.width * max(shape) * float(rng.uniform(0.5, 1.5))
    along = np.linspace(-0.02, 1.0, points, dtype=np.float32) * np.float32(length_px)
    bend = wander(points, rng, knots=2, octaves=5) * np.float32(0.06 * length_px)
    half = np.float32(0.5 * width_px) * (np.linspace(1.0, 0.0, points, dtype=np.float32) ** np.float32(0.7))
    rough = [np.abs(wander(points, rng, knots=8)) * np.float32(0.25 * width_px) * half / half[0] for _ in range(2)]
    sides = [np.stack([along, bend + half + rough[0]], axis=1), np.stack([along, bend - half - rough[1]], axis=1)[::-1]]
    outline = np.concatenate(sides)
    slant = float(rng.normal(0.0, 0.35))
    turned = outline @ np.array([[np.cos(slant), np.sin(slant)], [-np.sin(slant), np.cos(slant)]], dtype=np.float32)
    inward, aside = turned[:, 0], turned[:, 1]
    side, place = int(rng.integers(4)), float(rng.uniform(0.1, 0.9))
    height, width = shape
    along_side = aside + np.float32(place * (width if side < 2 else height))
    from_side = inward if side % 2 == 0 else np.float32(height if side < 2 else width) - inward
    pair = [along_side, from_side] if side < 2 else [from_side, along_side]
    return np.stack(pair, axis=1).astype(np.float32)
