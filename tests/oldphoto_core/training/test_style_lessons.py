"""What a style network learns from a batch, and how it is judged."""

from dataclasses import replace

import pytest
import torch
from torch import nn
from training_pictures import small_shard

from oldphoto_core.networks.compact.style_merge import StyleConfig, StyleMerger
from oldphoto_core.training.loop import start, train
from oldphoto_core.training.recipes import Framing, Recipe, recipe_named
from oldphoto_core.training.style_evaluate import style_scores
from oldphoto_core.training.style_lessons import right_shares, style_loss
from oldphoto_core.training.style_losses import UNJUDGED
from oldphoto_core.training.style_pairs import KEEPS, UNSAID, StylePair, style_batch_of
from oldphoto_core.training.style_source import StyleMixture, StyleSource

SMALL = StyleConfig(half=6, quarter=8, eighth=12, key=6, overall=6, depth=3)


def recipe(**changes: object) -> Recipe:
    fixed = {"network": SMALL, "framing": Framing(crop_px=32), "batch": 2, "steps": 8, "warm_up": 1, "bf16": False}
    return replace(recipe_named("mropm-compact"), **(fixed | changes))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> StyleSource:
    shard = small_shard(tmp_path_factory.mktemp("shard"))
    return StyleSource(shard, shard.picture_numbers, 32, StyleMixture(), 0)


def judged(source: StyleSource, count: int = 16) -> dict[str, list[StylePair]]:
    found: dict[str, list[StylePair]] = {}
    for index in range(count):
        found.setdefault(source.name(index), []).append(source.pair(index))
    return found


def test_all_terms_go_back_into_the_network(source: StyleSource) -> None:
    network = StyleMerger(SMALL)
    batch = style_batch_of([source.pair(index) for index in range(8)])
    loss, terms = style_loss(network, recipe(), batch)
    assert set(terms) == {"charbonnier", "owner", "match", "rough"}
    wanted = sum(weight * float(terms[name]) for name, weight in recipe().losses.items())
    assert float(loss.detach()) == pytest.approx(wanted, rel=1e-5)
    loss.backward()  # type: ignore[no-untyped-call]
    for part in (network.encoder, network.keys, network.last, network.trust):
        assert any(float(weight.grad.abs().max()) > 0.0 for weight in part.parameters() if weight.grad is not None)


def test_shares_that_are_right_are_those_of_owners(source: StyleSource) -> None:
    batch = style_batch_of([source.pair(index) for index in range(8)])
    found = right_shares(batch)
    assert ((found == batch.present.shape[1]) == (batch.owner == KEEPS)).all()
    assert ((found == UNJUDGED) == (batch.owner == UNSAID)).all()
    assert (found[batch.owner >= 0] == batch.owner[batch.owner >= 0]).all()


def test_other_networks_are_refused(source: StyleSource) -> None:
    with pytest.raises(TypeError, match="StyleMerger"):
        style_loss(nn.Identity(), recipe(), style_batch_of([source.pair(0)]))


def test_a_few_steps_on_one_batch_bring_the_loss_down(source: StyleSource) -> None:
    wanted = recipe(learning_rate=6e-3)
    trainee = start(wanted, torch.device("cpu"))
    batch = style_batch_of([source.pair(index) for index in (2, 8)])
    reports = list(train(trainee, wanted, lambda _: batch, seconds_left=lambda: 1.0))
    assert reports[-1].loss < 0.95 * reports[0].loss
    assert reports[-1].losses["charbonnier"] < reports[0].losses["charbonnier"]


def test_a_network_that_does_nothing_gains_nothing(source: StyleSource) -> None:
    found = style_scores(StyleMerger(SMALL).eval(), recipe(), judged(source))
    gains = [value for name, value in found.items() if name.startswith("gain")]
    assert gains
    assert max(abs(gain) for gain in gains) < 1e-4
    assert found["clean_change"] == pytest.approx(0.0, abs=1e-4)
    assert 0.0 <= found["owner_accuracy"] <= 1.0
    assert 0.0 <= found["kept_unrelated"] <= 1.0


def test_gains_are_told_by_what_was_done_and_shown(source: StyleSource) -> None:
    found = style_scores(StyleMerger(SMALL).eval(), recipe(), judged(source))
    names = {source.name(index) for index in range(16) if not source.name(index).startswith("sound")}
    assert {f"gain_{name.replace(' ', '_')}_db" for name in names} <= set(found)
    assert not any("sound" in name for name in found)
