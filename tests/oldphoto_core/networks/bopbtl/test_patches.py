"""Patch attention against two slow loops."""

import numpy as np
import pytest
import torch
from torch import Tensor

from oldphoto_core.errors import NothingToFillFromError
from oldphoto_core.networks.bopbtl import patches
from oldphoto_core.networks.bopbtl.patches import PatchAttention, compose, hole_patches, touched_places


def drawn(*shape: int, seed: int = 1) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def hole(height: int, width: int) -> Tensor:
    """Return holes: one patch almost whole, some more than 60 % and some less, ragged."""
    places = torch.zeros(height, width)
    places[0:4, 4:8] = 1.0
    places[4:8, 0:3] = 1.0
    places[8:9, 0:9] = 1.0
    places[-3:, -4:] = 1.0
    return places


def slowly(x: np.ndarray, holes: np.ndarray, patch: int) -> np.ndarray:
    """Return what compose should: for each hole patch the whole patch of largest cosine; beyond the patches zero."""
    rows, columns = holes.shape[0] // patch, holes.shape[1] // patch
    places = [(row * patch, column * patch) for row in range(rows) for column in range(columns)]
    share = {place: holes[place[0] : place[0] + patch, place[1] : place[1] + patch].mean() for place in places}
    wanted = [place for place in places if share[place] > 0.6]
    if not wanted:
        return x
    result = np.zeros_like(x)
    for top, left in places:
        piece = x[:, top : top + patch, left : left + patch]
        best, source = -np.inf, (top, left)
        if (top, left) in wanted:
            for row, column in places:
                if (row, column) not in wanted:
                    other = x[:, row : row + patch, column : column + patch]
                    alike = (piece * other).sum() / np.sqrt((piece**2).sum() * (other**2).sum())
                    if alike > best:
                        best, source = alike, (row, column)
        row, column = source
        result[:, top : top + patch, left : left + patch] = x[:, row : row + patch, column : column + patch]
    return result


@pytest.mark.parametrize("at_once", [1, 13, 2**24])
@pytest.mark.parametrize("patch", [2, 3, 4])
@pytest.mark.parametrize("size", [(12, 16), (13, 18)])
def test_composing(monkeypatch: pytest.MonkeyPatch, at_once: int, patch: int, size: tuple[int, int]) -> None:
    monkeypatch.setattr(patches, "PRODUCTS_AT_ONCE", at_once)
    x, holes = drawn(5, *size), hole(*size)
    before = x.clone()
    result = compose(x, holes, patch)
    assert np.allclose(result.numpy(), slowly(x.double().numpy(), holes.numpy(), patch), atol=1e-6)
    assert not torch.equal(result, x)
    assert torch.equal(x, before)


def test_sixty_percent_is_not_yet_a_hole() -> None:
    places = torch.zeros(5, 10)
    places[0:3] = 1.0
    assert hole_patches(places, 5).tolist() == [[False, False]]
    places[3, 0] = 1.0
    assert hole_patches(places, 5).tolist() == [[True, False]]


def test_touched_is_where_any_of_the_mask_reaches() -> None:
    mask = torch.zeros(1, 1, 16, 16)
    mask[0, 0, 5, 6] = 1.0
    mask[0, 0, 8, 8] = 1.0  # between the pixels that are looked at
    assert touched_places(mask, (4, 4))[0, 0].nonzero().tolist() == [[1, 1]]


def test_nothing_whole_is_refused() -> None:
    with pytest.raises(NothingToFillFromError, match="no patch of 4x4 latent places is whole"):
        compose(drawn(2, 8, 8), torch.ones(8, 8), 4)


def test_nothing_missing_is_left_as_it_is() -> None:
    x = drawn(2, 9, 11)
    assert torch.equal(compose(x, torch.zeros(9, 11), 4), x)


def test_the_layer_joins_what_came_what_was_found_and_where() -> None:
    torch.manual_seed(3)
    layer = PatchAttention(3, patch=2).eval()
    z = drawn(2, 3, 6, 8)
    mask = torch.zeros(2, 1, 24, 32)
    mask[0, :, 4:12, 8:16] = 1.0
    mask[1, :, 0:8, 0:8] = 1.0
    with torch.inference_mode():
        result = layer(z, mask)
        for number in range(2):
            places = torch.zeros(6, 8)
            places[(slice(1, 3), slice(2, 4)) if number == 0 else (slice(0, 2), slice(0, 2))] = 1.0
            x = layer.blocks(z[number : number + 1])[0]
            found = torch.from_numpy(slowly(x.double().numpy(), places.numpy(), 2)).float()
            joined = layer.combine(torch.cat([z[number], found, places[None]])[None])
            assert torch.allclose(result[number], joined[0], atol=1e-4)
