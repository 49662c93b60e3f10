"""Which place of the reference each place of the photograph is like: dense cross-attention."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from oldphoto_core.networks.mropm.autoencoder import WIDTHS
from oldphoto_core.networks.mropm.style import SLOPE

LOGITS_AT_ONCE = 2**24
"""How many query-key products are held at a time (64 MiB in float32)."""

_EMBEDDED = 256
_LAST_SLOPE = 0.01


@dataclass(frozen=True, slots=True)
class Attended:
    """What attention brought from the reference."""

    codes: tuple[Tensor, ...]
    """Each code as the places of the photograph see it, shape (N, C, h, w)."""

    similarity: Tensor
    """Largest and mean logit of each place, shape (N, 2, h, w)."""


class Correlation(nn.Module):
    """Embeds photograph and reference alike, and attends from one to the other.

    Dot products are neither scaled nor normalised. Rows are worked on a few at a time: exact, in bounded memory.
    """

    def __init__(self) -> None:
        super().__init__()
        for level, (width, middle) in enumerate(zip(WIDTHS, (64, 64, 128, 256), strict=True), start=1):
            self.add_module(f"layer_l{level}", nn.Sequential(*_conv_norm(width, middle), *_conv_norm(middle, 64)))
        self.shared_space_block = nn.Sequential(
            *_conv_norm(_EMBEDDED, _EMBEDDED),
            *_conv_norm(_EMBEDDED, _EMBEDDED),
            *_conv_norm(_EMBEDDED, _EMBEDDED, slope=_LAST_SLOPE),
        )
        self.theta = nn.Conv2d(_EMBEDDED, _EMBEDDED, 1)
        self.phi = nn.Conv2d(_EMBEDDED, _EMBEDDED, 1)

    def embed(self, features: tuple[Tensor, ...]) -> Float[Tensor, "N 256 h w"]:
        """Return what both pictures are compared by, on the grid of the coarsest features."""
        grid = features[3].shape[2:]
        levels = [
            self.get_submodule(f"layer_l{level}")(F.interpolate(features[level - 1], grid, mode="nearest"))
            for level in (4, 3, 2, 1)
        ]
        return self.shared_space_block(torch.cat(levels, dim=1))

    def forward(
        self, content: Float[Tensor, "1 256 h w"], reference: Float[Tensor, "1 256 _h _w"], codes: tuple[Tensor, ...]
    ) -> Attended:
        """Return the reference's codes as the photograph's places see them.

        Args:
            content: The photograph, embedded.
            reference: The reference, embedded; it may have another size.
            codes: Codes at the reference's places, each of shape (1, C, h', w').
        """
        query = self.theta(content).flatten(2)[0].T
        key = self.phi(reference).flatten(2)[0]
        value = torch.cat([code.flatten(2)[0] for code in codes]).T
        seen, similar = [], []
        for some in torch.split(query, max(1, LOGITS_AT_ONCE // key.shape[1])):
            logits = some @ key
            similar.append(torch.stack([logits.amax(dim=1), logits.mean(dim=1)]))
            seen.append(logits.softmax(dim=1) @ value)
        grid = content.shape[2:]
        brought = torch.cat(seen).T.reshape(1, -1, *grid)
        widths = [code.shape[1] for code in codes]
        return Attended(torch.split(brought, widths, dim=1), torch.cat(similar, dim=1).reshape(1, 2, *grid))


def _conv_norm(channels_in: int, channels_out: int, *, slope: float = SLOPE) -> list[nn.Module]:
    return [
        nn.Conv2d(channels_in, channels_out, 3, padding=1),
        nn.InstanceNorm2d(channels_out),
        nn.LeakyReLU(slope),
    ]
