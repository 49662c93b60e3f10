"""Partial non-local attention: holes are filled from everywhere that is not a hole."""

from typing import ClassVar

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor, nn

from oldphoto_core.networks.blocks import residual_blocks
from oldphoto_core.networks.keys import Renaming

LOGITS_AT_ONCE = 2**24
"""How many query-key products are held at a time (64 MiB in float32); the memory of attention is bounded by it."""


class PartialNonLocal(nn.Module):
    """Partial non-local block (paper section 3.3, equations 5-7; release: ``NL``).

    Every place looks at all valid places; the answer, worked over by residual blocks, replaces what the holes hold, and
    only that. Dot products are neither scaled nor normalised, as in the release.
    """

    OFFICIAL: ClassVar[Renaming] = (
        ("theta", "query"),
        ("phi", "key"),
        ("g", "value"),
        ("W", "out"),
        ("res_block", "blocks"),
    )

    def __init__(self, channels: int, *, blocks: int = 3) -> None:
        super().__init__()
        self.value = nn.Conv2d(channels, channels, 1)
        self.out = nn.Conv2d(channels, channels, 1)
        self.query = nn.Conv2d(channels, channels, 1)
        self.key = nn.Conv2d(channels, channels, 1)
        self.blocks = nn.Sequential(*residual_blocks(channels, blocks))

    def forward(self, x: Float[Tensor, "N C h w"], mask: Float[Tensor, "N 1 _H _W"]) -> Float[Tensor, "N C h w"]:
        """Return the map with its holes filled.

        Args:
            x: The latent features.
            mask: Holes at the picture's size: above 0 is a hole.
        """
        valid = valid_places(mask, (x.shape[2], x.shape[3]))
        return fuse(x, self.fill(x, valid), valid)

    def fill(self, x: Float[Tensor, "N C h w"], valid: Float[Tensor, "N 1 h w"]) -> Float[Tensor, "N C h w"]:
        """Return for every place what the valid places say should be there."""
        seen = torch.stack([self._attend(one, here) for one, here in zip(x, valid[:, 0] > 0, strict=True)])
        return self.blocks(self.out(seen))

    def _attend(self, x: Float[Tensor, "C h w"], valid: Bool[Tensor, "h w"]) -> Float[Tensor, "C h w"]:
        batch = x[None]
        query = self.query(batch).flatten(2)[0].T
        key = self.key(batch).flatten(2)[0].T[valid.flatten()]
        value = self.value(batch).flatten(2)[0].T[valid.flatten()]
        return attend(query, key, value).T.reshape(x.shape)


def attend(query: Float[Tensor, "q C"], key: Float[Tensor, "k C"], value: Float[Tensor, "k D"]) -> Float[Tensor, "q D"]:
    """Return soft-max(query keyᵀ) value, a few rows at a time: exact, in memory linear in the number of places.

    Without any key the answer is zero, as the release's renormalised soft-max gives.
    """
    if not len(key):
        return value.new_zeros(len(query), value.shape[1])
    rows = max(1, LOGITS_AT_ONCE // len(key))
    answers = [
        F.scaled_dot_product_attention(some[None, None], key[None, None], value[None, None], scale=1.0)[0, 0]
        for some in torch.split(query, rows)
    ]
    return torch.cat(answers)


def valid_places(mask: Float[Tensor, "N 1 _H _W"], size: tuple[int, int]) -> Float[Tensor, "N 1 h w"]:
    """Return 1 where no pixel of the mask reaches and 0 elsewhere, at the latent's size."""
    touched = F.interpolate(mask, size, mode="bilinear", align_corners=False) > 0
    return (~touched).to(mask.dtype) * F.interpolate(1.0 - mask, size, mode="nearest")


def fuse(
    x: Float[Tensor, "N C h w"], filled: Float[Tensor, "N C h w"], valid: Float[Tensor, "N 1 h w"]
) -> Float[Tensor, "N C h w"]:
    """Return the input where it is valid and the filling in the holes."""
    return valid * x + (1.0 - valid) * filled
