"""Made-up towns: the front of one house, a skyline."""

import numpy as np

from oldphoto_core.image import Photo
from oldphoto_core.synthesis.fields import smooth_step
from oldphoto_core.synthesis.painting import Colour, across, colour, paint_over, paint_polygon, rough, sky, surface

Shape = tuple[int, int]


def box(x: float, y: float, width: float, height: float) -> np.ndarray:
    """Return the corners of an upright rectangle as (4, 2) points.

    Examples:
        >>> box(0.0, 0.0, 2.0, 1.0).tolist()
        [[0.0, 0.0], [2.0, 0.0], [2.0, 1.0], [0.0, 1.0]]
    """
    return np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]])


def facade(shape: Shape, rng: np.random.Generator) -> Photo:
    """Return the front of a house: wall, windows in rows, some shutters, a door, a shadow across."""
    height, width = shape
    wall = colour(rng.random(), rng.uniform(0.05, 0.55), rng.uniform(0.25, 0.95))
    photo = rough(wall, surface(shape, rng, cell=rng.uniform(0.1, 0.5), gain=0.8), strength=rng.uniform(0.2, 0.5))
    if rng.random() < 0.5:
        _paint_bricks(photo, rng)
    rows, columns = int(rng.integers(1, 5)), int(rng.integers(1, 6))
    tall, wide = height * rng.uniform(0.75, 1.2) / rows, width * rng.uniform(0.8, 1.2) / columns
    share_x, share_y = rng.uniform(0.3, 0.65), rng.uniform(0.4, 0.75)
    shutters = colour(rng.random(), rng.uniform(0.3, 0.9), rng.uniform(0.2, 0.8)) if rng.random() < 0.6 else None
    panes = int(rng.integers(1, 4))
    offset = rng.uniform(-0.3, 0.3, 2)
    for row in range(-1, rows + 1):
        for column in range(-1, columns + 1):
            place = ((column + 0.5 + offset[0]) * wide, (row + 0.5 + offset[1]) * tall)
            if rng.random() < 0.9:
                _paint_window(photo, rng, box(*place, wide * share_x, tall * share_y), panes=panes, shutters=shutters)
    door = box(
        rng.random() * 0.8 * width, height * rng.uniform(0.5, 0.75), rng.uniform(0.12, 0.3) * width, 1.0 * height
    )
    paint_polygon(photo, door, colour(rng.random(), rng.uniform(0.2, 0.8), rng.uniform(0.1, 0.6)))
    shadow = smooth_step((across(shape, rng.uniform(0, 2 * np.pi)) - np.float32(rng.uniform(0.3, 0.7))) * 60.0)
    paint_over(photo, np.float32(rng.uniform(0.2, 0.75)) * shadow, colour(0.62, 0.3, 0.08))
    return photo


def _paint_bricks(photo: Photo, rng: np.random.Generator) -> None:
    """Draw courses of bricks over the whole picture; the photograph is changed."""
    height, width = photo.shape[:2]
    tall = max(5, int(height * rng.uniform(0.012, 0.03)))
    y, x = np.arange(height)[:, None], np.arange(width)[None, :]
    course = y // tall
    brick = (x + (course % 2) * int(1.25 * tall)) // int(2.5 * tall)
    joint = ((y % tall) < max(1, tall // 7)) | ((x + (course % 2) * int(1.25 * tall)) % int(2.5 * tall) < tall // 7)
    tints = rng.uniform(0.7, 1.15, (height // tall + 1, width // int(2.5 * tall) + 2)).astype(np.float32)
    photo *= np.where(joint, np.float32(0.88), tints[course, brick])[..., None]
    np.clip(photo, 0.0, 1.0, out=photo)


def _paint_window(
    photo: Photo, rng: np.random.Generator, corners: np.ndarray, *, panes: int, shutters: Colour | None
) -> None:
    """Draw a window with its frame, panes and shutters; the photograph is changed."""
    (x, y), (width, height) = corners[0], corners[2] - corners[0]
    edge = 0.07 * width
    paint_polygon(photo, box(x - edge, y - edge, width + 2 * edge, height + 3 * edge), colour(0.1, 0.1, 0.85))
    glass = colour(0.58, rng.uniform(0.1, 0.5), rng.uniform(0.03, 0.5))
    for k in range(panes):
        step = height / panes
        paint_polygon(photo, box(x, y + k * step, 0.47 * width, 0.93 * step), glass)
        paint_polygon(photo, box(x + 0.53 * width, y + k * step, 0.47 * width, 0.93 * step), glass * np.float32(1.2))
    if rng.random() < 0.7:
        curtain = np.array([[x, y], [x + 0.4 * width, y], [x + 0.05 * width, y + 0.8 * height], [x, y + 0.9 * height]])
        paint_polygon(photo, curtain, colour(0.1, 0.15, 0.9), opacity=0.6)
    if shutters is not None:
        for left in (x - 0.55 * width, x + 1.08 * width):
            paint_polygon(photo, box(left, y - edge, 0.46 * width, height + 2 * edge), shutters)
            for k in range(1, 12):
                slat = box(left, y + height * k / 12, 0.46 * width, 0.035 * height)
                paint_polygon(photo, slat, shutters * np.float32(0.8))


def skyline(shape: Shape, rng: np.random.Generator) -> Photo:
    """Return blocks of houses behind one another under a sky, with lit or dark windows."""
    height, width = shape
    photo = sky(shape, rng)
    grain = surface(shape, rng, cell=0.05, gain=0.8)
    haze = photo.mean(axis=(0, 1))
    depth = int(rng.integers(2, 5))
    for layer in range(depth):
        nearness = np.float32((layer + 1) / depth)
        x = -rng.uniform(0.0, 0.2) * width
        while x < width:
            wide = rng.uniform(0.07, 0.3) * width * (0.5 + float(nearness))
            top = height * np.clip(rng.uniform(0.05, 0.85) + 0.15 * layer / depth, 0.0, 0.95)
            tone = colour(rng.random(), rng.uniform(0.05, 0.5), rng.uniform(0.1, 0.85))
            tone = haze + nearness * (tone - haze)
            block = box(x, top, wide, height - top)
            paint_polygon(photo, block, rough(tone, grain, strength=0.4))
            if rng.random() < 0.5:
                roof = np.array([[x, top], [x + wide / 2, top - rng.uniform(0.2, 0.7) * wide], [x + wide, top]])
                paint_polygon(photo, roof, rough(tone * np.float32(0.55), grain, strength=0.4))
            _paint_lights(photo, rng, block, tone=tone)
            x += wide * rng.uniform(0.8, 1.6)
    return photo


def _paint_lights(photo: Photo, rng: np.random.Generator, block: np.ndarray, *, tone: Colour) -> None:
    """Draw the windows of one block of houses; the photograph is changed."""
    (x, y), (width, height) = block[0], block[2] - block[0]
    columns = int(rng.integers(2, 6))
    step_x, step_y = width / columns, width / columns * rng.uniform(0.9, 1.8)
    lit = tone * np.float32(0.35) if rng.random() < 0.75 else colour(0.13, 0.5, 1.0)
    size = rng.uniform(0.35, 0.65)
    for row in range(int(height / step_y)):
        for column in range(columns):
            if rng.random() < 0.85:
                window = box(x + (column + 0.2) * step_x, y + (row + 0.25) * step_y, size * step_x, size * step_y)
                paint_polygon(photo, window, lit * np.float32(rng.uniform(0.6, 1.0)))
