"""The two encoders of the flow network: what frames are compared by, and what a frame says about motion itself."""

from typing import Literal

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

Norm = Literal["instance", "batch"]
"""Statistics of the frame at hand, or those of training."""


class FlowEncoder(nn.Module):
    """Picture in [-1, 1] to features at an eighth of its size (RAFT: ``fnet`` by instance, ``cnet`` by batch)."""

    def __init__(self, width: int, channels: int, norm: Norm) -> None:
        super().__init__()
        half, middle = width // 2, width * 3 // 4
        self.norm1 = _norm(half, norm)
        self.conv1 = nn.Conv2d(3, half, 7, stride=2, padding=3)
        self.layer1 = nn.Sequential(_Residual(half, half, 1, norm), _Residual(half, half, 1, norm))
        self.layer2 = nn.Sequential(_Residual(half, middle, 2, norm), _Residual(middle, middle, 1, norm))
        self.layer3 = nn.Sequential(_Residual(middle, width, 2, norm), _Residual(width, width, 1, norm))
        self.conv2 = nn.Conv2d(width, channels, 1)

    def forward(self, x: Float[Tensor, "N 3 _H _W"]) -> Float[Tensor, "N C _h _w"]:
        """Return the features."""
        x = F.relu(self.norm1(self.conv1(x)))
        return self.conv2(self.layer3(self.layer2(self.layer1(x))))


class _Residual(nn.Module):
    """Two convolutions beside a shortcut.

    The norm of a shortcut goes by two names, ``norm3`` and ``downsample.1``, since checkpoints hold it twice.
    """

    def __init__(self, channels_in: int, channels_out: int, stride: int, norm: Norm) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, channels_out, 3, stride=stride, padding=1)
        self.conv2 = nn.Conv2d(channels_out, channels_out, 3, padding=1)
        self.norm1 = _norm(channels_out, norm)
        self.norm2 = _norm(channels_out, norm)
        self.norm3 = _norm(channels_out, norm) if stride > 1 else nn.Identity()
        shortcut = [nn.Conv2d(channels_in, channels_out, 1, stride=stride), self.norm3] if stride > 1 else []
        self.downsample = nn.Sequential(*shortcut)

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.norm1(self.conv1(x)))
        y = F.relu(self.norm2(self.conv2(y)))
        return F.relu(self.downsample(x) + y)


def _norm(channels: int, norm: Norm) -> nn.Module:
    return nn.InstanceNorm2d(channels) if norm == "instance" else nn.BatchNorm2d(channels)
