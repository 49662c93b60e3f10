"""Names go one to one, both ways, for every network and for any list of pairs."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from oldphoto_core.networks.keys import Renaming, to_ours, to_theirs
from oldphoto_core.networks.registry import NETWORKS, build, from_official, to_official

PAIRS: Renaming = (("NL.W", "fill.out"), ("W", "mix"), ("NL", "fill"), ("w_0", "w.0"))


def slowly(name: str, pairs: dict[str, str]) -> str:
    """Rename from the left, the longest fitting run of parts first."""
    parts, done = name.split("."), []
    while parts:
        for count in range(len(parts), 0, -1):
            run = ".".join(parts[:count])
            if run in pairs or count == 1:
                done.append(pairs.get(run, run))
                parts = parts[count:]
                break
    return ".".join(done)


THEIR_NAMES = st.lists(st.sampled_from(["NL", "W", "w_0", "WW", "xNL", "weight", "3"]), min_size=1, max_size=5).map(
    ".".join
)


@settings(deadline=None)
@given(st.lists(THEIR_NAMES, unique=True, max_size=8))
def test_any_names_come_back_in_order(names: list[str]) -> None:
    theirs = {name: number for number, name in enumerate(names)}
    ours = to_ours(theirs, PAIRS)
    assert list(ours) == [slowly(name, dict(PAIRS)) for name in names]
    assert list(ours.values()) == list(theirs.values())
    assert list(to_theirs(ours, PAIRS).items()) == list(theirs.items())


def test_parts_are_renamed_whole_or_not_at_all() -> None:
    assert list(to_ours({"W.W": 0, "WW": 1, "xNL.W2": 2}, PAIRS)) == ["mix.mix", "WW", "xNL.W2"]


def test_without_pairs_names_stay() -> None:
    assert to_ours({"a.b": 1}, ()) == {"a.b": 1}
    assert to_theirs({"a.b": 1}, ()) == {"a.b": 1}


@pytest.mark.parametrize("name", NETWORKS)
def test_the_names_of_every_network_are_paired_one_to_one(name: str) -> None:
    with torch.device("meta"):  # names and shapes only: nothing is drawn
        network = build(name)
    ours = network.state_dict()
    theirs = to_official(network)
    assert len(theirs) == len(ours)
    assert list(to_ours(theirs, NETWORKS[name].renaming)) == list(ours)
    assert list(from_official(theirs)) == list(ours)
    assert [tensor.shape for tensor in theirs.values()] == [tensor.shape for tensor in ours.values()]
    assert NETWORKS[name].signature in theirs
