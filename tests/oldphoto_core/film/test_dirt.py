"""Dirt on frames whose dirt is known."""

import numpy as np
import pytest

from oldphoto_core.film.dirt import DirtSettings, Spikes, blotches, noise, spikes
from oldphoto_core.image import Grey, Mask

SETTINGS = DirtSettings()


def plain(*, sigma: float = 0.0, seed: int = 0) -> Grey:
    rng = np.random.default_rng(seed)
    return (0.5 + rng.normal(0.0, sigma, (60, 80))).astype(np.float32) if sigma else np.full((60, 80), 0.5, np.float32)


def spot(top: int, left: int, side: int) -> Mask:
    mask = np.zeros((60, 80), dtype=bool)
    mask[top : top + side, left : left + side] = True
    return mask


@pytest.mark.parametrize("light", [-0.3, 0.3])
def test_what_one_frame_alone_shows_is_found_with_its_rim_and_nothing_else(light: float) -> None:
    dirty = plain()
    where = spot(20, 30, 6)
    dirty[where] += np.float32(light)
    found = blotches(spikes(dirty, plain(), plain(), SETTINGS), SETTINGS)
    assert np.array_equal(found, spot(19, 29, 8))


def test_what_a_neighbour_shows_too_is_no_dirt() -> None:
    here = plain()
    here[spot(20, 30, 6)] = 0.9
    assert not blotches(spikes(here, here, plain(), SETTINGS), SETTINGS).any()
    assert not blotches(spikes(here, plain(), here, SETTINGS), SETTINGS).any()


def test_what_lies_between_the_neighbours_is_no_dirt() -> None:
    dark, light = plain() - np.float32(0.3), plain() + np.float32(0.3)
    assert not spikes(plain(), dark, light, SETTINGS).weak.any()


def test_an_edge_that_was_moved_by_a_pixel_is_no_dirt() -> None:
    edge = np.repeat((np.arange(80) >= 40).astype(np.float32)[None], 60, axis=0)
    assert not spikes(edge, np.roll(edge, 1, axis=1), np.roll(edge, -1, axis=1), SETTINGS).strong.any()
    assert not spikes(edge, np.roll(edge, 1, axis=1), np.roll(edge, 1, axis=1), SETTINGS).strong.any()


def test_grain_is_no_dirt_and_dirt_is_found_in_grain() -> None:
    grains = [plain(sigma=0.04, seed=seed) for seed in range(3)]
    assert blotches(spikes(*grains, SETTINGS), SETTINGS).mean() < 0.002
    grains[0][spot(20, 30, 6)] = 0.0
    assert blotches(spikes(*grains, SETTINGS), SETTINGS)[spot(20, 30, 6)].mean() > 0.9
    assert noise(grains[1], grains[2]) == pytest.approx(0.04 * np.sqrt(2), rel=0.1)


def test_a_blotch_too_large_too_small_or_seen_again_is_left() -> None:
    where = spot(10, 10, 20)
    everywhere = Spikes(strong=where, weak=where, unsure=np.zeros_like(where))
    assert not blotches(everywhere, SETTINGS).any()
    allowed = DirtSettings(largest_share=0.2)
    assert blotches(everywhere, allowed)[where].all()
    assert not blotches(everywhere, allowed, again=where).any()
    assert blotches(everywhere, allowed, again=spot(10, 10, 8))[where].all()
    speck = spot(30, 30, 1)
    assert not blotches(Spikes(strong=speck, weak=speck, unsure=where), SETTINGS).any()


def test_a_blotch_where_the_neighbours_disagree_is_left() -> None:
    where = spot(20, 30, 6)
    assert not blotches(Spikes(strong=where, weak=where, unsure=spot(16, 28, 10)), SETTINGS).any()
    assert blotches(Spikes(strong=where, weak=where, unsure=spot(0, 0, 10)), SETTINGS).any()


def test_a_slow_change_with_few_spikes_is_left() -> None:
    weak = spot(20, 30, 8)
    assert not blotches(Spikes(strong=spot(20, 30, 2), weak=weak, unsure=weak & False), SETTINGS).any()


def test_the_ends_of_a_shot_ask_for_more() -> None:
    assert SETTINGS.stricter().least > SETTINGS.least
    with pytest.raises(ValueError, match="grow_to"):
        DirtSettings(grow_to=0.0)
