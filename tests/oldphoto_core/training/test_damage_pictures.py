"""Index i is always the same aged picture; sound pictures differ, but stay sound."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from skimage import data
from training_pictures import picture, small_shard

from oldphoto_core.training.damage_pictures import DamagePictures, Variety, varied
from oldphoto_core.training.pairs import held_out
from oldphoto_core.training.shard import PICTURES, Piece, Shard, ShardError, write_shard

SMALL = Variety(long_side_px=(48, 72))


@pytest.fixture
def shard(tmp_path: Path) -> Shard:
    return small_shard(tmp_path)


def test_an_index_is_a_picture_in_any_order(shard: Shard) -> None:
    source = DamagePictures.of(shard, held=False, seed=3, variety=SMALL)
    again = DamagePictures.of(Shard(shard.path), held=False, seed=3, variety=SMALL)
    forward = [source.picture(index) for index in range(6)]
    for index in reversed(range(6)):
        other = again.picture(index)
        np.testing.assert_array_equal(forward[index].photo, other.photo)
        np.testing.assert_array_equal(forward[index].severities, other.severities)
        assert (forward[index].name, forward[index].number) == (other.name, other.number)


def test_what_is_held_back_is_never_learned_from(shard: Shard) -> None:
    learned = DamagePictures.of(shard, held=False, seed=0, variety=SMALL)
    held = DamagePictures.of(shard, held=True, seed=0, variety=SMALL)
    assert {learned.picture(index).number for index in range(20)}.isdisjoint(held_out(shard))
    assert {held.picture(index).number for index in range(4)} <= set(held_out(shard))


def test_truth_and_picture_agree(shard: Shard) -> None:
    source = DamagePictures.of(shard, held=False, seed=0, variety=SMALL)
    names = set()
    for index in range(40):
        one = source.picture(index)
        names.add(one.name.split()[0])
        assert one.photo.shape == one.sound.shape
        assert one.masks.shape[1:] == one.photo.shape[:2]
        assert max(one.photo.shape) <= 72
        if one.name == "clean":
            assert not one.severities.any()
            assert float(np.abs(one.photo - one.sound).max()) <= 0.5 / 255 + 1e-6
    assert names >= {"clean", "single", "mixed"}


def test_sound_pictures_differ_no_more_than_they_are_said_to() -> None:
    plain = replace(SMALL, restyled_share=0.0, resharpened_share=0.0, noise_share=0.0, jpeg_share=0.0, turned_share=0.0)
    pixels = data.astronaut()[:100, :100]
    noisy = replace(plain, noise_share=1.0)
    for seed in range(6):
        one = varied(pixels, plain, np.random.default_rng(seed))
        assert 48 <= max(one.shape) <= 72
        assert 0.0 <= float(one.min()) <= float(one.max()) <= 1.0
        other = varied(pixels, noisy, np.random.default_rng(seed))
        if other.shape == one.shape:
            assert min(float((one - other[:, ::step]).std()) for step in (1, -1)) <= noisy.most_noise * 1.1


def test_a_shard_with_nothing_to_keep_back_is_refused(tmp_path: Path) -> None:
    alone = write_shard(tmp_path / "data.npy", [Piece("0.png", PICTURES, picture(0))], most_bytes=2**20)
    with pytest.raises(ShardError, match="two pictures"):
        DamagePictures.of(alone, held=False, seed=0)
