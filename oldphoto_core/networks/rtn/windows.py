"""Attention within windows, shifted by half a window in every second block: the Swin transformer (Liu et al., 2021)."""

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

LOGITS_AT_ONCE = 2**24
"""How many query-key products are held at a time (64 MiB in float32)."""

_APART = -100.0
"""What is added to the logits of places that only the shift brought into one window."""


class SwinBlock(nn.Module):
    """Window attention and a perceptron, each on normalised features and added to what came in."""

    def __init__(self, width: int, heads: int, window: int, *, shifted: bool, mlp_ratio: float, stored: int) -> None:
        """Make a block.

        Args:
            width: Channels.
            heads: Attention heads; they share the channels.
            window: Side of a window, in places.
            shifted: Whether the windows lie half a window further to the right and down.
            mlp_ratio: How many times wider the perceptron is.
            stored: Side of the map whose mask is kept as a buffer, as the release does, or 0; it is never read.
        """
        super().__init__()
        self.window = window
        self.shift = window // 2 if shifted else 0
        if self.shift and stored:
            self.register_buffer("attn_mask", apart(regions((stored, stored), window, self.shift)))
        self.norm1 = nn.LayerNorm(width)
        self.attn = _WindowAttention(width, heads, window)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = _Perceptron(width, int(width * mlp_ratio))

    def forward(self, x: Float[Tensor, "N h w C"]) -> Float[Tensor, "N h w C"]:
        """Return the map; its sides are multiples of the window."""
        x = x + self._attended(self.norm1(x))
        return x + self.mlp(self.norm2(x))

    def _attended(self, x: Tensor) -> Tensor:
        count, height, width, _ = x.shape
        if not self.shift:
            return _joined(self.attn(_windows(x, self.window), None), count, height, width)
        moved = x.roll((-self.shift, -self.shift), dims=(1, 2))
        belongs = regions((height, width), self.window, self.shift).to(x.device).repeat(count, 1)
        attended = _joined(self.attn(_windows(moved, self.window), belongs), count, height, width)
        return attended.roll((self.shift, self.shift), dims=(1, 2))


class _WindowAttention(nn.Module):
    """Dot products plus a learned number for each head and each offset between two places."""

    relative_position_index: Tensor

    def __init__(self, width: int, heads: int, window: int) -> None:
        super().__init__()
        self.heads = heads
        self.relative_position_bias_table = nn.Parameter(torch.zeros((2 * window - 1) ** 2, heads))
        nn.init.trunc_normal_(self.relative_position_bias_table, std=0.02)
        self.register_buffer("relative_position_index", offset_numbers(window))
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x: Float[Tensor, "n t C"], belongs: Int[Tensor, "n t"] | None) -> Float[Tensor, "n t C"]:
        """Return each window's places after they looked at those of their own region, a few windows at a time."""
        many = max(1, LOGITS_AT_ONCE // (self.heads * x.shape[1] ** 2))
        bias = self.relative_position_bias_table[self.relative_position_index].permute(2, 0, 1)
        pieces = []
        for start in range(0, len(x), many):
            some = slice(start, start + many)
            masked = bias if belongs is None else bias + apart(belongs[some])[:, None].to(bias.dtype)
            pieces.append(self._attend(x[some], masked))
        return self.proj(torch.cat(pieces))

    def _attend(self, x: Tensor, bias: Tensor) -> Tensor:
        count, places, width = x.shape
        query, key, value = self.qkv(x).reshape(count, places, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        seen = F.scaled_dot_product_attention(query, key, value, attn_mask=bias.expand(count, -1, -1, -1))
        return seen.transpose(1, 2).reshape(count, places, width)


class _Perceptron(nn.Module):
    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, inner)
        self.fc2 = nn.Linear(inner, width)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(F.gelu(self.fc1(x)))


def offset_numbers(window: int) -> Int[Tensor, "t t"]:
    """Return for each two places of a window, row by row, the number of the offset between them."""
    row, column = torch.meshgrid(torch.arange(window), torch.arange(window), indexing="ij")
    row, column = row.flatten(), column.flatten()
    down = row[:, None] - row + window - 1
    right = column[:, None] - column + window - 1
    return down * (2 * window - 1) + right


def regions(size: tuple[int, int], window: int, shift: int) -> Int[Tensor, "n t"]:
    """Return for each place of each window of a shifted map which of nine regions it comes from.

    The last row and column of windows hold places from opposite ends of the map.
    """
    row, column = (_thirds(side, window, shift) for side in size)
    whole = (3 * row[:, None] + column)[None, :, :, None]
    return _windows(whole, window)[..., 0]


def apart(belongs: Int[Tensor, "n t"]) -> Float[Tensor, "n t t"]:
    """Return what is added to the logits of each two places: -100 if they are of different regions."""
    return (belongs[:, :, None] != belongs[:, None, :]).float() * _APART


def _thirds(side: int, window: int, shift: int) -> Int[Tensor, " side"]:
    place = torch.arange(side)
    return (place >= side - window).long() + (place >= side - shift).long()


def _windows(x: Tensor, window: int) -> Tensor:
    """Return the windows of a map row by row, and the places of each row by row, shape (n, t, C)."""
    count, height, width, channels = x.shape
    x = x.reshape(count, height // window, window, width // window, window, channels)
    return x.transpose(2, 3).reshape(-1, window * window, channels)


def _joined(x: Tensor, count: int, height: int, width: int) -> Tensor:
    """Return the map that the windows make."""
    window = int(x.shape[1] ** 0.5)
    x = x.reshape(count, height // window, width // window, window, window, -1)
    return x.transpose(2, 3).reshape(count, height, width, -1)
