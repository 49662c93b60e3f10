"""The three mappings from the latent of old photographs to that of clean ones."""

import itertools
from dataclasses import dataclass
from typing import ClassVar

from jaxtyping import Float
from torch import Tensor, nn

from oldphoto_core.networks.blocks import residual_blocks
from oldphoto_core.networks.bopbtl.attention import PartialNonLocal
from oldphoto_core.networks.bopbtl.patches import PatchAttention
from oldphoto_core.networks.keys import Renaming


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingConfig:
    """Width and depth; the defaults are the release's (36.1 M, 51.3 M and 73.9 M parameters)."""

    latent: int = 64
    """Channels of the latent."""

    width: int = 512
    """Channels between head and tail."""

    blocks: int = 6
    """Residual blocks; the mapping with patch attention has a third of them in each of its four stages."""

    @property
    def stage_blocks(self) -> int:
        """Residual blocks in a stage of the mapping with patch attention."""
        return max(1, self.blocks // 3)


class PlainMapping(nn.Module):
    """For photographs without holes (release: ``mapping_quality``)."""

    OFFICIAL: ClassVar[Renaming] = ()

    def __init__(self, config: MappingConfig = MappingConfig()) -> None:
        super().__init__()
        self.config = config
        self.model = nn.Sequential(*_head(config), *residual_blocks(config.width, config.blocks), *_tail(config))

    def forward(self, z: Float[Tensor, "N C h w"]) -> Float[Tensor, "N C h w"]:
        """Return the latent of the clean photograph, same shape."""
        return self.model(z)


class NonLocalMapping(nn.Module):
    """For photographs with holes, filled by partial non-local attention (release: ``mapping_scratch``)."""

    OFFICIAL: ClassVar[Renaming] = (
        ("before_NL", "before"),
        ("after_NL", "after"),
        *((f"NL.{theirs}", f"attention.{ours}") for theirs, ours in PartialNonLocal.OFFICIAL),
    )

    def __init__(self, config: MappingConfig = MappingConfig()) -> None:
        super().__init__()
        self.config = config
        self.before = nn.Sequential(*_head(config))
        self.attention = PartialNonLocal(config.width)
        self.after = nn.Sequential(*residual_blocks(config.width, config.blocks), *_tail(config))

    def forward(self, z: Float[Tensor, "N C h w"], mask: Float[Tensor, "N 1 _H _W"]) -> Float[Tensor, "N C h w"]:
        """Return the latent of the clean photograph, same shape.

        Args:
            z: The latent of the old photograph, whose holes were painted white.
            mask: Holes at the picture's size, 1 is hole.
        """
        return self.after(self.attention(self.before(z), mask))


class PatchMapping(nn.Module):
    """For large photographs with holes: patch attention at three scales (release: ``mapping_Patch_Attention``)."""

    OFFICIAL: ClassVar[Renaming] = (
        ("before_NL", "before"),
        ("after_NL", "after"),
        ("res_block_1", "between_1"),
        ("res_block_2", "between_2"),
        *(
            (f"NL_scale_{scale}.{theirs}", f"attention_{scale}.{ours}")
            for scale in (1, 2, 3)
            for theirs, ours in PatchAttention.OFFICIAL
        ),
    )

    def __init__(self, config: MappingConfig = MappingConfig()) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.before = nn.Sequential(*_head(config), *residual_blocks(width, config.stage_blocks))
        self.attention_1 = PatchAttention(width, patch=8)
        self.between_1 = nn.Sequential(*residual_blocks(width, config.stage_blocks))
        self.attention_2 = PatchAttention(width, patch=4)
        self.between_2 = nn.Sequential(*residual_blocks(width, config.stage_blocks))
        self.attention_3 = PatchAttention(width, patch=2)
        self.after = nn.Sequential(*residual_blocks(width, config.stage_blocks), *_tail(config))

    def forward(self, z: Float[Tensor, "N C h w"], mask: Float[Tensor, "N 1 _H _W"]) -> Float[Tensor, "N C h w"]:
        """Return the latent of the clean photograph, same shape.

        Args:
            z: The latent of the old photograph, whose holes were painted white.
            mask: Holes at the picture's size, 1 is hole.

        Raises:
            NothingToFillFromError: The holes leave no whole patch to fill from.
        """
        x = self.between_1(self.attention_1(self.before(z), mask))
        x = self.between_2(self.attention_2(x, mask))
        return self.after(self.attention_3(x, mask))


def _head(config: MappingConfig) -> list[nn.Module]:
    widths = [config.latent, *(min(config.width, config.latent * 2**level) for level in (1, 2, 3)), config.width]
    return [layer for pair in itertools.pairwise(widths) for layer in _conv_norm(*pair)]


def _tail(config: MappingConfig) -> list[nn.Module]:
    widths = [config.width, *(min(config.width, config.latent * 2**level) for level in (3, 2, 1))]
    layers = [layer for pair in itertools.pairwise(widths) for layer in _conv_norm(*pair)]
    return [*layers, nn.Conv2d(widths[-1], config.latent, 3, padding=1)]


def _conv_norm(channels_in: int, channels_out: int) -> list[nn.Module]:
    return [nn.Conv2d(channels_in, channels_out, 3, padding=1), nn.InstanceNorm2d(channels_out), nn.ReLU()]
