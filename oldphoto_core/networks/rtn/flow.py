"""Optical flow by recurrent refinement over all pairs of places: RAFT (Teed and Deng, ECCV 2020)."""

from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from oldphoto_core.errors import PhotoShapeError
from oldphoto_core.networks.keys import Renaming
from oldphoto_core.networks.rtn.flow_correlation import Likeness
from oldphoto_core.networks.rtn.flow_encoder import FlowEncoder
from oldphoto_core.networks.rtn.flow_update import UPSAMPLING, UpdateBlock
from oldphoto_core.networks.rtn.sampling import places

_WHITE = 255.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowConfig:
    """How wide it is, how far it looks and how long it refines; the defaults are those of the release."""

    width: int = 128
    """Channels of the hidden state, a multiple of 4; everything else follows from it."""

    levels: int = 4
    """Scales at which frames are compared, each half the last."""

    radius: int = 4
    """How many places around are compared at every scale."""

    iterations: int = 24
    """How often the flow is refined."""

    def __post_init__(self) -> None:
        """Refuse what cannot be divided or does nothing."""
        if self.width < 4 or self.width % 4 or self.levels < 1 or self.radius < 0 or self.iterations < 1:
            raise ValueError(
                f"width must be a multiple of 4, levels and iterations 1 or more, radius 0 or more; found {self}"
            )

    @property
    def smallest_side(self) -> int:
        """The shortest side of a frame, in pixels: the coarsest comparison still needs two places."""
        return UPSAMPLING * 2**self.levels


@dataclass(frozen=True, slots=True)
class Seen:
    """What the network keeps of frames, at an eighth of their size."""

    features: Tensor
    """What they are compared by, shape (N, 2 C, h, w)."""

    context: Tensor
    """What they say themselves: the first half begins the hidden state, shape (N, 2 C, h, w)."""


@dataclass(frozen=True, slots=True)
class Flowed:
    """Flow from one frame to another: right and down, in pixels of the map it is given on."""

    fine: Tensor
    """At the frame's size, shape (N, 2, H, W)."""

    coarse: Tensor
    """At an eighth of it, shape (N, 2, h, w)."""


class FlowNetwork(nn.Module):
    """RAFT, the large one (release: ``spynet``, which it is not); sides are multiples of 8."""

    OFFICIAL: ClassVar[Renaming] = ()

    def __init__(self, config: FlowConfig = FlowConfig()) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.fnet = FlowEncoder(width, 2 * width, "instance")
        self.cnet = FlowEncoder(width, 2 * width, "batch")
        self.update_block = UpdateBlock(width, config.levels * (2 * config.radius + 1) ** 2)

    def forward(self, first: Float[Tensor, "N 3 H W"], second: Float[Tensor, "N 3 H W"]) -> Flowed:
        """Return where each pixel of the first frame lies in the second; RGB in [0, 255].

        Raises:
            PhotoShapeError: The sides are too short or no multiples of 8.
        """
        return self.between(self.read(first), self.read(second))

    def read(self, frames: Float[Tensor, "N 3 _H _W"]) -> Seen:
        """Return what is kept of frames; each need be read once, however often it is compared.

        Raises:
            PhotoShapeError: The sides are too short or no multiples of 8.
        """
        height, width = frames.shape[2:]
        shortest = self.config.smallest_side
        if min(height, width) < shortest or height % UPSAMPLING or width % UPSAMPLING:
            raise PhotoShapeError(
                found=f"{width}x{height}",
                expected=f"frames for optical flow with sides of {shortest} pixels or more, multiples of {UPSAMPLING}",
            )
        scaled = 2.0 * (frames / _WHITE) - 1.0
        return Seen(self.fnet(scaled), self.cnet(scaled))

    def between(self, first: Seen, second: Seen, *, iterations: int | None = None) -> Flowed:
        """Return the flow from one frame to another; refined so often, if not as often as configured."""
        likeness = Likeness(first.features, second.features, self.config.levels, self.config.radius)
        hidden, context = first.context.chunk(2, dim=1)
        hidden, context = torch.tanh(hidden), F.relu(context)
        start = places(first.features)
        flow = torch.zeros_like(hidden[:, :2])
        for _ in range(iterations or self.config.iterations):
            around = likeness.around(start + flow.permute(0, 2, 3, 1))
            hidden, change = self.update_block(hidden, context, around, flow)
            flow = flow + change
        return Flowed(self.update_block.upsample(hidden, flow), flow)
