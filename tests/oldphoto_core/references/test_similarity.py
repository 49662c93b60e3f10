"""Similarity grows with the cosines, stays in [0, 1], and every describer of ours has a curve."""

import numpy as np
import pytest

from oldphoto_core.references.similarity import LIKENESS, NOT_FITTED, counted, similarity


@pytest.mark.parametrize("likeness", [*LIKENESS.values(), NOT_FITTED])
def test_similarity_grows_with_every_cosine(likeness: object) -> None:
    rng = np.random.default_rng(0)
    best, shares = rng.uniform(-1.0, 1.0, (4, 5)), np.full(4, 0.25)
    more = best.copy()
    more[2, 3] += 0.2
    before, after = (similarity(cosines, shares, likeness) for cosines in (best, more))  # type: ignore[arg-type]
    assert before.min() >= 0.0
    assert after.max() <= 1.0
    change = (np.log(after / (1.0 - after)) - np.log(before / (1.0 - before))) / likeness.slope  # type: ignore[attr-defined]
    assert change[:, 3] == pytest.approx([0.035, 0.035, 0.095, 0.035], abs=1e-6)  # 0.7 / 4 and 0.3 of 0.2
    assert change[:, [0, 1, 2, 4]] == pytest.approx(0.0, abs=1e-6)


def test_a_picture_laid_on_itself_is_alike_and_one_with_nothing_in_common_is_not() -> None:
    for name, likeness in LIKENESS.items():
        same, other = (similarity(np.full((3, 1), cosine), np.full(3, 1 / 3), likeness) for cosine in (1.0, 0.0))
        assert same.min() > (0.85 if name == "own" else 0.99)
        assert other.max() < 0.05


def test_small_regions_of_a_reference_count_for_less() -> None:
    shares = np.array([0.05, 0.01])
    assert counted(np.array([[0.9, 0.9]]), shares).round(3).tolist() == [[0.9, 0.18]]
