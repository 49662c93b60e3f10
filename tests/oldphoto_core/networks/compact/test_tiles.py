"""Tiles give what the whole picture gives, cover it once, and stay as small as they are told to."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from own_weights import woken

from oldphoto_core.image import Photo
from oldphoto_core.networks.compact.scratch_mask import ScratchMask, ScratchMaskConfig
from oldphoto_core.networks.compact.texture import TextureRestorer
from oldphoto_core.networks.compact.tiles import MOST_ERROR, MOST_PX, TiledNetwork, quickest_numbers, tiled, tiles_of
from oldphoto_core.networks.compact.unet import UNetConfig

BODIES = [UNetConfig(width=4, depth=1), UNetConfig(width=3, depth=1, blocks=2), UNetConfig(width=4, depth=3)]


def picture(height: int, width: int) -> Photo:
    return np.random.default_rng(height + width).random((height, width, 3), dtype=np.float32)


def texture(body: UNetConfig, spread: float = 0.2) -> TextureRestorer:
    network = woken(TextureRestorer(body), spread=spread)
    assert isinstance(network, TextureRestorer)
    return network


def at_once(network: torch.nn.Module, photo: Photo) -> np.ndarray:
    """Return what the network gives for the whole picture, by itself."""
    with torch.inference_mode():
        return network(torch.from_numpy(photo).permute(2, 0, 1)[None])[0].permute(1, 2, 0).numpy()


def smallest(body: UNetConfig) -> int:
    """Return about the smallest tile that a network of this reach can do with, in pixels."""
    return (2 * body.reach_px + 4 * body.stride_px) ** 2


@pytest.mark.parametrize("body", BODIES)
def test_tiled_is_whole(body: UNetConfig) -> None:
    side = 3 * body.reach_px + 37
    photo, network = picture(side, side + 61), texture(body)
    pieces = TiledNetwork(network, most_px=smallest(body))
    assert sum(1 for _ in pieces.pieces(photo)) >= 4
    expected = at_once(network, photo)
    assert float(np.abs(expected - photo).mean()) > 0.1  # it does something
    np.testing.assert_allclose(pieces.whole(photo), expected, rtol=0, atol=1e-5 * float(np.abs(expected).max()))


def test_every_tile_is_told_the_same() -> None:
    body = replace(BODIES[0], told=("noise", "blur"))
    side = 3 * body.reach_px + 37
    photo, network = picture(side, side), texture(body)
    pieces = TiledNetwork(network, most_px=smallest(body)).telling({"blur": 0.7, "fading": 0.9})
    assert pieces.told == (0.0, 0.7)
    with torch.inference_mode():
        found = network(torch.from_numpy(photo).permute(2, 0, 1)[None], torch.tensor([[0.0, 0.7]]))
    expected = found[0].permute(1, 2, 0).numpy()
    np.testing.assert_allclose(pieces.whole(photo), expected, rtol=0, atol=1e-5 * float(np.abs(expected).max()))
    assert float(np.abs(pieces.telling({"noise": 0.7}).whole(photo) - expected).max()) > 1e-2


def test_a_network_without_an_ear_is_told_nothing() -> None:
    assert TiledNetwork(texture(BODIES[0])).telling({"noise": 0.7}).told == ()


def test_an_apron_that_is_too_narrow_would_show() -> None:
    body = BODIES[0]
    photo, network = picture(200, 200), texture(body)
    left, right = at_once(network, photo[:, :104]), at_once(network, photo[:, 96:])
    cut = np.concatenate([left[:, :100], right[:, 4:]], axis=1)
    assert float(np.abs(cut - at_once(network, photo)).max()) > 1e-2


def test_masks_come_in_all_their_kinds() -> None:
    body = BODIES[0]
    network = woken(ScratchMask(ScratchMaskConfig(kinds=("dust", "tear"), body=body)))
    assert isinstance(network, ScratchMask)
    photo = picture(150, 170)
    logits = TiledNetwork(network, most_px=smallest(network.body.config)).whole(photo)
    assert logits.shape == (150, 170, 2)
    np.testing.assert_allclose(logits, at_once(network, photo), rtol=0, atol=1e-4)


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (33, 2)])
def test_any_size_will_do(size: tuple[int, int]) -> None:
    photo, network = picture(*size), texture(BODIES[0])
    assert np.array_equal(TiledNetwork(network).whole(photo), at_once(network, photo))


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 1200), st.integers(1, 1200), st.sampled_from(BODIES), st.integers(1, 40))
def test_each_pixel_comes_once_with_its_surroundings(height: int, width: int, body: UNetConfig, more: int) -> None:
    most = smallest(body) * more
    seen = np.zeros((height, width), np.uint8)
    for tile in tiles_of((height, width), body, most_px=most):
        seen[tile.place] += 1
        pixels = 1
        for read, keep, place, length in zip(tile.read, tile.keep, tile.place, (height, width), strict=True):
            assert read.start % body.stride_px == 0
            assert read.stop % body.stride_px == 0 or read.stop == length
            assert read.start == 0 or place.start - read.start >= body.reach_px
            assert read.stop == length or read.stop - place.stop >= body.reach_px
            assert (read.start + keep.start, read.start + keep.stop) == (place.start, place.stop)
            pixels *= read.stop - read.start
        assert pixels <= most
    assert bool((seen == 1).all())


def test_large_pictures_are_read_little_more_than_once_and_small_ones_once() -> None:
    def read(height: int, width: int) -> float:
        tiles = tiles_of((height, width), UNetConfig(), most_px=MOST_PX)
        return sum(_area(tile.read) for tile in tiles) / (height * width)

    assert read(1224, 1632) == 1.0
    assert read(3000, 4000) < 1.15
    assert read(6000, 8300) < 1.25
    assert read(30_000, 30_000) < 1.27
    assert read(300, 200_000) < 1.02


def _area(window: tuple[slice, slice]) -> int:
    return (window[0].stop - window[0].start) * (window[1].stop - window[1].start)


def test_tiles_that_cannot_hold_the_reach_are_refused() -> None:
    with pytest.raises(ValueError, match="too small for a reach of 112 pixels"):
        list(tiles_of((4000, 4000), UNetConfig(), most_px=10_000))
    with pytest.raises(ValueError, match="with pixels"):
        TiledNetwork(texture(BODIES[0])).whole(np.zeros((0, 4, 3), np.float32))


class TestNumbers:
    def test_the_choice_is_near_float32_and_the_same_each_time(self) -> None:
        network, photo = texture(BODIES[2], spread=0.05), picture(64, 96)
        ready = tiled(network)
        assert ready.numbers in {torch.float32, torch.bfloat16}
        assert quickest_numbers(network) is ready.numbers
        once, again = ready.whole(photo), ready.whole(photo)
        assert np.array_equal(once, again)
        assert float(np.abs(once - at_once(network, photo)).mean()) <= 4 * MOST_ERROR

    def test_a_network_that_fewer_bits_would_spoil_computes_in_float32(self) -> None:
        network = texture(BODIES[0], spread=2.0)  # differences of large numbers
        assert tiled(network).numbers is torch.float32

    def test_tiles_agree_in_fewer_bits_as_well(self) -> None:
        body = BODIES[0]
        photo, network = picture(150, 170), texture(body, spread=0.05)
        one = TiledNetwork(network, numbers=torch.bfloat16).whole(photo)
        many = TiledNetwork(network, numbers=torch.bfloat16, most_px=smallest(body)).whole(photo)
        np.testing.assert_allclose(one, many, rtol=0, atol=1e-2 * float(np.abs(one - photo).max()))
