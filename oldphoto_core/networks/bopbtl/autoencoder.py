"""The two autoencoders, of old photographs and of clean ones: one architecture, two sets of weights."""

from dataclasses import dataclass
from typing import ClassVar

from jaxtyping import Float
from torch import Tensor, nn

from oldphoto_core.networks.blocks import residual_blocks
from oldphoto_core.networks.keys import Renaming


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoencoderConfig:
    """Width and depth; the defaults are the release's (0.87 M parameters)."""

    width: int = 64
    """Channels everywhere, the latent included."""

    blocks: int = 4
    """Residual blocks of the encoder, and again of the decoder."""


class Autoencoder(nn.Module):
    """RGB in [-1, 1] to a latent at a quarter of the size, and back.

    The latent is the encoder's output as it is: nothing is sampled. Sides must be multiples of 4 and at least 16.
    """

    OFFICIAL: ClassVar[Renaming] = ()

    def __init__(self, config: AutoencoderConfig = AutoencoderConfig()) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.encoder = nn.Sequential(
            nn.ReflectionPad2d(3),
            nn.Conv2d(3, width, 7),
            nn.InstanceNorm2d(width),
            nn.ReLU(),
            *_halve(width),
            *_halve(width),
            *residual_blocks(width, config.blocks),
        )
        self.decoder = nn.Sequential(
            *residual_blocks(width, config.blocks),
            *_double(width),
            *_double(width),
            nn.ReflectionPad2d(3),
            nn.Conv2d(width, 3, 7),
            nn.Tanh(),
        )

    def encode(self, x: Float[Tensor, "N 3 _H _W"]) -> Float[Tensor, "N C _h _w"]:
        """Return the latent at a quarter of the size; its values have no bounds."""
        return self.encoder(x)

    def decode(self, z: Float[Tensor, "N C _h _w"]) -> Float[Tensor, "N 3 _H _W"]:
        """Return the picture in [-1, 1], four times the latent's size."""
        return self.decoder(z)

    def forward(self, x: Float[Tensor, "N 3 H W"]) -> Float[Tensor, "N 3 H W"]:
        """Return the picture as the autoencoder knows it."""
        return self.decode(self.encode(x))


def _halve(width: int) -> list[nn.Module]:
    return [nn.Conv2d(width, width, 4, stride=2, padding=1), nn.InstanceNorm2d(width), nn.ReLU()]


def _double(width: int) -> list[nn.Module]:
    return [nn.ConvTranspose2d(width, width, 4, stride=2, padding=1), nn.InstanceNorm2d(width), nn.ReLU()]
