"""The discriminators: they train the networks and are never shipped."""

from dataclasses import dataclass
from typing import ClassVar

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from oldphoto_core.networks.blocks import LEAK
from oldphoto_core.networks.keys import Renaming
from oldphoto_core.networks.spectral import SPECTRAL

_MOST_LAYERS = 6
_MOST_SCALES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class CriticConfig:
    """What it looks at and how wide it is; the defaults are those of the autoencoders' image critic."""

    channels: int = 3
    """Channels of what it judges."""

    scales: int = 2
    """At how many sizes it looks, each half the last."""

    width: int = 64
    """Channels of the first layer; doubled in each layer after."""

    layers: int = 3
    """Layers between the first and the one that gives the verdicts, 1 to 6."""

    spectral: bool = False
    """Whether every convolution is spectrally normalised."""

    def __post_init__(self) -> None:
        """Refuse what has no official names."""
        if not (1 <= self.layers <= _MOST_LAYERS and 1 <= self.scales <= _MOST_SCALES):
            raise ValueError(
                f"need 1 to {_MOST_LAYERS} layers and 1 to {_MOST_SCALES} scales, found {self.layers} and {self.scales}"
            )


class PatchCritic(nn.Module):
    """Multi-scale patch discriminator (pix2pixHD): features and verdicts per patch, largest size first."""

    OFFICIAL: ClassVar[Renaming] = (
        *(
            (f"scale{scale}_layer{layer}", f"scales.{scale}.{layer}")
            for scale in range(_MOST_SCALES)
            for layer in range(_MOST_LAYERS + 2)
        ),
        *SPECTRAL,
    )

    def __init__(self, config: CriticConfig = CriticConfig()) -> None:
        super().__init__()
        self.config = config
        self.scales = nn.ModuleList(_layers(config) for _ in range(config.scales))

    def forward(self, x: Float[Tensor, "N C _H _W"]) -> list[list[Tensor]]:
        """Return for each size, the full one first, the outputs of all layers; the last holds the verdicts."""
        results = []
        for layers in reversed(self.scales):
            maps = []
            current = x
            for layer in layers:  # type: ignore[attr-defined]  # a ModuleList, which the stubs call a Module
                current = layer(current)
                maps.append(current)
            results.append(maps)
            x = F.avg_pool2d(x, 3, stride=2, padding=1, count_include_pad=False)
        return results


def _layers(config: CriticConfig) -> nn.ModuleList:
    widths = [config.width * 2**level for level in range(config.layers + 1)]

    def conv(channels_in: int, channels_out: int, stride: int) -> nn.Module:
        layer = nn.Conv2d(channels_in, channels_out, 4, stride=stride, padding=2)
        return spectral_norm(layer) if config.spectral else layer

    layers = [nn.Sequential(conv(config.channels, widths[0], 2), nn.LeakyReLU(LEAK))]
    for level in range(config.layers):
        stride = 1 if level == config.layers - 1 else 2
        wide = widths[level + 1]
        layers.append(nn.Sequential(conv(widths[level], wide, stride), nn.InstanceNorm2d(wide), nn.LeakyReLU(LEAK)))
    layers.append(nn.Sequential(conv(widths[-1], 1, 1)))
    return nn.ModuleList(layers)
