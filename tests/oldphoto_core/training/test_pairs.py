"""Index i is always the same pair, whoever asks; nothing held out is learned from."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from training_pictures import picture, small_recipe, small_shard

from oldphoto_core.damage import DAMAGE_KINDS
from oldphoto_core.networks.compact.colour import ColourConfig
from oldphoto_core.networks.compact.unet import UNetConfig
from oldphoto_core.training.feed import feeding
from oldphoto_core.training.pairs import (
    MASK_KINDS,
    Batch,
    Pair,
    batch_of,
    held_out,
    judging_pairs,
    learning_pairs,
    part_of,
    shown_window,
    told_of,
)
from oldphoto_core.training.recipes import Framing
from oldphoto_core.training.shard import PICTURES, Piece, Shard, ShardError, write_shard


@pytest.fixture
def shard(tmp_path: Path) -> Shard:
    return small_shard(tmp_path)


def same(one: Pair, other: Pair) -> bool:
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in ("damaged", "sound", "masks"))


def test_an_index_is_a_pair_in_any_order(shard: Shard) -> None:
    recipe = small_recipe("own-texture")
    forward = [learning_pairs(shard, recipe).pair(index) for index in range(8)]
    source = learning_pairs(Shard(shard.path), recipe)
    backward = [source.pair(index) for index in reversed(range(8))]
    assert all(same(one, other) for one, other in zip(forward, reversed(backward), strict=True))
    assert not any(same(forward[0], other) for other in forward[1:])
    assert not same(forward[0], learning_pairs(shard, replace(recipe, seed=1)).pair(0))


def test_every_picture_comes_once_a_round(shard: Shard) -> None:
    source = learning_pairs(shard, small_recipe("own-texture"))
    count = len(source.chosen)
    rounds = [[source._place(turn * count + place) for place in range(count)] for turn in range(3)]
    assert all(sorted(one) == list(range(count)) for one in rounds)
    assert rounds[0] != rounds[1]


def test_nothing_held_out_is_learned_from(shard: Shard) -> None:
    recipe = small_recipe("own-texture")
    learned, judged = learning_pairs(shard, recipe).chosen, judging_pairs(shard, recipe).chosen
    assert judged == held_out(shard) == (0, 10)
    assert sorted(learned + judged) == list(range(12))


def test_the_only_picture_serves_both(tmp_path: Path) -> None:
    shard = small_shard(tmp_path, 1)
    assert learning_pairs(shard, small_recipe("own-texture")).chosen == held_out(shard) == (0,)


def test_the_share_of_clean_pictures_is_the_recipes(shard: Shard) -> None:
    source = learning_pairs(shard, small_recipe("own-texture", clean_share=0.3))
    names = Counter(source.name(index) for index in range(1000))
    assert names["clean"] == pytest.approx(300, abs=60)
    for index in range(12):
        pair = source.pair(index)
        assert (source.name(index) == "clean") == np.array_equal(pair.damaged, pair.sound)
        assert (source.name(index) == "clean") == (not pair.severities.any())


def test_masks_say_where_structured_damage_lies(shard: Shard) -> None:
    source = judging_pairs(shard, small_recipe("own-scratch"))
    seen = 0
    for index in range(20):
        pair = source.pair(index)
        changed = np.abs(pair.damaged - pair.sound).max(axis=2) > 0.1
        assert not (changed & ~pair.masks.any(axis=0)).any()
        for kind, mask in zip(MASK_KINDS, pair.masks, strict=True):
            if mask.any():
                seen += 1
                assert pair.severities[DAMAGE_KINDS.index(kind)] > 0.0
    assert seen > 5


def test_shapes_of_the_shard_are_laid_on_pictures(tmp_path: Path) -> None:
    shape = np.full((40, 3), 255, np.uint8)
    pieces = [Piece("a", PICTURES, picture(0)), Piece("s", "scratches", shape)]
    shard = write_shard(tmp_path / "data.npy", pieces, most_bytes=10**6)
    bank = learning_pairs(shard, small_recipe("own-scratch")).mixture.bank
    np.testing.assert_array_equal(bank.scratches[0], shape)
    assert not bank.dust


@pytest.mark.parametrize("shrink", [(1.0, 1.0), (1.0, 2.0), (4.0, 9.0)])
def test_parts_have_the_size_asked_for(shrink: tuple[float, float]) -> None:
    rng = np.random.default_rng(0)
    for height, width in ((72, 80), (20, 90)):
        part = part_of(picture(0, height, width), Framing(crop_px=32, shrink=shrink), rng)
        assert part.shape == (32, 32, 3)
        assert part.dtype == np.float32
        assert 0.0 <= part.min() <= part.max() <= 1.0


def test_a_part_at_its_own_size_is_a_part() -> None:
    whole = picture(0)
    rng = np.random.default_rng(2)
    for _ in range(4):
        part = np.rint(255.0 * part_of(whole, Framing(crop_px=70), rng)).astype(np.uint8)
        places = [
            (top, left, step)
            for top in range(3)
            for left in range(11)
            for step in (1, -1)
            if np.array_equal(whole[top : top + 70, left : left + 70][:, ::step], part)
        ]
        assert len(places) == 1


def test_workers_make_the_same_batches(shard: Shard) -> None:
    recipe = small_recipe("own-scratch")
    with feeding(shard.path, recipe) as here:
        wanted = {step: here(step) for step in (3, 4, 5, 9)}
    with feeding(shard.path, recipe, workers=2) as ahead:
        for step in (3, 4, 5, 9, 3):
            assert_same(ahead(step), wanted[step])


def assert_same(one: Batch, other: Batch) -> None:
    for name in ("damaged", "sound", "masks", "severities"):
        assert torch.equal(getattr(one, name), getattr(other, name))


def test_a_batch_is_its_pairs(shard: Shard) -> None:
    source = learning_pairs(shard, small_recipe("own-scratch"))
    pairs = [source.pair(index) for index in range(3)]
    batch = batch_of(pairs).to(torch.device("cpu"))
    assert batch.damaged.shape == (3, 3, 32, 32)
    assert batch.damaged.is_contiguous(memory_format=torch.channels_last)
    np.testing.assert_array_equal(batch.sound[1].permute(1, 2, 0).numpy(), pairs[1].sound)
    np.testing.assert_array_equal(batch.masks[2].numpy() > 0.5, pairs[2].masks)


def test_what_is_told_is_about_the_truth_and_sometimes_wrong() -> None:
    rng = np.random.default_rng(0)
    truth = np.tile(np.array([0.0, 0.5, 1.0], np.float32), 4)
    told = np.stack([told_of(truth, rng) for _ in range(2000)])
    absent, half = told[:, truth == 0.0], told[:, truth == 0.5]
    assert np.mean(absent > 0.0) == pytest.approx(0.06, abs=0.01)
    assert np.mean(half == 0.0) == pytest.approx(0.10, abs=0.01)
    assert half[half > 0.0].mean() == pytest.approx(0.5, abs=0.01)
    assert half[half > 0.0].std() == pytest.approx(0.1, abs=0.01)
    assert 0.0 <= told.min() <= told.max() <= 1.0


def test_only_who_has_an_ear_is_told(shard: Shard) -> None:
    recipe = small_recipe("own-texture")
    hears = replace(recipe, network=UNetConfig(width=4, depth=1, told=("blur",)))
    assert learning_pairs(shard, recipe).pair(0).told is None
    for make in (learning_pairs, judging_pairs):
        pairs = [make(shard, hears).pair(index) for index in range(3)]
        told = batch_of(pairs).to(torch.device("cpu")).told
        assert told is not None
        np.testing.assert_array_equal(told.numpy(), np.stack([pair.told for pair in pairs if pair.told is not None]))
        again = make(shard, hears).pair(2).told
        assert again is not None
        np.testing.assert_array_equal(again, told[2].numpy())
        assert same(pairs[0], make(shard, recipe).pair(0))  # the pictures are the same ones


def test_no_pictures_are_refused(shard: Shard) -> None:
    source = learning_pairs(shard, small_recipe("own-texture"))
    with pytest.raises(ShardError, match="none chosen"):
        replace(source, chosen=())


def test_a_crop_is_cut_of_a_larger_aged_square_mostly_where_the_damage_lies(shard: Shard) -> None:
    recipe = small_recipe("own-scratch")
    recipe = replace(recipe, framing=Framing(crop_px=32, aged_px=64), clean_share=0.15, along_share=0.0)
    pairs = [learning_pairs(shard, recipe).pair(index) for index in range(24)]
    assert {pair.damaged.shape for pair in pairs} == {(32, 32, 3)}
    assert {pair.masks.shape[1:] for pair in pairs} == {(32, 32)}
    damaged = [pair for pair in pairs if pair.severities.any()]
    assert np.mean([pair.masks.any() for pair in damaged]) > 0.7
    for pair in damaged:
        differs = np.abs(pair.damaged - pair.sound).max(axis=2) > 0.03
        assert np.mean(pair.masks.any(axis=0) == differs) > 0.97


def test_a_window_lies_inside_and_reaches_every_corner() -> None:
    masks = np.zeros((1, 20, 30), np.bool_)
    rng = np.random.default_rng(0)
    windows = [shown_window(masks, 8, rng) for _ in range(600)]
    tops, lefts = {rows.start for rows, _ in windows}, {columns.start for _, columns in windows}
    assert tops == set(range(13))
    assert lefts == set(range(23))
    masks[0, 19, 0] = True
    held = [masks[:, *shown_window(masks, 8, rng)].any() for _ in range(400)]
    assert np.mean(held) == pytest.approx(0.75, abs=0.08)


def test_references_come_for_about_half_of_the_pairs_and_mostly_of_the_same_picture(shard: Shard) -> None:
    source = learning_pairs(
        shard, replace(small_recipe("own-colour"), network=ColourConfig(width=4, with_reference=True))
    )
    pairs = [source.pair(index) for index in range(80)]
    given = [pair.reference for pair in pairs if pair.reference is not None]
    assert len(given) / len(pairs) == pytest.approx(0.55, abs=0.15)
    assert same(source.pair(3), pairs[3])
    batch = batch_of(pairs[:8])
    assert batch.reference is not None
    assert batch.has_reference is not None
    assert batch.has_reference.tolist() == [float(pair.reference is not None) for pair in pairs[:8]]
    assert batch.reference[batch.has_reference == 0.0].abs().sum() == 0.0
    assert all(pair.reference is None for pair in (learning_pairs(shard, small_recipe("own-texture")).pair(0),))


@pytest.mark.parametrize("aged_px", [30, 31])
def test_a_square_smaller_than_the_crop_is_refused(aged_px: int) -> None:
    with pytest.raises(ValueError, match="aged_px"):
        Framing(crop_px=32, aged_px=aged_px)
