"""A restoration branch over frames of any size: in tiles that overlap, frame by frame.

Only the branch is tiled. What it is given, frame and history in one, is that of the whole frame, so nothing that a
tile does not see is carried on to the next frame, and motion is looked for once, on the whole frame. Tiles begin at
multiples of the attention windows, so that these lie where they would in the whole frame.
"""

from collections.abc import Iterator
from itertools import product

import torch
from jaxtyping import Float
from torch import Tensor, nn

from oldphoto_core.networks.rtn.branch import Branch, BranchConfig

HALO_PX = 64
"""How far tiles reach into each other, each way; only the inner half of it counts, growing from 0 to 1."""

_BYTES_PER_PX_AND_WIDTH = 50
"""Memory that a branch takes for each pixel and each channel of its width, measured in float32 at 512 x 512 pixels."""

_LEAST_TILE_PX = 4 * HALO_PX


class TiledBranch(Branch):
    """A branch that works on large frames tile by tile; small ones go through it whole, and nothing changes."""

    def __init__(self, branch: Branch, config: BranchConfig, *, most_px: int) -> None:
        """Wrap a branch, whose weights stay its own.

        Args:
            branch: The branch.
            config: Of the branch.
            most_px: Largest tile with its halo, in pixels; at least 256 x 256 are taken.
        """
        nn.Module.__init__(self)  # not the branch's: no second set of weights
        self.whole = branch
        self.step = 2 * config.window
        self.most_px = max(most_px, _LEAST_TILE_PX**2)

    def forward(self, x: Float[Tensor, "N C H W"]) -> Float[Tensor, "N C H W"]:
        """Return the new state, same shape; the sides are multiples of twice the attention window."""
        height, width = x.shape[2:]
        if height * width <= self.most_px:
            return self.whole(x)
        result = torch.zeros_like(x)
        weights = x.new_zeros(1, 1, height, width)
        down, across = tile_sides((height, width), self.most_px, self.step)
        for rows, columns in product(_along(height, down, self.step), _along(width, across, self.step)):
            weight = _ramp(rows, height).to(x)[:, None] * _ramp(columns, width).to(x)
            result[..., rows, columns] += self.whole(x[..., rows, columns]) * weight
            weights[..., rows, columns] += weight
        return result / weights


def tiled(branch: Branch, config: BranchConfig, *, memory_bytes: int) -> TiledBranch:
    """Return a branch that keeps within a memory, as far as tiles of 256 x 256 pixels allow."""
    return TiledBranch(branch, config, most_px=memory_bytes // (_BYTES_PER_PX_AND_WIDTH * config.width))


def tile_sides(size: tuple[int, int], most_px: int, step: int) -> tuple[int, int]:
    """Return height and width of tiles with their halos, multiples of a step: as square as the frame lets them be.

    Examples:
        >>> tile_sides((1088, 1920), 512 * 512, 16)
        (512, 512)
        >>> tile_sides((256, 4096), 512 * 512, 16)
        (256, 1024)
    """
    height, width = size
    down = min(height, max(_LEAST_TILE_PX, int(most_px**0.5)) // step * step)
    across = min(width, max(_LEAST_TILE_PX, most_px // down) // step * step)
    return min(height, max(down, most_px // across // step * step)), across


def _along(length: int, side: int, step: int) -> Iterator[slice]:
    """Give tiles along one axis that overlap by two halos or more."""
    if side >= length:
        yield slice(0, length)
        return
    count = -(-(length - 2 * HALO_PX) // (side - 2 * HALO_PX))
    for index in range(count):
        start = round(index * (length - side) / (count - 1) / step) * step
        yield slice(start, min(length, start + side))


def _ramp(piece: slice, length: int) -> Float[Tensor, " side"]:
    """Return the weight of each place along a tile: 1 inside and at the frame's own border, falling towards others."""
    place = torch.arange(piece.start, piece.stop, dtype=torch.float32)
    near = torch.full_like(place, float(HALO_PX))
    if piece.start:
        near = torch.minimum(near, place - piece.start + 0.5)
    if piece.stop < length:
        near = torch.minimum(near, piece.stop - place - 0.5)
    return (2.0 * near / HALO_PX - 1.0).clamp(1e-6, 1.0)
