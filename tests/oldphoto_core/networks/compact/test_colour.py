"""The colour network: statistics, the transform, and what a short fit brings back."""

import numpy as np
import pytest
import torch
from skimage.color import rgb2lab

from oldphoto_core.networks.compact.colour import ColourConfig, ColourRestorer
from oldphoto_core.networks.compact.colour_statistics import (
    QUANTILES,
    STATISTICS,
    colour_statistics,
    lab_of,
    thumbnail,
)
from oldphoto_core.networks.compact.colour_transform import (
    COEFFICIENTS,
    SEGMENTS,
    apply_colour,
    thinned,
    toned,
    transform_of,
)


def numbers(scale: float = 0.3, *, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    return scale * torch.randn(2, COEFFICIENTS, dtype=dtype, generator=torch.Generator().manual_seed(5))


def smooth(count: int, side: int = 24) -> torch.Tensor:
    coarse = torch.rand(count, 3, 4, 4, generator=torch.Generator().manual_seed(1))
    return torch.nn.functional.interpolate(coarse, size=(side, side), mode="bicubic").clamp(0.02, 0.98)


def test_lab_is_that_of_scikit_image() -> None:
    photo = torch.rand(2, 3, 9, 11, generator=torch.Generator().manual_seed(0))
    wanted = rgb2lab(photo.permute(0, 2, 3, 1).double().numpy()) / 100.0
    np.testing.assert_allclose(lab_of(photo).permute(0, 2, 3, 1).numpy(), wanted, atol=2e-4)


def test_quantiles_are_those_of_numpy() -> None:
    photo = torch.rand(2, 3, 16, 20, generator=torch.Generator().manual_seed(0))
    found = colour_statistics(photo)
    assert found.shape == (2, STATISTICS)
    where = np.linspace(0.005, 0.995, QUANTILES)
    wanted = np.quantile(photo.numpy().reshape(2, 3, -1), where, axis=2).transpose(1, 2, 0)
    np.testing.assert_allclose(found[:, : 3 * QUANTILES].reshape(2, 3, QUANTILES).numpy(), wanted, atol=1e-5)


def test_a_grey_picture_has_no_chroma_and_no_spread() -> None:
    found = colour_statistics(torch.full((1, 3, 8, 8), 0.5))[0]
    chroma = found[4 * QUANTILES : 6 * QUANTILES]
    assert float(chroma.abs().max()) < 1e-3
    assert float(found[6 * QUANTILES : 6 * QUANTILES + 6].abs().max()) < 1e-3


def test_a_thumbnail_of_a_large_picture_tells_nearly_the_same() -> None:
    small, large = smooth(2, 60), smooth(2, 240)
    assert thumbnail(large).shape[-2:] == (64, 64)
    assert thumbnail(small) is small
    assert float((colour_statistics(small) - colour_statistics(large)).abs().max()) < 0.04


def test_zero_is_the_identity() -> None:
    photo = torch.rand(2, 3, 10, 12) * 1.2 - 0.1
    assert torch.equal(apply_colour(photo, transform_of(torch.zeros(2, COEFFICIENTS))), photo)
    assert torch.equal(ColourRestorer(ColourConfig(width=8, layers=1))(photo.clamp(0, 1)), photo.clamp(0, 1))


def test_the_tone_curve_rises_and_is_the_integral_of_its_slopes() -> None:
    transform = transform_of(numbers(0.8))
    line = torch.linspace(-0.2, 1.2, 1401, dtype=torch.float64)
    curve = toned(line.expand(2, 3, 1, -1), transform.slopes, transform.start)[:, :, 0]
    slope = curve.diff(dim=-1) / line.diff()
    assert float(slope.min()) > np.exp(-2.0)
    assert float(slope.diff(dim=-1).abs().max()) < 0.1  # smooth: no jumps of the slope
    knots = torch.arange(SEGMENTS + 1, dtype=torch.float64) / SEGMENTS
    wanted_slopes = torch.exp(2.0 * torch.tanh(transform.slopes / 2.0))[0, 1].numpy()
    fine = np.linspace(0.0, 1.0, 20001)
    wanted = np.trapezoid(np.interp(fine, knots.numpy(), wanted_slopes), fine) + float(transform.start[0, 1])
    assert float(curve[0, 1, 1200]) == pytest.approx(wanted, abs=1e-6)


def test_a_power_is_undone_by_the_density_field() -> None:
    photo = smooth(1, 16).double()
    density = torch.zeros(1, 3, 6, dtype=torch.float64)
    density[..., 0] = 2.0 * np.arctanh(np.log(1.25) / 2.0)
    np.testing.assert_allclose(thinned(photo**0.8, density).numpy(), photo.numpy(), atol=1e-12)


def test_gradients_are_right() -> None:
    photo = (0.05 + 0.9 * torch.rand(2, 3, 4, 5, dtype=torch.float64)).requires_grad_()
    inputs = (photo, numbers().requires_grad_())
    assert torch.autograd.gradcheck(lambda one, other: apply_colour(one, transform_of(other)), inputs)


def test_a_picture_and_its_small_copy_get_the_same_colours() -> None:
    """The transform is a function of colour and relative place, so shrinking before or after is nearly the same."""
    transform = transform_of(numbers(0.2, dtype=torch.float32))
    large = smooth(2, 128)
    shrunk = torch.nn.functional.avg_pool2d
    difference = shrunk(apply_colour(large, transform), 4) - apply_colour(shrunk(large, 4), transform)
    assert float(difference.abs().max()) < 0.01


def test_a_short_fit_finds_the_inverse_of_a_known_fade() -> None:
    torch.manual_seed(0)
    sound = smooth(24, 20)
    faded = 1.0 - 0.55 * (1.0 - sound) ** 0.9 * torch.tensor([1.0, 0.8, 0.6]).reshape(3, 1, 1)
    network = ColourRestorer(ColourConfig(width=32, layers=1))
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-2)
    before = float((faded - sound).square().mean())
    for _ in range(150):
        optimiser.zero_grad()
        loss = (network(faded) - sound).square().mean()
        torch.autograd.backward(loss)
        optimiser.step()
    assert float(loss.detach()) < before / 50.0  # 17 dB


def test_a_reference_is_looked_at_and_may_be_left_out() -> None:
    torch.manual_seed(0)
    network = ColourRestorer(ColourConfig(width=8, layers=1, with_reference=True))
    torch.nn.init.normal_(network.layers[-1].weight)
    old, one, other = smooth(1), smooth(2)[1:], torch.rand(1, 3, 9, 9)
    blind, first, second = (network.predict(old, reference).offset for reference in (None, one, other))
    assert not torch.allclose(blind, first)
    assert not torch.allclose(first, second)
    with pytest.raises(ValueError, match="looks at no reference"):
        ColourRestorer(ColourConfig(width=8)).predict(old, one)


def test_in_one_batch_some_have_a_reference_and_some_have_none() -> None:
    torch.manual_seed(0)
    network = ColourRestorer(ColourConfig(width=8, with_reference=True))
    torch.nn.init.normal_(network.layers[-1].weight, std=0.1)
    photos, references = smooth(2), smooth(2).flip(0)
    together = network(photos, references, torch.tensor([1.0, 0.0]))
    torch.testing.assert_close(together[:1], network(photos[:1], references[:1]))
    torch.testing.assert_close(together[1:], network(photos[1:]))
    assert float((network(photos[1:], references[1:]) - together[1:]).detach().abs().max()) > 1e-3


def test_a_network_without_layers_is_refused() -> None:
    with pytest.raises(ValueError, match="1 or more"):
        ColourConfig(layers=0)
