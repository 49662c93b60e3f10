"""The index against comparing everything with everything, and as a file."""

import numpy as np
import pytest

from oldphoto_core.references.described import unit_rows
from oldphoto_core.references.errors import BadSetError
from oldphoto_core.references.index import VectorIndex


def vectors(count: int, length: int = 24, *, seed: int = 0) -> np.ndarray:
    return unit_rows(np.random.default_rng(seed).normal(size=(count, length)).astype(np.float32))


def nearest(kept: np.ndarray, questions: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The slow obvious version."""
    cosine = questions.astype(np.float64) @ kept.astype(np.float64).T
    order = np.argsort(-cosine, axis=1)[:, :count]
    return np.take_along_axis(cosine, order, axis=1), order


def test_all_are_compared_where_there_are_few() -> None:
    kept, questions = vectors(300), vectors(20, seed=1)
    scores, places = VectorIndex.build(kept).search(questions, 7)
    expected, order = nearest(kept, questions, 7)
    assert np.array_equal(places, order)
    assert np.allclose(scores, expected, atol=1e-5)


def test_the_graph_finds_nearly_all_that_comparing_finds() -> None:
    kept, questions = vectors(1500), vectors(40, seed=1)
    index = VectorIndex.build(kept, exact_up_to=1000)
    _, places = index.search(questions, 10)
    _, order = nearest(kept, questions, 10)
    found = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(places.tolist(), order.tolist(), strict=True)])
    assert found >= 0.95


@pytest.mark.parametrize("exact_up_to", [1000, 100])
def test_a_saved_index_answers_the_same_and_is_made_the_same(exact_up_to: int) -> None:
    kept, questions = vectors(200), vectors(5, seed=1)
    index = VectorIndex.build(kept, exact_up_to=exact_up_to)
    content = index.to_bytes()
    assert VectorIndex.build(kept, exact_up_to=exact_up_to).to_bytes() == content
    again = VectorIndex.from_bytes(content)
    assert again.size == 200
    for before, after in zip(index.search(questions, 4), again.search(questions, 4), strict=True):
        assert np.array_equal(before, after)


def test_more_are_asked_for_than_there_are() -> None:
    scores, places = VectorIndex.build(vectors(3)).search(vectors(2, seed=1), 10)
    assert scores.shape == places.shape == (2, 3)


def test_nothing_cannot_be_indexed() -> None:
    with pytest.raises(ValueError, match="at least one vector"):
        VectorIndex.build(np.zeros((0, 4), dtype=np.float32))


@pytest.mark.parametrize("content", [b"", b"no index", b"IxFI" + b"\xff" * 40])
def test_bytes_that_are_no_index_are_refused(content: bytes) -> None:
    with pytest.raises(BadSetError, match="build the set again"):
        VectorIndex.from_bytes(content)
