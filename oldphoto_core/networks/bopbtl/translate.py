"""An old photograph to a clean one: encoder of the old, mapping, decoder of the clean; at any size."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from oldphoto_core.networks.bopbtl.attention import valid_places
from oldphoto_core.networks.bopbtl.autoencoder import Autoencoder
from oldphoto_core.networks.bopbtl.large_attention import filled
from oldphoto_core.networks.bopbtl.large_patches import attended
from oldphoto_core.networks.bopbtl.mapping import NonLocalMapping, PatchMapping, PlainMapping
from oldphoto_core.networks.bopbtl.patches import touched_places
from oldphoto_core.networks.streaming.buffers import Workspace
from oldphoto_core.networks.streaming.layers import run
from oldphoto_core.networks.streaming.rows import Rows

LATENT_STEP = 4
"""Pixels to one place of the latent, along each side."""

MOST_PLACES = 65536
"""The largest latent, in places, over which non-local attention is exact (a picture of one megapixel)."""

_ROWS_AT_ONCE = 256

Mapping = PlainMapping | NonLocalMapping | PatchMapping


@dataclass(frozen=True, slots=True)
class Translator:
    """The three networks that translate a photograph."""

    old: Autoencoder
    """Autoencoder of old photographs; its encoder is used."""

    mapping: Mapping
    """From latent to latent."""

    clean: Autoencoder
    """Autoencoder of clean photographs; its decoder is used."""

    @property
    def fills_holes(self) -> bool:
        """Whether it takes a mask."""
        return not isinstance(self.mapping, PlainMapping)

    @property
    def dtype(self) -> torch.dtype:
        """In what numbers its weights are."""
        return next(self.mapping.parameters()).dtype

    def __call__(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the clean picture in one go: the published computation, for pictures that fit in memory.

        Args:
            x: Picture in [-1, 1], shape (N, 3, H, W), sides multiples of 4; holes painted white.
            mask: Holes, 1 is hole, shape (N, 1, H, W); for a mapping that fills holes, and only for that.
        """
        latent = self.old.encode(x)
        holes = () if mask is None else (mask,)
        return self.clean.decode(self.mapping(latent, *holes))


def prepared(module: nn.Module, space: Workspace) -> nn.Module:
    """Return the module with its weights where and as they are used; the module itself changes."""
    module.to(space.device, space.dtype).requires_grad_(requires_grad=False)
    for weight in module.parameters():
        if weight.dim() == 4:
            weight.data = weight.data.contiguous(memory_format=torch.channels_last)
    return module


def translated(
    translator: Translator, picture: Rows, mask: Rows | None, space: Workspace, *, most_places: int = MOST_PLACES
) -> Rows:
    """Return the clean picture as rows in [-1, 1]; the same numbers as in one go, in bounded memory.

    Only beyond ``most_places`` does non-local attention look at a smaller map (see ``large_attention``).

    Args:
        translator: The networks, prepared for the workspace.
        picture: Rows in [-1, 1], 3 channels, sides multiples of 4 and at least 16; holes painted white.
        mask: Rows of holes, 1 channel, 1 is hole; None if the mapping fills none.
        space: Where maps lie.
        most_places: The largest latent, in places, over which non-local attention is exact.

    Raises:
        NothingToFillFromError: The holes leave nothing to fill from.
    """
    latent = run(translator.old.encoder, picture, space)
    mapped = _mapped(translator.mapping, latent, mask, space, most_places)
    return run(translator.clean.decoder, mapped, space)


def _mapped(mapping: Mapping, latent: Rows, mask: Rows | None, space: Workspace, most_places: int) -> Rows:
    if isinstance(mapping, PlainMapping):
        return run(mapping.model, latent, space)
    if mask is None:
        raise TypeError(f"a {type(mapping).__name__} needs a mask of holes")
    before = run(mapping.before, latent, space)
    if isinstance(mapping, NonLocalMapping):
        valid = _at_latent_size(mask, valid=True)
        return run(mapping.after, filled(mapping.attention, before, valid, space, most_places=most_places), space)
    hole = _at_latent_size(mask, valid=False)
    x = run(mapping.between_1, attended(mapping.attention_1, before, hole, space), space)
    x = run(mapping.between_2, attended(mapping.attention_2, x, hole, space), space)
    return run(mapping.after, attended(mapping.attention_3, x, hole, space), space)


def _at_latent_size(mask: Rows, *, valid: bool) -> Tensor:
    """Return where the latent is valid, or where holes reach it; a few rows at a time, which changes nothing."""
    reduce = valid_places if valid else touched_places
    parts = []
    for start in range(0, mask.height, _ROWS_AT_ONCE):
        rows = mask.rows(start, min(start + _ROWS_AT_ONCE, mask.height)).float()
        parts.append(reduce(rows, (rows.shape[2] // LATENT_STEP, rows.shape[3] // LATENT_STEP)))
    return torch.cat(parts, dim=2)
