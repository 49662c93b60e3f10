"""Ranking measures against slow and obvious ones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oldphoto_core.evaluation.ranking import average_precision, roc_auc

# Few distinct scores, so that ties are common.
ranked = st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=1, max_size=25)


def columns(rows: list[tuple[int, bool]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([row[0] for row in rows], dtype=np.float64) / 4.0, np.array([row[1] for row in rows])


def slow_auc(scores: np.ndarray, present: np.ndarray) -> float | None:
    pairs = [(a > b) + 0.5 * (a == b) for a in scores[present] for b in scores[~present]]
    return sum(pairs) / len(pairs) if pairs else None


def slow_average_precision(scores: np.ndarray, present: np.ndarray) -> float | None:
    if not present.any():
        return None
    total, before = 0.0, 0.0
    for threshold in sorted(set(scores.tolist()), reverse=True):
        called = scores >= threshold
        recall = (called & present).sum() / present.sum()
        total += (called & present).sum() / called.sum() * (recall - before)
        before = recall
    return total


@given(ranked)
def test_area_is_the_share_of_pairs_in_the_right_order(rows: list[tuple[int, bool]]) -> None:
    scores, present = columns(rows)
    assert roc_auc(scores, present) == pytest.approx(slow_auc(scores, present), abs=1e-12)


@given(ranked)
def test_average_precision_is_the_sum_over_thresholds(rows: list[tuple[int, bool]]) -> None:
    scores, present = columns(rows)
    assert average_precision(scores, present) == pytest.approx(slow_average_precision(scores, present), abs=1e-12)


def test_chance_ranks_by_chance() -> None:
    rng = np.random.default_rng(0)
    present = rng.random(20_000) < 0.3
    scores = rng.random(20_000)
    assert roc_auc(scores, present) == pytest.approx(0.5, abs=0.02)
    assert average_precision(scores, present) == pytest.approx(0.3, abs=0.02)
    assert roc_auc(present.astype(np.float64), present) == 1.0
    assert average_precision(present.astype(np.float64), present) == 1.0
