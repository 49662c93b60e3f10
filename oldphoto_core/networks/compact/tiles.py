"""Our picture-to-picture networks over photographs of any size: in tiles that agree, in bounded memory.

A tile begins at a multiple of the body's stride and is seen with as much of its surroundings as the body can reach, so
the pieces are those of the whole picture. Large tiles cost least: a picture is cut no more often than memory asks for.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float32

from oldphoto_core.damage import DamageKind
from oldphoto_core.networks.compact.scratch_mask import ScratchMask
from oldphoto_core.networks.compact.texture import TextureRestorer
from oldphoto_core.networks.compact.unet import UNetConfig
from oldphoto_core.networks.streaming.precision import BFLOAT16, Precision, choose_precision

MOST_PX = 4_000_000
"""Largest tile with its surroundings, in pixels: more take more memory and hardly less time."""

BYTES_PER_PX = 160
"""Memory that a pixel of a tile takes at most, in float32, measured with the shipped sizes."""

MOST_ERROR = 0.25 / 255.0
"""Largest mean absolute difference from float32, of a picture or of probabilities, that fewer bits may make."""

_HALF_WAY = 0.5  # severity of everything, where numbers are compared

Window = tuple[slice, slice]


@dataclass(frozen=True, slots=True)
class Tile:
    """One tile: what to read, what of the result to keep, and where to put it."""

    read: Window
    """Rows and columns of the picture, with the surroundings."""

    keep: Window
    """Rows and columns of the tile's result, without them."""

    place: Window
    """Rows and columns of the picture that the kept part fills."""


@dataclass(frozen=True, slots=True, eq=False)
class TiledNetwork:
    """A network that is ready for photographs of any size."""

    network: TextureRestorer | ScratchMask
    """In evaluation mode, in float32; where its weights lie, it computes."""

    numbers: torch.dtype = torch.float32
    """What convolutions compute in."""

    most_px: int = MOST_PX
    """Largest tile with its surroundings, in pixels."""

    told: tuple[float, ...] = ()
    """What the network is told beside the picture: the severities of the kinds that its configuration names."""

    def telling(self, severities: Mapping[DamageKind, float]) -> "TiledNetwork":
        """Return the same network, told how bad the damage of a picture is.

        Args:
            severities: By kind, in [0, 1]; a kind that is not named is told to be absent. A network that has learned
                without such words is told nothing.
        """
        return replace(self, told=tuple(severities.get(kind, 0.0) for kind in self.network.body.config.told))

    def pieces(self, photo: Float32[np.ndarray, "_ _ 3"]) -> Iterator[tuple[Window, Float32[np.ndarray, "_ _ K"]]]:
        """Give what the network makes of a photograph, piece by piece: where it belongs, and the values.

        Args:
            photo: The photograph, in [0, 1]; it must stay as it is until the last piece has come.

        Raises:
            ValueError: The tiles are too small for the network.
        """
        for tile in tiles_of((photo.shape[0], photo.shape[1]), self.network.body.config, most_px=self.most_px):
            yield tile.place, self._seen(photo[tile.read])[tile.keep]

    def whole(self, photo: Float32[np.ndarray, "H W 3"]) -> Float32[np.ndarray, "H W K"]:
        """Return what the network makes of a photograph, in one array.

        Raises:
            ValueError: The tiles are too small for the network, or there is no pixel.
        """
        pieces = self.pieces(photo)
        place, values = next(pieces)
        result = np.empty((*photo.shape[:2], values.shape[2]), np.float32)
        result[place] = values
        for place, values in pieces:
            result[place] = values
        return result

    def _seen(self, part: Float32[np.ndarray, "_ _ 3"]) -> Float32[np.ndarray, "_ _ K"]:
        """Return the values for one tile; the memory of a picture has its channels last, as convolutions want them."""
        device = next(self.network.parameters()).device
        batch = torch.from_numpy(np.ascontiguousarray(part)).permute(2, 0, 1)[None].to(device)
        halves = self.numbers is not torch.float32
        with torch.inference_mode(), torch.autocast(device.type, dtype=torch.bfloat16, enabled=halves):
            values = self.network(batch, torch.tensor([self.told], device=device)) if self.told else self.network(batch)
        return np.asarray(values[0].permute(1, 2, 0).float().cpu().numpy())


def tiled(network: TextureRestorer | ScratchMask, *, most_px: int = MOST_PX) -> TiledNetwork:
    """Return a network made ready: weights laid out for speed, in the quickest numbers that hold on this machine.

    The same machine gives the same answer each time: it follows from what the processor has and from a picture.

    Args:
        network: In float32, on the device where it shall compute; its memory is laid out anew.
        most_px: Largest tile with its surroundings, in pixels.
    """
    ready = network.eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's types lack it
    return TiledNetwork(ready, numbers=quickest_numbers(ready), most_px=most_px)


def quickest_numbers(network: TextureRestorer | ScratchMask) -> torch.dtype:
    """Return bfloat16 where the device has units for it and the network gives nearly the same with it; else float32."""
    if not _counts_in_bfloat16(next(network.parameters()).device):
        return torch.float32
    photo = _probe()
    told = (_HALF_WAY,) * len(network.body.config.told)

    def run(precision: Precision) -> torch.Tensor:
        values = torch.from_numpy(TiledNetwork(network, numbers=precision.computed, told=told).whole(photo))
        return torch.sigmoid(values) if isinstance(network, ScratchMask) else values

    return choose_precision(run, (BFLOAT16,), most_error=MOST_ERROR).precision.computed


def tiles_of(shape: tuple[int, int], body: UNetConfig, *, most_px: int) -> Iterator[Tile]:
    """Give tiles that cover a picture, each pixel once, with as little read twice as the limit allows.

    Args:
        shape: Height and width of the picture.
        body: Of the network.
        most_px: Largest tile with its surroundings, in pixels.

    Raises:
        ValueError: Not even the smallest tile is that small, or the picture has no pixel.

    Examples:
        >>> body = UNetConfig(width=4, depth=1)
        >>> [(t.read[1].start, t.place[1].start) for t in tiles_of((8, 100), body, most_px=700)]
        [(0, 0), (12, 36), (48, 72)]
    """
    if min(shape) < 1:
        raise ValueError(f"expected a picture with pixels, found {shape[0]} x {shape[1]}")
    sides = _best_sides(shape, body, most_px)
    apron = _apron(body)
    for top in range(0, shape[0], sides[0]):
        for left in range(0, shape[1], sides[1]):
            rows, columns = _along(top, shape[0], sides[0], apron), _along(left, shape[1], sides[1], apron)
            yield Tile(*((row, column) for row, column in zip(rows, columns, strict=True)))


def _best_sides(shape: tuple[int, int], body: UNetConfig, most_px: int) -> tuple[int, int]:
    """Return the sides of the kept parts with which the fewest pixels are read."""
    height, width = shape
    apron, stride = _apron(body), body.stride_px
    best: tuple[int, tuple[int, int]] | None = None
    for down in range(1, -(-height // stride) + 1):
        rows = _side(height, down, stride)
        read_rows = min(height, rows + 2 * apron)
        if best is not None and (height + 2 * apron * (down - 1)) * width >= best[0]:
            break  # more cuts can only read more
        columns = width if read_rows * width <= most_px else (most_px // read_rows - 2 * apron) // stride * stride
        if columns < 1:
            continue
        across = -(-width // columns)
        total = (height + 2 * apron * (down - 1)) * (width + 2 * apron * (across - 1))
        if best is None or total < best[0]:
            best = (total, (rows, _side(width, across, stride)))
    if best is None:
        raise ValueError(f"tiles of {most_px} pixels are too small for a reach of {apron} pixels each way")
    return best[1]


def _side(length: int, count: int, stride: int) -> int:
    """Return the side of so many even parts, a multiple of the stride."""
    return -(-length // (count * stride)) * stride


def _apron(body: UNetConfig) -> int:
    """Return how much is read around a tile: the reach, rounded up to the stride."""
    return -(-body.reach_px // body.stride_px) * body.stride_px


def _along(start: int, length: int, side: int, apron: int) -> tuple[slice, slice, slice]:
    """Return read, keep and place along one axis."""
    end = min(start + side, length)
    first, last = max(0, start - apron), min(length, end + apron)
    return slice(first, last), slice(start - first, end - first), slice(start, end)


def _counts_in_bfloat16(device: torch.device) -> bool:
    """Return whether a device multiplies such numbers itself: others would be slower with them."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    asked = getattr(torch.cpu, "get_capabilities", None)  # torch has it from 2.10 on
    told: Mapping[str, object] = asked() if asked else {}
    return device.type == "cpu" and bool(told.get("avx512_bf16") or told.get("amx_bf16"))


def _probe() -> Float32[np.ndarray, "_ _ 3"]:
    """Return a picture with slopes, edges and grain, in [0, 1], of 128 pixels each way."""
    down, across = np.mgrid[0:128, 0:128] / 128.0
    slopes = np.stack([down, across, 1.0 - 0.5 * (down + across)], axis=2)
    edges = 0.3 * (np.floor(8.0 * down) + np.floor(8.0 * across))[..., None] % 0.6
    grain = np.random.default_rng(0).normal(0.0, 0.03, slopes.shape)
    return np.clip(0.2 + 0.5 * slopes + edges - 0.2 + grain, 0.0, 1.0).astype(np.float32)
