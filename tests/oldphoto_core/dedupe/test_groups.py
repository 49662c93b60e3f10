import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oldphoto_core.dedupe.groups import group_copies
from oldphoto_core.dedupe.orientation import ORIENTATIONS, Orientation, compose, inverse
from oldphoto_core.dedupe.records import Copy, CopyGroup, DedupeSettings, Match, Member

MakeMember = Callable[..., Member]
LIMITS = DedupeSettings()


def near(a: str, b: str, distance: int = 5, transform: Orientation = "identity", **measured: Any) -> Match:
    fields = {"inliers": 50, "overlap": 0.9, **measured}
    return Match(a=a, b=b, relation="near", distance=distance, transform=transform, **fields)


def slow_components(members: Sequence[Member], matches: Sequence[Match]) -> set[frozenset[str]]:
    """Let every member carry the smallest label it can see until nothing changes."""
    label = {member.id: member.id for member in members}
    ties = [(match.a, match.b) for match in matches]
    ties += [(a.id, b.id) for a in members for b in members if a.pixel_digest == b.pixel_digest]
    for _ in members:
        for a, b in ties:
            label[a] = label[b] = min(label[a], label[b])
    groups = {frozenset(name for name in label if label[name] == root) for root in label.values()}
    return {group for group in groups if len(group) > 1}


def names(group: CopyGroup) -> frozenset[str]:
    return frozenset([group.primary, *(copy.id for copy in group.members)])


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[Match], dict[str, Orientation]]:
    """Members that lie in some orientation each, exact copies alike, and true matches between them."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    lies: dict[str, Orientation] = {}
    members = []
    for number in range(draw(st.integers(0, 10))):
        digest = int(rng.integers(8))
        name = f"m{number}"
        lies[name] = ORIENTATIONS[digest]
        size = (int(rng.integers(1, 3)), 5)
        members.append({"name": name, "digest": str(digest), "sha256": str(rng.integers(2)), "size_px": size})
    matches = []
    for _ in range(draw(st.integers(0, 10)) if len(members) > 1 else 0):
        a, b = sorted(rng.choice(len(members), 2, replace=False).tolist())
        transform = compose(inverse(lies[f"m{a}"]), lies[f"m{b}"])
        matches.append(near(f"m{a}", f"m{b}", int(rng.integers(0, 30)), transform))
    return members, matches, lies


Case = tuple[list[dict[str, Any]], list[Match], dict[str, Orientation]]


@settings(deadline=None, max_examples=60)
@given(cases())
def test_groups_are_the_connected_components(make_member: MakeMember, case: Case) -> None:
    members = [make_member(**fields) for fields in case[0]]
    groups = group_copies(members, case[1], LIMITS)
    assert {names(group) for group in groups} == slow_components(members, case[1])
    assert sum(len(names(group)) for group in groups) == len(frozenset().union(*map(names, groups)))


@settings(deadline=None, max_examples=60)
@given(cases(), st.randoms(use_true_random=False))
def test_order_does_not_count(make_member: MakeMember, case: Case, random: Any) -> None:  # hypothesis' random.Random
    members = [make_member(**fields) for fields in case[0]]
    groups = group_copies(members, case[1], LIMITS)
    random.shuffle(members)
    shuffled = [_swapped(match) if random.random() < 0.5 else match for match in case[1]]
    random.shuffle(shuffled)
    assert group_copies(members, shuffled, LIMITS) == groups


@settings(deadline=None, max_examples=60)
@given(cases())
def test_transforms_are_those_of_the_pictures(make_member: MakeMember, case: Case) -> None:
    lies = case[2]
    for group in group_copies([make_member(**fields) for fields in case[0]], case[1], LIMITS):
        for copy in group.members:
            assert compose(lies[group.primary], copy.transform) == lies[copy.id]


def test_the_primary_has_most_pixels_then_depth_then_sharpness_then_the_smallest_name(make_member: MakeMember) -> None:
    ranked = [
        make_member("z", size_px=(30, 20), bit_depth=8, sharpness=0.0, known=True),
        make_member("y", size_px=(20, 20), bit_depth=16, sharpness=0.0),
        make_member("x", size_px=(40, 10), bit_depth=8, sharpness=9.0),
        make_member("a", size_px=(20, 20), bit_depth=8, sharpness=1.0),
        make_member("b", size_px=(20, 20), bit_depth=8, sharpness=1.0, known=True),
    ]
    for start in range(len(ranked) - 1):
        left = ranked[start:]
        chain = [near(one.id, other.id) for one, other in itertools.pairwise(left)]
        (group,) = group_copies(left, chain, LIMITS)
        assert group.primary == ranked[start].id


def test_exact_copies_need_no_match(make_member: MakeMember) -> None:
    members = [
        make_member("a", digest="d", sha256="s"),
        make_member("b", digest="d", sha256="s"),
        make_member("c", digest="d", sha256="t"),
        make_member("page 2", digest="e", sha256="s"),
    ]
    assert group_copies(members, [], LIMITS) == [
        CopyGroup(
            primary="a",
            members=(
                Copy(id="b", relation="bytes", distance=0, transform="identity"),
                Copy(id="c", relation="pixels", distance=0, transform="identity"),
            ),
        )
    ]


def test_a_direct_match_counts_before_a_chain(make_member: MakeMember) -> None:
    members = [make_member("a", size_px=(99, 99)), make_member("b"), make_member("c")]
    matches = [near("a", "b", 1, "mirror"), near("b", "c", 1, "mirror"), near("a", "c", 30, "rotate-90")]
    (group,) = group_copies(members, matches, LIMITS)
    assert group.members[1] == Copy(id="c", relation="near", distance=30, transform="rotate-90")


def test_without_a_direct_match_distances_add_and_transforms_follow_one_another(make_member: MakeMember) -> None:
    members = [make_member("z", size_px=(99, 99)), make_member("b"), make_member("c")]
    matches = [near("b", "z", 4, "rotate-90"), near("b", "c", 7, "mirror")]
    (group,) = group_copies(members, matches, LIMITS)
    assert group.primary == "z"
    assert group.members == (
        Copy(id="b", relation="near", distance=4, transform="rotate-270"),
        Copy(id="c", relation="near", distance=11, transform=compose("rotate-270", "mirror")),
    )


def test_the_twin_of_a_near_copy_is_as_near(make_member: MakeMember) -> None:
    members = [make_member("a", size_px=(99, 99)), make_member("b", digest="d"), make_member("c", digest="d")]
    (group,) = group_copies(members, [near("a", "c", 9, "rotate-180")], LIMITS)
    assert group.members == tuple(
        Copy(id=name, relation="near", distance=9, transform="rotate-180") for name in ("b", "c")
    )


def test_a_match_that_is_too_weak_for_the_settings_is_left_out(make_member: MakeMember) -> None:
    members = [make_member("a"), make_member("b")]
    assert group_copies(members, [near("a", "b", inliers=9)], LIMITS) == []
    assert group_copies(members, [near("a", "b", overlap=0.5)], LIMITS) == []
    assert len(group_copies(members, [near("a", "b", 60, inliers=None, overlap=None)], LIMITS)) == 1


def test_exact_matches_are_welcome_too(make_member: MakeMember) -> None:
    members = [make_member("a", digest="d"), make_member("b", digest="d")]
    exact = Match(a="a", b="b", relation="pixels", distance=0, transform="identity", inliers=None, overlap=None)
    assert group_copies(members, [exact], LIMITS) == group_copies(members, [], LIMITS)


def test_constant_pictures_group_only_if_their_pixels_agree(make_member: MakeMember) -> None:
    members = [make_member(name, digest=digest, relief=0.0) for name, digest in [("a", "0"), ("b", "1"), ("c", "0")]]
    assert [names(group) for group in group_copies(members, [], LIMITS)] == [{"a", "c"}]


def test_nothing_gives_nothing() -> None:
    assert group_copies([], [], LIMITS) == []


def test_a_stranger_in_a_match_is_refused(make_member: MakeMember) -> None:
    with pytest.raises(ValueError, match="b is not one"):
        group_copies([make_member("a")], [near("a", "b")], LIMITS)


def test_one_identifier_twice_is_refused(make_member: MakeMember) -> None:
    with pytest.raises(ValueError, match="found a twice"):
        group_copies([make_member("a"), make_member("a")], [], LIMITS)


def test_a_long_chain_is_no_deep_recursion(make_member: MakeMember) -> None:
    members = [make_member(f"{number:05d}") for number in range(1500)]
    chain = [near(one.id, other.id, 1) for one, other in itertools.pairwise(members)]
    (group,) = group_copies(members, chain, LIMITS)
    assert len(group.members) == 1499
    assert group.members[-1].distance == 1499


def _swapped(match: Match) -> Match:
    return near(match.b, match.a, match.distance, inverse(match.transform))
