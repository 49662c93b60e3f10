"""Tone is mean and spread of cells; it comes off and goes on again, whatever noise and holes there are."""

import numpy as np
import pytest
import torch

from oldphoto_core.networks.compact.tone_frame import SPREAD, framed, tone_of, unframed


def pictures() -> torch.Tensor:
    """Return smooth pictures in [0.2, 0.8]."""
    chance = torch.Generator().manual_seed(0)
    small = 0.2 + 0.6 * torch.rand(2, 3, 6, 6, generator=chance)
    return torch.nn.functional.interpolate(small, size=(48, 64), mode="bilinear")


ALL = torch.ones(2, 1, 48, 64)


def test_tone_is_mean_and_spread_of_cells() -> None:
    tone = tone_of(pictures(), ALL)
    cells = pictures().double().numpy().reshape(2, 3, 6, 8, 8, 8).mean(axis=(3, 5))
    np.testing.assert_allclose(tone.mean[..., 0, 0], cells.mean(axis=(2, 3)), rtol=1e-5)
    np.testing.assert_allclose(tone.spread[..., 0, 0], cells.std(axis=(2, 3)) + 0.02, rtol=1e-4)


def test_framing_takes_tone_off_and_unframing_puts_it_on() -> None:
    photo, tone = pictures(), tone_of(pictures(), ALL)
    seen = framed(photo, tone)
    assert float(seen.abs().max()) <= 1.0
    inside = seen.abs() < 1.0
    assert float(inside.float().mean()) > 0.9
    torch.testing.assert_close(unframed(seen, tone)[inside], photo[inside])
    again = tone_of(seen, ALL)
    assert float(again.mean.abs().max()) < 0.02
    torch.testing.assert_close(again.spread, torch.full_like(again.spread, SPREAD), rtol=0.0, atol=0.09)


def test_noise_does_not_count_as_contrast() -> None:
    noisy = pictures() + 0.1 * torch.randn(pictures().shape, generator=torch.Generator().manual_seed(1))
    plain, found = tone_of(pictures(), ALL), tone_of(noisy, ALL)
    torch.testing.assert_close(found.spread, plain.spread, rtol=0.06, atol=0.0)
    assert float(noisy.std()) > 1.15 * float(pictures().std())


def test_holes_do_not_count() -> None:
    hole = torch.zeros(2, 1, 48, 64)
    hole[..., 10:13, :] = 1.0
    white = torch.where(hole > 0, torch.ones(()), pictures())
    black = torch.where(hole > 0, torch.zeros(()), pictures())
    one, other = tone_of(white, 1.0 - hole), tone_of(black, 1.0 - hole)
    torch.testing.assert_close(one.mean, other.mean)
    torch.testing.assert_close(one.spread, other.spread)
    torch.testing.assert_close(one.mean, tone_of(pictures(), ALL).mean, rtol=0.0, atol=0.02)


@pytest.mark.parametrize("picture", [torch.full((1, 3, 16, 16), 0.3), torch.zeros(1, 3, 16, 16)])
def test_flat_pictures_and_those_that_are_all_hole_stay_finite(picture: torch.Tensor) -> None:
    for valid in (torch.ones(1, 1, 16, 16), torch.zeros(1, 1, 16, 16)):
        tone = tone_of(picture, valid)
        assert bool(torch.isfinite(framed(picture, tone)).all())
        torch.testing.assert_close(tone.spread, torch.full((1, 3, 1, 1), 0.02))
