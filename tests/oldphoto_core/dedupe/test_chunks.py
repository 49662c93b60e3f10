import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oldphoto_core.dedupe import chunks
from oldphoto_core.dedupe.chunks import close_pairs, indexed_pairs, lookups


def slow(one: np.ndarray, other: np.ndarray, radius: int) -> list[tuple[int, int, int]]:
    found = []
    for i in range(one.shape[1]):
        for j in range(other.shape[1]):
            distance = sum((int(a) ^ int(b)).bit_count() for a, b in zip(one[:, i], other[:, j], strict=True))
            if distance <= radius:
                found.append((i, j, distance))
    return found


def near_copies(seed: int, count: int, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Hashes about three centres, so that all distances up to the radius and a little more occur."""
    rng = np.random.default_rng(seed)
    centres = rng.integers(0, 2**64, (2, 3), dtype=np.uint64)
    lists = []
    for _ in range(2):
        hashes = centres[:, rng.integers(0, 3, count)].copy()
        for column in range(count):
            for bit in rng.choice(128, rng.integers(0, most), replace=False):
                hashes[bit // 64, column] ^= np.uint64(1 << int(bit % 64))
        lists.append(hashes)
    return lists[0], lists[1]


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0, 3, 5, 6, 11, 12]))
def test_the_index_finds_what_two_loops_find_and_each_once(seed: int, radius: int) -> None:
    one, other = near_copies(seed, 12, radius + 3)
    found = [triple for block in indexed_pairs(one, other, radius) for triple in zip(*block, strict=True)]
    assert sorted((int(i), int(j), int(d)) for i, j, d in found) == slow(one, other, radius)


@pytest.mark.parametrize("sizes", [(40, 40), (40, 9), (9, 40)])
def test_both_ways_give_the_same_pairs(sizes: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = near_copies(7, 40, 9)
    one, other = one[:, : sizes[0]], other[:, : sizes[1]]
    ways = []
    for pair_ns in (0.0, 1e9):
        monkeypatch.setattr(chunks, "PAIR_NS", pair_ns)
        ways.append(
            sorted(tuple(map(int, t)) for block in close_pairs(one, other, 7) for t in zip(*block, strict=True))
        )
    assert ways[0] == ways[1] == slow(one, other, 7)
    assert ways[0]


def test_small_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = near_copies(3, 30, 9)
    monkeypatch.setattr(chunks, "QUERIES", 7)
    monkeypatch.setattr(chunks, "PAIRS", 3)
    found = [triple for block in indexed_pairs(one, other, 8) for triple in zip(*block, strict=True)]
    assert sorted(tuple(map(int, triple)) for triple in found) == slow(one, other, 8)


def test_the_number_of_lookups_is_that_of_the_masks() -> None:
    assert lookups(0) == 6
    assert lookups(17) == 4 * (1 + 21 + 210) + 2 * (1 + 22 + 231)
