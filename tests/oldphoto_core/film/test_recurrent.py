"""A shot in windows is the shot in one pass."""

import pytest
import torch
from film_shots import grey, pan
from tiny_film import FLOW, tiny_film
from torch import Tensor

from oldphoto_core.film.recurrent import Decoded, frame_bytes, restored, state_bytes
from oldphoto_core.film.windows import WindowPlan
from oldphoto_core.networks.rtn.film import FilmRestorer


def shot(count: int = 7) -> Tensor:
    frames = grey(pan("astronaut", count, size=(32, 40), step=(0, 1)))
    return torch.stack([torch.from_numpy(frame).permute(2, 0, 1) for frame in frames])[None] * 2.0 - 1.0


def run(network: FilmRestorer, clip: Tensor, plan: WindowPlan, *, start: int = 0) -> list[Decoded]:
    reads: list[tuple[int, int]] = []

    def read(first: int, stop: int) -> Tensor:
        assert 0 <= first < stop <= clip.shape[1]
        reads.append((first, stop))
        return clip[:, first:stop]

    found = list(restored(network, clip.shape[1], read, plan, start=start))
    assert max(stop - first for first, stop in reads) <= plan.window + 1 + max(1, plan.look_ahead or 0)
    assert [frame.number for frame in found] == list(range(start, clip.shape[1]))
    return found


@pytest.mark.parametrize("window", [1, 3, 7])
def test_windows_show_no_border(window: int) -> None:
    network, clip = tiny_film(), shot()
    with torch.inference_mode():
        whole = network(clip)
    found = run(network, clip, WindowPlan(window))
    for index, frame in enumerate(found):
        assert torch.allclose(frame.frame, whole.frames[:, index], atol=1e-5)
        mask = 0.5 * (whole.forward.masks[:, index] + whole.backward.masks[:, index])
        assert torch.allclose(frame.mask, mask, atol=1e-5)


def test_with_learned_motion_too() -> None:
    network, clip = tiny_film(flow=FLOW), shot(5)
    with torch.inference_mode():
        whole = network(clip)
    for index, frame in enumerate(run(network, clip, WindowPlan(3))):
        assert torch.allclose(frame.frame, whole.frames[:, index], atol=1e-5)


@pytest.mark.parametrize("plan", [WindowPlan(3), WindowPlan(3, 2)])
def test_it_can_begin_in_the_middle(plan: WindowPlan) -> None:
    network, clip = tiny_film(), shot()
    whole = run(network, clip, plan)
    for start in (1, 5):
        for one, other in zip(run(network, clip, plan, start=start), whole[start:], strict=True):
            assert torch.equal(one.frame, other.frame)


def test_looking_ahead_comes_nearer_the_further_it_looks() -> None:
    network, clip = tiny_film(), shot(9)
    with torch.inference_mode():
        whole = network(clip).frames

    def worst(plan: WindowPlan) -> float:
        return max(float((frame.frame - whole[:, frame.number]).abs().max()) for frame in run(network, clip, plan))

    apart, near, all_of_it = worst(WindowPlan(4, 0)), worst(WindowPlan(4, 3)), worst(WindowPlan(4, 9))
    assert apart > 1e-4
    assert near < 0.5 * apart
    assert all_of_it < 1e-5


def test_small_memory_gives_nearly_the_same_by_tiles() -> None:
    network = tiny_film()
    clip = torch.rand((1, 1, 3, 256, 512), generator=torch.Generator().manual_seed(0)) * 2.0 - 1.0

    def read(first: int, stop: int) -> Tensor:
        return clip[:, first:stop]

    whole = list(restored(network, 1, read, WindowPlan(1)))
    small = list(restored(network, 1, read, WindowPlan(1), memory_bytes=2**20))
    for one, other in zip(whole, small, strict=True):
        assert torch.allclose(one.frame, other.frame, atol=1e-4)


def test_memory_grows_with_channels_and_pixels() -> None:
    assert state_bytes(tiny_film(), 10, 20) == 4 * 200 * 7
    assert frame_bytes(tiny_film(), 10, 20) == 4 * 200 * 12
