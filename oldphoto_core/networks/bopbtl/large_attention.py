"""Partial non-local attention over a map that need not fit in memory.

Up to a bounded number of places the result is exact. Beyond, the attention works on the map reduced to that bound: each
place of the small map is the mean of the valid places it covers, the holes are filled there, and the filling is
enlarged into the holes. Valid places keep their own features at full size either way.
"""

import math

import torch
from torch import Tensor

from oldphoto_core.networks.bopbtl.attention import PartialNonLocal, attend, fuse
from oldphoto_core.networks.streaming.buffers import Workspace
from oldphoto_core.networks.streaming.layers import run
from oldphoto_core.networks.streaming.rows import Drawn, Enlarged, Held, Joined, Rows

Size = tuple[int, int]


def filled(layer: PartialNonLocal, x: Rows, valid: Tensor, space: Workspace, *, most_places: int) -> Rows:
    """Return the map with its holes filled.

    Args:
        layer: The block.
        x: The map.
        valid: 1 where the map is valid and 0 in holes, shape (1, 1, h, w).
        space: Where maps lie.
        most_places: The largest size, in places, at which attention works.
    """
    x = x if x.at_hand else space.store(x)
    where = Drawn(1, x.height, x.width, lambda start, stop: valid[:, :, start:stop].to(space.dtype))
    size = working_size((x.height, x.width), most_places)
    if size == (x.height, x.width):
        answer = run(layer.blocks, _answered(layer, x, valid, space), space)
    else:
        small, small_valid = _reduced(x, valid, size, space)
        done = run(layer.blocks, _answered(layer, Held(small), small_valid, space), space)
        answer = Enlarged(done.rows(0, size[0]), x.height, x.width)
    return Joined(x.channels, (x, answer, where), fuse)


def working_size(size: Size, most_places: int) -> Size:
    """Return the size at which attention works: the map's own, or one of the same shape within the bound.

    Examples:
        >>> working_size((100, 200), 65536), working_size((1000, 4000), 10000)
        ((100, 200), (50, 200))
    """
    height, width = size
    if height * width <= most_places:
        return size
    scale = math.sqrt(most_places / (height * width))
    return max(1, int(height * scale)), max(1, int(width * scale))


def _answered(layer: PartialNonLocal, x: Rows, valid: Tensor, space: Workspace) -> Rows:
    """Return what every place hears from the valid ones, before the residual blocks; laid down."""
    seen = valid[0, 0] > 0
    key, value = (torch.empty((int(seen.sum()), x.channels), dtype=space.dtype, device=space.device) for _ in range(2))
    filled_to = 0
    for start, stop in space.strips(x):
        part, here = x.rows(start, stop), seen[start:stop].flatten()
        places = slice(filled_to, filled_to + int(here.sum()))
        key[places], value[places] = _columns(layer.key(part))[here], _columns(layer.value(part))[here]
        filled_to = places.stop

    def answers(start: int, stop: int) -> Tensor:
        part = x.rows(start, stop)
        heard = attend(_columns(layer.query(part)), key, value)
        return layer.out(heard.T.reshape(part.shape))

    return space.store(Drawn(x.channels, x.height, x.width, answers))


def _columns(values: Tensor) -> Tensor:
    """Return the places of a strip as rows of a matrix, shape (places, C)."""
    return values[0].permute(1, 2, 0).reshape(-1, values.shape[1])


def _reduced(x: Rows, valid: Tensor, size: Size, space: Workspace) -> tuple[Tensor, Tensor]:
    """Return the map at a smaller size, each place the mean of the valid places it covers, and where any was valid."""
    total = torch.zeros((1, x.channels, *size), device=space.device)
    count = torch.zeros((1, 1, *size), device=space.device)
    row_of, column_of = (
        (torch.arange(long, device=space.device) * short) // long
        for long, short in zip((x.height, x.width), size, strict=True)
    )
    for start, stop in space.strips(x):
        seen = valid[:, :, start:stop].float()
        for target, values in ((total, x.rows(start, stop).float() * seen), (count, seen)):
            across = torch.zeros((*values.shape[:3], size[1]), device=space.device).index_add_(3, column_of, values)
            target.index_add_(2, row_of[start:stop], across)
    return (total / count.clamp(min=1.0)).to(space.dtype), (count > 0).to(space.dtype)
