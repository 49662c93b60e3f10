"""Damage drawn from shapes: outlines of real dust, hairs, scratches, stains and losses, scaled, turned and mirrored."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import cv2
import numpy as np
from jaxtyping import UInt8

from oldphoto_core.image import Photo
from oldphoto_core.synthesis.effect import Effect
from oldphoto_core.synthesis.fields import paper_tone
from oldphoto_core.synthesis.inks import DIRT, inked
from oldphoto_core.synthesis.losses import bared
from oldphoto_core.synthesis.scratches import SCRATCH_HALF
from oldphoto_core.synthesis.spots import DUST_HALF, rusted

Shape = UInt8[np.ndarray, "_ _"]
"""Opacity of one damage, from 0 to 255, cut close to its outline."""

Layer = UInt8[np.ndarray, "H W"]


@dataclass(frozen=True, slots=True, eq=False)
class ShapeBank:
    """Shapes by what they are; any of the groups may be empty."""

    dust: tuple[Shape, ...] = ()
    """Specks and clusters of specks."""

    hairs: tuple[Shape, ...] = ()
    """Hairs and lint."""

    scratches: tuple[Shape, ...] = ()
    """Single scratches and sheaves of them."""

    stains: tuple[Shape, ...] = ()
    """Blotches of a liquid."""

    holes: tuple[Shape, ...] = ()
    """Places where the emulsion is gone."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PastedShapes:
    """A number of shapes scattered over the picture."""

    shapes: tuple[Shape, ...] = field(repr=False)
    """What to choose from; at least one."""

    kind: Literal["dust", "scratch", "stain", "tear"]
    """What they are: light or dark marks (dust, scratch), rust (stain), or bare paper (tear)."""

    count: int
    """How many are laid."""

    size: float
    """Typical longer side of a shape as a share of the picture's longer side."""

    spread: float = 0.4
    """Standard deviation of the logarithm of the size."""

    dark_share: float = 0.25
    """Share of dark marks, in [0, 1]; of no account for stains and tears."""

    opacity: float = 0.85
    """Opacity of the marks, or density of the stains relative to rust, in [0, 1]."""

    def __post_init__(self) -> None:
        """Refuse a step that has nothing to lay."""
        if not self.shapes:
            raise ValueError("expected at least one shape to lay, found none: fill the shape bank's group first")

    def apply(self, photo: Photo, rng: np.random.Generator) -> Effect:
        """Return the marked photograph, the mask and the severity of the kind."""
        dark = round(self.count * self.dark_share) if self.kind in {"dust", "scratch"} else 0
        first = self._opacity(photo, rng, count=self.count - dark)
        if self.kind == "tear":
            return bared(photo, first, rng)
        if self.kind == "stain":
            return rusted(photo, first)
        paper = paper_tone(photo)
        layers = [(paper, first)]
        if dark:
            layers.append((DIRT * paper, self._opacity(photo, rng, count=dark)))
        return inked(photo, layers, kind=self.kind, half=DUST_HALF if self.kind == "dust" else SCRATCH_HALF)

    def _opacity(self, photo: Photo, rng: np.random.Generator, *, count: int) -> np.ndarray:
        """Return a layer of some shapes, in [0, 1]."""
        shape = (photo.shape[0], photo.shape[1])
        sides_px = max(shape) * self.size * rng.lognormal(0.0, self.spread, count)
        layer = scattered(shape, self.shapes, rng, sides_px=sides_px.tolist())
        full = 1.0 if self.kind == "tear" else self.opacity
        return layer.astype(np.float32) * np.float32(full / 255.0)


def scattered(
    shape: tuple[int, int], shapes: Sequence[Shape], rng: np.random.Generator, *, sides_px: Sequence[float]
) -> Layer:
    """Return shapes laid anywhere, turned by any angle, half of them mirrored; the more opaque one counts.

    Args:
        shape: Height and width of the picture in pixels.
        shapes: What to choose from.
        rng: The source of chance.
        sides_px: Longer side of each shape to lay, in pixels; none is made larger than it was given.
    """
    layer = np.zeros(shape, dtype=np.uint8)
    chosen = rng.integers(len(shapes), size=len(sides_px)).tolist()
    placed = rng.random((len(sides_px), 4)).tolist()
    for number, side_px, (y, x, turn, mirror) in zip(chosen, sides_px, placed, strict=True):
        own = shapes[number]
        patch = turned(
            own, side_px=min(side_px, float(max(own.shape))), angle=2.0 * np.pi * turn, mirrored=mirror < 0.5
        )
        _lay(layer, patch, top=round(y * shape[0] - patch.shape[0] / 2), left=round(x * shape[1] - patch.shape[1] / 2))
    return layer


def turned(shape: Shape, *, side_px: float, angle: float, mirrored: bool) -> Shape:
    """Return a shape scaled so that its longer side has a length, then turned, in a frame that holds it all.

    Args:
        shape: The shape.
        side_px: Length of its longer side afterwards; below one pixel it counts as one.
        angle: In radians, clockwise as seen.
        mirrored: Whether left and right change places first.
    """
    scale = max(side_px, 1.0) / max(shape.shape)
    size = (max(1, round(shape.shape[1] * scale)), max(1, round(shape.shape[0] * scale)))
    small = cv2.resize(shape, size, interpolation=cv2.INTER_AREA if scale < 1.0 else cv2.INTER_LINEAR)
    cosine, sine = float(np.cos(angle)), float(np.sin(angle))
    frame = int(np.ceil(np.hypot(*size))) + 2
    flip = -1.0 if mirrored else 1.0
    middle = ((size[0] - 1) / 2, (size[1] - 1) / 2)
    about = np.array([[flip * cosine, -sine], [flip * sine, cosine]])
    offset = (frame - 1) / 2 - about @ middle
    return cv2.warpAffine(small, np.hstack([about, offset[:, None]]), (frame, frame), flags=cv2.INTER_LINEAR)


def _lay(layer: Layer, patch: Shape, *, top: int, left: int) -> None:
    """Lay a patch on the layer, which is changed; what lies outside is cut off."""
    bottom, right = min(layer.shape[0], top + patch.shape[0]), min(layer.shape[1], left + patch.shape[1])
    from_top, from_left = max(0, top), max(0, left)
    if from_top >= bottom or from_left >= right:
        return
    part = layer[from_top:bottom, from_left:right]
    np.maximum(part, patch[from_top - top : bottom - top, from_left - left : right - left], out=part)
