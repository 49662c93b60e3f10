"""What lies on old film: dirt that is there for one frame, lines that live for seconds and drift, hairs in the gate.

After the released RTN degradation (Wan et al., CVPR 2022: new dirt in every frame, or a line that wanders), but drawn
instead of taken from templates, and with what it does not have: damage that stays, bright and dark at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from oldphoto_core.image import Grey
from oldphoto_core.synthesis.fields import wander
from oldphoto_core.synthesis.shapes import Shape, ShapeBank, scattered
from oldphoto_core.synthesis.strokes import Stroke, draw

Inks = tuple[tuple[float, Grey], ...]
"""What is laid on a frame, one after the other: a grey from 0 to 1, and its opacity at each pixel in [0, 1]."""

_MEGAPIXEL = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """How much lies on the film; sizes in pixels of a frame of about 360 lines. Clips draw their own share of it."""

    specks: float = 500.0
    """Most specks in a megapixel of one frame."""

    blots: float = 130.0
    """Most larger blots in a megapixel of one frame."""

    hairs: float = 40.0
    """Most short hairs in a megapixel of one frame."""

    lines: float = 2.0
    """Most lines along the film in a clip of 100 pixels of width; half of all clips have none."""

    gate_share: float = 0.15
    """Share of clips with a hair in the gate."""

    dark_share: float | None = None
    """Share of dark marks, in [0, 1]; None draws it for every clip."""

    scale: tuple[float, float] = (0.8, 1.8)
    """Range of a factor on all sizes."""

    bank: ShapeBank = field(default_factory=ShapeBank, repr=False)
    """Real shapes to take some of the blots and specks from; may be empty."""


@dataclass(frozen=True, slots=True)
class _Clip:
    """What all frames of a clip share."""

    marks: Marks
    share: float
    dark: float
    scale: float


def drawn_marks(size: tuple[int, int], frames: int, marks: Marks, rng: np.random.Generator) -> list[Inks]:
    """Return what lies on each frame of a clip.

    Args:
        size: Height and width in pixels.
        frames: How many frames.
        marks: How much, and how large.
        rng: The source of chance.
    """
    dark = float(rng.random()) if marks.dark_share is None else marks.dark_share
    clip = _Clip(marks, float(rng.beta(1.0, 1.8)), dark, float(np.exp(rng.uniform(*np.log(marks.scale)))))
    lasting = [*_lines(size, frames, clip, rng), *_gate_hair(size, frames, clip, rng)]
    found = []
    for number in range(frames):
        inks = list(_passing(size, clip, rng))
        inks += [(tone, draw(size, [strokes[number]])) for tone, strokes in lasting]
        found.append(tuple(inks))
    return found


def _passing(size: tuple[int, int], clip: _Clip, rng: np.random.Generator) -> Inks:
    """Return the dirt of one frame: dark marks, then light ones."""
    each = []
    for tone, share in ((rng.uniform(0.0, 0.22), clip.dark), (rng.uniform(0.75, 1.0), 1.0 - clip.dark)):
        layer = np.zeros(size, dtype=np.uint8)
        much = share * clip.share * size[0] * size[1] / _MEGAPIXEL / clip.scale**2
        _specks(layer, int(rng.poisson(much * clip.marks.specks)), clip.scale, rng)
        _blots(layer, int(rng.poisson(much * clip.marks.blots)), clip, rng)
        opacity = layer.astype(np.float32) / np.float32(255.0)
        hairs = [_hair(size, clip.scale, rng) for _ in range(int(rng.poisson(much * clip.marks.hairs)))]
        each.append((float(tone), np.maximum(opacity, draw(size, hairs)) if hairs else opacity))
    return tuple(one for one in each if one[1].any())


def _specks(layer: np.ndarray, count: int, scale: float, rng: np.random.Generator) -> None:
    """Draw specks of about a pixel and a half on a layer, which is changed."""
    height, width = layer.shape
    radius = np.maximum(0.5, 1.5 * scale * rng.lognormal(0.0, 0.45, count))
    for size, flat, x, y, angle, ink in zip(radius, *rng.random((5, count)), strict=True):
        axes = (round(16 * size), round(16 * max(0.45, size * (0.4 + 0.6 * flat))))
        place = (round(16 * x * width), round(16 * y * height))
        cv2.ellipse(layer, place, axes, 180.0 * angle, 0, 360, 110.0 + 145.0 * ink, -1, cv2.LINE_AA, 4)


def _blots(layer: np.ndarray, count: int, clip: _Clip, rng: np.random.Generator) -> None:
    """Draw blots, half of them real shapes where there are some, on a layer, which is changed."""
    bank = clip.marks.bank
    large = (*bank.stains, *bank.holes)
    shapes: Sequence[Shape] = bank.dust if bank.dust and (not large or rng.random() < 0.4) else large
    real = int(rng.binomial(count, 0.5)) if shapes else 0
    radii = 3.5 * clip.scale * rng.lognormal(0.0, 0.55, count)
    if real:
        shape = (int(layer.shape[0]), int(layer.shape[1]))
        opacity = float(rng.uniform(0.6, 1.0))
        found = scattered(shape, shapes, rng, sides_px=(2.4 * radii[:real]).tolist())
        np.maximum(layer, (opacity * found).astype(np.uint8), out=layer)
    for radius in radii[real:].tolist():
        angles = np.linspace(0.0, 2.0 * np.pi, 24, endpoint=False)
        away = radius * (1.0 + 0.45 * wander(24, rng, knots=5, octaves=2))
        flat = float(rng.uniform(0.45, 1.0))
        around = np.stack([away * np.cos(angles), flat * away * np.sin(angles)], axis=1)
        turn = float(rng.uniform(0.0, np.pi))
        turned = around @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
        points = turned + rng.random(2) * (layer.shape[1], layer.shape[0])
        ink = float(rng.uniform(150.0, 255.0))
        cv2.fillPoly(layer, [np.rint(16.0 * points).astype(np.int32)], ink, cv2.LINE_AA, 4)


def _hair(size: tuple[int, int], scale: float, rng: np.random.Generator, longer: float = 1.0) -> Stroke:
    """Return a thin curl anywhere."""
    points = 20
    turn = rng.normal(0.0, 0.06) + 0.2 * wander(points, rng, knots=3)
    angle = rng.uniform(0.0, 2.0 * np.pi) + np.cumsum(turn)
    step = longer * scale * float(rng.uniform(8.0, 30.0)) / points
    path = rng.random(2) * (size[1], size[0]) + step * np.cumsum(np.stack([np.cos(angle), np.sin(angle)], 1), axis=0)
    ink = np.full(points, float(rng.uniform(0.5, 0.95)), dtype=np.float32)
    return Stroke(path.astype(np.float32), np.full(points, 0.9 * scale, dtype=np.float32), ink)


def _lines(
    size: tuple[int, int], frames: int, clip: _Clip, rng: np.random.Generator
) -> list[tuple[float, list[Stroke]]]:
    """Return lines along the film, each for all frames: they drift, tremble, and are now fainter and now stronger."""
    if rng.random() < 0.5:
        return []
    count = 1 + int(rng.poisson(clip.share * clip.marks.lines * size[1] / 100.0)) if clip.marks.lines > 0.0 else 0
    return [_line(size, frames, clip, rng) for _ in range(count)]


def _line(size: tuple[int, int], frames: int, clip: _Clip, rng: np.random.Generator) -> tuple[float, list[Stroke]]:
    points = 24
    height, width = size
    dark = rng.random() < clip.dark
    tone = float(rng.uniform(0.0, 0.25) if dark else rng.uniform(0.75, 1.0))
    shape = 0.01 * height * wander(points, rng, knots=2)
    wide = np.full(points, float(rng.uniform(0.6, 2.2)) * clip.scale, dtype=np.float32)
    x = rng.random() * width + np.cumsum(rng.normal(float(rng.normal(0.0, 0.35)), float(rng.uniform(0.0, 0.8)), frames))
    strength = np.clip(float(rng.uniform(0.35, 0.95)) + 0.15 * rng.normal(size=frames), 0.1, 1.0)
    gaps = float(rng.choice((0.0, 0.6)))
    down = np.linspace(-2.0, height + 2.0, points)
    strokes = []
    for at, ink in zip(x.tolist(), strength.tolist(), strict=True):
        path = np.stack([at + shape, down], axis=1).astype(np.float32)
        worn = np.clip(1.0 - gaps + 2.0 * gaps * wander(points, rng, knots=4), 0.0, 1.0)
        strokes.append(Stroke(path, wide, (ink * worn).astype(np.float32)))
    return tone, strokes


def _gate_hair(
    size: tuple[int, int], frames: int, clip: _Clip, rng: np.random.Generator
) -> list[tuple[float, list[Stroke]]]:
    """Return a hair caught in the gate, if the clip has one: it stays at its place but for a little trembling."""
    if rng.random() >= clip.marks.gate_share:
        return []
    hair = _hair(size, 1.3 * clip.scale, rng, longer=2.0)
    trembling = rng.normal(0.0, 0.35, (frames, 2)).astype(np.float32)
    return [(0.03, [Stroke(hair.points + shift, hair.widths_px, hair.opacities) for shift in trembling])]
