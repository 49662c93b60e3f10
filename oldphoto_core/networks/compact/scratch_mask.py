"""Where structured damage lies: the U-Net of the texture network with one map of logits for each kind."""

from dataclasses import dataclass, field

from jaxtyping import Float
from torch import Tensor, nn

from oldphoto_core.damage import STRUCTURED_KINDS, DamageKind
from oldphoto_core.networks.compact.unet import UNet, UNetConfig

RARE = -3.0
"""Logit every pixel starts with: damage is rare."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScratchMaskConfig:
    """Which kinds are told apart, and how large the body is."""

    kinds: tuple[DamageKind, ...] = ("scratch", "crease", "stain", "tear", "dust")
    """One map each, in this order."""

    body: UNetConfig = field(default_factory=lambda: UNetConfig(width=24))
    """The body; the default comes to 1.3 M parameters."""

    def __post_init__(self) -> None:
        """Refuse kinds that have no place on the picture, or none."""
        if not self.kinds or not set(self.kinds) <= STRUCTURED_KINDS or len(set(self.kinds)) < len(self.kinds):
            raise ValueError(f"expected different kinds out of {sorted(STRUCTURED_KINDS)}, found {self.kinds}")


class ScratchMask(nn.Module):
    """Photograph in [0, 1] to one logit a pixel and kind: above 0, the damage is likelier there than not."""

    def __init__(self, config: ScratchMaskConfig = ScratchMaskConfig()) -> None:
        super().__init__()
        self.config = config
        self.body = UNet(3, len(config.kinds), config.body)

    def forward(self, photo: Float[Tensor, "N 3 H W"]) -> Float[Tensor, "N K H W"]:
        """Return the logits, same size."""
        return self.body(photo) + RARE
