"""Motion leads from each frame to its neighbours: a picture that is moved is found again."""

import cv2
import numpy as np
import pytest
import torch
from torch import Tensor

from oldphoto_core.errors import PhotoShapeError
from oldphoto_core.networks.rtn import motion
from oldphoto_core.networks.rtn.flow import FlowConfig, FlowNetwork
from oldphoto_core.networks.rtn.motion import dis_motion, learned_motion

RIGHT, DOWN = 3, 2


def moving(frames: int = 3, size: int = 96) -> Tensor:
    """Return a clip whose picture goes 3 pixels to the right and 2 down with every frame."""
    texture = cv2.GaussianBlur(np.random.default_rng(8).uniform(size=(size + 40, size + 40)), (0, 0), 2.0)
    texture = (texture - texture.min()) / (texture.max() - texture.min())
    starts = [(20 - DOWN * index, 20 - RIGHT * index) for index in range(frames)]
    pictures = np.stack([texture[top : top + size, left : left + size] for top, left in starts])
    return torch.from_numpy(2.0 * pictures - 1.0).float()[None, :, None].repeat(1, 1, 3, 1, 1)


def test_a_moved_picture_is_found_in_both_neighbours() -> None:
    found = dis_motion(torch.cat([moving(), moving()]))
    inside = (slice(None), slice(None), slice(None), slice(16, -16), slice(16, -16))
    assert found.forward.shape == found.backward.shape == (2, 2, 2, 96, 96)
    step = torch.tensor([RIGHT, DOWN], dtype=torch.float32).reshape(1, 1, 2, 1, 1)
    assert float((found.backward[inside] - step).abs().mean()) < 0.2
    assert float((found.forward[inside] + step).abs().mean()) < 0.2


@pytest.mark.parametrize("size", [(11, 96), (96, 11)])
def test_a_side_that_the_estimator_cannot_take_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(PhotoShapeError, match="sides of 12 pixels or more"):
        dis_motion(moving()[..., : size[0], : size[1]])


def test_a_single_frame_does_not_move() -> None:
    assert dis_motion(moving(1)).forward.shape == (1, 0, 2, 96, 96)


def network() -> FlowNetwork:
    torch.manual_seed(0)
    return FlowNetwork(FlowConfig(width=8, levels=2, radius=1, iterations=2)).eval()


@pytest.mark.parametrize("at_once", [2**26, 1])
def test_the_flow_network_is_asked_for_each_pair(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """All pairs together or one at a time: from each frame to the one before, and to the one after."""
    monkeypatch.setattr(motion, "PRODUCTS_AT_ONCE", at_once)
    flow, clip = network(), torch.cat([moving(4, 40), moving(4, 40).flip(4)])
    found = learned_motion(flow, clip)
    levels = (clip + 1.0) * 127.5
    with torch.inference_mode():
        for index in range(3):
            ahead = flow(levels[:, index], levels[:, index + 1]).fine
            back = flow(levels[:, index + 1], levels[:, index]).fine
            assert torch.allclose(found.backward[:, index], ahead, atol=1e-4)
            assert torch.allclose(found.forward[:, index], back, atol=1e-4)
    assert not found.forward.requires_grad


def test_a_single_frame_asks_for_none() -> None:
    assert learned_motion(network(), moving(1, 40)).backward.shape == (1, 0, 2, 40, 40)
