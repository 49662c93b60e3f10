"""One step of the flow network: what is seen at the present flow, remembered, becomes a better flow."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

UPSAMPLING = 8
"""How much finer the final flow is than the grid it is worked out on."""

_NEIGHBOURS = 9
_MASK_GAIN = 0.25


class UpdateBlock(nn.Module):
    """Motion encoder, recurrent unit and the two heads (RAFT: ``update_block``)."""

    def __init__(self, width: int, likenesses: int) -> None:
        super().__init__()
        self.encoder = _MotionEncoder(width, likenesses)
        self.gru = _SeparableGru(width, 2 * width)
        self.flow_head = _FlowHead(width)
        self.mask = nn.Sequential(
            nn.Conv2d(width, 2 * width, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(2 * width, _NEIGHBOURS * UPSAMPLING**2, 1),
        )

    def forward(
        self,
        hidden: Float[Tensor, "N C h w"],
        context: Float[Tensor, "N C h w"],
        likeness: Float[Tensor, "N K h w"],
        flow: Float[Tensor, "N 2 h w"],
    ) -> tuple[Float[Tensor, "N C h w"], Float[Tensor, "N 2 h w"]]:
        """Return the new hidden state, and what is to be added to the flow."""
        hidden = self.gru(hidden, torch.cat([context, self.encoder(flow, likeness)], dim=1))
        return hidden, self.flow_head(hidden)

    def upsample(self, hidden: Float[Tensor, "N C h w"], flow: Float[Tensor, "N 2 h w"]) -> Float[Tensor, "N 2 _H _W"]:
        """Return the flow at the frame's size: at each pixel a learned mean of the nine coarse flows around."""
        count, _, height, width = flow.shape
        logits = _MASK_GAIN * self.mask(hidden)
        weights = logits.reshape(count, 1, _NEIGHBOURS, UPSAMPLING, UPSAMPLING, height, width).softmax(dim=2)
        around = F.unfold(UPSAMPLING * flow, 3, padding=1).reshape(count, 2, _NEIGHBOURS, 1, 1, height, width)
        fine = (weights * around).sum(dim=2).permute(0, 1, 4, 2, 5, 3)
        return fine.reshape(count, 2, UPSAMPLING * height, UPSAMPLING * width)


class _MotionEncoder(nn.Module):
    def __init__(self, width: int, likenesses: int) -> None:
        super().__init__()
        self.convc1 = nn.Conv2d(likenesses, 2 * width, 1)
        self.convc2 = nn.Conv2d(2 * width, width * 3 // 2, 3, padding=1)
        self.convf1 = nn.Conv2d(2, width, 7, padding=3)
        self.convf2 = nn.Conv2d(width, width // 2, 3, padding=1)
        self.conv = nn.Conv2d(2 * width, width - 2, 3, padding=1)

    def forward(self, flow: Tensor, likeness: Tensor) -> Tensor:
        seen = F.relu(self.convc2(F.relu(self.convc1(likeness))))
        moved = F.relu(self.convf2(F.relu(self.convf1(flow))))
        return torch.cat([F.relu(self.conv(torch.cat([seen, moved], dim=1))), flow], dim=1)


class _SeparableGru(nn.Module):
    """A gated recurrent unit that looks along rows, then along columns."""

    def __init__(self, hidden: int, given: int) -> None:
        super().__init__()
        for turn, kernel in ((1, (1, 5)), (2, (5, 1))):
            padding = (kernel[0] // 2, kernel[1] // 2)
            for gate in "zrq":
                self.add_module(f"conv{gate}{turn}", nn.Conv2d(hidden + given, hidden, kernel, padding=padding))

    def forward(self, hidden: Tensor, given: Tensor) -> Tensor:
        for turn in (1, 2):
            both = torch.cat([hidden, given], dim=1)
            new = torch.sigmoid(self.get_submodule(f"convz{turn}")(both))
            kept = torch.sigmoid(self.get_submodule(f"convr{turn}")(both))
            proposed = torch.tanh(self.get_submodule(f"convq{turn}")(torch.cat([kept * hidden, given], dim=1)))
            hidden = (1.0 - new) * hidden + new * proposed
        return hidden


class _FlowHead(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(width, 2 * width, 3, padding=1)
        self.conv2 = nn.Conv2d(2 * width, 2, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv2(F.relu(self.conv1(x)))
