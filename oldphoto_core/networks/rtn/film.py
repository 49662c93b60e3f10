"""The whole network: motion, a sweep to the front, a sweep to the back, and a frame out of both states."""

from dataclasses import dataclass, field
from typing import ClassVar

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from oldphoto_core.errors import PhotoShapeError
from oldphoto_core.networks.keys import Renaming
from oldphoto_core.networks.rtn.branch import Branch, BranchConfig
from oldphoto_core.networks.rtn.flow import FlowConfig, FlowNetwork
from oldphoto_core.networks.rtn.gate import Gate
from oldphoto_core.networks.rtn.motion import Motion, dis_motion, learned_motion
from oldphoto_core.networks.rtn.recurrence import Swept, sweep

_SLOPE = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmConfig:
    """How wide it is and where motion comes from; the defaults are those of the release (6.2 M parameters)."""

    branch: BranchConfig = field(default_factory=BranchConfig)
    """Of both restoration branches; its ``state`` is the width of the recurrence."""

    gate_width: int = 8
    """Channels inside of the guided masks."""

    flow: FlowConfig | None = field(default_factory=FlowConfig)
    """The flow network, which is part of the checkpoint; None for OpenCV's estimator, which has no weights."""

    bounded: bool = True
    """Whether a tanh bounds what comes out, as in the release. Without it frames may leave [-1, 1] a little, and giving
    back what came in is easily learned."""

    blends: bool = False
    """Whether the first three channels of both states are frames from memory, of which each pixel takes a share that is
    found; the release has only what is added to the frame."""


@dataclass(frozen=True, slots=True)
class RestoredClip:
    """A restored clip and what was found on the way."""

    frames: Tensor
    """RGB in [-1, 1], shape (N, T, 3, H, W)."""

    backward: Swept
    """States and masks of the sweep from the last frame to the first."""

    forward: Swept
    """States and masks of the sweep from the first frame to the last."""


class FilmRestorer(nn.Module):
    """Restores a clip of film (release: ``Video_Backbone``); sides are multiples of 16.

    The release's films are grey, three equal channels; its frames out are bound to [-1, 1] by a tanh over what came in.
    """

    OFFICIAL: ClassVar[Renaming] = (
        ("spynet", "flow"),
        ("forward_resblocks", "forward_branch"),
        ("backward_resblocks", "backward_branch"),
        ("concate", "join"),
        ("Forward_Aggregation", "forward_gate"),
        ("Backward_Aggregation", "backward_gate"),
        ("up1.up_conv", "refine_1"),
        ("up2.up_conv", "refine_2"),
        ("conv_hr", "refine_3"),
        *Branch.OFFICIAL,
        *Gate.OFFICIAL,
    )

    def __init__(self, config: FilmConfig = FilmConfig()) -> None:
        super().__init__()
        self.config = config
        state = config.branch.state
        self.flow = None if config.flow is None else FlowNetwork(config.flow)
        self.forward_branch = Branch(config.branch)
        self.backward_branch = Branch(config.branch)
        self.join = nn.Conv2d(2 * state, state, 3, padding=1)
        self.forward_gate = Gate(state, config.gate_width)
        self.backward_gate = Gate(state, config.gate_width)
        self.refine_1 = nn.Conv2d(state, state, 3, padding=1)
        self.refine_2 = nn.Conv2d(state, state, 3, padding=1)
        self.refine_3 = nn.Conv2d(state, state, 3, padding=1)
        self.conv_last = nn.Conv2d(state, 3, 3, padding=1)
        self.share = nn.Conv2d(state, 1, 3, padding=1) if config.blends else None

    def train(self, mode: bool = True) -> "FilmRestorer":  # noqa: FBT001, FBT002 - the signature is torch's
        """Set the mode of all but the flow network, whose statistics are not those of a few frames."""
        super().train(mode)
        if self.flow is not None:
            self.flow.eval()
        return self

    def forward(self, clip: Float[Tensor, "N T 3 H W"], motion: Motion | None = None) -> RestoredClip:
        """Restore a clip.

        Args:
            clip: RGB in [-1, 1], in order of time, one frame or more.
            motion: Where pixels go, if that is known already.

        Raises:
            PhotoShapeError: The sides do not fit the windows or are too short for the flow network.
        """
        side = 2 * self.config.branch.window
        height, width = clip.shape[3:]
        if not clip.shape[1] or min(height, width) < side or height % side or width % side:
            raise PhotoShapeError(
                found=f"{clip.shape[1]} frames of {width}x{height}",
                expected=f"1 frame or more with sides that are multiples of {side} pixels",
            )
        moved = self.motion(clip) if motion is None else motion
        backward = sweep(self.backward_gate, self.backward_branch, clip, moved.backward, reverse=True)
        forward = sweep(self.forward_gate, self.forward_branch, clip, moved.forward, reverse=False)
        frames = [
            self.decode(clip[:, index], backward.states[:, index], forward.states[:, index])
            for index in range(clip.shape[1])
        ]
        return RestoredClip(torch.stack(frames, dim=1), backward, forward)

    def motion(self, clip: Float[Tensor, "N T 3 H W"]) -> Motion:
        """Return where pixels go, by the flow network or, if it has none, by OpenCV's estimator.

        Raises:
            PhotoShapeError: The sides are too short for the flow network or no multiples of 8.
        """
        return dis_motion(clip) if self.flow is None else learned_motion(self.flow, clip)

    def decode(
        self,
        frame: Float[Tensor, "N 3 H W"],
        backward: Float[Tensor, "N C H W"],
        forward: Float[Tensor, "N C H W"],
    ) -> Float[Tensor, "N 3 H W"]:
        """Return a restored frame, from what came in and the states of both sweeps."""
        x = torch.cat([backward, forward], dim=1)
        for layer in (self.join, self.refine_1, self.refine_2, self.refine_3):
            x = F.leaky_relu(layer(x), _SLOPE)
        found = self.conv_last(x) + frame
        if self.share is not None:
            remembered = (backward[:, :3] + forward[:, :3]) / 2.0
            found = found + torch.sigmoid(self.share(x)) * (remembered - frame)
        return torch.tanh(found) if self.config.bounded else found
