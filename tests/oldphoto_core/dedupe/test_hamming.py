import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oldphoto_core.dedupe import hamming
from oldphoto_core.dedupe.hamming import all_pairs


def slow(one: np.ndarray, other: np.ndarray, radius: int) -> set[tuple[int, int, int]]:
    found = set()
    for i in range(one.shape[1]):
        for j in range(other.shape[1]):
            distance = sum((int(one[half, i]) ^ int(other[half, j])).bit_count() for half in (0, 1))
            if distance <= radius:
                found.add((i, j, distance))
    return found


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 9), st.integers(0, 12), st.integers(0, 127), st.integers(0, 2**32 - 1))
def test_blocks_find_what_two_loops_find(rows: int, columns: int, radius: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    one = rng.integers(0, 2**64, (2, rows), dtype=np.uint64)
    other = rng.integers(0, 2**64, (2, columns), dtype=np.uint64)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hamming, "ROWS", 4)
        patch.setattr(hamming, "COLUMNS", 5)
        found = [triple for block in all_pairs(one, other, radius) for triple in zip(*block, strict=True)]
    assert {(int(i), int(j), int(d)) for i, j, d in found} == slow(one, other, radius)
    assert len(found) == len(set(found))


def test_all_bits_differing_is_128() -> None:
    one = np.zeros((2, 1), dtype=np.uint64)
    ((_, _, distance),) = all_pairs(one, ~one, 128)
    assert distance.tolist() == [128]
    assert list(all_pairs(one, ~one, 127)) == []
