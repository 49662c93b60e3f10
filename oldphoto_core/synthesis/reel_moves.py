"""How a layer of a made clip moves: where each pixel of each frame lies in the layer's picture."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64

Path = Float64[np.ndarray, "T 3 3"]
"""For each frame the matrix from its pixels (x, y, 1) to places in the layer's picture, in its pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """How fast things may go; each value is the greatest, of which a share is drawn for every clip."""

    pan_px: float = 4.0
    """Speed across the frame, in pixels of the frame from one frame to the next."""

    zoom: float = 0.012
    """Share by which the size changes from one frame to the next."""

    turn: float = 0.008
    """Angle by which it turns from one frame to the next, in radians."""

    haste: float = 0.08
    """Change of the speed from one frame to the next, as a share of the speed."""

    weave_px: float = 0.0
    """Standard deviation of the unsteadiness of the gate, in pixels: each frame is shifted on its own."""

    still_share: float = 0.15
    """Share of layers that do not move at all, in [0, 1]."""


def drawn_path(
    frames: int, place: Float64[np.ndarray, "3 3"], size: tuple[int, int], moves: Moves, rng: np.random.Generator
) -> Path:
    """Return the path of a layer that passes through a place in the middle of the clip.

    Args:
        frames: How many frames, 1 or more.
        place: From pixels of the middle frame to the layer's picture.
        size: Height and width of the frames; they turn and grow about their middle.
        moves: How fast it may go.
        rng: The source of chance.
    """
    speed, direction = moves.pan_px * float(rng.beta(1.2, 2.0)), float(rng.uniform(0.0, 2.0 * np.pi))
    zoom, turn = (float(most * rng.normal(0.0, 0.4)) for most in (moves.zoom, moves.turn))
    haste = float(moves.haste * rng.uniform(-1.0, 1.0))
    moving = float(rng.random() >= moves.still_share)
    time = moving * (np.arange(frames, dtype=np.float64) - (frames - 1) / 2.0)
    way = speed * (time + 0.5 * haste * np.abs(time) * time)
    shift = np.stack([way * np.cos(direction), way * np.sin(direction)], axis=1)
    middle = _similar((np.array([size[1], size[0]]) - 1.0) / 2.0, 1.0, 0.0)
    place = place @ middle
    aside = np.linalg.inv(middle)
    ways = zip(shift, np.exp(zoom * time), turn * time, strict=True)
    return np.stack([place @ _similar(*one) @ aside for one in ways])


def unsteady(frames: int, moves: Moves, rng: np.random.Generator) -> Path:
    """Return the shift of each frame in the gate; it goes before the paths of all layers."""
    shifts = rng.normal(0.0, 1.0, (frames, 2)) * moves.weave_px
    return np.stack([_similar(shift, 1.0, 0.0) for shift in shifts])


def flow_between(
    here: Float64[np.ndarray, "3 3"], there: Float64[np.ndarray, "3 3"], size: tuple[int, int]
) -> Float32[np.ndarray, "2 H W"]:
    """Return, for each pixel of one frame, how far to the right and down it lies in another, in pixels.

    Args:
        here: The layer's matrix in the one frame.
        there: Its matrix in the other.
        size: Height and width.
    """
    height, width = size
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    onward = np.linalg.inv(there) @ here
    found = np.stack(
        [
            onward[0, 0] * x + onward[0, 1] * y + onward[0, 2] - x,
            onward[1, 0] * x + onward[1, 1] * y + onward[1, 2] - y,
        ]
    )
    return found.astype(np.float32)


def _similar(shift: Float64[np.ndarray, " 2"], scale: float, angle: float) -> Float64[np.ndarray, "3 3"]:
    """Return a turn, a change of size and a shift as one matrix."""
    cosine, sine = scale * np.cos(angle), scale * np.sin(angle)
    return np.array([[cosine, -sine, shift[0]], [sine, cosine, shift[1]], [0.0, 0.0, 1.0]])
