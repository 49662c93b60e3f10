"""Patch attention over a map that need not fit in memory; exact."""

import torch
import torch.nn.functional as F
from torch import Tensor

from oldphoto_core.errors import NothingToFillFromError
from oldphoto_core.networks.bopbtl.patches import PatchAttention, hole_patches
from oldphoto_core.networks.streaming.buffers import Stored, Workspace
from oldphoto_core.networks.streaming.convolution import convolved
from oldphoto_core.networks.streaming.layers import run
from oldphoto_core.networks.streaming.rows import Drawn, Rows, stacked


def attended(layer: PatchAttention, z: Rows, hole: Tensor, space: Workspace) -> Rows:
    """Return the map with hole patches replaced and everything combined.

    Args:
        layer: The block.
        z: The map.
        hole: 1 in holes and 0 elsewhere, shape (1, 1, h, w).
        space: Where maps lie.

    Raises:
        NothingToFillFromError: No patch is whole: there is nothing to fill from.
    """
    z = z if z.at_hand else space.store(z)
    x = space.store(run(layer.blocks, z, space))
    holes = hole_patches(hole[0, 0], layer.patch)
    replaced = composed(x, holes, layer.patch, space) if bool(holes.any()) else x
    where = Drawn(1, z.height, z.width, lambda start, stop: hole[:, :, start:stop].to(space.dtype))
    return convolved(stacked((z, replaced, where)), layer.combine, space.scratch)


def composed(x: Stored, holes: Tensor, patch: int, space: Workspace) -> Stored:
    """Return the map with each hole patch replaced by the whole patch most like it, and zero where no patch lies.

    Raises:
        NothingToFillFromError: No patch is whole.
    """
    if bool(holes.all()):
        raise NothingToFillFromError(
            f"no patch of {patch}x{patch} latent places is whole: there is nothing to fill from"
        )
    columns = holes.shape[1]
    twin = dict(zip(holes.flatten().nonzero()[:, 0].tolist(), _twins(x, holes, patch, space), strict=True))
    result = space.new((x.channels, x.height, x.width))
    for start, stop in _patch_strips(x, holes.shape[0], patch, space):
        values = x.rows(start * patch, stop * patch).clone()
        values[..., columns * patch :] = 0.0
        for number in range(start * columns, stop * columns):
            if number in twin:
                row, column = divmod(number, columns)
                top = (row - start) * patch
                values[..., top : top + patch, column * patch : (column + 1) * patch] = _piece(
                    x, twin[number], patch, columns
                )
        result.write(start * patch, values)
    covered = holes.shape[0] * patch
    if covered < x.height:
        result.write(covered, torch.zeros((1, x.channels, x.height - covered, x.width), device=space.device))
    return result


def _twins(x: Stored, holes: Tensor, patch: int, space: Workspace) -> list[int]:
    """Return for each hole patch, in order, the number of the whole patch most like it by cosine."""
    wanted = holes.flatten().nonzero()[:, 0]
    at_once = max(1, 2 * space.strip_bytes // (4 * x.channels * patch * patch))
    return [twin for some in torch.split(wanted, at_once) for twin in _twins_of(x, some, holes, patch, space)]


def _twins_of(x: Stored, wanted: Tensor, holes: Tensor, patch: int, space: Workspace) -> list[int]:
    columns = holes.shape[1]
    pieces = torch.cat([_piece(x, int(number), patch, columns).reshape(1, -1) for number in wanted]).float()
    pieces = F.normalize(pieces, dim=1)
    best = torch.full((len(wanted),), -torch.inf, device=pieces.device)
    twins = torch.zeros(len(wanted), dtype=torch.long, device=pieces.device)
    for start, stop in _patch_strips(x, holes.shape[0], patch, space):
        keys = F.normalize(_pieces(x.rows(start * patch, stop * patch).float(), patch, columns), dim=1)
        alike = pieces @ keys.T
        alike[:, holes[start:stop].flatten()] = -torch.inf
        nearest, place = alike.max(dim=1)
        better = nearest > best
        best, twins = torch.where(better, nearest, best), torch.where(better, place + start * columns, twins)
    return twins.tolist()


def _patch_strips(x: Rows, rows: int, patch: int, space: Workspace) -> list[tuple[int, int]]:
    """Return strips as (start, stop) in rows of patches."""
    step = max(1, space.strip_bytes // (4 * x.channels * x.width * patch))
    return [(start, min(start + step, rows)) for start in range(0, rows, step)]


def _pieces(values: Tensor, patch: int, columns: int) -> Tensor:
    """Return the patches of some rows, shape (patches, C * patch * patch), in the order of ``_piece``."""
    channels, rows = values.shape[1], values.shape[2] // patch
    tiles = values[0, :, :, : columns * patch].reshape(channels, rows, patch, columns, patch)
    return tiles.permute(1, 3, 0, 2, 4).reshape(rows * columns, -1)


def _piece(x: Stored, number: int, patch: int, columns: int) -> Tensor:
    """Return one patch, shape (1, C, patch, patch)."""
    row, column = divmod(number, columns)
    rows, across = (slice(at * patch, (at + 1) * patch) for at in (row, column))
    return x.block(rows, across)
