"""Spots: dust and hairs on the picture, foxing in the paper, tide lines of water.

Severities: the amount is the mean change over the whole picture, in [0, 1]. Half is 0.002 for ``dust`` and 0.03 for
``stain`` (foxing and tide lines together).
"""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float32

from oldphoto_core.image import Grey, Photo
from oldphoto_core.synthesis.effect import Effect, laid_on
from oldphoto_core.synthesis.fading import density, from_density
from oldphoto_core.synthesis.fields import blend, cloud, paper_tone, smooth_step, wander
from oldphoto_core.synthesis.strokes import Stroke, draw

RUST: Float32[np.ndarray, " 3"] = np.array([0.45, 0.74, 1.08], dtype=np.float32)
"""Density in R, G, B of foxing, for a spot of opacity one."""

STAIN_HALF = 0.03
"""Mean change over the picture, in [0, 1], of plainly visible stains."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dust:
    """Specks and hairs, lighter where they lay on the negative, darker where they lie on the print."""

    specks: int
    """How many specks."""

    hairs: int = 0
    """How many hairs."""

    size: float = 0.0016
    """Typical radius of a speck as a share of the longer side; single ones vary about it by a factor of two."""

    dark_share: float = 0.25
    """Share of dark dust, in [0, 1]."""

    def apply(self, photo: Photo, rng: np.random.Generator) -> Effect:
        """Return the dusty photograph, the mask and the severity of dust."""
        shape = (photo.shape[0], photo.shape[1])
        paper = paper_tone(photo)
        dark_specks = round(self.specks * self.dark_share)
        dark_hairs = round(self.hairs * self.dark_share)
        light = self._layer(shape, rng, specks=self.specks - dark_specks, hairs=self.hairs - dark_hairs)
        dusty = blend(photo, paper, light)
        if dark_specks + dark_hairs:
            dark = self._layer(shape, rng, specks=dark_specks, hairs=dark_hairs)
            dusty = blend(dusty, np.float32(0.12) * paper, dark)
        return laid_on(photo, dusty, kind="dust", half=0.002)

    def _layer(self, shape: tuple[int, int], rng: np.random.Generator, *, specks: int, hairs: int) -> Grey:
        """Return the opacity of some specks and hairs, in [0, 1]."""
        layer = (255.0 * draw(shape, [_hair(shape, rng) for _ in range(hairs)])).astype(np.uint8)
        radius = max(shape) * self.size * rng.lognormal(0.0, 0.6, specks)
        for x, y, r in zip(rng.uniform(0, shape[1], specks), rng.uniform(0, shape[0], specks), radius, strict=True):
            axes = (round(16 * max(0.4, r)), round(16 * max(0.4, r * float(rng.uniform(0.4, 1.0)))))
            angle, ink = float(rng.uniform(0, 180)), round(float(rng.uniform(110, 245)))
            cv2.ellipse(layer, (round(16 * x), round(16 * y)), axes, angle, 0, 360, ink, -1, cv2.LINE_AA, 4)
        return layer.astype(np.float32) / np.float32(255.0)


def _hair(shape: tuple[int, int], rng: np.random.Generator) -> Stroke:
    """Return a thin curl whose direction turns as it goes."""
    points = 28
    step_px = max(shape) * float(rng.uniform(0.02, 0.09)) / points
    turn = rng.normal(0.0, 0.06) + 0.18 * wander(points, rng, knots=3)
    angle = rng.uniform(0.0, 2 * np.pi) + np.cumsum(turn)
    path = rng.uniform(0.0, 1.0, 2) * (shape[1], shape[0]) + step_px * np.cumsum(
        np.stack([np.cos(angle), np.sin(angle)], axis=1), axis=0
    )
    width = np.full(points, max(shape) * 0.0016, dtype=np.float32)
    return Stroke(path.astype(np.float32), width, np.full(points, float(rng.uniform(0.5, 0.9)), dtype=np.float32))


@dataclass(frozen=True, slots=True, kw_only=True)
class Foxing:
    """Rust-brown spots in clusters: dark heart, soft ragged edge."""

    spots: int
    """How many spots."""

    size: float = 0.008
    """Typical radius of a spot as a share of the longer side."""

    strength: float = 0.6
    """Density of a typical heart, relative to ``RUST``."""

    def apply(self, photo: Photo, rng: np.random.Generator) -> Effect:
        """Return the foxed photograph, the mask and the severity of stains."""
        shape = (photo.shape[0], photo.shape[1])
        rough = cloud(shape, rng, cell=0.03, octaves=3)
        amount = np.zeros(shape, dtype=np.float32)
        hearts = rng.uniform(0.0, 1.0, (max(1, self.spots // 12), 2))
        for _ in range(self.spots):
            near = hearts[rng.integers(len(hearts))] + rng.normal(0.0, 0.16, 2)
            place = near if rng.random() < 0.7 else rng.uniform(0.0, 1.0, 2)
            radius_px = max(1.2, max(shape) * self.size * float(rng.lognormal(-0.3, 0.7)))
            _add_spot(amount, rough, place * shape, radius_px=radius_px, strength=float(rng.uniform(0.3, 1.3)))
        rust = np.float32(self.strength) * np.minimum(amount, np.float32(1.6))
        foxed = stained(photo, rust)
        return laid_on(photo, foxed, kind="stain", half=STAIN_HALF)


def _add_spot(amount: Grey, rough: Grey, place: np.ndarray, *, radius_px: float, strength: float) -> None:
    """Add one spot at a place (y, x) to the amount of rust, which is changed."""
    reach = round(1.6 * radius_px) + 2
    y, x = int(place[0]), int(place[1])
    top, bottom = max(0, y - reach), min(amount.shape[0], y + reach + 1)
    left, right = max(0, x - reach), min(amount.shape[1], x + reach + 1)
    if top >= bottom or left >= right:
        return
    dy = np.arange(top, bottom, dtype=np.float32)[:, None] - np.float32(place[0])
    dx = np.arange(left, right, dtype=np.float32)[None, :] - np.float32(place[1])
    away = np.sqrt(dy**2 + dx**2) / np.float32(radius_px) + np.float32(0.9) * (rough[top:bottom, left:right] - 0.5)
    halo = np.float32(0.35) * smooth_step(np.float32(1.25) - away)
    amount[top:bottom, left:right] += np.float32(strength) * (smooth_step((0.95 - away) / np.float32(0.7)) + halo)


@dataclass(frozen=True, slots=True, kw_only=True)
class TideLine:
    """The mark of a liquid that crept in from an edge and dried: a tinted area with a dark ragged rim."""

    reach: float = 0.35
    """How far it crept in, as a share of the shorter side."""

    strength: float = 0.3
    """Density of the rim, relative to ``RUST``; the area inside has a third of it."""

    def apply(self, photo: Photo, rng: np.random.Generator) -> Effect:
        """Return the stained photograph, the mask and the severity of stains."""
        height, width = photo.shape[:2]
        edge = rng.uniform(0.0, 1.0, 2)
        edge[rng.integers(2)] = rng.integers(2)  # onto one of the four sides
        dy = np.arange(height, dtype=np.float32)[:, None] - np.float32(edge[0] * height)
        dx = np.arange(width, dtype=np.float32)[None, :] - np.float32(edge[1] * width)
        away = np.sqrt(dy**2 + dx**2) / np.float32(self.reach * min(height, width))
        depth = (
            np.float32(1.0)
            - away
            + np.float32(0.9) * (cloud((height, width), rng, cell=0.45, octaves=6, gain=0.6) - np.float32(0.5))
        )
        inside = smooth_step(depth / np.float32(0.05))
        rim = inside * np.exp(-np.maximum(depth, 0.0) / np.float32(0.05))
        liquid = np.float32(self.strength) * (np.float32(0.33) * inside + np.float32(0.9) * rim)
        return laid_on(photo, stained(photo, liquid), kind="stain", half=STAIN_HALF)


def stained(photo: Photo, rust: Grey) -> Photo:
    """Return the photograph with that many units of ``RUST`` laid on each pixel."""
    return from_density(density(photo) + cv2.merge([rust * ink for ink in RUST]))
