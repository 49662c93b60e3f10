"""The discriminators of film: they train the network and are never shipped."""

import itertools
from dataclasses import dataclass
from typing import ClassVar

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from oldphoto_core.networks.blocks import LEAK
from oldphoto_core.networks.keys import Renaming
from oldphoto_core.networks.spectral import SPECTRAL

_KERNEL = (3, 5, 5)
_STRIDE = (1, 2, 2)
_SPREAD = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmCriticConfig:
    """How wide and deep it is; the defaults are those that the release trains with (its second version)."""

    widths: tuple[int, ...] = (64, 128, 128, 128, 128)
    """Channels of each layer, two layers or more; each halves the frames."""

    def __post_init__(self) -> None:
        """Refuse fewer layers than there are kinds of them."""
        if len(self.widths) < 2 or min(self.widths) < 1:
            raise ValueError(f"need two layers or more with 1 channel or more each, found widths {self.widths}")


FIRST_VERSION = FilmCriticConfig(widths=(64, 128, 256, 256, 256, 256))
"""The release's wider and deeper one."""


class FilmCritic(nn.Module):
    """Temporal patch discriminator (Chang et al., 2019): 3-D convolutions, all but the last spectrally normalised."""

    OFFICIAL: ClassVar[Renaming] = SPECTRAL

    def __init__(self, config: FilmCriticConfig = FilmCriticConfig()) -> None:
        super().__init__()
        self.config = config
        layers: list[nn.Module] = []
        for index, (given, wide) in enumerate(itertools.pairwise((3, *config.widths[:-1]))):
            padding = (1, 2, 2) if index else (1, 1, 1)
            conv = nn.Conv3d(given, wide, _KERNEL, stride=_STRIDE, padding=padding, bias=False)
            layers += [spectral_norm(_drawn(conv)), nn.LeakyReLU(LEAK)]
        given, wide = config.widths[-2:]
        last = nn.Conv3d(given, wide, _KERNEL, stride=_STRIDE, padding=(1, 2, 2))
        nn.init.zeros_(last.bias)  # type: ignore[arg-type]  # it has one
        self.conv = nn.Sequential(*layers, _drawn(last))

    def forward(self, clip: Float[Tensor, "N T 3 _H _W"]) -> Float[Tensor, "N T C _h _w"]:
        """Return the verdicts on patches, C of them at each place; frames are RGB in [-1, 1]."""
        return self.conv(clip.transpose(1, 2)).transpose(1, 2)


def _drawn(conv: nn.Conv3d) -> nn.Conv3d:
    nn.init.normal_(conv.weight, std=_SPREAD)
    return conv
