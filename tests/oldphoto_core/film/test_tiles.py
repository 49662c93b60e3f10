"""A branch in tiles is the branch over the whole frame."""

import pytest
import torch
from tiny_film import BRANCH

from oldphoto_core.film.tiles import HALO_PX, TiledBranch, tile_sides, tiled
from oldphoto_core.networks.rtn.branch import Branch


def branch() -> Branch:
    torch.manual_seed(3)
    return Branch(BRANCH).eval()


@torch.inference_mode()
def test_tiles_agree_with_the_whole_where_halos_hold_what_a_place_can_see() -> None:
    whole = branch()
    x = torch.randn((1, 4, 328, 456), generator=torch.Generator().manual_seed(0))
    split = TiledBranch(whole, BRANCH, most_px=0)
    assert tile_sides((328, 456), 256 * 256, 8) == (256, 256)
    assert torch.allclose(split(x), whole(x), atol=1e-5)


@torch.inference_mode()
def test_small_frames_go_through_whole() -> None:
    whole = branch()
    x = torch.randn((1, 4, 48, 64), generator=torch.Generator().manual_seed(0))
    assert torch.equal(tiled(whole, BRANCH, memory_bytes=0)(x), whole(x))


@pytest.mark.parametrize("size", [(1088, 1920), (2160, 3840), (272, 4096), (4096, 272)])
@pytest.mark.parametrize("most", [256 * 256, 512 * 512, 1_000_000])
def test_tiles_keep_within_the_limit_and_fit_the_windows(size: tuple[int, int], most: int) -> None:
    down, across = tile_sides(size, most, 16)
    assert down * across <= max(most, (4 * HALO_PX) ** 2)
    assert down % 16 == 0
    assert across % 16 == 0


def test_no_second_set_of_weights() -> None:
    whole = branch()
    assert {id(p) for p in TiledBranch(whole, BRANCH, most_px=0).parameters()} == {id(p) for p in whole.parameters()}
