"""The flow network: what it refuses, and what follows from how it is built."""

import pytest
import torch
from torch import Tensor

from oldphoto_core.errors import PhotoShapeError
from oldphoto_core.networks.rtn.flow import FlowConfig, FlowNetwork
from oldphoto_core.networks.rtn.flow_update import UpdateBlock

SMALL = FlowConfig(width=8, levels=2, radius=1, iterations=3)


def network() -> FlowNetwork:
    torch.manual_seed(0)
    return FlowNetwork(SMALL).eval()


def frames(count: int, height: int = 40, width: int = 48) -> Tensor:
    return 255.0 * torch.rand((count, 3, height, width), generator=torch.Generator().manual_seed(1))


@torch.inference_mode()
def test_pairs_know_nothing_of_one_another() -> None:
    flow, first, second = network(), frames(3), frames(3).flip(0)
    together = flow(first, second)
    assert together.fine.shape == (3, 2, 40, 48)
    assert together.coarse.shape == (3, 2, 5, 6)
    alone = flow(first[1:2], second[1:2])
    assert torch.allclose(together.fine[1:2], alone.fine, atol=1e-5)


@torch.inference_mode()
def test_it_is_refined_as_often_as_asked() -> None:
    flow = network()
    first, second = flow.read(frames(1)), flow.read(frames(1).flip(3))
    assert torch.equal(flow.between(first, second).fine, flow.between(first, second, iterations=3).fine)
    assert not torch.allclose(flow.between(first, second).coarse, flow.between(first, second, iterations=2).coarse)


@torch.inference_mode()
def test_an_even_flow_stays_even_where_it_is_made_finer_and_counts_finer_pixels() -> None:
    torch.manual_seed(0)
    hidden, even = torch.randn(1, 8, 4, 5), torch.tensor([1.5, -2.0]).reshape(1, 2, 1, 1).expand(1, 2, 4, 5)
    fine = UpdateBlock(8, 18).upsample(hidden, even)
    inside = fine[:, :, 8:-8, 8:-8]
    assert fine.shape == (1, 2, 32, 40)
    assert torch.allclose(inside, 8.0 * even[:, :, :1, :1].expand_as(inside), atol=1e-5)


@pytest.mark.parametrize(("height", "width"), [(24, 40), (40, 24), (32, 36), (44, 40)])
def test_sides_too_short_or_uneven_are_refused(height: int, width: int) -> None:
    with pytest.raises(PhotoShapeError, match=f"sides of 32 pixels or more, multiples of 8, found {width}x{height}"):
        network().read(frames(1, height, width))


def test_the_releases_shortest_side() -> None:
    """Below 128 pixels its coarsest comparison has a single place, and its own code gives NaN."""
    assert FlowConfig().smallest_side == 128


@torch.inference_mode()
def test_numbers_at_the_shortest_side_are_finite() -> None:
    assert bool(network()(frames(1, 32, 32), frames(1, 32, 32)).fine.isfinite().all())


@pytest.mark.parametrize("wrong", [{"width": 6}, {"width": 0}, {"levels": 0}, {"radius": -1}, {"iterations": 0}])
def test_what_cannot_be_built_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="multiple of 4"):
        FlowConfig(**wrong)


def test_one_norm_goes_by_two_names() -> None:
    block = network().cnet.layer2[0]
    assert block.norm3 is block.downsample[1]
