"""Spatial restoration: what frame and history made together becomes the new state, by Swin blocks at half size."""

import itertools
from dataclasses import dataclass
from typing import ClassVar

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from oldphoto_core.networks.blocks import LEAK
from oldphoto_core.networks.keys import Renaming
from oldphoto_core.networks.rtn.windows import SwinBlock

_LAST_SLOPE = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchConfig:
    """How wide and deep a branch is; the defaults are those of the release."""

    state: int = 16
    """Channels that come in and go out, at the frame's size."""

    width: int = 64
    """Channels at half the size, where the Swin blocks are; even, and a multiple of ``heads``."""

    depths: tuple[int, ...] = (2, 2, 2)
    """Swin blocks of each residual group; every second one has shifted windows."""

    heads: int = 4
    """Attention heads."""

    window: int = 8
    """Side of an attention window at half size; a frame's sides are multiples of twice that."""

    mlp_ratio: float = 2.0
    """How many times wider the perceptrons are."""

    stored_masks: int = 128
    """Side of the half-size map whose attention masks lie in the checkpoint, 24 MiB of them; 0 for none.

    They are never read: masks are made for the map at hand.
    """

    passes: bool = False
    """Whether what comes in is added to what goes out. The release does not; with it, a network that learned nothing
    yet already averages frames along their motion."""

    def __post_init__(self) -> None:
        """Refuse what cannot be divided."""
        if self.width % 2 or self.width % self.heads or self.window % 2 or self.stored_masks % self.window:
            raise ValueError(
                "width must be even and a multiple of heads, window even, stored_masks a multiple of window;"
                f" found {self}"
            )
        if min(self.state, self.width, self.heads, self.window, *self.depths) < 1 or not self.depths:
            raise ValueError(f"every size must be 1 or more, found {self}")


class Branch(nn.Module):
    """One direction's restoration branch (release: ``forward_resblocks``, ``backward_resblocks``)."""

    OFFICIAL: ClassVar[Renaming] = (
        ("patch_embed.norm", "first_norm"),
        ("residual_group.blocks", "swin"),
        ("conv_before_upsample.0", "conv_before"),
    )

    def __init__(self, config: BranchConfig = BranchConfig()) -> None:
        super().__init__()
        width = config.width
        self.conv_first = nn.Conv2d(config.state, width // 2, 3, padding=1)
        self.conv_second = nn.Conv2d(width // 2, width, 4, stride=2, padding=1)
        self.first_norm = nn.LayerNorm(width)
        self.layers = nn.Sequential(*(_Group(config, depth) for depth in config.depths))
        self.norm = nn.LayerNorm(width)
        self.conv_after_body = nn.Conv2d(width, width, 3, padding=1)
        self.conv_before = nn.Conv2d(width, width, 3, padding=1)
        self.conv_up1 = nn.Conv2d(width, width // 2, 3, padding=1)
        self.conv_last = nn.Conv2d(width // 2, config.state, 3, padding=1)
        self.passes = config.passes

    def forward(self, x: Float[Tensor, "N C H W"]) -> Float[Tensor, "N C H W"]:
        """Return the new state, same shape."""
        full = F.leaky_relu(self.conv_first(x), LEAK)
        half = self.conv_second(full)
        y = self.norm(self.layers(self.first_norm(half.permute(0, 2, 3, 1)))).permute(0, 3, 1, 2)
        y = self.conv_after_body(y) + half
        y = F.leaky_relu(self.conv_before(y), _LAST_SLOPE)
        y = self.conv_up1(F.interpolate(y, scale_factor=2, mode="nearest"))
        found = self.conv_last(F.leaky_relu(y + full, LEAK))
        return x + found if self.passes else found


class _Group(nn.Module):
    """Swin blocks and a convolution, added to what came in; channels last."""

    def __init__(self, config: BranchConfig, depth: int) -> None:
        super().__init__()
        self.swin = nn.Sequential(
            *(
                SwinBlock(
                    config.width,
                    config.heads,
                    config.window,
                    shifted=shifted,
                    mlp_ratio=config.mlp_ratio,
                    stored=config.stored_masks,
                )
                for shifted in itertools.islice(itertools.cycle((False, True)), depth)
            )
        )
        self.conv = nn.Conv2d(config.width, config.width, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(self.swin(x).permute(0, 3, 1, 2)).permute(0, 2, 3, 1) + x
