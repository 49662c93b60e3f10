import torch

from oldphoto_core.networks.bopbtl.attention import PartialNonLocal
from oldphoto_core.networks.bopbtl.large_attention import filled
from oldphoto_core.networks.streaming.buffers import Workspace
from oldphoto_core.networks.streaming.rows import Held


def test_beyond_the_bound_valid_places_stay_as_they_are_and_holes_are_filled() -> None:
    draws = torch.Generator().manual_seed(0)
    x = torch.randn(1, 8, 40, 52, generator=draws)
    valid = torch.ones(1, 1, 40, 52)
    valid[:, :, 10:20, 5:30] = 0.0
    layer = PartialNonLocal(8).requires_grad_(requires_grad=False)
    result = filled(layer, Held(x), valid, Workspace(memory_bytes=2**26), most_places=300).rows(0, 40)
    here = valid.bool().expand_as(x)
    assert torch.equal(result[here], x[here])
    assert bool(torch.isfinite(result[~here]).all())
    assert not bool((result[~here] == x[~here]).any())


def test_the_bound_changes_nothing_where_the_map_is_within_it() -> None:
    x = torch.randn(1, 8, 12, 10, generator=torch.Generator().manual_seed(1))
    valid = (torch.rand(1, 1, 12, 10, generator=torch.Generator().manual_seed(2)) > 0.3).float()
    layer = PartialNonLocal(8).requires_grad_(requires_grad=False)
    space = Workspace(memory_bytes=2**26)
    result = filled(layer, Held(x), valid, space, most_places=120).rows(0, 12)
    expected = valid * x + (1.0 - valid) * layer.fill(x, valid)
    torch.testing.assert_close(result, expected, atol=1e-5, rtol=0.0)
