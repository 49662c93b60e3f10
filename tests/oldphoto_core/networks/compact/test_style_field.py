"""The field of colour maps: against a slow obvious version, in strips, and at any size."""

import numpy as np
import pytest
import torch

from oldphoto_core.image import luma
from oldphoto_core.networks.compact.style_field import NUMBERS, StyleField, apply_field

GENERATOR = torch.Generator().manual_seed(4)


def field(scale: float = 0.2, *, nodes: tuple[int, int, int] = (4, 3, 5)) -> StyleField:
    return StyleField(
        grid=scale * torch.randn(1, NUMBERS, *nodes, generator=torch.Generator().manual_seed(1)),
        limits=torch.tensor([[0.2, 0.8]]),
        weights=torch.full((1, 2, 3, 5), 0.5),
        similarity=torch.zeros(1, 1, 3, 5),
    )


def photo(height: int = 11, width: int = 14) -> torch.Tensor:
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(2))


def slowly(picture: torch.Tensor, one: StyleField) -> np.ndarray:
    """Return the same with a loop over pixels, each taking the mean of the eight nodes around it by nearness."""
    pixels, grid = picture[0].permute(1, 2, 0).numpy(), one.grid[0].numpy()
    depth, rows, columns = grid.shape[1:]
    low, high = one.limits[0].tolist()
    found = np.empty_like(pixels)
    for y, x in np.ndindex(*pixels.shape[:2]):
        light = np.clip((luma(pixels[y : y + 1, x : x + 1])[0, 0] - low) / (high - low), 0.0, 1.0)
        at = (
            light * (depth - 1),
            np.clip((y + 0.5) / pixels.shape[0] * rows - 0.5, 0, rows - 1),
            np.clip((x + 0.5) / pixels.shape[1] * columns - 0.5, 0, columns - 1),
        )
        mean = np.zeros(NUMBERS)
        for node in np.ndindex(*grid.shape[1:]):
            nearness = np.prod([max(0.0, 1.0 - abs(place - here)) for place, here in zip(at, node, strict=True)])
            mean += nearness * grid[:, *node]
        found[y, x] = pixels[y, x] + mean[:9].reshape(3, 3) @ pixels[y, x] + mean[9:]
    return found


def test_it_is_the_mean_of_the_eight_nodes_around() -> None:
    picture, one = photo(), field()
    found = apply_field(picture, one)[0].permute(1, 2, 0).numpy()
    np.testing.assert_allclose(found, slowly(picture, one), atol=1e-5)


def test_a_field_of_zeros_changes_nothing() -> None:
    picture = photo()
    assert torch.equal(apply_field(picture, field(0.0)), picture)


@pytest.mark.parametrize("cut", [1, 4, 10])
def test_strips_are_parts_of_the_whole(cut: int) -> None:
    picture, one = photo(), field()
    whole = apply_field(picture, one)
    parts = [apply_field(picture[:, :, :cut], one, rows=(0, 11)), apply_field(picture[:, :, cut:], one, rows=(cut, 11))]
    torch.testing.assert_close(torch.cat(parts, dim=2), whole, atol=1e-6, rtol=0.0)


def test_an_enlarged_picture_gets_the_colours_of_the_small_one() -> None:
    flat = torch.tensor([0.3, 0.5, 0.6])[None, :, None, None]
    small, large = (apply_field(flat.expand(-1, -1, side, side), field()) for side in (24, 96))
    again = torch.nn.functional.avg_pool2d(large, 4)
    assert float((again - small).abs().max()) < 0.02
