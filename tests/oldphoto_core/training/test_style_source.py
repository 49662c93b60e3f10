"""Photographs with references: the same for an index whoever asks, and true in what they say of owners."""

import pickle
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from training_pictures import small_shard

from oldphoto_core.training.feed import feeding
from oldphoto_core.training.pairs import held_out
from oldphoto_core.training.recipes import Framing, recipe_named
from oldphoto_core.training.shard import Shard, ShardError
from oldphoto_core.training.style_pairs import KEEPS, MOST_REFERENCES, UNSAID, StyleBatch, StylePair, style_batch_of
from oldphoto_core.training.style_places import layout, likeness
from oldphoto_core.training.style_source import StyleMixture, StyleSource, judging_styles, learning_styles

COUNT = 40


@pytest.fixture(scope="module")
def shard(tmp_path_factory: pytest.TempPathFactory) -> Shard:
    return small_shard(tmp_path_factory.mktemp("shard"))


@pytest.fixture(scope="module")
def source(shard: Shard) -> StyleSource:
    return StyleSource(shard, shard.picture_numbers, 32, StyleMixture(), 0)


@pytest.fixture(scope="module")
def pairs(source: StyleSource) -> list[tuple[str, StylePair]]:
    return [(source.name(index), source.pair(index)) for index in range(COUNT)]


def same(one: StylePair, other: StylePair) -> bool:
    return all(np.array_equal(getattr(one, part.name), getattr(other, part.name)) for part in fields(StylePair))


def test_an_index_is_a_pair_in_any_order(shard: Shard, pairs: list[tuple[str, StylePair]]) -> None:
    again = StyleSource(Shard(shard.path), shard.picture_numbers, 32, StyleMixture(), 0)
    assert all(same(again.pair(index), pairs[index][1]) for index in (7, 3, 12, 3))
    assert not same(pairs[0][1], pairs[len(shard.picture_numbers)][1])
    assert not same(StyleSource(shard, shard.picture_numbers, 32, StyleMixture(), 1).pair(3), pairs[3][1])


def test_nothing_held_out_is_learned_from(shard: Shard) -> None:
    recipe = recipe_named("mropm-compact")
    learned, judged = learning_styles(shard, recipe).chosen, judging_styles(shard, recipe).chosen
    assert judged == held_out(shard)
    assert not set(learned) & set(judged)
    assert sorted(learned + judged) == list(shard.picture_numbers)


def test_every_kind_of_pair_comes_up(pairs: list[tuple[str, StylePair]]) -> None:
    names = {name for name, _ in pairs}
    assert {name.split()[0] for name in names} == {"regions", "print", "sound"}
    assert {name.split()[1] for name in names} == {"pieces", "elsewhere", "alike", "unrelated"}
    assert "regions alike" not in names


def test_what_should_come_is_the_truth_or_the_photograph_itself(pairs: list[tuple[str, StylePair]]) -> None:
    for name, pair in pairs:
        keeps = pair.owner == KEEPS
        np.testing.assert_array_equal(pair.sound[keeps], pair.damaged[keeps])
        np.testing.assert_array_equal(pair.sound[~keeps], pair.truth[~keeps])
        assert keeps.all() == name.endswith("unrelated")
        assert np.array_equal(pair.damaged, pair.truth) == name.startswith("sound")


def test_owners_are_there_and_show_what_they_own(pairs: list[tuple[str, StylePair]]) -> None:
    for name, pair in pairs:
        owners = set(np.unique(pair.owner).tolist()) - {KEEPS, UNSAID}
        assert pair.present.any()
        assert all(pair.present[one] for one in owners)
        assert not pair.references[~pair.present].any()
        assert (pair.shown_regions[~pair.present] == -1).all()
        for one in owners:
            theirs = set(np.unique(pair.regions[pair.owner == one]).tolist())
            shown = set(np.unique(pair.shown_regions[one]).tolist()) - {-1}
            assert shown & theirs, name
            if name.endswith("pieces"):
                assert shown <= theirs
        if name.endswith(("alike", "unrelated")):
            assert (pair.shown_regions == -1).all()


def test_pieces_show_the_colours_that_are_wanted(pairs: list[tuple[str, StylePair]]) -> None:
    for name, pair in pairs:
        if not name.endswith("pieces"):
            continue
        for one in np.unique(pair.owner[pair.owner >= 0]).tolist():
            shown = pair.references[one][pair.shown_regions[one] >= 0]
            wanted = pair.truth[pair.owner == one]
            # A shift moves parts out of sight, and the photograph may be soft or grainy: no colour is a new one.
            assert (shown.min(axis=0) >= wanted.min(axis=0) - 0.15).all()
            assert (shown.max(axis=0) <= wanted.max(axis=0) + 0.15).all()


def test_pictures_much_alike_are_found_before_others(source: StyleSource) -> None:
    ranked = source.ranked(3)
    assert sorted(ranked) == sorted(source.chosen)
    assert ranked[0] == 3
    wanted = layout(source.shard.pixels(3))
    found = [likeness(wanted, layout(source.shard.pixels(one))) for one in ranked]
    assert found[0] == pytest.approx(1.0, abs=1e-3)
    assert found[1:] == sorted(found[1:], reverse=True)


def test_a_print_without_fitting_references_has_no_owner_that_is_unsaid(pairs: list[tuple[str, StylePair]]) -> None:
    for name, pair in pairs:
        assert not (name.startswith("regions") and (pair.owner == UNSAID).any())
        assert not (name.endswith("unrelated") and (pair.owner == UNSAID).any())


def test_steps_are_fed_with_batches_of_the_recipes_size(shard: Shard) -> None:
    recipe = replace(recipe_named("mropm-compact"), framing=Framing(crop_px=32), batch=2)
    source = learning_styles(shard, recipe)
    with feeding(shard.path, recipe) as fetch:
        found = fetch(1)
    assert isinstance(found, StyleBatch)
    wanted = style_batch_of([source.pair(2), source.pair(3)])
    assert all(torch.equal(getattr(found, part.name), getattr(wanted, part.name)) for part in fields(StyleBatch))


def test_a_pair_comes_whole_from_another_process(pairs: list[tuple[str, StylePair]]) -> None:
    assert same(pickle.loads(pickle.dumps(pairs[5][1])), pairs[5][1])


def test_a_batch_is_its_pairs(pairs: list[tuple[str, StylePair]]) -> None:
    batch = style_batch_of([pair for _, pair in pairs[:3]]).to(torch.device("cpu"))
    assert batch.references.shape == (3, MOST_REFERENCES, 3, 32, 32)
    np.testing.assert_array_equal(batch.damaged[1].permute(1, 2, 0).numpy(), pairs[1][1].damaged)
    np.testing.assert_array_equal(batch.references[2, 0].permute(1, 2, 0).numpy(), pairs[2][1].references[0])
    np.testing.assert_array_equal(batch.owner[0].numpy(), pairs[0][1].owner)


def test_a_source_of_nothing_is_refused(shard: Shard) -> None:
    with pytest.raises(ShardError, match="none chosen"):
        StyleSource(shard, (), 32, StyleMixture(), 0)


def test_the_only_picture_is_its_own_stranger(tmp_path: Path) -> None:
    alone = small_shard(tmp_path, 1)
    source = StyleSource(alone, (0,), 32, StyleMixture(shown=(0.0, 0.0, 0.0, 1.0)), 0)
    assert source.pair(0).present.any()
