"""What a convolution reads beyond the edges of a map: its mirror image, or zero."""

import torch
import torch.nn.functional as F
from torch import Tensor

from oldphoto_core.networks.streaming.affine import Affine
from oldphoto_core.networks.streaming.rows import Changed, Rows


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


def put_bordered(source: Rows, first: int, into: Tensor, *, border: int, mirrored: bool) -> None:
    """Write rows of a map, and a border of at most one place, into memory; what lies further out becomes zero.

    Args:
        source: The map, in float32.
        first: The first row; -1 is the border.
        into: Memory of shape (rows, columns, C); its first column is the border's, if there is one.
        border: 0 or 1.
        mirrored: Whether the border mirrors the map, as ReflectionPad2d does, or is zero.
    """
    top, low = max(0, -first), max(0, first)
    high = min(first + into.shape[0], source.height)
    bottom, right = top + high - low, border + source.width
    inside = into[top:bottom, border:right]
    _put(source, low, high, inside.permute(2, 0, 1)[None])
    for beyond in (into[:top], into[bottom:], into[top:bottom, :border], into[top:bottom, right:]):
        beyond.zero_()
    if not (mirrored and border):
        return
    into[top:bottom, 0], into[top:bottom, right] = into[top:bottom, 2], into[top:bottom, right - 2]
    if top:
        into[0] = into[2]
    if bottom < into.shape[0]:
        into[bottom] = into[bottom - 2]


def _put(source: Rows, first: int, last: int, into: Tensor) -> None:
    if isinstance(source, Changed) and isinstance(source.change, Affine):
        source.change.put(source.source.rows(first, last), into)
    else:
        into.copy_(source.rows(first, last))
