"""A few tools for drawing made-up scenes: colours, skies, shapes with texture.

Functions named ``paint_*`` draw in place.
"""

from colorsys import hsv_to_rgb
from math import ceil, log2

import cv2
import numpy as np
from jaxtyping import Float32

from oldphoto_core.image import Grey, Photo
from oldphoto_core.synthesis.fields import cloud, smooth_step

Colour = Float32[np.ndarray, " 3"]


def colour(hue: float, saturation: float, value: float) -> Colour:
    """Return a colour from hue (turns, any number), saturation and value (clipped to [0, 1]).

    Examples:
        >>> colour(0.0, 1.0, 1.0).tolist()
        [1.0, 0.0, 0.0]
    """
    return np.array(hsv_to_rgb(hue % 1.0, min(max(saturation, 0.0), 1.0), min(max(value, 0.0), 1.0)), dtype=np.float32)


def ramp(first: Colour, last: Colour, share: Grey) -> Photo:
    """Return a picture that goes from the first colour (share 0) to the last (share 1)."""
    return cv2.merge([a + share * (b - a) for a, b in zip(first, last, strict=True)])


def across(shape: tuple[int, int], angle: float) -> Grey:
    """Return a plane that rises from 0 to 1 in the direction of an angle (radians, 0 is to the right)."""
    y = np.linspace(-0.5, 0.5, shape[0], dtype=np.float32)[:, None]
    x = np.linspace(-0.5, 0.5, shape[1], dtype=np.float32)[None, :]
    plane = np.float32(np.cos(angle)) * x + np.float32(np.sin(angle)) * y
    return (plane - plane.min()) / np.float32(max(float(np.ptp(plane)), 1e-6))


def sky(shape: tuple[int, int], rng: np.random.Generator) -> Photo:
    """Return a sky: a gradient of any hour of the day, clouds, sometimes a sun and its glow."""
    hour = float(rng.random())
    zenith = colour(rng.uniform(0.52, 0.68), rng.uniform(0.1, 0.75), 0.12 + 0.8 * hour)
    low = colour(rng.uniform(0.0, 0.15) if rng.random() < 0.5 else 0.57, rng.uniform(0.05, 0.5), 0.35 + 0.6 * hour)
    air = ramp(zenith, low, across(shape, np.pi / 2 + rng.uniform(-0.4, 0.4)))
    cover = smooth_step((cloud(shape, rng, cell=rng.uniform(0.25, 0.9), octaves=6) - rng.uniform(0.35, 0.75)) * 3.0)
    shade = np.float32(rng.uniform(0.25, 1.0)) * (
        np.float32(0.75) + np.float32(0.3) * cloud(shape, rng, cell=0.12, octaves=4)
    )
    lining = cv2.merge([np.clip(shade * ink, 0.0, 1.0) for ink in np.float32(0.4) * low + np.float32(0.6)])
    paint_over(air, cover, lining)
    if rng.random() < 0.5:
        y = np.arange(shape[0], dtype=np.float32)[:, None] - np.float32(rng.random() * shape[0])
        x = np.arange(shape[1], dtype=np.float32)[None, :] - np.float32(rng.random() * shape[1])
        glow = np.exp(-np.sqrt(x**2 + y**2) / np.float32(rng.uniform(0.05, 0.35) * max(shape)))
        paint_over(air, glow, colour(0.12, 0.2, 1.0))
    return air


def paint_over(photo: Photo, opacity: Grey, fill: Photo | Colour) -> None:
    """Lay a fill of the given opacity on the photograph, which is changed."""
    lift = fill - photo
    lift *= cv2.merge([opacity] * 3)
    photo += lift


def paint_polygon(photo: Photo, corners: np.ndarray, fill: Photo | Colour, *, opacity: float = 1.0) -> None:
    """Fill a polygon, antialiased, with a colour or with the same place of another picture; the photograph is changed.

    Args:
        photo: What is drawn on.
        corners: (N, 2) points as x and y in pixels; they may lie outside.
        fill: A colour, or a picture of the photograph's size.
        opacity: Opacity of the fill, in [0, 1].
    """
    height, width = photo.shape[:2]
    left, top = np.clip(np.floor(corners.min(axis=0)).astype(int) - 1, 0, (width, height))
    right, bottom = np.clip(np.ceil(corners.max(axis=0)).astype(int) + 2, 0, (width, height))
    if left >= right or top >= bottom:
        return
    mask = np.zeros((bottom - top, right - left), dtype=np.uint8)
    places = np.rint((corners - (left, top)) * 16).astype(np.int32)
    cv2.fillPoly(mask, [places], 255, cv2.LINE_AA, 4)
    patch = fill[top:bottom, left:right] if fill.ndim == 3 else fill
    paint_over(photo[top:bottom, left:right], mask.astype(np.float32) * np.float32(opacity / 255.0), patch)


def surface(shape: tuple[int, int], rng: np.random.Generator, *, cell: float, gain: float = 0.75) -> Grey:
    """Return the texture of a surface in focus, in [0, 1]: a cloud whose finest cells are single pixels.

    Args:
        shape: Height and width in pixels.
        rng: The source of chance.
        cell: Size of the coarsest cell as a share of the longer side, above zero.
        gain: Weight of a grid relative to the next coarser one; 0.75 looks like rock or leaves, 0.9 like grass.
    """
    octaves = 1 + max(1, ceil(log2(max(2.0, cell * max(shape)))))
    return cloud(shape, rng, cell=cell, octaves=octaves, gain=gain)


def rough(fill: Photo | Colour, texture: Grey, *, strength: float) -> Photo:
    """Return a fill made lighter and darker by a texture in [0, 1], clipped to [0, 1]."""
    gain = np.float32(2.0 * strength) * texture + np.float32(1.0 - strength)
    planes = cv2.split(fill) if fill.ndim == 3 else fill
    return cv2.merge([np.clip(gain * plane, np.float32(0.0), np.float32(1.0)) for plane in planes])
