"""The whole film network at a small size: sizes, modes, and who learns."""

import pytest
import torch
from torch import Tensor

from oldphoto_core.errors import PhotoShapeError
from oldphoto_core.networks.rtn.branch import BranchConfig
from oldphoto_core.networks.rtn.film import FilmConfig, FilmRestorer
from oldphoto_core.networks.rtn.flow import FlowConfig
from oldphoto_core.networks.rtn.motion import Motion, dis_motion

BRANCH = BranchConfig(state=4, width=8, depths=(2,), heads=2, window=4, stored_masks=0)
FLOW = FlowConfig(width=8, levels=2, radius=1, iterations=2)


def network(flow: FlowConfig | None = FLOW) -> FilmRestorer:
    torch.manual_seed(0)
    return FilmRestorer(FilmConfig(branch=BRANCH, gate_width=3, flow=flow)).eval()


def clip(frames: int = 3, height: int = 32, width: int = 40) -> Tensor:
    return 2.0 * torch.rand((1, frames, 3, height, width), generator=torch.Generator().manual_seed(1)) - 1.0


@pytest.mark.parametrize("frames", [1, 3])
@torch.inference_mode()
def test_as_many_frames_come_out_as_go_in(frames: int) -> None:
    restored = network()(clip(frames))
    assert restored.frames.shape == (1, frames, 3, 32, 40)
    assert float(restored.frames.abs().max()) <= 1.0
    assert restored.forward.masks.shape == restored.backward.masks.shape == (1, frames, 1, 32, 40)


@torch.inference_mode()
def test_each_frame_knows_all_others_through_one_of_the_sweeps() -> None:
    film, given = network(), clip()
    motion = film.motion(given)
    before = film(given, motion)
    for changed in range(3):
        other = given.clone()
        other[:, changed] = -other[:, changed]
        after = film(other, motion)
        differs = [not torch.equal(after.frames[:, index], before.frames[:, index]) for index in range(3)]
        ahead = [not torch.equal(after.forward.states[:, i], before.forward.states[:, i]) for i in range(3)]
        back = [not torch.equal(after.backward.states[:, i], before.backward.states[:, i]) for i in range(3)]
        assert differs == [True] * 3
        assert ahead == [index >= changed for index in range(3)]
        assert back == [index <= changed for index in range(3)]


@torch.inference_mode()
def test_without_a_flow_network_the_motion_is_opencvs() -> None:
    film, given = network(None), clip()
    assert not [name for name in film.state_dict() if name.startswith("flow")]
    found, expected = film.motion(given), dis_motion(given)
    assert torch.equal(found.forward, expected.forward)
    assert torch.equal(film(given).frames, film(given, expected).frames)
    still = torch.zeros_like(expected.forward)
    assert not torch.allclose(film(given).frames, film(given, Motion(still, still)).frames, atol=1e-4)


@pytest.mark.parametrize(("frames", "height", "width"), [(2, 32, 36), (2, 44, 40), (0, 32, 40), (2, 0, 40)])
def test_clips_that_do_not_fit_the_windows_are_refused(frames: int, height: int, width: int) -> None:
    with pytest.raises(PhotoShapeError, match="1 frame or more with sides that are multiples of 8 pixels"):
        network(None)(torch.zeros(1, frames, 3, height, width))


def test_frames_too_small_for_the_flow_network_are_refused() -> None:
    with pytest.raises(PhotoShapeError, match="for optical flow with sides of 32 pixels or more"):
        network()(clip(2, 24, 40))


def test_everything_learns_but_the_flow_network() -> None:
    film = network().train()
    assert film.forward_branch.training
    assert not any(module.training for module in film.flow.modules())  # type: ignore[union-attr]
    film(clip()).frames.mean().backward()
    learning = {name for name, weight in film.named_parameters() if weight.grad is not None}
    assert learning == {name for name, _ in film.named_parameters() if not name.startswith("flow.")}
    assert network(None).train().training


def test_the_published_size() -> None:
    with torch.device("meta"):
        film = FilmRestorer()
    assert sum(weight.numel() for weight in film.parameters()) == 6_178_741
