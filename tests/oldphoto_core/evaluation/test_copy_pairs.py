from itertools import combinations

import numpy as np
import pytest

from oldphoto_core.evaluation.copy_pairs import pair_scores, true_pairs

GROUPS = {"a": "g", "b": "g", "c": "g", "d": "h", "e": "h", "f": "i"}


def test_scores_are_those_counted_by_hand() -> None:
    scores = pair_scores({("a", "b"), ("d", "e"), ("c", "f"), ("x", "y")}, GROUPS, seed=0)
    assert scores["precision"].value == pytest.approx(2 / 3)
    assert scores["recall"].value == pytest.approx(2 / 4)
    assert scores["F1"].value == pytest.approx(2 * 2 / (3 + 4))


def test_scores_agree_with_labels_of_all_pairs() -> None:
    rng = np.random.default_rng(0)
    pairs = list(combinations(sorted(GROUPS), 2))
    for _ in range(20):
        said = rng.random(len(pairs)) < 0.5
        right = np.array([GROUPS[a] == GROUPS[b] for a, b in pairs])
        found = {pair for pair, yes in zip(pairs, said, strict=True) if yes}
        scores = pair_scores(found, GROUPS, seed=0, resamples=10)
        assert scores["recall"].value == pytest.approx((said & right).sum() / right.sum())
        assert scores["precision"].value == pytest.approx((said & right).sum() / max(1, said.sum()))


def test_perfect_is_perfect_in_every_draw_and_an_error_widens_it() -> None:
    perfect = pair_scores(true_pairs(GROUPS), GROUPS, seed=0)["F1"]
    assert (perfect.value, perfect.low, perfect.high) == (1.0, 1.0, 1.0)
    flawed = pair_scores({("a", "b")}, GROUPS, seed=0)["F1"]
    assert flawed.low is not None
    assert flawed.high is not None
    assert flawed.low < flawed.value < flawed.high


def test_nothing_found_is_nothing_wrong() -> None:
    scores = pair_scores(set(), GROUPS, seed=0)
    assert (scores["precision"].value, scores["recall"].value, scores["F1"].value) == (1.0, 0.0, 0.0)
