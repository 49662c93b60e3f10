import pytest
import torch
import torch.nn.functional as F

from oldphoto_core.networks.streaming.rows import Enlarged, Held, Joined, stacked


@pytest.mark.parametrize("size", [(7, 9), (21, 30), (50, 33), (8, 9)])
@pytest.mark.parametrize("strip", [1, 3, 50])
def test_an_enlarged_map_is_that_of_interpolate(size: tuple[int, int], strip: int) -> None:
    small = torch.randn(1, 3, 7, 9, generator=torch.Generator().manual_seed(0))
    source = Enlarged(small, *size)
    rows = [source.rows(start, min(start + strip, size[0])) for start in range(0, size[0], strip)]
    expected = F.interpolate(small, size, mode="bilinear", align_corners=False)
    torch.testing.assert_close(torch.cat(rows, dim=2), expected, atol=1e-5, rtol=0.0)


def test_joined_maps_are_joined_row_by_row() -> None:
    one, two = (torch.randn(1, count, 8, 5) for count in (2, 3))
    assert torch.equal(stacked([Held(one), Held(two)]).rows(2, 6), torch.cat([one, two], dim=1)[:, :, 2:6])
    total = Joined(2, (Held(one), Held(one)), torch.add)
    assert torch.equal(total.rows(1, 3), 2.0 * one[:, :, 1:3])
