"""The style of a reference: how bright and how varied it is, place by place and as a whole."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from oldphoto_core.networks.mropm.autoencoder import WIDTHS

SLOPE = 0.1
"""Slope of the leaky ReLUs of the stylisation network."""

EPS = 1e-5


@dataclass(frozen=True, slots=True)
class StyleCodes:
    """Mean and standard deviation of one scale's features; a learned "deviation" may be negative."""

    local_mean: Tensor
    """At the places the attention looks at, shape (N, C, H/8, W/8)."""

    local_std: Tensor
    """The same of the deviation."""

    global_mean: Tensor
    """Of the whole map, shape (N, C, 1, 1)."""

    global_std: Tensor
    """The same of the deviation."""


class StyleExtractor(nn.Module):
    """Style codes from a reference's decoded features.

    Local statistics are those of 3x3 neighbourhoods. They are computed only where attention reads them, on the grid of
    the coarsest scale, which gives the numbers of computing them everywhere. Scales 3 and 4 are part of the checkpoint
    and never used.
    """

    def __init__(self) -> None:
        super().__init__()
        for level, width in enumerate(WIDTHS, start=1):
            half = width // 2
            layers = nn.Sequential(_conv3(width, half), nn.LeakyReLU(SLOPE), _conv3(half, half), nn.LeakyReLU(SLOPE))
            self.add_module(f"pre_feat_l{level}", layers)
        for level, width in enumerate(WIDTHS, start=1):
            for name in ("mean", "std"):
                self.add_module(f"{name}_weight_l{level}", _head(width))

    def forward(self, features: Float[Tensor, "N C H W"], level: int) -> StyleCodes:
        """Return the codes of one scale.

        Args:
            features: The reference's decoded features of that scale.
            level: 1 for full size, 2 for half of it.
        """
        step = 2 ** (4 - level)
        places = F.pad(self.get_submodule(f"pre_feat_l{level}")(features), (1, 1, 1, 1), mode="reflect")
        grid = (features.shape[2] // step, features.shape[3] // step)
        near = F.unfold(places, 3, stride=step).reshape(len(places), -1, 9, *_whole_grid(places, step))
        near = near[..., : grid[0], : grid[1]]
        mean, std = near.mean(dim=2), (near.var(dim=2) + EPS).sqrt()
        whole_mean, whole_std = moments(features)
        return StyleCodes(
            local_mean=self.get_submodule(f"mean_weight_l{level}")(mean),
            local_std=self.get_submodule(f"std_weight_l{level}")(std),
            global_mean=whole_mean,
            global_std=whole_std,
        )


def moments(x: Float[Tensor, "N C H W"]) -> tuple[Float[Tensor, "N C 1 1"], Float[Tensor, "N C 1 1"]]:
    """Return mean and standard deviation of each channel over the whole map (unbiased, 1e-5 under the root)."""
    variance, mean = torch.var_mean(x, dim=(2, 3), keepdim=True, correction=1)
    return mean, (variance + EPS).sqrt()


def _whole_grid(places: Tensor, step: int) -> tuple[int, int]:
    """Return how many neighbourhoods fit, down and across."""
    return (places.shape[2] - 3) // step + 1, (places.shape[3] - 3) // step + 1


def _head(width: int) -> nn.Sequential:
    half = width // 2
    return nn.Sequential(nn.Conv2d(half, half, 1), nn.LeakyReLU(SLOPE), nn.Conv2d(half, width, 1))


def _conv3(channels_in: int, channels_out: int) -> nn.Conv2d:
    return nn.Conv2d(channels_in, channels_out, 3, padding=1)
