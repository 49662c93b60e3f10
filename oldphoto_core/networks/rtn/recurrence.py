"""One sweep over a clip: the state is warped from frame to frame, and each frame renews it."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from oldphoto_core.errors import PhotoShapeError
from oldphoto_core.networks.rtn.branch import Branch
from oldphoto_core.networks.rtn.gate import Gate, Gated
from oldphoto_core.networks.rtn.sampling import warp


@dataclass(frozen=True, slots=True)
class Memory:
    """What a sweep knows when it comes to the next frame."""

    frame: Tensor
    """The frame it last saw, RGB in [-1, 1], shape (N, 3, H, W)."""

    state: Tensor
    """What it made of that frame and all before, shape (N, C, H, W)."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep found, in order of time whichever way it went."""

    states: Tensor
    """After each frame, shape (N, T, C, H, W)."""

    masks: Tensor
    """Share of the history at each frame, 0 to 1: high at what the sweep takes for damage, shape (N, T, 1, H, W)."""

    memory: Memory
    """Of the frame it saw last; the next stretch of film can begin with it."""


def sweep(
    gate: Gate,
    branch: Branch,
    clip: Float[Tensor, "N T 3 H W"],
    flows: Float[Tensor, "N _T 2 H W"],
    *,
    reverse: bool,
    memory: Memory | None = None,
) -> Swept:
    """Sweep over a clip once.

    Args:
        gate: The direction's guided mask.
        branch: The direction's restoration branch.
        clip: RGB in [-1, 1], in order of time.
        flows: From each frame to the one swept before it, in order of time: one for every frame with a memory, else one
            less, since the first frame swept has none before it.
        reverse: Whether to sweep from the last frame to the first.
        memory: What is known from the frames before the clip (after it, if reversed), if anything is.

    Raises:
        PhotoShapeError: There are no frames, or too many or too few flows.
    """
    count = clip.shape[1]
    if not count:
        raise PhotoShapeError(found="a clip of 0 frames", expected="1 or more")
    if flows.shape[1] != count - (memory is None):
        raise PhotoShapeError(
            found=f"{flows.shape[1]} flows for {count} frames", expected=f"{count - (memory is None)} of them"
        )
    missing = 0 if reverse else count - flows.shape[1]
    states: list[Tensor] = [clip] * count
    masks: list[Tensor] = [clip] * count
    for index in reversed(range(count)) if reverse else range(count):
        frame = clip[:, index]
        gated = gate.begin(frame) if memory is None else _met(gate, frame, memory, flows[:, index - missing])
        states[index], masks[index] = branch(gated.features), gated.mask
        memory = Memory(frame, states[index])
    last = 0 if reverse else count - 1
    return Swept(torch.stack(states, dim=1), torch.stack(masks, dim=1), Memory(clip[:, last], states[last]))


def _met(gate: Gate, frame: Tensor, memory: Memory, flow: Tensor) -> Gated:
    """Return what frame and memory give; the release compares the first channel only, since its films are grey."""
    difference = (warp(memory.frame[:, :1], flow) - frame[:, :1]).abs()
    return gate(warp(memory.state, flow), frame, difference)
