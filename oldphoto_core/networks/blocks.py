"""The few layers that several networks share."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

LEAK = 0.2
"""Slope of every leaky ReLU in the papers' networks."""


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions with instance normalisation, added to what came in; no activation after the sum.

    Statistics are those of the whole map at hand; nothing is learned or stored for them.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv_block = nn.Sequential(
            nn.ReflectionPad2d(1),
            nn.Conv2d(channels, channels, 3),
            nn.InstanceNorm2d(channels),
            nn.ReLU(),
            nn.ReflectionPad2d(1),
            nn.Conv2d(channels, channels, 3),
            nn.InstanceNorm2d(channels),
        )

    def forward(self, x: Float[Tensor, "N C H W"]) -> Float[Tensor, "N C H W"]:
        """Return the map, same shape."""
        return x + self.conv_block(x)


def residual_blocks(channels: int, count: int) -> list[nn.Module]:
    """Return so many residual blocks of one width."""
    return [ResidualBlock(channels) for _ in range(count)]


def initialise(module: nn.Module, generator: torch.Generator) -> None:
    """Draw starting weights as the papers do: convolutions N(0, 0.02), batch norms N(1, 0.02) with zero shift."""
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            layer.weight.data.normal_(0.0, 0.02, generator=generator)
        elif isinstance(layer, nn.BatchNorm2d) and layer.affine:
            layer.weight.data.normal_(1.0, 0.02, generator=generator)
            layer.bias.data.zero_()
