"""Choosing, place by place, among the photograph's styled versions, and refining the result."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from oldphoto_core.networks.keys import Renaming
from oldphoto_core.networks.mropm.style import SLOPE
from oldphoto_core.networks.mropm.stylise import Stylised

_DEPTH = 7
_WIDTH = 64
_WIDEST = 512
_SLOPE_DOWN = 0.2
_SHOWN_TEMPERATURE = 0.5


@dataclass(frozen=True, slots=True)
class Merged:
    """One photograph out of several styled versions."""

    image: Tensor
    """RGB in [-1, 1]; the picture is what is left of it in [0, 1], shape (N, 3, H, W)."""

    plain: Tensor
    """RGB before it is refined, unbound, shape (N, 3, H, W)."""

    weights: Tensor
    """Share of each reference at each pixel, shape (K, N, 1, H, W); they sum to 1 over the references."""

    shown_weights: Tensor
    """The same, sharper, as the authors report them."""


class Merging(nn.Module):
    """Merges and refines (paper's merging-refinement subnet; release: ``netMR``); sides are multiples of 128."""

    OFFICIAL: ClassVar[Renaming] = (("refinement_net", "refinement"), ("feat_region_wise_merging", "merging"))

    def __init__(self) -> None:
        super().__init__()
        self.refinement = _Refinement()
        self.merging = _RegionMerging()

    def forward(self, styled: Sequence[Stylised]) -> Merged:
        """Return one photograph.

        Args:
            styled: The photograph in the style of each reference, one or more.
        """
        features = [one.feature for one in styled]
        logits = torch.stack([self.merging.logit(one.similarity, one.feature.shape[2:]) for one in styled])
        weights = logits.softmax(dim=0)
        plain = self.merging.output_block(torch.stack(features).mul(weights).sum(dim=0))
        return Merged(self.refinement(plain), plain, weights, (logits / _SHOWN_TEMPERATURE).softmax(dim=0))


class _RegionMerging(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.spatial_attn = nn.Conv2d(2, 1, 3, padding=1)
        self.output_block = nn.Sequential(
            nn.Conv2d(_WIDTH, _WIDTH, 3, padding=1),
            nn.LeakyReLU(SLOPE),
            nn.Conv2d(_WIDTH, _WIDTH, 3, padding=1),
            nn.LeakyReLU(SLOPE),
            nn.Conv2d(_WIDTH, 3, 3, padding=1),
        )

    def logit(self, similarity: Float[Tensor, "N 2 h w"], size: torch.Size) -> Tensor:
        """Return how well a reference fits at each pixel."""
        return self.spatial_attn(F.interpolate(similarity, size, mode="nearest"))


class _Refinement(nn.Module):
    """A pix2pix U-Net (Isola et al. 2017), seven times halved."""

    def __init__(self) -> None:
        super().__init__()
        widths = [min(_WIDEST, _WIDTH * 2**level) for level in range(_DEPTH)]
        block: nn.Module = _Level(widths[-2], widths[-1], inner=None)
        for outer, wide in reversed(list(itertools.pairwise(widths[:-1]))):
            block = _Level(outer, wide, inner=block)
        self.model = _Outermost(block)

    def forward(self, x: Float[Tensor, "N 3 H W"]) -> Float[Tensor, "N 3 H W"]:
        return self.model(x)


class _Outermost(nn.Module):
    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.model = nn.Sequential(
            nn.Conv2d(3, _WIDTH, 4, stride=2, padding=1),
            inner,
            nn.ReLU(),
            nn.ConvTranspose2d(2 * _WIDTH, 3, 4, stride=2, padding=1),
            nn.Tanh(),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.model(x)


class _Level(nn.Module):
    """Down, whatever lies below, and up again, beside what came in."""

    def __init__(self, outer: int, wide: int, inner: nn.Module | None) -> None:
        super().__init__()
        down = [nn.LeakyReLU(_SLOPE_DOWN), nn.Conv2d(outer, wide, 4, stride=2, padding=1)]
        below = [] if inner is None else [nn.InstanceNorm2d(wide), inner]
        joined = wide if inner is None else 2 * wide
        up = [nn.ReLU(), nn.ConvTranspose2d(joined, outer, 4, stride=2, padding=1), nn.InstanceNorm2d(outer)]
        self.model = nn.Sequential(*down, *below, *up)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x, self.model(x)], dim=1)
