"""Convolutions that read the rows they need, and no more."""

from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from oldphoto_core.networks.streaming.borders import put_bordered, read_beyond
from oldphoto_core.networks.streaming.rows import Rows
from oldphoto_core.networks.streaming.scratch import Scratch
from oldphoto_core.networks.streaming.winograd import Winograd, pays, tiled


@dataclass(frozen=True, slots=True)
class Convolved:
    """A map under a convolution, with a border that is mirrored or zero."""

    source: Rows
    """The map."""

    conv: nn.Conv2d
    """The convolution; its own padding, if any, is zero padding."""

    mirrored: int = 0
    """Rows and columns mirrored at the border, as a ReflectionPad2d before the convolution does."""

    quick: Winograd | None = None
    """The same convolution in a faster way, if there is one."""

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
        if self.quick is not None:
            values = torch.empty((1, stop - start, self.width, self.channels)).permute(0, 3, 1, 2)
            self.put(start, stop, values)
            return values
        step, reach = self.conv.stride[0], self.conv.kernel_size[0]
        border = self._border
        first, last = start * step - border, (stop - 1) * step - border + reach
        x = read_beyond(self.source, first, last, mirrored=bool(self.mirrored))
        if self.mirrored:
            x = F.pad(x, (border, border, 0, 0), mode="reflect")
        columns = 0 if self.mirrored else border
        return F.conv2d(x, self.conv.weight, self.conv.bias, stride=step, padding=(0, columns))

    def put(self, start: int, stop: int, into: Tensor) -> None:
        """Write the rows, computed, into memory of shape (1, C, stop - start, W), channels last."""
        if self.quick is None:
            into.copy_(self.rows(start, stop))
            return
        shape = tiled(stop - start), tiled(self.width), self.source.channels
        with self.quick.scratch.lent(*shape) as x:
            put_bordered(self.source, start - self._border, x, border=self._border, mirrored=bool(self.mirrored))
            self.quick.put(x, into[0].permute(1, 2, 0))

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


def convolved(source: Rows, conv: nn.Conv2d, scratch: Scratch, mirrored: int = 0) -> Convolved:
    """Return the map under a convolution, computed in whichever way is faster.

    Args:
        source: The map.
        conv: The convolution.
        scratch: Working memory.
        mirrored: Rows and columns mirrored at the border.
    """
    plain = Convolved(source, conv, mirrored)
    return replace(plain, quick=Winograd(conv, scratch)) if pays(conv, plain.height * plain.width) else plain
