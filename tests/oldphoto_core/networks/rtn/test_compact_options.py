"""What our own film network does otherwise than the release: no bound, states that pass, frames in memory."""

from dataclasses import replace

import torch

from oldphoto_core.networks.rtn.branch import Branch, BranchConfig
from oldphoto_core.networks.rtn.film import FilmConfig, FilmRestorer

NARROW = BranchConfig(state=4, width=4, depths=(1,), heads=1, window=4, stored_masks=0)


def test_a_branch_that_passes_adds_what_came_in() -> None:
    torch.manual_seed(0)
    plain, passing = Branch(NARROW), Branch(replace(NARROW, passes=True))
    passing.load_state_dict(plain.state_dict())
    x = torch.rand(1, 4, 16, 16)
    assert torch.allclose(passing(x), plain(x) + x)


def test_without_a_bound_what_is_added_is_added_and_nothing_more() -> None:
    torch.manual_seed(0)
    bounded, free = (
        FilmRestorer(FilmConfig(branch=NARROW, gate_width=2, flow=None, bounded=bound)) for bound in (True, False)
    )
    free.load_state_dict(bounded.state_dict())
    clip = torch.rand(1, 2, 3, 16, 16) * 2.0 - 1.0
    assert torch.allclose(torch.tanh(free(clip).frames), bounded(clip).frames, atol=1e-6)


def test_a_share_of_one_takes_the_frame_from_memory_and_of_none_leaves_it() -> None:
    network = FilmRestorer(FilmConfig(branch=NARROW, gate_width=2, flow=None, bounded=False, blends=True))
    assert network.share is not None
    frame, backward, forward = torch.rand(1, 3, 16, 16), torch.rand(1, 4, 16, 16), torch.rand(1, 4, 16, 16)
    with torch.no_grad():
        for one in (network.conv_last, network.share):
            one.weight.zero_()
            one.bias.zero_()  # type: ignore[union-attr]  # they have one
        network.share.bias.fill_(-50.0)  # type: ignore[union-attr]
        assert torch.allclose(network.decode(frame, backward, forward), frame)
        network.share.bias.fill_(50.0)  # type: ignore[union-attr]
        remembered = (backward[:, :3] + forward[:, :3]) / 2.0
        assert torch.allclose(network.decode(frame, backward, forward), remembered, atol=1e-6)
