"""What the style network reads off pictures: no colour decides the matching, and moments are those of NumPy."""

import numpy as np
import torch

from oldphoto_core.networks.compact.style_statistics import (
    CELL_PX,
    TEXTURE,
    cell_moments,
    cell_texture,
    content_of,
    luma_of,
    mean_and_spread,
    opponent_matrix,
    range_of,
    stretched,
)


def pictures(count: int = 2, side: int = 32) -> torch.Tensor:
    coarse = torch.rand(count, 3, 6, 6, generator=torch.Generator().manual_seed(3))
    return torch.nn.functional.interpolate(coarse, size=(side, side), mode="bicubic").clamp(0.05, 0.95)


def test_the_opponent_matrix_is_a_rotation_with_grey_along_its_first_row() -> None:
    matrix = opponent_matrix(torch.zeros(1))
    torch.testing.assert_close(matrix @ matrix.T, torch.eye(3), atol=1e-6, rtol=0.0)
    torch.testing.assert_close(matrix @ torch.ones(3), torch.tensor([3.0**0.5, 0.0, 0.0]), atol=1e-6, rtol=0.0)


def test_a_flat_print_has_the_content_of_a_contrasty_one() -> None:
    photo = pictures()
    torch.testing.assert_close(content_of(0.3 * photo + 0.4), content_of(photo), atol=2e-4, rtol=0.0)


def test_content_of_equal_luma_is_the_same_whatever_the_colours() -> None:
    photo = pictures()
    grey = luma_of(photo).expand(-1, 3, -1, -1)
    torch.testing.assert_close(content_of(grey), content_of(photo), atol=1e-4, rtol=0.0)


def test_content_stays_in_range_even_for_one_flat_tone() -> None:
    found = content_of(torch.full((1, 3, 16, 24), 0.5))
    assert found.shape == (1, 4, 16, 24)
    assert bool(torch.isfinite(found).all())
    assert float(found.abs().max()) <= 1.0


def test_the_range_is_that_of_the_percentiles() -> None:
    luma = torch.linspace(0.2, 0.6, 101).reshape(1, 1, 1, 101)
    torch.testing.assert_close(range_of(luma), torch.tensor([[0.204, 0.596]]))
    assert float(stretched(luma, range_of(luma)).min()) == 0.0
    assert float(stretched(luma, range_of(luma)).max()) == 1.0


def test_moments_of_cells_pool_to_mean_and_spread_of_the_whole() -> None:
    photo = pictures(1)
    moments = cell_moments(photo)
    assert moments.shape == (1, 6, 32 // CELL_PX, 32 // CELL_PX)
    mean, spread = mean_and_spread(moments.mean(dim=(2, 3)))
    opponent = np.einsum("dc,chw->dhw", opponent_matrix(photo).numpy(), photo[0].numpy())
    np.testing.assert_allclose(mean[0].numpy(), opponent.mean(axis=(1, 2)), atol=1e-5)
    np.testing.assert_allclose(spread[0].numpy(), opponent.std(axis=(1, 2)), atol=1e-4)


def test_texture_turns_and_mirrors_with_the_picture() -> None:
    content = content_of(pictures(1))
    found = cell_texture(content)
    assert found.shape == (1, TEXTURE, 4, 4)
    for change in (lambda one: one.flip(-1), lambda one: one.rot90(1, (-2, -1))):
        torch.testing.assert_close(cell_texture(change(content)), change(found), atol=0.12, rtol=0.0)


def test_texture_tells_flat_cells_from_rough_ones() -> None:
    content = torch.zeros(1, 4, 16, 16)
    content[:, 0, :8, :8] = torch.tensor([1.0, -1.0]).repeat(8, 4)
    found = cell_texture(content)
    for number in (1, 3):  # spread of lightness, slopes
        assert float(found[0, number, 0, 0]) > 1.5
        assert float(found[0, number, 1, 1]) < 0.1
