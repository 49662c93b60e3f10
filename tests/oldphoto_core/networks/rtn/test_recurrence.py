"""A sweep in one go and in stretches that hand over what they know."""

import pytest
import torch
from torch import Tensor

from oldphoto_core.errors import PhotoShapeError
from oldphoto_core.networks.rtn.branch import Branch, BranchConfig
from oldphoto_core.networks.rtn.gate import Gate
from oldphoto_core.networks.rtn.recurrence import sweep

BRANCH = BranchConfig(state=4, width=8, depths=(2,), heads=2, window=4, stored_masks=0)


def cell() -> tuple[Gate, Branch]:
    torch.manual_seed(1)
    return Gate(4, 3), Branch(BRANCH)


def clip_and_flows() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(2)
    return (
        2.0 * torch.rand((1, 5, 3, 16, 24), generator=generator) - 1.0,
        3.0 * torch.randn((1, 4, 2, 16, 24), generator=generator),
    )


@torch.inference_mode()
def test_a_film_in_two_stretches_is_that_in_one() -> None:
    (gate, branch), (clip, flows) = cell(), clip_and_flows()
    whole = sweep(gate, branch, clip, flows, reverse=False)
    first = sweep(gate, branch, clip[:, :3], flows[:, :2], reverse=False)
    second = sweep(gate, branch, clip[:, 3:], flows[:, 2:], reverse=False, memory=first.memory)
    assert torch.equal(torch.cat([first.states, second.states], dim=1), whole.states)
    assert torch.equal(torch.cat([first.masks, second.masks], dim=1), whole.masks)
    assert torch.equal(second.memory.state, whole.states[:, -1])
    assert torch.equal(second.memory.frame, clip[:, -1])
    unaware = sweep(gate, branch, clip[:, 3:], flows[:, 3:], reverse=False)
    assert not torch.allclose(unaware.states, second.states, atol=1e-3)


@torch.inference_mode()
def test_to_the_front_it_begins_at_the_end() -> None:
    (gate, branch), (clip, flows) = cell(), clip_and_flows()
    whole = sweep(gate, branch, clip, flows, reverse=True)
    last = sweep(gate, branch, clip[:, 3:], flows[:, 3:], reverse=True)
    first = sweep(gate, branch, clip[:, :3], flows[:, :3], reverse=True, memory=last.memory)
    assert torch.equal(torch.cat([first.states, last.states], dim=1), whole.states)
    mirrored = sweep(gate, branch, clip.flip(1), flows.flip(1), reverse=False)
    assert torch.equal(mirrored.states.flip(1), whole.states)


@torch.inference_mode()
def test_a_frame_alone_has_no_history() -> None:
    (gate, branch), (clip, flows) = cell(), clip_and_flows()
    alone = sweep(gate, branch, clip[:, :1], flows[:, :0], reverse=False)
    assert torch.equal(alone.states[:, 0], branch(gate.project(clip[:, 0])))


@torch.inference_mode()
@pytest.mark.parametrize("count", [3, 5])
def test_too_few_or_too_many_flows_are_refused(count: int) -> None:
    (gate, branch), (clip, flows) = cell(), clip_and_flows()
    given = torch.cat([flows, flows], dim=1)[:, :count]
    with pytest.raises(PhotoShapeError, match=f"expected 4 of them, found {count} flows for 5 frames"):
        sweep(gate, branch, clip, given, reverse=False)


def test_no_frames_are_refused() -> None:
    (gate, branch), (clip, flows) = cell(), clip_and_flows()
    with pytest.raises(PhotoShapeError, match="expected 1 or more, found a clip of 0 frames"):
        sweep(gate, branch, clip[:, :0], flows[:, :0], reverse=False)
