"""The generator that repaints a face from its degraded self, by spatially-adaptive normalisation (SPADE)."""

import itertools
from dataclasses import dataclass
from typing import ClassVar

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from oldphoto_core.networks.blocks import LEAK
from oldphoto_core.networks.keys import Renaming
from oldphoto_core.networks.spectral import SPECTRAL

_MOST_DOUBLINGS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceConfig:
    """Width and depth; the defaults are the release's (92.1 M parameters)."""

    width: int = 64
    """Channels at the full size of the face."""

    doublings: int = 4
    """How often the size is doubled after the middle blocks, 1 to 6."""

    hidden: int = 128
    """Channels between the face and each normalisation's scale and shift."""


class FaceGenerator(nn.Module):
    """A degraded face in [-1, 1] to the face as it should be, in [-1, 1], same size; sides are multiples of 32.

    With other than four doublings, of ``2 ** (doublings + 1)``.
    """

    OFFICIAL: ClassVar[Renaming] = (
        ("fc", "stem"),
        ("head_0", "head"),
        ("G_middle_0", "middle.0"),
        ("G_middle_1", "middle.1"),
        *((f"up_{level}", f"up.{level}") for level in range(_MOST_DOUBLINGS)),
        ("conv_img", "to_rgb"),
        ("param_free_norm", "plain"),
        ("mlp_shared", "hidden"),
        ("mlp_gamma", "scale"),
        ("mlp_beta", "shift"),
        *SPECTRAL,
    )

    def __init__(self, config: FaceConfig = FaceConfig()) -> None:
        super().__init__()
        self.config = config
        widths = [config.width * 2**level for level in reversed(range(config.doublings + 1))]
        self.stem = nn.Conv2d(3, widths[0], 3, padding=1)
        self.head = _SpadeBlock(widths[0], widths[0], config.hidden)
        self.middle = nn.ModuleList(_SpadeBlock(widths[0], widths[0], config.hidden) for _ in range(2))
        self.up = nn.ModuleList(_SpadeBlock(wide, narrow, config.hidden) for wide, narrow in itertools.pairwise(widths))
        self.to_rgb = nn.Conv2d(widths[-1], 3, 3, padding=1)

    def forward(self, face: Float[Tensor, "N 3 S S2"]) -> Float[Tensor, "N 3 S S2"]:
        """Return the repainted face."""
        shrunk = 2 ** (self.config.doublings + 1)
        x = self.stem(_resized(face, (face.shape[2] // shrunk, face.shape[3] // shrunk)))
        x = self.head(x, face)
        x = _doubled(x)
        for block in self.middle:
            x = block(x, face)
        for block in self.up:
            x = block(_doubled(x), face)
        return self.to_rgb(F.leaky_relu(x, LEAK)).tanh()


class _SpadeBlock(nn.Module):
    """Two normalised convolutions beside a shortcut, each normalisation conditioned on the face."""

    def __init__(self, channels_in: int, channels_out: int, hidden: int) -> None:
        super().__init__()
        middle = min(channels_in, channels_out)
        self.conv_0 = spectral_norm(nn.Conv2d(channels_in, middle, 3, padding=1))
        self.conv_1 = spectral_norm(nn.Conv2d(middle, channels_out, 3, padding=1))
        self.changes_width = channels_in != channels_out
        if self.changes_width:
            self.conv_s = spectral_norm(nn.Conv2d(channels_in, channels_out, 1, bias=False))
        self.norm_0 = _Spade(channels_in, hidden)
        self.norm_1 = _Spade(middle, hidden)
        if self.changes_width:
            self.norm_s = _Spade(channels_in, hidden)

    def forward(self, x: Tensor, face: Tensor) -> Tensor:
        shortcut = self.conv_s(self.norm_s(x, face)) if self.changes_width else x
        x = self.conv_0(F.leaky_relu(self.norm_0(x, face), LEAK))
        return shortcut + self.conv_1(F.leaky_relu(self.norm_1(x, face), LEAK))


class _Spade(nn.Module):
    """Batch normalisation whose scale and shift are drawn, place by place, from the face (Park et al. 2019)."""

    def __init__(self, channels: int, hidden: int) -> None:
        super().__init__()
        self.plain = nn.BatchNorm2d(channels, affine=False)
        self.hidden = nn.Sequential(nn.Conv2d(3, hidden, 3, padding=1), nn.ReLU())
        self.scale = nn.Conv2d(hidden, channels, 3, padding=1)
        self.shift = nn.Conv2d(hidden, channels, 3, padding=1)

    def forward(self, x: Tensor, face: Tensor) -> Tensor:
        hidden = self.hidden(_resized(face, (x.shape[2], x.shape[3])))
        return self.plain(x) * (1.0 + self.scale(hidden)) + self.shift(hidden)


def _resized(face: Tensor, size: tuple[int, int]) -> Tensor:
    return F.interpolate(face, size, mode="bilinear", align_corners=False)


def _doubled(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2, mode="nearest")
