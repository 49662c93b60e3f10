"""Features of a picture at four scales, and the way back: a VGG-19 that keeps its high frequencies aside."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

WIDTHS = (64, 128, 256, 512)
"""Channels at full size, a half, a quarter and an eighth of it."""

_BINOMIAL = (1.0, 4.0, 6.0, 4.0, 1.0)


@dataclass(frozen=True, slots=True)
class Encoded:
    """What the encoder makes of a picture."""

    features: tuple[Tensor, Tensor, Tensor, Tensor]
    """At full size, a half, a quarter and an eighth; ``WIDTHS`` channels."""

    details: tuple[Tensor, Tensor, Tensor]
    """High frequencies taken out on the way down, at full size, a half and a quarter."""


class Encoder(nn.Module):
    """RGB in [0, 1], sides multiples of 8, to features at four scales (relu1_1 to relu4_1 of VGG-19)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv0 = nn.Conv2d(3, 3, 1)
        self.conv1_1 = _conv3(3, 64)
        self.conv1_2 = _conv3(64, 64)
        self.conv2_1 = _conv3(64, 128)
        self.conv2_2 = _conv3(128, 128)
        self.conv3_1 = _conv3(128, 256)
        self.conv3_2 = _conv3(256, 256)
        self.conv3_3 = _conv3(256, 256)
        self.conv3_4 = _conv3(256, 256)
        self.conv4_1 = _conv3(256, 512)

    def forward(self, x: Float[Tensor, "N 3 H W"]) -> Encoded:
        """Return features and details."""
        first = F.relu(self.conv1_1(self.conv0(x)))
        low, detail_1 = split_frequencies(F.relu(self.conv1_2(first)))
        second = F.relu(self.conv2_1(low))
        low, detail_2 = split_frequencies(F.relu(self.conv2_2(second)))
        third = F.relu(self.conv3_1(low))
        x = F.relu(self.conv3_3(F.relu(self.conv3_2(third))))
        low, detail_3 = split_frequencies(F.relu(self.conv3_4(x)))
        return Encoded((first, second, third, F.relu(self.conv4_1(low))), (detail_1, detail_2, detail_3))


class Decoder(nn.Module):
    """Features back to a picture, a scale at a time, each given its high frequencies back."""

    def __init__(self) -> None:
        super().__init__()
        self.conv4_1 = _conv3(512, 256)
        self.conv3_4 = _conv3(256, 256)
        self.conv3_3 = _conv3(256, 256)
        self.conv3_2 = _conv3(256, 256)
        self.conv3_1 = _conv3(256, 128)
        self.conv2_2 = _conv3(128, 128)
        self.conv2_1 = _conv3(128, 64)
        self.conv1_2 = _conv3(64, 64)
        self.conv1_1 = _conv3(64, 3)
        self.conv0 = nn.Conv2d(3, 3, 1)

    def to_quarter(self, x: Float[Tensor, "N 512 _h _w"], encoded: Encoded) -> Float[Tensor, "N 256 _h2 _w2"]:
        """Return the features at a quarter of the size."""
        x = _joined(F.relu(self.conv4_1(x)), encoded.details[2])
        return F.relu(self.conv3_2(F.relu(self.conv3_3(F.relu(self.conv3_4(x))))))

    def to_half(self, x: Float[Tensor, "N 256 _h _w"], encoded: Encoded) -> Float[Tensor, "N 128 _h2 _w2"]:
        """Return the features at half the size."""
        return F.relu(self.conv2_2(_joined(F.relu(self.conv3_1(x)), encoded.details[1])))

    def to_full(self, x: Float[Tensor, "N 128 _h _w"], encoded: Encoded) -> Float[Tensor, "N 64 _h2 _w2"]:
        """Return the features at full size."""
        return F.relu(self.conv1_2(_joined(F.relu(self.conv2_1(x)), encoded.details[0])))

    def to_rgb(self, x: Float[Tensor, "N 64 H W"]) -> Float[Tensor, "N 3 H W"]:
        """Return the picture; its values are not bound to [0, 1]."""
        return self.conv0(F.relu(self.conv1_1(x)))


def split_frequencies(x: Float[Tensor, "N C _H _W"]) -> tuple[Float[Tensor, "N C _h _w"], Float[Tensor, "N C _H _W"]]:
    """Return a map blurred and halved, and what that lost: the map less the halved one doubled again."""
    row = torch.tensor(_BINOMIAL, dtype=x.dtype, device=x.device)
    kernel = (torch.outer(row, row) / 256.0).expand(x.shape[1], 1, 5, 5)
    blurred = F.conv2d(F.pad(x, (2, 2, 2, 2), mode="reflect"), kernel, groups=x.shape[1])
    low = F.interpolate(blurred, scale_factor=0.5, mode="bilinear", align_corners=True)
    return low, x - F.interpolate(low, scale_factor=2, mode="bilinear", align_corners=True)


def _joined(x: Tensor, detail: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2, mode="nearest") + detail


def _conv3(channels_in: int, channels_out: int) -> nn.Conv2d:
    return nn.Conv2d(channels_in, channels_out, 3, padding=1, padding_mode="reflect")
