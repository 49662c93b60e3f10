"""What the stages learn from: real and synthetic photographs turn by turn, nothing held out, some made grey."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from latent_training import STAGES, old_shard, small_stage
from training_pictures import small_recipe, small_shard

from oldphoto_core.training.feed import feeding
from oldphoto_core.training.latent_pairs import grey, judging_latent_pairs, learning_latent_pairs
from oldphoto_core.training.pairs import Pair, learning_pairs
from oldphoto_core.training.recipes import Framing
from oldphoto_core.training.shard import REAL_OLD, Shard, ShardError
from oldphoto_core.training.sources import judging_source, learning_source


@pytest.fixture
def shard(tmp_path: Path) -> Shard:
    return old_shard(tmp_path)


def is_real(pair: Pair) -> bool:
    """Return whether it is of the dark pictures, which nothing was done to."""
    return float(pair.damaged.max()) <= 0.51 and np.array_equal(pair.damaged, pair.sound)


def test_every_second_picture_is_a_real_old_photograph(shard: Shard) -> None:
    recipe = small_stage("own-latent-old", clean_share=0.0)
    for source in (learning_latent_pairs(shard, recipe), judging_latent_pairs(shard, replace(recipe, clean_share=0.0))):
        names = [source.name(index) for index in range(20)]
        assert names[0::2] == ["real"] * 10
        assert "real" not in names[1::2]
        assert all(is_real(source.pair(index)) for index in range(0, 20, 2))
        assert not any(source.pair(index).masks.any() for index in range(0, 20, 2))
    learned = learning_latent_pairs(shard, recipe)
    assert not any(is_real(learned.pair(index)) for index in range(1, 20, 2))


@pytest.mark.parametrize("name", STAGES[1:])
def test_the_other_stages_see_synthetic_ones_alone(shard: Shard, name: str) -> None:
    source = learning_latent_pairs(shard, small_stage(name))
    assert source.real is None
    assert source.name(0) == source.synthetic.name(0)


def test_nothing_held_out_is_learned_from(shard: Shard) -> None:
    recipe = small_stage("own-latent-old")
    learned, judged = learning_latent_pairs(shard, recipe), judging_latent_pairs(shard, recipe)
    assert learned.real is not None
    assert judged.real is not None
    assert judged.real.chosen == (12, 22)
    assert sorted(learned.real.chosen + judged.real.chosen) == list(shard.numbers(REAL_OLD))
    assert not set(learned.synthetic.chosen) & set(judged.synthetic.chosen)


def test_an_index_is_a_pair_in_any_order_and_every_real_one_comes_once_a_round(shard: Shard) -> None:
    recipe = small_stage("own-latent-old", framing=Framing(crop_px=32, aged_px=48))
    forward = [learning_source(shard, recipe).pair(index) for index in range(6)]
    source = learning_source(Shard(shard.path), recipe)
    backward = [source.pair(index) for index in reversed(range(6))]
    for one, other in zip(forward, reversed(backward), strict=True):
        assert one.damaged.shape == (32, 32, 3)
        np.testing.assert_array_equal(one.damaged, other.damaged)
        np.testing.assert_array_equal(one.masks, other.masks)


def test_the_share_of_grey_pictures_is_the_recipes(shard: Shard) -> None:
    source = learning_source(shard, small_stage("own-latent-old", grey_share=0.4))
    pairs = [source.pair(2 * index).damaged for index in range(60)]
    greys = [bool(np.ptp(one, axis=2).max() < 1e-6) for one in pairs]
    assert np.mean(greys) == pytest.approx(0.4, abs=0.2)
    assert not any(
        np.ptp(judging_source(shard, small_stage("own-latent-old")).pair(index).damaged, axis=2).max() < 1e-6
        for index in (0, 2, 4)
    )


def test_grey_is_luma() -> None:
    photo = np.random.default_rng(0).random((4, 5, 3)).astype(np.float32)
    wanted = 0.299 * photo[..., 0] + 0.587 * photo[..., 1] + 0.114 * photo[..., 2]
    for channel in range(3):
        np.testing.assert_allclose(grey(photo)[..., channel], wanted, rtol=1e-5)


def test_workers_make_the_same_batches(shard: Shard) -> None:
    recipe = small_stage("own-latent-old")
    with feeding(shard.path, recipe) as here, feeding(shard.path, recipe, workers=1) as ahead:
        for step in (0, 1):
            assert torch.equal(here(step).damaged, ahead(step).damaged)


def test_without_real_ones_only_their_stage_is_refused(tmp_path: Path) -> None:
    shard = small_shard(tmp_path)
    with pytest.raises(ShardError, match="holds none: pack it again"):
        learning_source(shard, small_stage("own-latent-old"))
    assert learning_source(shard, small_stage("own-latent-clean")).name(0)


def test_other_recipes_do_not_see_them(shard: Shard) -> None:
    assert not set(learning_pairs(shard, small_recipe("own-texture")).chosen) & set(shard.numbers(REAL_OLD))
