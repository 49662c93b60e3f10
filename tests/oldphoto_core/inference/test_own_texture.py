"""The texture step: what the network says, as far as it is wanted, and nothing in a colour that was not there."""

import numpy as np
import pytest
import torch
from own_weights import own_network

from oldphoto_core.image import Photo, is_monochrome, luma
from oldphoto_core.inference.own_texture import retextured
from oldphoto_core.networks.compact.texture import TextureRestorer
from oldphoto_core.networks.compact.tiles import TiledNetwork
from oldphoto_core.networks.compact.unet import UNetConfig


def network(most_px: int = 5_000_000) -> TiledNetwork:
    made = own_network("own-texture", spread=0.06)
    assert isinstance(made, TextureRestorer)
    return TiledNetwork(made, most_px=most_px)


def picture() -> Photo:
    return (0.4 + 0.2 * np.random.default_rng(4).random((90, 120, 3))).astype(np.float32)


def said(photo: Photo) -> Photo:
    """Return what the network itself gives."""
    with torch.inference_mode():
        return network().network(torch.from_numpy(photo).permute(2, 0, 1)[None])[0].permute(1, 2, 0).numpy()


def test_all_the_way_is_what_the_network_says_and_half_way_is_half_of_it() -> None:
    photo = picture()
    before, sound = photo.copy(), np.clip(said(photo), 0.0, 1.0)
    assert float(np.abs(sound - photo).mean()) > 0.005
    np.testing.assert_allclose(retextured(photo, network()), sound, atol=1e-6)
    np.testing.assert_allclose(retextured(photo, network(), strength=0.5), (photo + sound) / 2, atol=1e-6)
    assert np.array_equal(retextured(photo, network(), strength=0.0), photo)
    assert np.array_equal(photo, before)


def test_grain_that_is_kept_is_brightness() -> None:
    photo = picture()
    sound, kept = retextured(photo, network()), retextured(photo, network(), grain_kept=0.25)
    np.testing.assert_allclose(luma(kept), 0.75 * luma(sound) + 0.25 * luma(photo), atol=1e-5)
    tint = sound - luma(sound)[..., None]
    np.testing.assert_allclose(kept - luma(kept)[..., None], tint, atol=1e-5)


def test_tiles_make_no_difference() -> None:
    photo = picture()
    np.testing.assert_allclose(retextured(photo, network(4_000)), retextured(photo, network()), atol=1e-5)


@pytest.mark.parametrize("tint", [(0.0, 0.0, 0.0), (0.04, 0.0, -0.05)])
def test_a_print_of_one_tone_changes_in_brightness_alone(tint: tuple[float, float, float]) -> None:
    photo = (picture()[..., :1] + np.array(tint)).astype(np.float32)
    sound, result = np.clip(said(photo), 0.0, 1.0), retextured(photo, network())
    assert not is_monochrome(sound)
    assert is_monochrome(result)
    np.testing.assert_allclose(luma(result), luma(sound), atol=1e-5)
    np.testing.assert_allclose(result - luma(result)[..., None], photo - luma(photo)[..., None], atol=1e-5)


def test_an_untrained_network_changes_nothing() -> None:
    photo = picture()
    untrained = TiledNetwork(TextureRestorer(UNetConfig(width=4, depth=1)).eval())
    assert np.array_equal(retextured(photo, untrained, grain_kept=0.1), photo)
