"""Descriptions of a set as arrays: in order, cut down, through a file and back."""

import numpy as np
import pytest

from oldphoto_core.references.collection import Collection
from oldphoto_core.references.described import Described, unit_rows
from oldphoto_core.references.errors import BadSetError


def described(regions: int, *, seed: int, length: int = 5) -> Described:
    rng = np.random.default_rng(seed)
    vectors = unit_rows(rng.normal(size=(regions + 1, length)).astype(np.float32))
    labels = np.repeat(np.arange(regions, dtype=np.int32), 2)[None]
    return Described(
        labels=labels,
        shares=np.full(regions, 1.0 / regions, dtype=np.float32),
        whole=vectors[-1],
        regions=vectors[:-1],
        lab_mean=rng.uniform(0, 50, (regions, 3)).astype(np.float32),
        lab_spread=rng.uniform(0, 9, (regions, 3)).astype(np.float32),
    )


A, B, C = (letter * 64 for letter in "abc")


def test_regions_stand_with_their_reference_whatever_the_order_they_came_in() -> None:
    ones = {C: described(3, seed=3), A: described(1, seed=1), B: described(2, seed=2)}
    whole = Collection.of(ones)
    assert whole.ids == (A, B, C)
    assert whole.owner.tolist() == [0, 1, 1, 2, 2, 2]
    assert whole.starts.tolist() == [0, 1, 3]
    for place, name in enumerate(whole.ids):
        rows = whole.owner == place
        assert np.array_equal(whole.regions[rows], ones[name].regions)
        assert np.array_equal(whole.lab_mean[rows], ones[name].lab_mean)
    assert Collection.of(dict(reversed(ones.items()))).to_bytes() == whole.to_bytes()


def test_a_part_is_what_the_part_alone_would_be() -> None:
    ones = {name: described(count, seed=count) for name, count in ((A, 1), (B, 2), (C, 3))}
    part = Collection.of(ones).only(frozenset({A, C, "d" * 64}))
    assert part.to_bytes() == Collection.of({name: ones[name] for name in (A, C)}).to_bytes()


def test_a_file_gives_back_what_was_written() -> None:
    before = Collection.of({A: described(2, seed=1), B: described(3, seed=2)})
    after = Collection.from_bytes(before.to_bytes())
    assert after.ids == before.ids
    assert after.to_bytes() == before.to_bytes()


@pytest.mark.parametrize("damage", [lambda _: b"", lambda content: content[:50], lambda content: content[:-9]])
def test_a_damaged_file_is_refused(damage: object) -> None:
    content = Collection.of({A: described(2, seed=1)}).to_bytes()
    with pytest.raises(BadSetError, match="build the set again"):
        Collection.from_bytes(damage(content))  # type: ignore[operator]


def test_arrays_that_do_not_belong_together_are_refused() -> None:
    one = Collection.of({A: described(2, seed=1)})
    with pytest.raises(BadSetError, match="2 regions"):
        Collection(
            ids=(A,), whole=one.whole, counts=np.array([3]), shares=one.shares, regions=one.regions,
            lab_mean=one.lab_mean, lab_spread=one.lab_spread,
        )  # fmt: skip


def test_vectors_that_are_not_of_length_1_are_refused() -> None:
    sound = described(2, seed=1)
    with pytest.raises(ValueError, match="length 1"):
        Described(
            labels=sound.labels, shares=sound.shares, whole=sound.whole * np.float32(2.0), regions=sound.regions,
            lab_mean=sound.lab_mean, lab_spread=sound.lab_spread,
        )  # fmt: skip
