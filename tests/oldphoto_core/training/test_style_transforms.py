"""What changes a style, and what leaves it as it is."""

import numpy as np
import pytest

from oldphoto_core.training.style_transforms import (
    Placed,
    dealt,
    hue_turned,
    jittered,
    kept,
    moved,
    restyled,
    roughened,
)

SIDE = 32


def patches(count: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Return a picture of upright stripes of one colour each, and its regions."""
    regions = np.broadcast_to(np.arange(SIDE) * count // SIDE, (SIDE, SIDE)).astype(np.int16)
    colours = np.random.default_rng(0).uniform(0.2, 0.8, (count, 3)).astype(np.float32)
    return colours[regions], regions.copy()


def test_turning_hues_keeps_greys_and_comes_round() -> None:
    picture, _ = patches()
    grey = np.full((2, 2, 3), 0.4, np.float32)
    np.testing.assert_allclose(hue_turned(grey, 0.3), grey, atol=1e-6)
    np.testing.assert_allclose(hue_turned(picture, 1.0), picture, atol=1e-6)
    np.testing.assert_allclose(hue_turned(hue_turned(picture, 0.2), -0.2), picture, atol=1e-6)
    np.testing.assert_allclose(hue_turned(picture, 1 / 3), np.roll(picture, 1, axis=2), atol=1e-6)


def test_colours_that_are_jittered_stay_in_range_and_leave_the_photograph_alone() -> None:
    picture, _ = patches()
    before = picture.copy()
    for seed in range(20):
        found = jittered(picture, np.random.default_rng(seed))
        assert found.dtype == np.float32
        assert 0.0 <= found.min() <= found.max() <= 1.0
        assert np.abs(found - picture).max() > 0.005
    np.testing.assert_array_equal(picture, before)


def test_each_region_is_changed_by_itself() -> None:
    picture, regions = patches()
    changes = iter(np.linspace(0.2, 0.8, 4, dtype=np.float32))
    found = restyled(picture, regions, lambda photo: np.full_like(photo, next(changes)))
    for name, value in enumerate(np.linspace(0.2, 0.8, 4)):
        middle = (name * 8) + 4
        np.testing.assert_allclose(found[:, middle], value, atol=0.01)


def test_one_region_is_the_change_itself() -> None:
    picture, regions = patches()
    found = restyled(picture, np.zeros_like(regions), lambda photo: 0.5 * photo)
    np.testing.assert_allclose(found, 0.5 * picture, atol=1e-6)


@pytest.mark.parametrize("seed", range(12))
def test_regions_that_move_keep_their_colours_and_the_rest_is_filled(seed: int) -> None:
    picture, regions = patches()
    filler = np.full_like(picture, 0.95)
    found = moved(kept(Placed(picture, regions), {1, 2}), filler, np.random.default_rng(seed))
    assert found.picture.shape == picture.shape
    assert set(np.unique(found.regions)) <= {-1, 1, 2}
    for name in (1, 2):
        there = found.picture[found.regions == name]
        np.testing.assert_array_equal(there, np.broadcast_to(picture[0, name * 8], there.shape))
    np.testing.assert_array_equal(found.picture[found.regions == -1], np.float32(0.95))
    assert (found.regions >= 0).any()


def test_what_a_shift_brings_round_from_the_other_end_is_no_region() -> None:
    picture, regions = patches()
    for seed in range(12):
        found = moved(Placed(picture, regions), np.zeros_like(picture), np.random.default_rng(seed))
        counts = [int((found.regions == name).sum()) for name in range(4)]
        assert max(counts) <= SIDE * 8
        assert sum(counts) == int((found.regions >= 0).sum())
        assert sum(counts) >= int((1 - 0.3) ** 2 * SIDE * SIDE)


def test_regions_are_dealt_into_at_most_three_groups() -> None:
    for count in (1, 2, 4):
        _, regions = patches(count)
        found = dealt(regions, np.random.default_rng(0))
        assert set(np.unique(found)) == set(range(min(3, count)))
        for name in range(count):
            assert len(np.unique(found[regions == name])) == 1


def test_some_photographs_are_soft_or_grainy_and_most_are_as_they_were() -> None:
    picture, _ = patches()
    found = [roughened(picture, np.random.default_rng(seed)) for seed in range(40)]
    changed = [one for one in found if not np.array_equal(one, picture)]
    assert 4 <= len(changed) <= 18
    assert all(0.0 <= one.min() <= one.max() <= 1.0 and np.abs(one - picture).mean() < 0.1 for one in changed)
