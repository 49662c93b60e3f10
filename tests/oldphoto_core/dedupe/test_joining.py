import itertools
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oldphoto_core.dedupe.groups import group_copies
from oldphoto_core.dedupe.records import CopyGroup, DedupeSettings, Match, Member

MakeMember = Callable[..., Member]
LIMITS = DedupeSettings()


def near(a: str, b: str, distance: int) -> Match:
    return Match(a=a, b=b, relation="near", distance=distance, transform="identity", inliers=50, overlap=0.9)


def names(groups: list[CopyGroup]) -> list[set[str]]:
    return [{group.primary, *(copy.id for copy in group.members)} for group in groups]


@pytest.fixture
def roll(make_member: MakeMember) -> list[Member]:
    """Two frames, a reduced copy of the first, and another scan of the second."""
    sizes = {"frame": (600, 400), "next": (601, 400), "small": (150, 100), "nextscan": (500, 400)}
    return [make_member(name, digest=name, size_px=size) for name, size in sizes.items()]


MATCHES = [near("frame", "small", 2), near("next", "small", 9), near("next", "nextscan", 4)]


def are_frames(*frames: str) -> Callable[[str, str], bool]:
    return lambda one, other: {one, other} == set(frames)


@pytest.mark.parametrize("matches", list(itertools.permutations(MATCHES)))
def test_a_small_copy_joins_no_two_frames(roll: list[Member], matches: tuple[Match, ...]) -> None:
    assert len(group_copies(roll, matches, LIMITS)) == 1
    groups = group_copies(roll, matches, LIMITS, are_frames("frame", "next"))
    assert names(groups) == [{"frame", "small"}, {"next", "nextscan"}]


def test_only_the_best_of_two_groups_are_asked_about_and_once(roll: list[Member]) -> None:
    asked: list[tuple[str, str]] = []

    def apart(one: str, other: str) -> bool:
        asked.append((one, other))
        return True

    group_copies(roll, [*MATCHES, near("nextscan", "small", 11)], LIMITS, apart)
    assert asked == [("frame", "next")]


def test_what_a_match_proves_is_not_asked(roll: list[Member]) -> None:
    def apart(one: str, other: str) -> bool:
        raise AssertionError(one, other)

    (group,) = group_copies(roll, [*MATCHES, near("frame", "next", 30)], LIMITS, apart)
    assert names([group]) == [{"frame", "next", "nextscan", "small"}]


def test_exact_copies_stay_together_whatever_is_said_of_their_frames(make_member: MakeMember) -> None:
    members = [make_member("a", digest="same"), make_member("b", digest="same"), make_member("c", digest="other")]
    assert names(group_copies(members, [near("a", "c", 3)], LIMITS, lambda *_: True)) == [{"a", "b", "c"}]


@given(st.data())
def test_with_frames_kept_apart_no_group_is_larger_and_without_frames_nothing_changes(
    make_member: MakeMember, data: Any
) -> None:
    count = data.draw(st.integers(2, 7))
    digests = data.draw(st.lists(st.integers(0, 5), min_size=count, max_size=count))
    members = [make_member(f"m{number}", digest=f"{digest}") for number, digest in enumerate(digests)]
    pairs = data.draw(st.lists(st.sampled_from(list(itertools.combinations(range(count), 2)))))
    matches = [near(f"m{a}", f"m{b}", data.draw(st.integers(0, 20))) for a, b in pairs]
    frames = data.draw(st.sets(st.sampled_from(list(itertools.combinations(range(count), 2)))))
    all_together = names(group_copies(members, matches, LIMITS))

    def apart(one: str, other: str) -> bool:
        return tuple(sorted((int(one[1:]), int(other[1:])))) in frames

    kept = names(group_copies(members, matches, LIMITS, apart))
    assert all(any(group <= whole for whole in all_together) for group in kept)
    assert names(group_copies(members, matches, LIMITS, lambda *_: False)) == all_together
