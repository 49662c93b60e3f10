import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oldphoto_core.dedupe import agreeing
from oldphoto_core.dedupe.agreeing import Landmarked, affordable_flips, agreeing_pairs, agreement
from oldphoto_core.dedupe.landmarks import KEY_BITS, MIRROR, landmarks
from oldphoto_core.dedupe.proxy import grey_proxy
from oldphoto_core.image import Photo


def landmarked(photographs: list[np.ndarray]) -> Landmarked:
    ends = np.cumsum([len(words) for words in photographs], dtype=np.int64)
    return Landmarked(np.concatenate([*photographs, np.zeros(0, np.uint64)]), ends)


def found(photographs: list[np.ndarray], fresh: list[bool], flips: int) -> set[tuple[int, int, bool]]:
    pairs: list[tuple[int, int, bool]] = []
    for block in agreeing_pairs(landmarked(photographs), np.array(fresh, dtype=bool), flips):
        pairs += zip(block.a.tolist(), block.b.tolist(), block.mirrored.tolist(), strict=True)
    assert len(pairs) == len(set(pairs))
    return set(pairs)


def some_photographs(seed: int, count: int) -> list[np.ndarray]:
    """Photographs of twelve landmarks, some of them those of another one with a few bits of the keys changed."""
    rng = np.random.default_rng(seed)
    made: list[np.ndarray] = []
    for _ in range(count):
        words = rng.integers(0, 2**64, 12, dtype=np.uint64)
        if made and rng.random() < 0.6:
            shared = made[int(rng.integers(len(made)))][: int(rng.integers(3, 12))].copy()
            for number in range(len(shared)):
                for bit in rng.choice(KEY_BITS, int(rng.integers(0, 4)), replace=False).tolist():
                    shared[number] ^= np.uint64(1 << (36 + bit))
            words[: len(shared)] = shared
        made.append(words)
    return made


def slow(photographs: list[np.ndarray], fresh: list[bool], flips: int) -> set[tuple[int, int]]:
    """Pairs with enough landmarks at the same place whose keys differ in so few bits."""
    pairs = set()
    for b, others in enumerate(photographs):
        for a in range(b):
            apart = [
                (int(word) ^ int(other)) >> 36 for word in photographs[a] for other in others
                if (int(word) ^ int(other)) & (2**36 - 1) == 0
            ]  # fmt: skip
            enough = sum(bits.bit_count() <= flips for bits in apart) >= agreeing.LEAST_SHARED[flips]
            if enough and sum(bits.bit_count() <= 4 for bits in apart) >= agreeing.LEAST_ALIKE and fresh[a] | fresh[b]:
                pairs.add((a, b))
    return pairs


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0, 1, 2]), st.integers(0, 8))
def test_the_index_finds_what_plain_loops_find(seed: int, flips: int, known: int) -> None:
    photographs = some_photographs(seed, 8)
    fresh = [number >= known for number in range(8)]
    assert {(a, b) for a, b, mirrored in found(photographs, fresh, flips) if not mirrored} == slow(
        photographs, fresh, flips
    )


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    photographs = some_photographs(5, 30)
    fresh = [number % 3 > 0 for number in range(30)]
    at_once = found(photographs, fresh, 1)
    assert at_once
    for name, value in (("INDEXED", 7), ("LOOKUPS", 10_000), ("FOUND", 1e-9), ("SMALL", 1)):
        monkeypatch.setattr(agreeing, name, value)
    assert found(photographs, fresh, 1) == at_once


def test_landmarks_in_other_places_do_not_agree() -> None:
    rng = np.random.default_rng(0)
    keys = rng.integers(0, 2**28, 12, dtype=np.uint64) << np.uint64(36)
    photographs = [keys | rng.integers(0, 2**36, 12, dtype=np.uint64) for _ in range(2)]
    assert found(photographs, [True, True], 0) == set()
    assert len(found([photographs[0], photographs[0]], [True, True], 0)) == 1


def test_a_key_that_everything_has_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    words = np.sort(np.random.default_rng(0).integers(0, 2**64, 12, dtype=np.uint64))
    monkeypatch.setattr(agreeing, "COMMONEST", 4)
    assert len(found([words] * 4, [True] * 4, 0)) == 6
    assert found([words] * 5, [True] * 5, 0) == set()


def test_the_highest_key_is_found() -> None:
    words = (np.uint64(2**64 - 1) - np.arange(8, dtype=np.uint64)) ^ (np.arange(8, dtype=np.uint64) << np.uint64(36))
    assert (0, 1, False) in found([words, words], [True, True], 0)


@pytest.mark.parametrize("turn", [0, 1, 2, 3])
@pytest.mark.parametrize("mirror", [False, True])
def test_pictures_agree_however_they_lie(woman: Photo, cat: Photo, turn: int, *, mirror: bool) -> None:
    laid = np.ascontiguousarray(np.rot90(woman[40:-60, 30:, :][:, :: -1 if mirror else 1], turn))
    photographs = [np.array(landmarks(grey_proxy(one, 256)), dtype=np.uint64) for one in (woman, laid, cat)]
    assert found(photographs, [True] * 3, 0) == {(0, 1, mirror)}
    assert agreement(photographs[0], photographs[1], mirrored=mirror) > 30
    assert agreement(photographs[0], photographs[2], mirrored=mirror) < agreeing.LEAST_ALIKE


def test_none_at_all() -> None:
    assert found([], [], 2) == set()
    assert found([np.zeros(0, np.uint64)] * 2, [True, True], 2) == set()
    assert agreement(np.zeros(0, np.uint64), np.zeros(0, np.uint64), mirrored=False) == 0
    assert MIRROR.bit_count() > 5


def test_what_is_affordable_falls_with_size() -> None:
    sizes = (1_000, 30_000, 1_000_000)
    assert [affordable_flips(size, size) for size in sizes] == [2, 1, 0]


def test_ends_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="ends"):
        Landmarked(np.zeros(3, np.uint64), np.array([1, 2]))
