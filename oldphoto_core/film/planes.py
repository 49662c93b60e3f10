"""The samples of a frame as its file holds them, the photograph they make, and a change carried back to them.

Planes are whole numbers, one array for each component, as ITU-T H.273 describes them: luma and two colour differences
(often at half the size), or red, green and blue, or grey; in narrow or full range. Nothing is ever converted back:
only the difference between after and before is, so that a sample whose pixel was not changed stays bit for bit.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float32, UInt8, UInt16

from oldphoto_core.errors import PhotoShapeError
from oldphoto_core.film.reel import Frame

Plane = UInt8[np.ndarray, "h w"] | UInt16[np.ndarray, "h w"]
Planes = tuple[np.ndarray, ...]
"""Grey: Y. YUV: Y, Cb, Cr. RGB: R, G, B. After them an alpha plane, if there is one, which no change reaches."""

Model = Literal["grey", "yuv", "rgb"]
Matrix = Literal["bt601", "bt709", "bt2020"]

LUMA_WEIGHTS: dict[Matrix, tuple[float, float]] = {
    "bt601": (0.299, 0.114),
    "bt709": (0.2126, 0.0722),
    "bt2020": (0.2627, 0.0593),
}
"""Kr and Kb of H.273, table 4."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaneLayout:
    """How samples become colours."""

    model: Model
    """What the planes are."""

    bits: int
    """Bits in a sample, 8 to 16."""

    full_range: bool
    """Whether black is 0 and white the largest number; else the narrow range of television (16 to 235 of 255)."""

    matrix: Matrix = "bt709"
    """Weights of luma; read for yuv only."""

    @property
    def top(self) -> int:
        """The largest sample."""
        return 2**self.bits - 1

    @property
    def luma_scale(self) -> tuple[float, float]:
        """Sample of black, and samples from black to white (H.273, equations 20 and 30)."""
        if self.full_range:
            return 0.0, float(self.top)
        step = 2.0 ** (self.bits - 8)
        return 16.0 * step, 219.0 * step

    @property
    def chroma_scale(self) -> tuple[float, float]:
        """Sample of no colour, and samples for a difference of one (H.273, equations 21 and 31)."""
        middle = 2.0 ** (self.bits - 1)
        return (middle, float(self.top)) if self.full_range else (middle, 224.0 * 2.0 ** (self.bits - 8))


def to_frame(planes: Planes, layout: PlaneLayout) -> Frame:
    """Return the frame that the planes show; colour at half the size is repeated, not smoothed.

    Args:
        planes: As ``Planes`` says; colour differences may be smaller than luma by a whole factor, rounded up.
        layout: What they are.

    Raises:
        PhotoShapeError: There are too few planes.

    Examples:
        >>> grey = PlaneLayout(model="grey", bits=8, full_range=False)
        >>> to_frame((np.array([[16, 235]], dtype=np.uint8),), grey)[0, :, 0].tolist()
        [0.0, 1.0]
    """
    _check(planes, layout)
    black, reach = layout.luma_scale
    first = (planes[0].astype(np.float32) - np.float32(black)) / np.float32(reach)
    colours: tuple[np.ndarray, ...] = (first, first, first)
    if layout.model == "rgb":
        rest = [(plane.astype(np.float32) - np.float32(black)) / np.float32(reach) for plane in planes[1:3]]
        colours = (first, *rest)
    elif layout.model == "yuv":
        colours = _from_yuv(first, planes[1:3], layout)
    return np.clip(np.stack(colours, axis=2), 0.0, 1.0)


def carry_to_planes(planes: Planes, layout: PlaneLayout, before: Frame, after: Frame) -> Planes:
    """Return the planes with the change from ``before`` to ``after`` made to them.

    Colour differences at a smaller size take the mean of the change over the pixels they stand for. Grey planes take
    the change of luma (BT.709): colour has no place there.

    Args:
        planes: The samples as read.
        layout: What they are.
        before: ``to_frame(planes, layout)``.
        after: What the frame should look like.

    Raises:
        PhotoShapeError: The frames differ in size from the planes, or there are too few planes.
    """
    _check(planes, layout)
    for frame in (before, after):
        if frame.shape != (*planes[0].shape, 3):
            raise PhotoShapeError(found=f"{frame.shape}", expected=f"a frame of {planes[0].shape}")
    change = after - before
    if not change.any():
        return planes
    _, reach = layout.luma_scale
    if layout.model == "rgb":
        changes = [change[..., index] * np.float32(reach) for index in range(3)]
    else:
        changes = _luma_and_differences(change, layout)
    moved = tuple(
        _moved(plane, _shrunk(delta, plane.shape), layout.top) for plane, delta in zip(planes, changes, strict=False)
    )
    return moved + planes[len(moved) :]


def _check(planes: Planes, layout: PlaneLayout) -> None:
    needed = 1 if layout.model == "grey" else 3
    if len(planes) < needed:
        raise PhotoShapeError(found=f"{len(planes)} planes", expected=f"{needed} planes of {layout.model}")


def _from_yuv(luma: np.ndarray, chroma: Planes, layout: PlaneLayout) -> tuple[np.ndarray, ...]:
    kr, kb = LUMA_WEIGHTS[layout.matrix]
    middle, reach = layout.chroma_scale
    blue, red = (
        _grown((plane.astype(np.float32) - np.float32(middle)) / np.float32(reach), luma.shape) for plane in chroma
    )
    r = luma + np.float32(2 * (1 - kr)) * red
    b = luma + np.float32(2 * (1 - kb)) * blue
    g = (luma - np.float32(kr) * r - np.float32(kb) * b) / np.float32(1 - kr - kb)
    return r, g, b


def _luma_and_differences(change: Float32[np.ndarray, "H W 3"], layout: PlaneLayout) -> list[np.ndarray]:
    kr, kb = LUMA_WEIGHTS["bt709" if layout.model == "grey" else layout.matrix]
    luma = change @ np.array([kr, 1 - kr - kb, kb], dtype=np.float32)
    _, reach = layout.luma_scale
    if layout.model == "grey":
        return [luma * np.float32(reach)]
    _, chroma_reach = layout.chroma_scale
    blue = (change[..., 2] - luma) * np.float32(chroma_reach / (2 * (1 - kb)))
    red = (change[..., 0] - luma) * np.float32(chroma_reach / (2 * (1 - kr)))
    return [luma * np.float32(reach), blue, red]


def _moved(plane: np.ndarray, delta: np.ndarray, top: int) -> np.ndarray:
    """Return the plane moved by the change, rounded and clipped; samples that do not move stay, whatever they are."""
    steps = np.rint(delta)
    moved = np.clip(plane.astype(np.float32) + steps, 0, top).astype(plane.dtype)
    return np.where(steps == 0, plane, moved)


def _factors(small: tuple[int, ...], large: tuple[int, ...]) -> tuple[int, int]:
    """Return how many pixels of the large plane one of the small plane stands for, down and across."""
    down, across = (-(-big // little) for big, little in zip(large, small, strict=True))
    return down, across


def _grown(plane: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    down, across = _factors(plane.shape, shape)
    return plane.repeat(down, axis=0).repeat(across, axis=1)[: shape[0], : shape[1]]


def _shrunk(plane: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return the mean over the pixels that each sample of a smaller plane stands for; the inverse of ``_grown``."""
    if plane.shape == shape:
        return plane
    down, across = _factors(shape, plane.shape)
    rows, columns = np.arange(0, plane.shape[0], down), np.arange(0, plane.shape[1], across)
    sums = np.add.reduceat(np.add.reduceat(plane, rows, axis=0), columns, axis=1)
    heights = np.diff(np.append(rows, plane.shape[0]))
    widths = np.diff(np.append(columns, plane.shape[1]))
    return sums / np.outer(heights, widths).astype(np.float32)
