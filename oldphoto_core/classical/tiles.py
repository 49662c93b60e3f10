"""Working through a large picture tile by tile, with enough of the surroundings that no seam can arise."""

from collections.abc import Iterator
from dataclasses import dataclass

Window = tuple[slice, slice]


@dataclass(frozen=True, slots=True)
class Tile:
    """One tile: what to read, what of the result to keep, and where to put it."""

    read: Window
    """Rows and columns of the picture, with the apron."""

    keep: Window
    """Rows and columns of the tile's result, without the apron."""

    place: Window
    """Rows and columns of the picture that the kept part fills."""


def tiles(shape: tuple[int, int], *, side_px: int, apron_px: int) -> Iterator[Tile]:
    """Yield tiles that cover the picture, each pixel once.

    Args:
        shape: Height and width of the picture.
        side_px: Height and width of the kept part.
        apron_px: How far a result depends on its surroundings. If both are multiples of 8, every tile begins on a
            multiple of 8, as the picture does.

    Examples:
        >>> [(t.read[1], t.keep[1]) for t in tiles((8, 20), side_px=16, apron_px=8)]
        [(slice(0, 20, None), slice(0, 16, None)), (slice(8, 20, None), slice(8, 12, None))]
    """
    for top in range(0, shape[0], side_px):
        for left in range(0, shape[1], side_px):
            rows = _along(top, shape[0], side_px=side_px, apron_px=apron_px)
            columns = _along(left, shape[1], side_px=side_px, apron_px=apron_px)
            yield Tile(read=(rows[0], columns[0]), keep=(rows[1], columns[1]), place=(rows[2], columns[2]))


def _along(start: int, length: int, *, side_px: int, apron_px: int) -> tuple[slice, slice, slice]:
    """Return read, keep and place along one axis."""
    end = min(start + side_px, length)
    first, last = max(0, start - apron_px), min(length, end + apron_px)
    return slice(first, last), slice(start - first, end - first), slice(start, end)
