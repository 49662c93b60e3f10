"""The colour step: one transform for the whole picture, strips that do not show, and no colours for grey prints."""

import cv2
import numpy as np
import pytest
import torch
from own_weights import own_network

from oldphoto_core.image import Photo, is_monochrome, luma
from oldphoto_core.inference.own_colour import recoloured, rows_of
from oldphoto_core.networks.compact.colour import ColourConfig, ColourRestorer
from oldphoto_core.networks.compact.colour_transform import COEFFICIENTS, apply_colour, transform_of


def network() -> ColourRestorer:
    made = own_network("own-colour", spread=0.3)
    assert isinstance(made, ColourRestorer)
    return made


def picture(height: int = 40, width: int = 60) -> Photo:
    down, across = np.mgrid[0:height, 0:width]
    waves = [0.4 + 0.2 * np.sin(down / 7 + 3 * band) + 0.15 * np.cos(across / (5 + band)) for band in range(3)]
    return np.clip(np.stack(waves, axis=2), 0.0, 1.0).astype(np.float32)


def batch(photo: Photo) -> torch.Tensor:
    return torch.from_numpy(photo.transpose(2, 0, 1).copy())[None]


def said(photo: Photo) -> Photo:
    """Return what the network itself gives for a picture no larger than its thumbnail."""
    with torch.inference_mode():
        return network()(batch(photo))[0].permute(1, 2, 0).numpy()


def test_all_the_way_is_what_the_network_says_and_half_way_is_half_of_it() -> None:
    photo = picture()
    before, sound = photo.copy(), np.clip(said(photo), 0.0, 1.0)
    assert float(np.abs(sound - photo).mean()) > 0.02
    np.testing.assert_allclose(recoloured(photo, network()), sound, atol=1e-5)
    np.testing.assert_allclose(recoloured(photo, network(), strength=0.5), (photo + sound) / 2, atol=1e-5)
    assert np.array_equal(photo, before)


@pytest.mark.parametrize(("start", "stop"), [(0, 9), (9, 10), (10, 31), (0, 31)])
def test_rows_get_what_they_get_in_the_whole_picture(start: int, stop: int) -> None:
    photo = batch(picture(31, 17)).double()
    numbers = torch.randn(1, COEFFICIENTS, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    transform = transform_of(0.4 * numbers)
    whole = apply_colour(photo, transform)
    part = apply_colour(photo[:, :, start:stop], rows_of(transform, start, stop, 31))
    torch.testing.assert_close(part, whole[:, :, start:stop], rtol=0, atol=1e-9)


def test_a_large_picture_in_strips_is_the_whole_one() -> None:
    photo = cv2.resize(picture(), (2560, 1280), interpolation=cv2.INTER_LINEAR)  # four strips
    with torch.inference_mode():
        small = torch.nn.functional.interpolate(batch(photo), (32, 64), mode="area")
        expected = apply_colour(batch(photo), network().predict(small))[0].permute(1, 2, 0).clamp(0.0, 1.0).numpy()
    result = recoloured(photo, network())
    assert float(np.abs(expected - photo).mean()) > 0.02
    np.testing.assert_allclose(result, expected, rtol=0, atol=1e-4)


@pytest.mark.parametrize("tint", [(0.0, 0.0, 0.0), (0.04, 0.0, -0.05)])
def test_a_print_of_one_tone_changes_in_brightness_alone(tint: tuple[float, float, float]) -> None:
    photo = np.clip(picture()[..., :1] + np.array(tint), 0.0, 1.0).astype(np.float32)
    sound, result = np.clip(said(photo), 0.0, 1.0), recoloured(photo, network())
    assert float(np.abs((sound - luma(sound)[..., None]) - (photo - luma(photo)[..., None])).mean()) > 0.02
    assert is_monochrome(result)
    np.testing.assert_allclose(luma(result), luma(sound), atol=1e-4)
    tinted = np.abs(result - luma(result)[..., None])
    assert bool((tinted <= np.abs(photo - luma(photo)[..., None]) + 1e-5).all())


def test_a_yellowed_print_may_lose_some_of_its_yellow_and_takes_on_no_other_hue() -> None:
    photo = np.clip(picture()[..., :1] + np.array((0.04, 0.0, -0.05)), 0.0, 1.0).astype(np.float32)
    kept, paler = recoloured(photo, network()), recoloured(photo, network(), has_cast=True)
    np.testing.assert_allclose(luma(paler), luma(kept), atol=1e-4)
    before, after = (one - luma(one)[..., None] for one in (kept, paler))
    there = np.abs(before).max(axis=2) > 0.02
    shares = (after * before).sum(axis=2)[there] / (before * before).sum(axis=2)[there]
    assert -1e-4 <= shares.min() <= shares.max() <= 1.0 + 1e-4
    assert float(shares.std()) < 1e-2


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 2)])
def test_an_untrained_network_changes_nothing_at_any_size(size: tuple[int, int]) -> None:
    photo = np.random.default_rng(1).random((*size, 3), dtype=np.float32)
    untrained = ColourRestorer(ColourConfig(width=4, with_reference=True)).eval()
    np.testing.assert_allclose(recoloured(photo, untrained), photo, atol=1e-6)
