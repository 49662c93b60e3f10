"""The choice of references: near the best set, little gains left out, a region without a match keeps its own."""

import itertools

import numpy as np
import pytest

from oldphoto_core.references.collection import Collection
from oldphoto_core.references.described import Described, unit_rows
from oldphoto_core.references.retrieval import Shelf, choose, grown_set
from oldphoto_core.references.settings import RetrievalSettings
from oldphoto_core.references.similarity import Likeness

FREE = RetrievalSettings(disagreement=0.0)
STEEP = Likeness(offset=-20.0, slope=40.0)
"""Even odds at a cosine of 0.5; 0.7 and more from 0.52."""
GREY = np.tile(np.array([50.0, 0.0, 0.0], dtype=np.float32), (3, 1))


def offers(seed: int, *, regions: int = 4, pictures: int = 6) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    useful = np.where(rng.random((regions, pictures)) < 0.5, 0.0, rng.uniform(0.7, 1.0, (regions, pictures)))
    shares = rng.uniform(0.1, 1.0, regions)
    return useful, shares / shares.sum(), rng.uniform(0.0, 60.0, (regions, pictures, 6))


def coverage(useful: np.ndarray, shares: np.ndarray, chosen: list[int]) -> float:
    return float(shares @ useful[:, chosen].max(axis=1)) if chosen else 0.0


@pytest.mark.parametrize("seed", range(8))
def test_each_further_reference_adds_what_was_asked_for_and_no_set_is_far_better(seed: int) -> None:
    useful, shares, colours = offers(seed)
    chosen = grown_set(useful, shares, colours, FREE)
    steps = [coverage(useful, shares, chosen[:count]) for count in range(len(chosen) + 1)]
    assert all(after - before >= FREE.least_gain for before, after in itertools.pairwise(steps))
    best = max(coverage(useful, shares, list(some)) for some in itertools.combinations(range(6), 3))
    # Greedy is within 1 - 1/e of the best; what a last gain under the limit would have added is allowed for.
    assert steps[-1] >= (1.0 - 1.0 / np.e) * best - FREE.least_gain


def test_a_reference_that_adds_next_to_nothing_is_left_out() -> None:
    useful = np.array([[0.90, 0.93], [0.80, 0.80]])
    shares, colours = np.array([0.5, 0.5]), np.zeros((2, 2, 6))
    assert grown_set(useful, shares, colours, FREE) == [1]
    assert grown_set(np.array([[0.9, 0.0], [0.0, 0.9]]), np.array([0.98, 0.02]), colours, FREE) == [0]


def test_one_light_is_kept_where_a_second_reference_disagrees() -> None:
    useful = np.array([[0.99, 0.72, 0.72], [0.0, 0.8, 0.79]])
    shares, colours = np.array([0.8, 0.2]), np.zeros((2, 3, 6))
    colours[0, 1] = (40.0, 20.0, 30.0, 5.0, 5.0, 5.0)  # another light on the region that the first serves already
    assert grown_set(useful, shares, colours, FREE) == [0, 1]
    assert grown_set(useful, shares, colours, RetrievalSettings(disagreement=0.5)) == [0, 2]


def picture(vectors: list[int], *, shares: tuple[float, ...] | None = None, lab: np.ndarray | None = None) -> Described:
    count = len(vectors)
    rows = np.eye(6, dtype=np.float32)[vectors]
    tints = GREY[:count] if lab is None else lab
    return Described(
        labels=np.arange(count, dtype=np.int32)[None],
        shares=np.array(shares or [1.0 / count] * count, dtype=np.float32),
        whole=unit_rows(rows.mean(axis=0, keepdims=True))[0],
        regions=rows,
        lab_mean=tints.astype(np.float32),
        lab_spread=np.ones((count, 3), dtype=np.float32),
    )


A, B, C = (letter * 64 for letter in "abc")


def test_every_region_gets_its_like_and_one_without_keeps_its_own() -> None:
    shelf = Shelf.of(Collection.of({A: picture([0, 1, 4]), B: picture([0, 1, 5])}), STEEP)
    found = choose(picture([1, 4, 3]), shelf, FREE)
    assert found.references == (A,)
    assert [(one.reference_id, one.reference_region) for one in found.regions] == [(A, 1), (A, 2), (None, None)]
    assert found.coverage == pytest.approx(2 / 3)
    assert found.regions[2].similarity == 0.0


def test_nothing_alike_means_no_reference() -> None:
    found = choose(picture([2, 3]), Shelf.of(Collection.of({A: picture([0, 1])}), STEEP), FREE)
    assert (found.references, found.coverage) == ((), 0.0)


def test_the_short_list_loses_nothing_that_comparing_all_would_find() -> None:
    rng = np.random.default_rng(5)
    many = {}
    for number in range(40):
        vectors = unit_rows(rng.normal(size=(4, 6)).astype(np.float32))
        one = picture([0, 1, 2])
        many[f"{number:064x}"] = Described(
            labels=one.labels, shares=one.shares, whole=vectors[-1], regions=vectors[:-1],
            lab_mean=one.lab_mean, lab_spread=one.lab_spread,
        )  # fmt: skip
    shelf, asked = Shelf.of(Collection.of(many), Likeness(offset=-6.0, slope=14.0)), picture([0, 2, 4])
    short = choose(asked, shelf, RetrievalSettings(shortlist=8, region_hits=6))
    full = choose(asked, shelf, RetrievalSettings(shortlist=1000, region_hits=1000))
    assert full.references
    assert short.references[0] == full.references[0]


def test_a_region_whose_colours_contradict_may_not_serve() -> None:
    warm = np.array([[60.0, 20.0, 30.0], [40.0, -5.0, -20.0]])
    cold = warm[::-1].copy()
    shelf = Shelf.of(Collection.of({A: picture([0, 1], lab=cold)}), STEEP)
    assert choose(picture([0, 1], lab=cold), shelf, FREE).coverage == pytest.approx(1.0)
    assert choose(picture([0, 1], lab=warm), shelf, FREE).references == ()


def test_settings_that_choose_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="max_references"):
        RetrievalSettings(max_references=0)
    with pytest.raises(ValueError, match="min_similarity"):
        RetrievalSettings(min_similarity=1.5)
    with pytest.raises(ValueError, match="max_contradiction"):
        RetrievalSettings(max_contradiction=0.0)
