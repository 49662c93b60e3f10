"""The recurrent film network over a shot of any length in bounded memory, as if the shot had been seen at once.

The forward sweep is handed from window to window as it is. The backward sweep comes from the end of the shot: it is
done once with nothing kept but its state at each window's end, and again within each window from there (as checkpoints
are used in backpropagation; Griewank & Walther, 2000). So no window begins without its past and its future, and the
result is that of one undisturbed pass, for one more backward sweep.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor

from oldphoto_core.film.tiles import tiled
from oldphoto_core.film.windows import Span, WindowPlan, spans
from oldphoto_core.networks.rtn.branch import Branch
from oldphoto_core.networks.rtn.film import FilmRestorer
from oldphoto_core.networks.rtn.recurrence import Memory, Swept, sweep

_BRANCH_SHARE = 0.3

ReadClip = Callable[[int, int], Tensor]
"""Takes the first frame and the one after the last; returns (1, T, 3, H, W), RGB in [-1, 1], where it is computed."""


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """A frame as the network gives it."""

    number: int
    """Which frame of the shot."""

    frame: Tensor
    """RGB in [-1, 1], shape (1, 3, H, W)."""

    mask: Tensor
    """What both sweeps take for damage, 0 to 1, their mean, shape (1, 1, H, W)."""


@dataclass(frozen=True, slots=True, eq=False)
class _Work:
    """A shot and the network that goes over it."""

    network: FilmRestorer
    forward_branch: Branch
    backward_branch: Branch
    count: int
    read: ReadClip

    def forward(self, clip: Tensor, flows: Tensor, memory: Memory | None) -> Swept:
        gate = self.network.forward_gate
        return sweep(gate, self.forward_branch, clip, flows, reverse=False, memory=memory)

    def backward(self, clip: Tensor, flows: Tensor, memory: Memory | None) -> Swept:
        gate = self.network.backward_gate
        return sweep(gate, self.backward_branch, clip, flows, reverse=True, memory=memory)


@dataclass(slots=True, eq=False)
class _Front:
    """What the forward sweep knows when it comes to the next frame."""

    memory: Memory | None = None


def state_bytes(network: FilmRestorer, height: int, width: int) -> int:
    """Return the memory of what is known at a window's end, in float32: a state and the frame that it came from."""
    return 4 * height * width * (network.config.branch.state + 3)


def frame_bytes(network: FilmRestorer, height: int, width: int) -> int:
    """Return the memory of each frame of a window, in float32: itself, its motion both ways, a state and a mask."""
    return 4 * height * width * (network.config.branch.state + 8)


def restored(
    network: FilmRestorer,
    count: int,
    read: ReadClip,
    plan: WindowPlan,
    *,
    start: int = 0,
    memory_bytes: int = 2 * 2**30,
) -> Iterator[Decoded]:
    """Give the restored frames of a shot from a number on; frames before it are seen, not decoded.

    Args:
        network: In evaluation mode.
        count: Frames of the shot.
        read: Reads them, with sides that the network takes.
        plan: How long windows are, and whether the backward sweep comes from the end of the shot.
        start: First frame to give.
        memory_bytes: Memory that may be used; branches work in tiles where a frame would take more than their share.
    """
    share, config = int(_BRANCH_SHARE * memory_bytes), network.config.branch
    branches = [tiled(each, config, memory_bytes=share) for each in (network.forward_branch, network.backward_branch)]
    work = _Work(network, branches[0], branches[1], count, read)
    with torch.inference_mode():
        windows = spans(count, plan.window)
        ends = _ends(work, [span for span in windows if span.stop > start]) if plan.exact else {}
        front = _Front()
        for span in windows:
            yield from (each for each in _window(work, span, front, plan, ends, start=start) if each.number >= start)


def _ends(work: _Work, windows: list[Span]) -> Mapping[int, Memory]:
    """Return what the backward sweep knows when it comes to each window, by the number of the frame behind it."""
    found: dict[int, Memory] = {}
    memory: Memory | None = None
    for span in reversed(windows[1:]):
        clip = work.read(span.start, min(work.count, span.stop + 1))
        flows = _to_next(work.network, clip)
        memory = work.backward(clip[:, : span.stop - span.start], flows, memory).memory
        memory = found[span.start] = Memory(memory.frame.clone(), memory.state.clone())
    return found


def _window(
    work: _Work, span: Span, front: _Front, plan: WindowPlan, ends: Mapping[int, Memory], *, start: int
) -> Iterator[Decoded]:
    """Give a window's frames; a window before the first frame that is wanted is only swept over."""
    lead, own = int(front.memory is not None), span.stop - span.start
    wanted = span.stop > start
    beyond = (1 if plan.look_ahead is None else plan.look_ahead) if wanted else 0
    clip = work.read(span.start - lead, min(work.count, span.stop + beyond))
    motion = work.network.motion(clip)
    back = _backward(work, clip[:, lead:], motion.backward[:, lead:], own, ends.get(span.stop)) if wanted else None
    for index in range(own):
        frame = clip[:, lead + index]
        flows = motion.forward[:, index + lead - 1 : index + lead] if index + lead else motion.forward[:, :0]
        swept = work.forward(frame[:, None], flows, front.memory)
        front.memory = Memory(frame.clone(), swept.memory.state)
        if back is not None:
            result = work.network.decode(frame, back.states[:, index], swept.states[:, 0])
            yield Decoded(span.start + index, result, 0.5 * (back.masks[:, index] + swept.masks[:, 0]))


def _backward(work: _Work, clip: Tensor, flows: Tensor, own: int, memory: Memory | None) -> Swept:
    """Return the backward sweep over a window's own frames, from what is known or from the frames behind it."""
    if memory is not None:
        return work.backward(clip[:, :own], flows[:, :own], memory)
    return work.backward(clip, flows, None)


def _to_next(network: FilmRestorer, clip: Float[Tensor, "1 T 3 H W"]) -> Float[Tensor, "1 _T 2 H W"]:
    """Return the motion from each frame but the last to the next; not the other way, if that costs much."""
    if network.flow is None:
        return network.motion(clip).backward
    seen = [network.flow.read((clip[:, index] + 1.0) / 2.0 * 255.0) for index in range(clip.shape[1])]
    flows = [network.flow.between(here, there).fine for here, there in pairwise(seen)]
    return torch.stack(flows, dim=1) if flows else clip.new_zeros(1, 0, 2, *clip.shape[3:])
