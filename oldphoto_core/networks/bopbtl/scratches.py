"""The U-Net that draws the mask of scratches."""

import itertools
from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from oldphoto_core.networks.blocks import LEAK
from oldphoto_core.networks.keys import Renaming


@dataclass(frozen=True, slots=True, kw_only=True)
class ScratchConfig:
    """Width and depth; the defaults are the release's (37.6 M parameters)."""

    width: int = 64
    """Channels at full size; doubled with every halving of the size."""

    depth: int = 4
    """How many times the size is halved."""


class ScratchDetector(nn.Module):
    """Grey picture in [-1, 1] to the logit of "this pixel is under a scratch".

    Sides must be multiples of ``2 ** depth``.
    """

    OFFICIAL: ClassVar[Renaming] = ()

    def __init__(self, config: ScratchConfig = ScratchConfig()) -> None:
        super().__init__()
        self.config = config
        widths = [config.width * 2**level for level in range(config.depth + 1)]
        self.first = nn.Sequential(nn.ReflectionPad2d(3), nn.Conv2d(1, widths[0], 7), nn.LeakyReLU(LEAK))
        self.down_path = nn.ModuleList(_ConvBlock(narrow, wide) for narrow, wide in itertools.pairwise(widths))
        self.down_sample = nn.ModuleList(
            nn.Sequential(*_conv_norm(width, width), _BlurDown(width)) for width in widths[:-1]
        )
        self.up_path = nn.ModuleList(
            _UpBlock(wide, narrow) for narrow, wide in reversed(list(itertools.pairwise(widths)))
        )
        self.last = nn.Sequential(nn.ReflectionPad2d(1), nn.Conv2d(widths[0], 1, 3))

    def forward(self, grey: Float[Tensor, "N 1 H W"]) -> Float[Tensor, "N 1 H W"]:
        """Return the logits, same size."""
        x = self.first(grey)
        skips = []
        for shrink, widen in zip(self.down_sample, self.down_path, strict=True):
            skips.append(x)
            x = widen(shrink(x))
        for up in self.up_path:
            x = up(x, skips.pop())
        return self.last(x)


def _conv_norm(channels_in: int, channels_out: int) -> list[nn.Module]:
    return [
        nn.ReflectionPad2d(1),
        nn.Conv2d(channels_in, channels_out, 3),
        nn.BatchNorm2d(channels_out),
        nn.LeakyReLU(LEAK),
    ]


class _ConvBlock(nn.Module):
    """Two convolutions, the first of which changes the width."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.block = nn.Sequential(*_conv_norm(channels_in, channels_out), *_conv_norm(channels_out, channels_out))

    def forward(self, x: Tensor) -> Tensor:
        return self.block(x)


class _BlurDown(nn.Module):
    """Halve the size behind a binomial blur, so that nothing aliases (Zhang 2019)."""

    filt: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        row = torch.tensor([1.0, 2.0, 1.0])
        self.register_buffer("filt", (torch.outer(row, row) / 16.0).repeat(channels, 1, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), self.filt, stride=2, groups=x.shape[1])


class _UpBlock(nn.Module):
    """Double the size and join what the way down kept."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.up = nn.Sequential(
            nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False),
            nn.ReflectionPad2d(1),
            nn.Conv2d(channels_in, channels_out, 3),
        )
        self.conv_block = _ConvBlock(2 * channels_out, channels_out)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        return self.conv_block(torch.cat([self.up(x), skip], dim=1))
