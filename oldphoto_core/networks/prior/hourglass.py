"""An hourglass whose shape alone prefers natural pictures to noise and holes."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

LEAK = 0.2


class Level(nn.Module):
    """One level of the hourglass: down, what lies below, up, beside a narrow skip connection."""

    def __init__(self, channels: int, *, width: int, skip: int, below: nn.Module | None) -> None:
        super().__init__()
        self.skip = nn.Sequential(nn.Conv2d(channels, skip, 1), nn.BatchNorm2d(skip), nn.LeakyReLU(LEAK))
        self.down = nn.Sequential(*_convolved(channels, width, stride=2), *_convolved(width, width))
        self.below = below
        self.mixed = nn.BatchNorm2d(skip + width)
        self.up = nn.Sequential(*_convolved(skip + width, width), *_convolved(width, width, size=1))

    def forward(self, x: Float[Tensor, "1 C H W"]) -> Float[Tensor, "1 _ H W"]:
        """Return the level's map, at the size that came in."""
        down = self.down(x)
        if self.below is not None:
            down = self.below(down)
        wide = F.interpolate(down, size=x.shape[2:], mode="bilinear", align_corners=False)
        mixed: Tensor = self.up(self.mixed(torch.cat([self.skip(x), wide], dim=1)))
        return mixed


class Hourglass(nn.Module):
    """The encoder and decoder of the paper's supplement, with fewer channels.

    Args:
        depth: Number of levels.
        width: Channels of each.
        skip: Channels of each skip connection.
        inputs: Channels of the noise that goes in.
    """

    def __init__(self, *, depth: int = 5, width: int = 32, skip: int = 4, inputs: int = 16) -> None:
        super().__init__()
        level: nn.Module | None = None
        for number in reversed(range(depth)):
            level = Level(inputs if number == 0 else width, width=width, skip=skip, below=level)
        self.level = level
        self.to_picture = nn.Conv2d(width, 3, 1)

    def forward(self, noise: Float[Tensor, "1 C H W"]) -> Float[Tensor, "1 3 H W"]:
        """Return a picture in (0, 1) of the size of the noise."""
        if self.level is None:
            raise ValueError("an hourglass has at least one level, found depth 0")
        return torch.sigmoid(self.to_picture(self.level(noise)))


def _convolved(channels: int, width: int, *, size: int = 3, stride: int = 1) -> list[nn.Module]:
    """Return a convolution with mirrored borders, its normalisation and its activation."""
    convolution = nn.Conv2d(channels, width, size, stride=stride, padding=size // 2, padding_mode="reflect")
    return [convolution, nn.BatchNorm2d(width), nn.LeakyReLU(LEAK)]
