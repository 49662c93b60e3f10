"""A moving scene made of still photographs: a ground, things before it, each on its way, and the true motion."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64

from oldphoto_core.image import Grey, Photo
from oldphoto_core.synthesis.fields import wander
from oldphoto_core.synthesis.reel_moves import Moves, Path, drawn_path, flow_between, unsteady

Frames = Float32[np.ndarray, "T H W 3"]
"""A clip: frames in order of time, RGB in [0, 1]."""

Still = Float32[np.ndarray, "_ _ 3"]
"""A photograph among others of other sizes."""

FINER = 2
"""Frames are drawn so many times finer and averaged: equally sharp wherever a pixel falls."""

_WHOLE = 0.02  # of the opacity: a pixel belongs to one layer alone if no other has more than this share in it
_HALF = 0.5
_SMALLEST = 2.0  # pictures are shown at this fraction of their size, or larger


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """One picture and its way."""

    picture: Photo
    """What it shows."""

    opacity: Grey | None
    """Where it is, in [0, 1], of the picture's size; None for the ground: everywhere, mirrored at its edges."""

    path: Path
    """Where the pixels of each frame lie in the picture."""


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A clip without any damage, and how its pixels move."""

    frames: Frames
    """The clip."""

    forward: Float32[np.ndarray, "S 2 H W"]
    """From each frame but the first to the one before it: to the right and down, in pixels."""

    backward: Float32[np.ndarray, "S 2 H W"]
    """From each frame but the last to the one after it."""

    seen_forward: Bool[np.ndarray, "S H W"]
    """Whether what is at a pixel of each frame but the first can be seen in the one before it, undisturbed."""

    seen_backward: Bool[np.ndarray, "S H W"]
    """The same for each frame but the last and the one after it."""


def drawn_scene(
    pictures: Sequence[Still], size: tuple[int, int], frames: int, moves: Moves, rng: np.random.Generator
) -> Scene:
    """Return a scene of the first picture as ground, and a piece of each further one moving before it.

    Args:
        pictures: One or more; those smaller than the frame are enlarged.
        size: Height and width of the frames in pixels.
        frames: How many.
        moves: How fast things go.
        rng: The source of chance.

    Raises:
        ValueError: There are no pictures or no frames.
    """
    if not pictures or frames < 1:
        raise ValueError(f"expected a picture and a frame or more, found {len(pictures)} and {frames}")
    weave = unsteady(frames, moves, rng)
    moving = []
    for number, picture in enumerate(pictures):
        opacity = None if number == 0 else _piece(picture, size, rng)
        place = _placed(picture, opacity, size, rng)
        moving.append(Layer(picture, opacity, drawn_path(frames, place, size, moves, rng) @ weave))
    return rendered(moving, size)


def rendered(layers: Sequence[Layer], size: tuple[int, int]) -> Scene:
    """Return the scene of some layers, the first one at the back.

    Args:
        layers: All with a path of as many frames; the first one is the ground.
        size: Height and width of the frames in pixels.
    """
    count = len(layers[0].path)
    shown = [_frame(layers, number, size) for number in range(count)]
    owners = [_owner(shares) for _, shares in shown]
    there, back = range(1, count), range(count - 1)
    forward = [_flow(layers, owners, one, one - 1) for one in there]
    backward = [_flow(layers, owners, one, one + 1) for one in back]
    return Scene(
        np.stack([frame for frame, _ in shown]),
        *(_stacked([flow for flow, _ in flows], (2, *size), np.float32) for flows in (forward, backward)),
        *(_stacked([seen for _, seen in flows], size, np.bool_) for flows in (forward, backward)),
    )


def _frame(layers: Sequence[Layer], number: int, size: tuple[int, int]) -> tuple[Photo, Float32[np.ndarray, "L H W"]]:
    """Return a frame, and the share that each layer has in each pixel."""
    frame = _seen(layers[0].picture, layers[0].path[number], size)
    shares: list[Grey] = [np.ones(size, dtype=np.float32)]
    for layer in layers[1:]:
        if layer.opacity is None:
            raise ValueError("only the first layer is everywhere: expected an opacity for the others")
        opacity = _seen(layer.opacity, layer.path[number], size, outside=cv2.BORDER_CONSTANT)
        frame += (_seen(layer.picture, layer.path[number], size) - frame) * opacity[..., None]
        shares = [np.asarray(share * (np.float32(1.0) - opacity), np.float32) for share in shares] + [opacity]
    return np.clip(frame, np.float32(0.0), np.float32(1.0)), np.stack(shares)


def _seen(
    picture: Float32[np.ndarray, "..."],
    matrix: Float64[np.ndarray, "3 3"],
    size: tuple[int, int],
    outside: int = cv2.BORDER_REFLECT_101,
) -> Float32[np.ndarray, "..."]:
    """Return a picture as a frame shows it."""
    offset = (FINER - 1) / (2.0 * FINER)
    fine = np.array([[1.0 / FINER, 0.0, -offset], [0.0, 1.0 / FINER, -offset], [0.0, 0.0, 1.0]])
    wide = (size[1] * FINER, size[0] * FINER)
    flags = cv2.INTER_LINEAR if picture.ndim == 2 else cv2.INTER_CUBIC
    drawn = cv2.warpAffine(picture, (matrix @ fine)[:2], wide, flags=flags | cv2.WARP_INVERSE_MAP, borderMode=outside)
    return np.asarray(cv2.resize(drawn, (size[1], size[0]), interpolation=cv2.INTER_AREA), dtype=np.float32)


def _owner(shares: Float32[np.ndarray, "L H W"]) -> Int64[np.ndarray, "H W"]:
    """Return the number of the layer that each pixel belongs to; that minus 1000 where others shine through."""
    most = shares.argmax(axis=0)
    return np.where(shares.max(axis=0) >= 1.0 - _WHOLE, most, most - 1000)


def _flow(
    layers: Sequence[Layer], owners: Sequence[Int64[np.ndarray, "H W"]], one: int, other: int
) -> tuple[Float32[np.ndarray, "2 H W"], Bool[np.ndarray, "H W"]]:
    """Return where the pixels of one frame lie in another, and whether they can be seen there."""
    own, height, width = owners[one], *owners[one].shape
    each = np.stack([flow_between(layer.path[one], layer.path[other], (height, width)) for layer in layers])
    number = np.where(own < 0, own + 1000, own)
    flow = np.take_along_axis(each, number[None, None], axis=0)[0]
    x = flow[0] + np.arange(width, dtype=np.float32)
    y = flow[1] + np.arange(height, dtype=np.float32)[:, None]
    inside = (x >= 0.0) & (x <= width - 1.0) & (y >= 0.0) & (y <= height - 1.0)
    seen = inside & (own >= 0)
    # Bilinear reading touches four pixels: all must show the same layer, alone.
    left, top = (np.clip(np.floor(at), 0, most).astype(np.int64) for at, most in ((x, width - 1), (y, height - 1)))
    for row in (top, np.minimum(top + 1, height - 1)):
        for column in (left, np.minimum(left + 1, width - 1)):
            seen &= owners[other][row, column] == own
    return flow, seen


def _placed(
    picture: Photo, opacity: Grey | None, size: tuple[int, int], rng: np.random.Generator
) -> Float64[np.ndarray, "3 3"]:
    """Return from pixels of the middle frame to a layer's picture: the ground within it, a thing within the frame."""
    height, width = picture.shape[:2]
    frame, whole = np.array([size[1], size[0]]) - 1.0, np.array([width, height]) - 1.0
    angle = float(rng.normal(0.0, 0.03))
    fits = min(height / size[0], width / size[1])
    scale = fits if fits < 1.0 else float(np.exp(rng.uniform(0.0, np.log(min(_SMALLEST, fits)))))
    if opacity is None:
        within = frame / 2.0
        middle = scale * within + np.maximum(0.0, whole - scale * frame) * rng.random(2)
    else:
        within, scale = rng.uniform(0.15, 0.85, 2) * frame, 1.0
        rows, columns = np.nonzero(opacity > _HALF)
        middle = np.array([columns.mean(), rows.mean()]) if len(rows) else whole / 2.0
    cosine, sine = scale * np.cos(angle), scale * np.sin(angle)
    about = np.array([[cosine, -sine], [sine, cosine]])
    return np.vstack([np.hstack([about, (middle - about @ within)[:, None]]), [0.0, 0.0, 1.0]])


def _piece(picture: Photo, size: tuple[int, int], rng: np.random.Generator) -> Grey:
    """Return the outline of a thing cut from a picture: a wavy blob with a soft edge, in [0, 1]."""
    height, width = picture.shape[:2]
    radius = min(size) * float(rng.uniform(0.12, 0.35))
    angles = np.linspace(0.0, 2.0 * np.pi, 48, endpoint=False)
    waves = wander(49, rng, knots=4, octaves=2)[:48].astype(np.float64)
    waves -= np.linspace(waves[0], waves[-1], 48)
    away = radius * (1.0 + 0.35 * waves)
    stretch = float(rng.uniform(0.6, 1.6))
    middle = rng.uniform(0.3, 0.7, 2) * (width, height)
    points = middle + np.stack([away * np.cos(angles) * stretch, away * np.sin(angles) / stretch], axis=1)
    drawn = np.zeros((height, width), dtype=np.uint8)
    cv2.fillPoly(drawn, [np.rint(points * 16.0).astype(np.int32)], 255, cv2.LINE_AA, 4)
    soft = cv2.GaussianBlur(drawn.astype(np.float32) / np.float32(255.0), (0, 0), float(rng.uniform(0.6, 2.0)))
    return np.asarray(soft, dtype=np.float32)


def _stacked(arrays: Sequence[np.ndarray], shape: tuple[int, ...], kind: type) -> np.ndarray:
    return np.stack(arrays) if arrays else np.zeros((0, *shape), dtype=kind)
