"""Where structured damage lies: a U-Net that sees what marks stand out by, with one map of logits for each kind."""

from dataclasses import dataclass, field, replace

import torch
from jaxtyping import Float
from torch import Tensor, nn

from oldphoto_core.damage import STRUCTURED_KINDS, DamageKind
from oldphoto_core.networks.compact.mark_features import FEATURES, REACH_PX, mark_features
from oldphoto_core.networks.compact.unet import UNet, UNetConfig

RARE = -3.0
"""Logit every pixel starts with: damage is rare. Calibration after training sets each kind right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScratchMaskConfig:
    """Which kinds are told apart, and how large the body is."""

    kinds: tuple[DamageKind, ...] = ("scratch", "crease", "stain", "tear", "dust")
    """One map each, in this order."""

    body: UNetConfig = field(default_factory=lambda: UNetConfig(width=24, normalised=True))
    """The body; the default comes to 1.3 M parameters."""

    def __post_init__(self) -> None:
        """Refuse kinds that have no place on the picture, or none."""
        if self.body.told:
            raise ValueError(f"masks are drawn from the picture alone, found a body that is told {self.body.told}")
        if not self.kinds or not set(self.kinds) <= STRUCTURED_KINDS or len(set(self.kinds)) < len(self.kinds):
            raise ValueError(f"expected different kinds out of {sorted(STRUCTURED_KINDS)}, found {self.kinds}")


class ScratchMask(nn.Module):
    """Photograph in [0, 1] to one logit a pixel and kind: above 0, the damage is likelier there than not."""

    def __init__(self, config: ScratchMaskConfig = ScratchMaskConfig()) -> None:
        super().__init__()
        self.config = config
        self.body = UNet(3 + FEATURES, len(config.kinds), replace(config.body, given_reach_px=REACH_PX))
        self.slope: Tensor
        self.offset: Tensor
        self.register_buffer("slope", torch.ones(len(config.kinds)))
        self.register_buffer("offset", torch.full((len(config.kinds),), RARE))

    def forward(self, photo: Float[Tensor, "N 3 H W"]) -> Float[Tensor, "N K H W"]:
        """Return the logits, same size."""
        found = self.body(torch.cat([photo, mark_features(photo).to(photo.dtype)], dim=1))
        return found.float() * self.slope[:, None, None] + self.offset[:, None, None]
