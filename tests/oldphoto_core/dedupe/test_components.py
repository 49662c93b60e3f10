import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from oldphoto_core.dedupe.components import components


@settings(deadline=None, max_examples=80)
@given(st.integers(1, 30), st.integers(0, 40), st.integers(0, 2**32 - 1))
def test_the_smallest_label_that_can_be_reached(members: int, pairs: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.integers(0, members, (2, pairs))
    label = list(range(members))
    for _ in range(members):
        for one, other in zip(a.tolist(), b.tolist(), strict=True):
            label[one] = label[other] = min(label[one], label[other])
    assert components(members, a, b).tolist() == label


def test_a_long_chain_in_the_worst_order() -> None:
    chain = np.random.default_rng(0).permutation(20_000)
    found = components(20_000, chain[:-1], chain[1:])
    assert not found.any()
