"""Convolutions that read the rows they need, and no more."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from oldphoto_core.networks.streaming.rows import Rows


@dataclass(frozen=True, slots=True)
class Convolved:
    """A map under a convolution, with a border that is mirrored or zero."""

    source: Rows
    """The map."""

    conv: nn.Conv2d
    """The convolution; its own padding, if any, is zero padding."""

    mirrored: int = 0
    """Rows and columns mirrored at the border, as a ReflectionPad2d before the convolution does."""

    at_hand = False

    @property
    def channels(self) -> int:
        """Number of channels."""
        return self.conv.out_channels

    @property
    def height(self) -> int:
        """Number of rows."""
        return self._size(self.source.height)

    @property
    def width(self) -> int:
        """Number of columns."""
        return self._size(self.source.width)

    def rows(self, start: int, stop: int) -> Tensor:
        """Return the rows, computed."""
        step, reach = self.conv.stride[0], self.conv.kernel_size[0]
        border = self._border
        first, last = start * step - border, (stop - 1) * step - border + reach
        x = read_beyond(self.source, first, last, mirrored=bool(self.mirrored))
        if self.mirrored:
            x = F.pad(x, (border, border, 0, 0), mode="reflect")
        columns = 0 if self.mirrored else border
        return F.conv2d(x, self.conv.weight, self.conv.bias, stride=step, padding=(0, columns))

    @property
    def _border(self) -> int:
        return self.mirrored or int(self.conv.padding[0])

    def _size(self, size: int) -> int:
        return (size + 2 * self._border - self.conv.kernel_size[0]) // self.conv.stride[0] + 1


@dataclass(frozen=True, slots=True)
class Doubled:
    """A map under the transposed convolution that doubles its size (kernel 4, stride 2, padding 1)."""

    source: Rows
    """The map."""

    conv: nn.ConvTranspose2d
    """The convolution."""

    at_hand = False

    @property
    def channels(self) -> int:
        """Number of channels."""
        return self.conv.out_channels

    @property
    def height(self) -> int:
        """Number of rows."""
        return 2 * self.source.height

    @property
    def width(self) -> int:
        """Number of columns."""
        return 2 * self.source.width

    def rows(self, start: int, stop: int) -> Tensor:
        """Return the rows, computed."""
        first, last = (start - 2) // 2, (stop + 1) // 2 + 1
        x = read_beyond(self.source, first, last, mirrored=False)
        made = F.conv_transpose2d(x, self.conv.weight, self.conv.bias, stride=2, padding=1)
        return made[:, :, start - 2 * first : stop - 2 * first]


def read_beyond(source: Rows, first: int, last: int, *, mirrored: bool) -> Tensor:
    """Return the rows from first up to last, where rows beyond the map are its mirror image or zero."""
    inside = source.rows(max(0, first), min(last, source.height))
    if first >= 0 and last <= source.height:
        return inside
    above, below = max(0, -first), max(0, last - source.height)
    if not mirrored:
        return F.pad(inside, (0, 0, above, below))
    parts = [inside]
    if above:
        parts.insert(0, source.rows(1, above + 1).flip(2))
    if below:
        parts.append(source.rows(source.height - 1 - below, source.height - 1).flip(2))
    return torch.cat(parts, dim=2)
