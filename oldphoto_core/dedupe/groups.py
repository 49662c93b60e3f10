"""Pairs into groups: everything that hangs together is one print, and one member of it is the best scan."""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from oldphoto_core.dedupe.components import components
from oldphoto_core.dedupe.joining import Apart, by_worth, joining
from oldphoto_core.dedupe.orientation import Orientation, compose, inverse
from oldphoto_core.dedupe.records import Copy, CopyGroup, DedupeSettings, Match, Member, Relation


class _Step(NamedTuple):
    """From one member to a neighbour that shows the same print."""

    to: str
    near: bool
    distance: int
    transform: Orientation


class _Way(NamedTuple):
    """A chain of steps from the primary, cheapest first when sorted."""

    near_steps: int
    distance: int
    chain: tuple[str, ...]
    transform: Orientation


Steps = Mapping[str, Sequence[_Step]]


def group_copies(
    members: Iterable[Member], matches: Iterable[Match], settings: DedupeSettings, apart: Apart | None = None
) -> list[CopyGroup]:
    """Return the groups of two and more members that show one print, whatever the order of members and matches.

    Exact copies need no match: members with equal pixel digests belong together. The primary is the member with the
    most pixels, then the highest bit depth, then the sharpest, then the one with the smallest identifier; whether it
    was known before does not count.

    A copy's relation to the primary follows from their digests: ``bytes``, ``pixels``, else ``near``. Its distance and
    transform are summed and composed along the chain from the primary with the fewest near matches, then the smallest
    sum of distances, then the smallest identifiers; so a direct match, where there is one, is what counts.

    Args:
        members: All members that matches may name.
        matches: Verified matches of this run and of earlier ones.
        settings: Near matches that would not be accepted under these settings are left out.
        apart: Says of two members whether they are proven to be different frames: a match that would join two groups
            whose best ones are is left out (``joining``). None: every match joins.

    Returns:
        Groups by identifier of the primary; their members by identifier.

    Raises:
        ValueError: Two members have one identifier, or a match names a member that is not there.
    """
    by_id = _by_id(members)
    accepted = [match for match in matches if _accepted(match, settings)]
    _check_named(by_id, accepted)
    if apart is not None:
        accepted = joining(by_worth(by_id, _worth), accepted, apart)
    steps = _steps(by_id, accepted)
    groups = []
    for component in _components(steps):
        primary = min((by_id[name] for name in component), key=_worth)
        groups.append(CopyGroup(primary=primary.id, members=_seen_from(primary, by_id, steps)))
    return sorted(groups, key=lambda group: group.primary)


def _worth(member: Member) -> tuple[int, int, float, str]:
    """Return a key that sorts the best member first."""
    return (-member.width_px * member.height_px, -member.bit_depth, -member.sharpness, member.id)


def _accepted(match: Match, settings: DedupeSettings) -> bool:
    """Return whether these settings would have let the match through; what was not measured is no objection.

    The distance is not asked: that of an earlier match may be a sum along a chain.
    """
    if match.relation != "near":
        return True
    fits = match.inliers is None or match.inliers >= settings.least_inliers
    covers = match.overlap is None or match.overlap >= settings.least_overlap
    return fits and covers


def _by_id(members: Iterable[Member]) -> dict[str, Member]:
    by_id: dict[str, Member] = {}
    for member in members:
        if member.id in by_id:
            raise ValueError(f"every object is a member once, found {member.id} twice")
        by_id[member.id] = member
    return by_id


def _check_named(by_id: Mapping[str, Member], matches: Iterable[Match]) -> None:
    for match in matches:
        for name in (match.a, match.b):
            if name not in by_id:
                raise ValueError(f"the match of {match.a} and {match.b} needs both as members; {name} is not one")


def _steps(by_id: Mapping[str, Member], matches: Iterable[Match]) -> Steps:
    """Return the neighbours of every member that has any."""
    steps: dict[str, list[_Step]] = defaultdict(list)
    first: dict[str, str] = {}
    for name in sorted(by_id):
        twin = first.setdefault(by_id[name].pixel_digest, name)
        if twin != name:
            steps[twin].append(_Step(name, near=False, distance=0, transform="identity"))
            steps[name].append(_Step(twin, near=False, distance=0, transform="identity"))
    for match in matches:
        near = match.relation == "near"
        steps[match.a].append(_Step(match.b, near, match.distance, match.transform))
        steps[match.b].append(_Step(match.a, near, match.distance, inverse(match.transform)))
    return steps


def _components(steps: Steps) -> list[list[str]]:
    """Return the sets of members that hang together."""
    names = list(steps)
    number = {name: place for place, name in enumerate(names)}
    ends = [(number[name], number[step.to]) for name, neighbours in steps.items() for step in neighbours]
    a, b = np.array(ends, dtype=np.int64).reshape(-1, 2).T
    together: dict[int, list[str]] = defaultdict(list)
    for name, first in zip(names, components(len(names), a, b).tolist(), strict=True):
        together[first].append(name)
    return [members for members in together.values() if len(members) > 1]


def _seen_from(primary: Member, by_id: Mapping[str, Member], steps: Steps) -> tuple[Copy, ...]:
    """Return the other members of the primary's group, by identifier."""
    ways = _ways(primary.id, steps)
    copies = []
    for name in sorted(ways.keys() - {primary.id}):
        way, relation = ways[name], _relation(primary, by_id[name])
        if relation == "near":
            copies.append(Copy(id=name, relation=relation, distance=way.distance, transform=way.transform))
        else:
            copies.append(Copy(id=name, relation=relation, distance=0, transform="identity"))
    return tuple(copies)


def _relation(one: Member, other: Member) -> Relation:
    if one.same_file(other):
        return "bytes"
    return "pixels" if one.same_picture(other) else "near"


def _ways(start: str, steps: Steps) -> dict[str, _Way]:
    """Return the cheapest way from the start to everything it hangs together with (Dijkstra 1959)."""
    settled: dict[str, _Way] = {}
    waiting = [_Way(0, 0, (start,), "identity")]
    while waiting:
        way = heapq.heappop(waiting)
        here = way.chain[-1]
        if here in settled:
            continue
        settled[here] = way
        for step in steps[here]:
            if step.to not in settled:
                cost = (way.near_steps + step.near, way.distance + step.distance)
                heapq.heappush(waiting, _Way(*cost, (*way.chain, step.to), compose(way.transform, step.transform)))
    return settled
