"""Made-up still lifes: things on a table, a flower close by."""

import cv2
import numpy as np

from oldphoto_core.image import Grey, Photo
from oldphoto_core.synthesis.fields import cloud, smooth_step, wander
from oldphoto_core.synthesis.painting import across, colour, paint_over, paint_polygon, ramp, rough, surface

Shape = tuple[int, int]

_TURN = np.linspace(0.0, 2 * np.pi, 48, endpoint=False)
_CIRCLE = np.stack([np.cos(_TURN), np.sin(_TURN)], axis=1)


def still_life(shape: Shape, rng: np.random.Generator) -> Photo:
    """Return fruit and jars on a table before a wall, lit from one side, with cast shadows."""
    height, width = shape
    wall, board = (colour(rng.random(), rng.uniform(0.05, 0.6), rng.uniform(0.1, 0.9)) for _ in range(2))
    lit = across(shape, rng.uniform(0.0, 2 * np.pi))
    photo = rough(ramp(wall * np.float32(0.35), wall, lit), surface(shape, rng, cell=0.1, gain=0.9), strength=0.4)
    edge = rng.uniform(0.3, 0.75) * height + rng.uniform(-0.15, 0.15) * np.linspace(-1, 1, width) * height
    table = smooth_step(np.arange(height, dtype=np.float32)[:, None] - edge.astype(np.float32)[None, :])
    fibre = cv2.resize(surface((height, max(2, width // 4)), rng, cell=0.03, gain=0.85), (width, height))
    paint_over(photo, table, rough(board, fibre, strength=0.5))
    side = float(rng.choice([-1.0, 1.0]))
    for foot in np.sort(rng.uniform(0.5, 1.0, int(rng.integers(2, 9)))):
        place = (rng.random() * width, float(foot) * height)
        if rng.random() < 0.6:
            _paint_ball(photo, rng, place, side=side)
        else:
            _paint_jar(photo, rng, place, side=side)
    return photo


def _grid(photo: Photo, place: tuple[float, float], size: float) -> tuple[Grey, Grey]:
    """Return x and y of every pixel relative to a place, in units of a size in pixels."""
    x = (np.arange(photo.shape[1], dtype=np.float32) - np.float32(place[0])) / np.float32(size)
    y = (np.arange(photo.shape[0], dtype=np.float32) - np.float32(place[1])) / np.float32(size)
    return np.broadcast_to(x, photo.shape[:2]), np.broadcast_to(y[:, None], photo.shape[:2])


def _paint_shadow(photo: Photo, place: tuple[float, float], *, size: float, side: float) -> None:
    """Draw the soft shadow of a thing that stands at a place; the photograph is changed."""
    x, y = _grid(photo, (place[0] - side * 0.9 * size, place[1]), size)
    dark = np.float32(0.65) * np.exp(-((x / np.float32(1.3)) ** 2) - (y / np.float32(0.25)) ** 2)
    paint_over(photo, dark, colour(0.6, 0.2, 0.04))


def _paint_ball(photo: Photo, rng: np.random.Generator, place: tuple[float, float], *, side: float) -> None:
    """Draw a fruit, shaded as a sphere under one lamp (Lambert); the photograph is changed."""
    size = rng.uniform(0.06, 0.24) * min(photo.shape[:2])
    _paint_shadow(photo, place, size=size, side=side)
    x, y = _grid(photo, (place[0], place[1] - 0.85 * size), size)
    z = np.sqrt(np.clip(1.0 - x**2 - y**2, 0.0, 1.0))
    lamp = np.float32(0.12) + np.clip(0.6 * side * x - 0.5 * y + 0.62 * z, 0.0, 1.0)
    skin = colour(rng.random(), rng.uniform(0.3, 0.95), rng.uniform(0.4, 1.0))
    texture = surface((photo.shape[0], photo.shape[1]), rng, cell=0.03, gain=0.9)
    shaded = np.clip(rough(skin, texture, strength=0.4) * lamp[..., None] + (lamp[..., None] ** 18) * 0.5, 0.0, 1.0)
    inside = smooth_step((np.float32(1.0) - np.sqrt(x**2 + y**2)) * np.float32(size) + np.float32(0.5))
    paint_over(photo, inside, shaded)


def _paint_jar(photo: Photo, rng: np.random.Generator, place: tuple[float, float], *, side: float) -> None:
    """Draw a turned jar with a random outline, shaded as a cylinder; the photograph is changed."""
    height, width = photo.shape[:2]
    size = rng.uniform(0.08, 0.2) * min(height, width)
    tall = rng.uniform(1.5, 4.0) * size
    _paint_shadow(photo, place, size=size, side=side)
    profile = size * (0.65 + 0.35 * wander(80, rng, knots=3, octaves=2))
    y = np.linspace(place[1] - tall, place[1], 80)
    outline = np.concatenate([np.stack([place[0] - profile, y], 1), np.stack([place[0] + profile, y], 1)[::-1]])
    turn = np.clip((np.arange(width, dtype=np.float32) - np.float32(place[0])) / np.float32(size), -1.0, 1.0)
    lamp = np.float32(0.15) + np.clip(0.6 * side * turn + 0.6 * np.sqrt(1.0 - turn**2), 0.0, 1.0)
    glaze = colour(rng.random(), rng.uniform(0.1, 0.8), rng.uniform(0.3, 1.0)) * lamp[None, :, None]
    shaded = np.repeat(np.clip(glaze + (lamp[None, :, None] ** 20) * 0.4, 0, 1), height, axis=0)
    paint_polygon(photo, outline, rough(shaded, surface((height, width), rng, cell=0.02, gain=0.9), strength=0.2))


def flower(shape: Shape, rng: np.random.Generator) -> Photo:
    """Return a large flower or two before a blurred garden."""
    leaf, far = (colour(rng.uniform(0.15, 0.45), rng.uniform(0.3, 0.8), rng.uniform(0.1, 0.9)) for _ in range(2))
    photo = ramp(leaf * np.float32(0.5), far, cloud(shape, rng, cell=rng.uniform(0.3, 0.8), octaves=3))
    for _ in range(int(rng.integers(5, 40))):
        place = rng.random(2) * (shape[1], shape[0])
        disc = place + rng.uniform(0.02, 0.1) * max(shape) * _CIRCLE
        paint_polygon(photo, disc, colour(rng.random(), rng.uniform(0.1, 0.7), 1.0), opacity=0.35)
    for _ in range(int(rng.integers(1, 4))):
        _paint_flower(photo, rng)
    return photo


def _paint_flower(photo: Photo, rng: np.random.Generator) -> None:
    """Draw the petals and the heart of one flower; the photograph is changed."""
    height, width = photo.shape[:2]
    centre = rng.uniform(0.1, 0.9, 2) * (width, height)
    size = rng.uniform(0.15, 0.45) * max(height, width)
    petals, turn, slim = int(rng.integers(5, 17)), rng.uniform(0, 2 * np.pi), rng.uniform(0.1, 0.32)
    tint = colour(rng.random(), rng.uniform(0.1, 0.9), rng.uniform(0.6, 1.0))
    t = np.linspace(0.0, np.pi, 40)
    tilt = rng.uniform(0.5, 1.0)
    texture = surface((height, width), rng, cell=0.08)
    petal = rough(tint, texture, strength=0.35)
    for k in rng.permutation(petals):
        angle = turn + 2 * np.pi * k / petals + rng.normal(0.0, 0.05)
        reach, wide = (1 - np.cos(t)) / 2, slim * np.sin(t) ** 0.7 * (1.0 + 0.15 * wander(40, rng, knots=6))
        along = size * rng.uniform(0.85, 1.1) * np.concatenate([reach, reach[::-1]])
        aside = size * np.concatenate([wide, -wide[::-1]])
        x, y = along * np.cos(angle) - aside * np.sin(angle), along * np.sin(angle) + aside * np.cos(angle)
        corners = np.stack([centre[0] + x, centre[1] + tilt * y], axis=1)
        paint_polygon(photo, corners + 0.02 * size, tint * np.float32(0.2), opacity=0.5)
        paint_polygon(photo, corners, petal)
        paint_polygon(photo, corners, tint * np.float32(0.2), opacity=float(rng.uniform(0.0, 0.4)))
    angle = np.linspace(0.0, 2 * np.pi, 90, endpoint=False)
    ring = 0.2 * size * (1.0 + 0.06 * wander(90, rng, knots=30))
    heart = np.stack([centre[0] + ring * np.cos(angle), centre[1] + tilt * ring * np.sin(angle)], axis=1)
    seeds = cloud((height, width), rng, cell=0.012, octaves=2)
    paint_polygon(photo, heart, rough(colour(rng.uniform(0.05, 0.16), 0.8, 0.6), seeds, strength=0.9))
