"""Patch attention: every hole patch becomes the most similar patch that is whole."""

from typing import ClassVar

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from oldphoto_core.errors import NothingToFillFromError
from oldphoto_core.networks.blocks import residual_blocks
from oldphoto_core.networks.keys import Renaming

PRODUCTS_AT_ONCE = 2**24
"""How many similarities are held at a time (64 MiB in float32)."""

HOLE_SHARE = 0.6
"""A patch is a hole patch when more than this share of it is hole."""


class PatchAttention(nn.Module):
    """Patch attention at one scale (TPAMI paper, section 3.4; release: ``NL_scale_*``).

    The patches do not overlap; a remainder at the right and bottom that fills no patch is set to zero wherever there is
    a hole patch anywhere, as in the release.
    """

    OFFICIAL: ClassVar[Renaming] = (("F_Combine", "combine"), ("res_block", "blocks"))

    def __init__(self, channels: int, patch: int) -> None:
        super().__init__()
        self.patch = patch
        self.combine = nn.Conv2d(2 * channels + 1, channels, 3, padding=1)
        self.blocks = nn.Sequential(*residual_blocks(channels, 1))

    def forward(self, z: Float[Tensor, "N C h w"], mask: Float[Tensor, "N 1 _H _W"]) -> Float[Tensor, "N C h w"]:
        """Return the map with hole patches replaced and everything combined.

        Args:
            z: The latent features.
            mask: Holes at the picture's size: above 0 is a hole.

        Raises:
            NothingToFillFromError: No patch of a picture is whole: there is nothing to fill from.
        """
        hole = touched_places(mask, (z.shape[2], z.shape[3]))
        x = self.blocks(z)
        composed = torch.stack([compose(one, here[0], self.patch) for one, here in zip(x, hole, strict=True)])
        return self.combine(torch.cat([z, composed, hole], dim=1))


def touched_places(mask: Float[Tensor, "N 1 _H _W"], size: tuple[int, int]) -> Float[Tensor, "N 1 h w"]:
    """Return 1 where any of the mask reaches, at the latent's size."""
    return (F.interpolate(mask, size, mode="bilinear", align_corners=False) > 0).to(mask.dtype)


def compose(x: Float[Tensor, "C h w"], hole: Float[Tensor, "h w"], patch: int) -> Float[Tensor, "C h w"]:
    """Return the map with each hole patch replaced by the whole patch most like it (cosine).

    Raises:
        NothingToFillFromError: No patch is whole.
    """
    holes = hole_patches(hole, patch)
    if not bool(holes.any()):
        return x
    if bool(holes.all()):
        raise NothingToFillFromError(
            f"no patch of {patch}x{patch} latent places is whole: there is nothing to fill from"
        )
    pieces = _to_pieces(x, patch)
    wanted, whole = holes.flatten().nonzero()[:, 0], (~holes).flatten().nonzero()[:, 0]
    pieces[wanted] = pieces[whole[most_similar(pieces, wanted, whole)]]
    return _from_pieces(pieces, x, patch)


def hole_patches(hole: Float[Tensor, "h w"], patch: int) -> Bool[Tensor, "rows columns"]:
    """Return which patches count as holes; a remainder that fills no patch is left out."""
    return F.avg_pool2d(hole[None, None], patch)[0, 0] > HOLE_SHARE


def most_similar(
    pieces: Float[Tensor, "n d"], wanted: Int[Tensor, " q"], offered: Int[Tensor, " k"]
) -> Int[Tensor, " q"]:
    """Return for each wanted piece the place, among those offered, of the piece most like it by cosine.

    Pieces are compared a few rows at a time: exact, and never more than a bounded number of similarities are held.
    """
    keys = F.normalize(pieces[offered], dim=1)
    rows = max(1, PRODUCTS_AT_ONCE // len(offered))
    return torch.cat([(F.normalize(pieces[some], dim=1) @ keys.T).argmax(dim=1) for some in torch.split(wanted, rows)])


def _to_pieces(x: Float[Tensor, "C h w"], patch: int) -> Float[Tensor, "n d"]:
    return F.unfold(x[None], patch, stride=patch)[0].T.contiguous()


def _from_pieces(pieces: Float[Tensor, "n d"], like: Float[Tensor, "C h w"], patch: int) -> Float[Tensor, "C h w"]:
    return F.fold(pieces.T[None], (like.shape[1], like.shape[2]), patch, stride=patch)[0]
