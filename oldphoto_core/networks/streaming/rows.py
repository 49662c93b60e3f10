"""Feature maps that give their rows on demand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
import torch.nn.functional as F
from torch import Tensor


@runtime_checkable
class Rows(Protocol):
    """A feature map that need not be in memory; whoever reads it asks for some rows at a time."""

    @property
    def channels(self) -> int:
        """Number of channels."""
        ...

    @property
    def height(self) -> int:
        """Number of rows."""
        ...

    @property
    def width(self) -> int:
        """Number of columns."""
        ...

    @property
    def at_hand(self) -> bool:
        """Whether reading costs little: the values lie somewhere and are not computed by a convolution."""
        ...

    def rows(self, start: int, stop: int) -> Tensor:
        """Return the rows from start up to stop, shape (1, channels, stop - start, width); never write into them."""
        ...


@runtime_checkable
class Puts(Protocol):
    """A map that can write its rows into memory that is there already."""

    def put(self, start: int, stop: int, into: Tensor) -> None:
        """Write the rows from start up to stop into memory of their shape, channels last."""
        ...


@dataclass(frozen=True, slots=True)
class Held:
    """A map that is in memory as a tensor of shape (1, C, H, W)."""

    values: Tensor
    """The map."""

    at_hand = True

    @property
    def channels(self) -> int:
        """Number of channels."""
        return self.values.shape[1]

    @property
    def height(self) -> int:
        """Number of rows."""
        return self.values.shape[2]

    @property
    def width(self) -> int:
        """Number of columns."""
        return self.values.shape[3]

    def rows(self, start: int, stop: int) -> Tensor:
        """Return a view of the rows."""
        return self.values[:, :, start:stop]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A map whose rows a function gives, for example from a picture."""

    channels: int
    height: int
    width: int
    draw: Callable[[int, int], Tensor]
    """Gives the rows from start up to stop."""

    at_hand = True

    def rows(self, start: int, stop: int) -> Tensor:
        """Return the rows as the function gives them."""
        return self.draw(start, stop)


@dataclass(frozen=True, slots=True)
class Changed:
    """A map every value of which is changed on its own: normalised, rectified, squashed."""

    source: Rows
    """The map as it lies there."""

    change: Callable[[Tensor], Tensor]
    """The change; it may not write into what it is given."""

    @property
    def channels(self) -> int:
        """Number of channels."""
        return self.source.channels

    @property
    def height(self) -> int:
        """Number of rows."""
        return self.source.height

    @property
    def width(self) -> int:
        """Number of columns."""
        return self.source.width

    @property
    def at_hand(self) -> bool:
        """Whether the values it changes are at hand."""
        return self.source.at_hand

    def rows(self, start: int, stop: int) -> Tensor:
        """Return the rows, changed."""
        return self.change(self.source.rows(start, stop))


@dataclass(frozen=True, slots=True)
class Joined:
    """Several maps of one size, computed into one: stacked, or fused."""

    channels: int
    parts: Sequence[Rows]
    """The maps, all of the first one's size."""

    join: Callable[..., Tensor]
    """Makes rows of the result out of the same rows of each part."""

    @property
    def height(self) -> int:
        """Number of rows."""
        return self.parts[0].height

    @property
    def width(self) -> int:
        """Number of columns."""
        return self.parts[0].width

    @property
    def at_hand(self) -> bool:
        """Whether all parts are."""
        return all(part.at_hand for part in self.parts)

    def rows(self, start: int, stop: int) -> Tensor:
        """Return the rows, joined."""
        return self.join(*(part.rows(start, stop) for part in self.parts))


def stacked(parts: Sequence[Rows]) -> Joined:
    """Return the maps with their channels one after the other."""
    return Joined(sum(part.channels for part in parts), parts, lambda *rows: torch.cat(rows, dim=1))


@dataclass(frozen=True, slots=True)
class Enlarged:
    """A small map in memory, bilinearly enlarged (half-pixel centres, as ``align_corners=False``)."""

    small: Tensor
    """The map, shape (1, C, h, w)."""

    height: int
    width: int
    at_hand = True

    @property
    def channels(self) -> int:
        """Number of channels."""
        return self.small.shape[1]

    def rows(self, start: int, stop: int) -> Tensor:
        """Return rows of the enlarged map."""
        low, high, share = self._neighbours(start, stop)
        upper, lower = self.small[:, :, low], self.small[:, :, high]
        mixed = torch.lerp(upper, lower, share.to(upper.dtype)[None, None, :, None])
        return F.interpolate(mixed, (stop - start, self.width), mode="bilinear", align_corners=False)

    def _neighbours(self, start: int, stop: int) -> tuple[Tensor, Tensor, Tensor]:
        count = self.small.shape[2]
        places = (torch.arange(start, stop, dtype=torch.float64) + 0.5) * (count / self.height) - 0.5
        places = places.clamp(0.0, count - 1.0)
        low = places.floor().long()
        return low, (low + 1).clamp(max=count - 1), places - low
