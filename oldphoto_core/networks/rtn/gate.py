"""The learnable guided mask: at each pixel, whether to believe the frame or what was remembered."""

from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from oldphoto_core.networks.blocks import LEAK
from oldphoto_core.networks.keys import Renaming


@dataclass(frozen=True, slots=True)
class Gated:
    """What a gate let through."""

    features: Tensor
    """Frame and history in one, shape (N, C, H, W)."""

    mask: Tensor
    """Share of the history in them, 0 to 1: high where the frame is not believed, shape (N, 1, H, W)."""


class Gate(nn.Module):
    """Guided mask and blending (release: ``Forward_Aggregation``, ``Backward_Aggregation``)."""

    OFFICIAL: ClassVar[Renaming] = (
        ("conv2d_projection_head", "project"),
        ("conv2d_1", "compare"),
        ("conv2d_2", "weigh"),
    )

    def __init__(self, state: int, middle: int) -> None:
        super().__init__()
        self.project = nn.Conv2d(3, state, 3, padding=1)
        self.compare = nn.Conv2d(2 * state + 1, middle, 3, padding=1)
        self.weigh = nn.Conv2d(middle, 1, 3, padding=1)

    def begin(self, frame: Float[Tensor, "N 3 H W"]) -> Gated:
        """Return what a frame without any history gives: the frame, under the mask that no history would get."""
        latent = self.project(frame)
        return Gated(latent, self._mask(torch.zeros_like(latent), latent, torch.zeros_like(frame[:, :1])))

    def forward(
        self,
        history: Float[Tensor, "N C H W"],
        frame: Float[Tensor, "N 3 H W"],
        difference: Float[Tensor, "N 1 H W"],
    ) -> Gated:
        """Return frame and history in one.

        Args:
            history: The state, warped to this frame.
            frame: RGB in [-1, 1].
            difference: By how much this frame differs from the last one warped to it.
        """
        latent = self.project(frame)
        mask = self._mask(history, latent, difference)
        return Gated(mask * history + (1.0 - mask) * latent, mask)

    def _mask(self, history: Tensor, latent: Tensor, difference: Tensor) -> Tensor:
        compared = F.leaky_relu(self.compare(torch.cat([history, latent, difference], dim=1)), LEAK)
        return torch.sigmoid(self.weigh(compared))
