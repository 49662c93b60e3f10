"""Spots: dust and hairs on the picture, foxing in the paper, tide lines of water.

Severities: the amount is the mean change over the whole picture, in [0, 1]. Half is 0.002 for ``dust`` and 0.03 for
``stain`` (foxing and tide lines together).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from jaxtyping import Float32

from oldphoto_core.image import Grey, Photo
from oldphoto_core.synthesis.effect import Effect, laid_at, laid_on
from oldphoto_core.synthesis.fading import density, from_density
from oldphoto_core.synthesis.fields import cloud, paper_tone, smooth_step, wander
from oldphoto_core.synthesis.inks import DIRT, inked
from oldphoto_core.synthesis.strokes import Stroke, draw

RUST: Float32[np.ndarray, " 3"] = np.array([0.45, 0.74, 1.08], dtype=np.float32)
"""Density in R, G, B of foxing, for a spot of opacity one."""

DUST_HALF = 0.002
"""Mean change over the picture, in [0, 1], of plainly visible dust."""

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
        layers = [
            (paper, self._layer(shape, rng, specks=self.specks - dark_specks, hairs=self.hairs - dark_hairs)),
        ]
        if dark_specks + dark_hairs:
            layers.append((DIRT * paper, self._layer(shape, rng, specks=dark_specks, hairs=dark_hairs)))
        return inked(photo, layers, kind="dust", half=DUST_HALF)

    def _layer(self, shape: tuple[int, int], rng: np.random.Generator, *, specks: int, hairs: int) -> Grey:
        """Return the opacity of some specks and hairs, in [0, 1]."""
        if hairs:
            layer = np.rint(255.0 * draw(shape, [_hair(shape, rng) for _ in range(hairs)])).astype(np.uint8)
        else:
            layer = np.zeros(shape, dtype=np.uint8)
        radius = max(shape) * self.size * rng.lognormal(0.0, 0.6, specks)
        flat = radius * rng.uniform(0.4, 1.0, specks)
        places = np.rint(16.0 * rng.random((specks, 2)) * (shape[1], shape[0])).astype(np.int64).tolist()
        axes = np.rint(16.0 * np.maximum(0.4, np.stack([radius, flat], axis=1))).astype(np.int64).tolist()
        angles = rng.uniform(0.0, 180.0, specks).tolist()
        for place, axis, angle, ink in zip(
            places, axes, angles, rng.uniform(110.0, 245.0, specks).tolist(), strict=True
        ):
            cv2.ellipse(layer, place, axis, angle, 0, 360, ink, -1, cv2.LINE_AA, 4)
        return layer.astype(np.float32) * np.float32(1.0 / 255.0)


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
        near = hearts[rng.integers(len(hearts), size=self.spots)] + rng.normal(0.0, 0.16, (self.spots, 2))
        alone = rng.random((self.spots, 1)) >= 0.7
        places = np.where(alone, rng.random((self.spots, 2)), near) * shape
        radii = np.maximum(1.2, max(shape) * self.size * rng.lognormal(-0.3, 0.7, self.spots))
        hearty = rng.uniform(0.3, 1.3, self.spots)
        for place, radius_px, strength in zip(places.tolist(), radii.tolist(), hearty.tolist(), strict=True):
            _add_spot(amount, rough, place, radius_px=radius_px, strength=strength)
        return rusted(photo, np.float32(self.strength) * np.minimum(amount, np.float32(1.6)))


def _add_spot(amount: Grey, rough: Grey, place: Sequence[float], *, radius_px: float, strength: float) -> None:
    """Add one spot at a place (y, x) to the amount of rust, which is changed."""
    reach = round(1.6 * radius_px) + 2
    y, x = int(place[0]), int(place[1])
    top, bottom = max(0, y - reach), min(amount.shape[0], y + reach + 1)
    left, right = max(0, x - reach), min(amount.shape[1], x + reach + 1)
    if top >= bottom or left >= right:
        return
    dy = (np.arange(top, bottom, dtype=np.float32) - np.float32(place[0])) / np.float32(radius_px)
    dx = (np.arange(left, right, dtype=np.float32) - np.float32(place[1])) / np.float32(radius_px)
    away = np.sqrt((dy * dy)[:, None] + dx * dx)
    away += np.float32(0.9) * rough[top:bottom, left:right]
    profile = _spot_profile()
    at = np.minimum(away * np.float32(_PROFILE_STEPS), np.float32(len(profile) - 1)).astype(np.intp)
    amount[top:bottom, left:right] += np.float32(strength) * profile.take(at)


_PROFILE_STEPS = 64  # entries of the profile for one radius


@lru_cache(maxsize=1)
def _spot_profile() -> Float32[np.ndarray, " N"]:
    """Return the rust at a distance of 0 to 2.3 radii: a dark heart, then a faint halo; raggedness is within."""
    away = np.arange(round(2.3 * _PROFILE_STEPS), dtype=np.float32) / np.float32(_PROFILE_STEPS) - np.float32(0.45)
    halo = np.float32(0.35) * smooth_step(np.float32(1.25) - away)
    return smooth_step((np.float32(0.95) - away) / np.float32(0.7)) + halo


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
        scale = np.float32(1.0 / (self.reach * min(height, width)))
        dy = (np.arange(height, dtype=np.float32) - np.float32(edge[0] * height)) * scale
        dx = (np.arange(width, dtype=np.float32) - np.float32(edge[1] * width)) * scale
        depth = np.float32(0.9) * cloud((height, width), rng, cell=0.45, octaves=6, gain=0.6)
        depth -= np.sqrt((dy * dy)[:, None] + dx * dx)
        depth += np.float32(0.55)
        wet = np.flatnonzero(depth > 0.0)
        past = depth.reshape(-1)[wet] * np.float32(1.0 / 0.05)
        inside = smooth_step(past)
        liquid = np.zeros(height * width, dtype=np.float32)
        liquid[wet] = np.float32(self.strength) * inside * (np.float32(0.33) + np.float32(0.9) * np.exp(-past))
        return rusted(photo, liquid.reshape(height, width))


def rusted(photo: Photo, rust: Grey) -> Effect:
    """Return the effect of that many units of ``RUST`` on each pixel, as a stain."""
    places = np.flatnonzero(rust)
    if places.size * 2 > rust.size:
        return laid_on(photo, stained(photo, rust), kind="stain", half=STAIN_HALF)
    row = stained(photo.reshape(-1, 3)[places][None], rust.reshape(-1)[places][None])[0] if places.size else None
    pixels = np.zeros((0, 3), np.float32) if row is None else row
    return laid_at(photo, places, pixels, kind="stain", half=STAIN_HALF)


def stained(photo: Photo, rust: Grey) -> Photo:
    """Return the photograph with that many units of ``RUST`` laid on each pixel."""
    denser = density(photo)
    denser += cv2.transform(rust, RUST[:, None])
    return from_density(denser)
