"""3x3 convolutions with a quarter of the multiplications: Winograd's F(4x4, 3x3), in blocks that fit in the cache.

Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks" (2016). A tile of 4x4 results needs 6x6 values of
the map. These, and the kernel, are turned into 6x6 numbers each; their products, summed over the channels, are turned
into the tile: 36 multiplications in place of 144. The points of interpolation are 0, ±5/8, ±3/2 and infinity, which
keep the rounding error at a millionth of the result's spread, half of what the usual 0, ±1, ±2 give.
"""

import itertools
import math
import weakref
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from oldphoto_core.networks.streaming.scratch import Scratch

TILE = 4
"""Results of one tile, along each side."""

_REACH = TILE + 2
_PRODUCTS = _REACH * _REACH
_POINTS = (0.0, 0.625, -0.625, 1.5, -1.5)

_FEWEST_CHANNELS = 64
"""Below this width, in or out, turning tiles forth and back costs as much as is saved."""

_FEWEST_PLACES = 4096
"""On smaller maps, turning the kernels costs as much as is saved."""

_TILES_AT_ONCE = 192
_VALUES_AT_ONCE = _PRODUCTS * _TILES_AT_ONCE * 512
"""How many numbers are held for the tiles that are computed together (14 MiB): so many fit in the last cache."""

_CHANNELS_AT_ONCE = 16


def pays(conv: nn.Conv2d, places: int) -> bool:
    """Return whether a convolution over a map of so many places is faster this way: wide, 3x3, CPU, float32."""
    weight = conv.weight
    return (
        weight.shape[2:] == (3, 3)
        and conv.stride == conv.dilation == (1, 1)
        and conv.groups == 1
        and conv.padding in ((0, 0), (1, 1))
        and min(weight.shape[:2]) >= _FEWEST_CHANNELS
        and places >= _FEWEST_PLACES
        and weight.dtype == torch.float32
        and weight.device.type == "cpu"
    )


def tiled(size: int) -> int:
    """Return the size of the map that tiles need for so many results: a border of one and whole tiles.

    Examples:
        >>> tiled(4), tiled(5)
        (6, 10)
    """
    return TILE * math.ceil(size / TILE) + 2


@dataclass(frozen=True, slots=True)
class _Block:
    """Tiles next to each other that are computed together."""

    top: int
    """First row of their results."""

    left: int
    """First column of their results."""

    rows: int
    """Number of tiles, down."""

    columns: int
    """Number of tiles, across."""

    @property
    def tiles(self) -> int:
        return self.rows * self.columns

    @property
    def span(self) -> int:
        """Columns of the map that a row of tiles reads."""
        return TILE * self.columns + 2


_Places = tuple[Tensor, Tensor, Tensor]
"""Memory that a step reads from and another writes to, in turn."""


class Winograd:
    """A 3x3 convolution with its kernels turned; they are given back to the scratch memory when it is let go."""

    def __init__(self, conv: nn.Conv2d, scratch: Scratch) -> None:
        """Turn the kernels; the convolution stays as it is."""
        weight, bias = conv.weight.detach(), conv.bias
        self.channels_out, self.channels_in = weight.shape[:2]
        turn_values, turn_kernel, turn_sums = _matrices()
        self._turn_values, self._turn_sums = turn_values.float(), turn_sums.float()
        self._bias = weight.new_zeros(self.channels_out) if bias is None else bias.detach()
        self.scratch = scratch
        """Where it works."""
        held = scratch.take(_PRODUCTS * self.channels_in * self.channels_out)
        weakref.finalize(self, scratch.give_back, held)
        self._kernels = _shaped(held, _PRODUCTS, self.channels_in, self.channels_out)
        _turn_kernels(weight, turn_kernel, self._kernels)

    def put(self, x: Tensor, into: Tensor) -> None:
        """Write the convolution, without padding, into memory.

        Args:
            x: Map of shape (``tiled(h)``, ``tiled(w)``, C), contiguous. What lies beyond (h + 2, w + 2) must be finite
                and changes nothing but rounding.
            into: Where the result goes, shape (h, w, D).
        """
        height, width = into.shape[:2]
        widest = max(self.channels_in, self.channels_out)
        blocks = list(_blocks(height, width, min(_TILES_AT_ONCE, max(1, _VALUES_AT_ONCE // (_PRODUCTS * widest)))))
        most = widest * _PRODUCTS * max(block.tiles for block in blocks)
        across = widest * _REACH * max(block.rows * block.span for block in blocks)
        lent = self.scratch.lent
        with lent(most) as first, lent(most) as second, lent(across) as third:
            for block in blocks:
                values = self._values(x, block, (first, second, third))
                self._put_results(self._sums(values, block, (first, second, third)), block, into)

    def _values(self, x: Tensor, block: _Block, held: _Places) -> Tensor:
        """Return the values of the tiles, turned; shape (36, tiles, C), in the first place."""
        channels, step = self.channels_in, x.stride(0)
        rows = _shaped(held[2], _REACH, block.rows, block.span * channels)
        for row in range(block.rows):
            begin = x.storage_offset() + (block.top + TILE * row) * step + block.left * channels
            torch.mm(self._turn_values, x.as_strided((_REACH, rows.shape[2]), (step, 1), begin), out=rows[:, row])
        by_place = rows.view(_REACH * block.rows, block.span, channels)
        columns = _shaped(held[1], _REACH, _REACH * block.rows, block.columns, channels)
        for place in range(_REACH):
            columns[place] = by_place[:, place : place + TILE * block.columns - 3 : TILE]
        turned = _shaped(held[0], _REACH, _REACH * block.tiles * channels)
        torch.mm(self._turn_values, columns.view(_REACH, -1), out=turned)
        return turned.view(_PRODUCTS, block.tiles, channels)

    def _sums(self, values: Tensor, block: _Block, held: _Places) -> Tensor:
        """Return the results, shape (4, 4, rows, columns, D): column and row in the tile, tile; in the first place."""
        size = block.tiles * self.channels_out
        sums = _shaped(held[1], _PRODUCTS, block.tiles, self.channels_out)
        torch.bmm(values, self._kernels, out=sums)
        halfway = _shaped(held[2], TILE, _REACH, size)
        torch.mm(self._turn_sums, sums.view(_REACH, -1), out=halfway.view(TILE, -1))
        results = _shaped(held[0], TILE, TILE, size)
        torch.bmm(self._turn_sums.expand(TILE, TILE, _REACH), halfway, out=results)
        return results.view(TILE, TILE, block.rows, block.columns, self.channels_out)

    def _put_results(self, results: Tensor, block: _Block, into: Tensor) -> None:
        here = into[block.top : block.top + TILE * block.rows, block.left : block.left + TILE * block.columns]
        for row, column in itertools.product(range(min(TILE, here.shape[0])), range(min(TILE, here.shape[1]))):
            target = here[row::TILE, column::TILE]
            torch.add(results[column, row, : target.shape[0], : target.shape[1]], self._bias, out=target)


def _blocks(height: int, width: int, at_once: int) -> Iterator[_Block]:
    """Return blocks that cover so many results, each of at most so many tiles."""
    down, across = math.ceil(height / TILE), math.ceil(width / TILE)
    columns = math.ceil(across / math.ceil(across / at_once))
    rows = max(1, at_once // columns)
    for top, left in itertools.product(range(0, down, rows), range(0, across, columns)):
        yield _Block(TILE * top, TILE * left, min(rows, down - top), min(columns, across - left))


def _shaped(held: Tensor, *shape: int) -> Tensor:
    return held[: math.prod(shape)].view(shape)


def _turn_kernels(weight: Tensor, turn: Tensor, into: Tensor) -> None:
    """Write the kernels, turned, into memory of shape (36, C, D)."""
    both = torch.kron(turn, turn).float()
    for first in range(0, weight.shape[1], _CHANNELS_AT_ONCE):
        some = weight[:, first : first + _CHANNELS_AT_ONCE].permute(3, 2, 1, 0)
        turned = both @ some.reshape(9, -1)
        into[:, first : first + _CHANNELS_AT_ONCE] = turned.view(_PRODUCTS, *some.shape[2:])


def _matrices() -> tuple[Tensor, Tensor, Tensor]:
    """Return what turns values, kernels and sums: shapes (6, 6), (6, 3) and (4, 6), in float64 (Toom and Cook)."""
    points = torch.tensor(_POINTS, dtype=torch.float64)
    infinity = torch.eye(_REACH, dtype=torch.float64)[-1:]
    apart = (points[:, None] - points + torch.eye(len(_POINTS), dtype=torch.float64)).prod(1, keepdim=True)
    values = [_polynomial([*_POINTS[:number], *_POINTS[number + 1 :]]) for number in range(len(_POINTS))]
    turn_values = torch.tensor([[*row, 0.0] for row in values] + [_polynomial(_POINTS)], dtype=torch.float64)
    turn_kernel = torch.cat([points[:, None] ** torch.arange(3) / apart, infinity[:, -3:]])
    turn_sums = torch.cat([points[:, None] ** torch.arange(TILE), infinity[:, -TILE:]]).T
    return turn_values, turn_kernel, turn_sums.contiguous()


def _polynomial(roots: tuple[float, ...] | list[float]) -> list[float]:
    """Return the coefficients of the product of (x - root), lowest power first."""
    coefficients = [1.0]
    for root in roots:
        coefficients = [low - root * high for low, high in zip([0.0, *coefficients], [*coefficients, 0.0], strict=True)]
    return coefficients
