"""Made-up landscapes: hills, sea, forest."""

import numpy as np

from oldphoto_core.image import Grey, Photo
from oldphoto_core.synthesis.fields import cloud, smooth_step, wander
from oldphoto_core.synthesis.painting import across, colour, paint_over, paint_polygon, ramp, rough, sky, surface

Shape = tuple[int, int]


def hills(shape: Shape, rng: np.random.Generator) -> Photo:
    """Return ridges behind one another under a sky, hazier with distance; sometimes with trees in front."""
    height, width = shape
    photo = sky(shape, rng)
    haze = photo[height // 2].mean(axis=0)
    near = colour(rng.uniform(0.05, 0.4), rng.uniform(0.2, 0.7), rng.uniform(0.12, 0.55))
    count = int(rng.integers(2, 7))
    rows = np.arange(height, dtype=np.float32)[:, None]
    base = np.sort(rng.uniform(0.15, 0.95, count))
    for k in range(count):
        slope = rng.uniform(-0.45, 0.45) * np.linspace(-0.5, 0.5, width)
        line = base[k] + slope + rng.uniform(0.03, 0.3) * wander(width, rng, knots=int(rng.integers(1, 5)), octaves=7)
        ridge = smooth_step(rows - np.float32(height) * line.astype(np.float32)[None, :] + np.float32(0.5))
        nearness = np.float32(((k + 1) / count) ** 1.3)
        texture = surface(shape, rng, cell=0.05 + 0.2 * float(nearness), gain=0.8)
        ground = haze + nearness * (near * rng.uniform(0.6, 1.4, 3).astype(np.float32) - haze)
        paint_over(photo, ridge, rough(ground, texture, strength=0.25 + 0.65 * float(nearness)))
    for _ in range(int(rng.integers(0, 7))):
        _paint_tree(photo, rng)
    return photo


def _paint_tree(photo: Photo, rng: np.random.Generator) -> None:
    """Draw one tree with a ragged crown; the photograph is changed."""
    height, width = photo.shape[:2]
    x, foot, size = rng.random() * width, rng.uniform(0.6, 1.0) * height, rng.uniform(0.1, 0.45) * height
    bark = colour(0.07, 0.4, 0.15)
    trunk = 0.035 * size
    corners = [[x - trunk, foot], [x - trunk / 2, foot - size], [x + trunk / 2, foot - size], [x + trunk, foot]]
    paint_polygon(photo, np.array(corners), bark)
    angle = np.linspace(0.0, 2 * np.pi, 160, endpoint=False)
    radius = size * (0.36 + 0.12 * wander(160, rng, knots=16, octaves=4))
    crown = np.stack([x + radius * np.cos(angle), foot - size * 0.9 + radius * 1.2 * np.sin(angle)], axis=1)
    leaf = colour(rng.uniform(0.08, 0.38), rng.uniform(0.3, 0.8), rng.uniform(0.15, 0.6))
    paint_polygon(photo, crown, rough(leaf, surface((height, width), rng, cell=0.03, gain=0.9), strength=0.9))


def sea(shape: Shape, rng: np.random.Generator) -> Photo:
    """Return water to the horizon with glints, boats, and often a cliff on one side."""
    height, width = shape
    photo = sky(shape, rng)
    horizon = int(rng.uniform(0.15, 0.8) * height)
    below = height - horizon
    far, near = photo[max(0, horizon - 2)].mean(axis=0), colour(rng.uniform(0.42, 0.65), rng.uniform(0.2, 0.7), 0.3)
    depth = np.repeat(np.linspace(0.0, 1.0, below, dtype=np.float32)[:, None], width, axis=1)
    # Waves are drawn on a plane that recedes: rows near the horizon are squeezed, and streaks are wide.
    rows = np.minimum((4.0 * below * np.log1p(8.0 * depth[:, 0]) / np.log(9.0)).astype(int), 4 * below - 1)
    waves = cloud((4 * below, max(8, width // 3)), rng, cell=0.03, octaves=4)[rows]
    waves = np.repeat(waves, 3, axis=1)[:, :width]
    waves = np.pad(waves, ((0, 0), (0, width - waves.shape[1])), mode="edge")
    water = rough(ramp(far.astype(np.float32), near, depth), waves, strength=rng.uniform(0.2, 0.9))
    photo[horizon:] = rough(water, surface((below, width), rng, cell=0.02, gain=0.9), strength=rng.uniform(0.4, 0.6))
    if rng.random() < 0.7:
        _paint_cliff(photo, rng, horizon=horizon)
    for _ in range(int(rng.integers(0, 5))):
        _paint_boat(photo, rng, horizon=horizon)
    return photo


def _paint_cliff(photo: Photo, rng: np.random.Generator, *, horizon: int) -> None:
    """Draw a cliff that rises from the water on one side; the photograph is changed."""
    height, width = photo.shape[:2]
    reach, top = int(rng.uniform(0.3, 0.8) * width), rng.uniform(0.3, 1.0) * horizon
    x = np.linspace(0.0, reach, 200)
    fall = np.sqrt(np.clip(1.0 - x / reach, 0.0, 1.0))
    y = horizon - fall * top * (0.75 + 0.25 * wander(200, rng, knots=6, octaves=5))
    foot = min(height, horizon + int(rng.uniform(0.02, 0.15) * height))
    outline = np.concatenate([np.stack([x, y], axis=1), [[reach, foot], [0, foot]]])
    if rng.random() < 0.5:
        outline[:, 0] = width - outline[:, 0]
    rock = colour(rng.uniform(0.03, 0.12), rng.uniform(0.1, 0.4), rng.uniform(0.25, 0.7))
    paint_polygon(photo, outline, rough(rock, surface((height, width), rng, cell=0.12, gain=0.8), strength=0.9))


def _paint_boat(photo: Photo, rng: np.random.Generator, *, horizon: int) -> None:
    """Draw a sailing boat on the water; the photograph is changed."""
    height, width = photo.shape[:2]
    x, y = rng.random() * width, horizon + rng.uniform(0.03, 0.75) * (height - horizon)
    size = (0.06 + 0.35 * (y - horizon) / max(1, height - horizon)) * height
    hull = np.array([[-0.5, -0.12], [0.55, -0.14], [0.4, 0.06], [-0.36, 0.06]]) * size + (x, y)
    sail = np.array([[0.0, -1.1], [0.03, -0.16], [0.45, -0.18]]) * size + (x, y)
    jib = np.array([[-0.03, -1.0], [-0.04, -0.16], [-0.4, -0.16]]) * size + (x, y)
    cloth = colour(rng.random(), rng.uniform(0.0, 0.6), rng.uniform(0.6, 1.0))
    paint_polygon(photo, sail, cloth)
    paint_polygon(photo, jib, cloth * np.float32(0.8))
    paint_polygon(photo, hull, colour(rng.random(), rng.uniform(0.2, 0.8), rng.uniform(0.1, 0.6)))


def forest(shape: Shape, rng: np.random.Generator) -> Photo:
    """Return trunks before foliage, with light falling through on one side."""
    height, width = shape
    leaf = colour(rng.uniform(0.1, 0.4), rng.uniform(0.3, 0.8), rng.uniform(0.2, 0.8))
    photo = ramp(leaf * np.float32(0.25), leaf, surface(shape, rng, cell=rng.uniform(0.1, 0.5), gain=0.8))
    light = smooth_step(across(shape, rng.uniform(0, 2 * np.pi)) * cloud(shape, rng, cell=0.5, octaves=5) * 2.2 - 0.5)
    paint_over(photo, np.float32(rng.uniform(0.2, 0.8)) * light, colour(0.15, 0.25, 1.0))
    ground = rng.uniform(0.55, 0.95) * height + 0.05 * height * wander(width, rng, knots=3)
    below = smooth_step(np.arange(height, dtype=np.float32)[:, None] - ground.astype(np.float32)[None, :])
    soil = colour(rng.uniform(0.04, 0.3), rng.uniform(0.2, 0.6), rng.uniform(0.2, 0.6))
    paint_over(photo, below, rough(soil, surface(shape, rng, cell=0.06, gain=0.9), strength=0.9))
    bark = surface(shape, rng, cell=0.04, gain=0.9)
    for x in rng.permutation(np.linspace(0, width, int(rng.integers(3, 15))) + rng.normal(0, 0.04 * width)):
        _paint_trunk(photo, rng, bark, x=float(x))
    return photo


def _paint_trunk(photo: Photo, rng: np.random.Generator, texture: Grey, *, x: float) -> None:
    """Draw one trunk, lit from the side; the photograph is changed."""
    height, width = photo.shape[:2]
    wide, foot = rng.lognormal(-3.0, 0.45) * width, rng.uniform(0.6, 1.05) * height
    y = np.linspace(-5.0, foot, 60)
    middle = x + rng.normal(0, 0.06) * (y - foot) + 0.02 * width * wander(60, rng, knots=3)
    half = 0.5 * wide * (0.7 + 0.3 * (y / foot) ** 2)
    outline = np.concatenate([np.stack([middle - half, y], 1), np.stack([middle + half, y], 1)[::-1]])
    columns = (np.arange(width, dtype=np.float32) - np.float32(x)) / np.float32(wide)
    lit = np.float32(0.55) + np.float32(rng.choice([-0.6, 0.6])) * np.clip(columns, -0.5, 0.5)
    bark = colour(rng.uniform(0.04, 0.1), rng.uniform(0.1, 0.5), rng.uniform(0.15, 0.5)) * lit[None, :, None]
    fill = rough(np.repeat(bark, height, axis=0), texture, strength=0.6)
    paint_polygon(photo, outline, fill)
