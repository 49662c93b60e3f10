"""Which matches may join: a small or plain copy can match two frames of one roll, which themselves show to be two.

Frames of a roll differ where something moved. A reduced copy of the one may be too small to show it and match the other
as well; if that counted, both frames and all their copies would be one group. So before a match joins two groups, the
best pictures of the two are laid on each other, unless they are proven copies already.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from oldphoto_core.dedupe.records import Match, Member

Apart = Callable[[str, str], bool]
"""Says of two members whether they are proven to be different frames; not whether they are copies."""


def joining(groups: Iterable[Sequence[Member]], matches: Iterable[Match], apart: Apart) -> list[Match]:
    """Return the matches that join no two groups whose best pictures are different frames, nearest matches first.

    Args:
        groups: Every member that a match may name, those that are exact copies together, the best one first.
        matches: Verified matches.
        apart: Asked once at most for each two best pictures, and never of two that a match names.

    Examples:
        >>> joining([], [], lambda a, b: True)
        []
    """
    forest = _Forest(groups)
    ordered = sorted(matches, key=lambda match: (match.relation == "near", match.distance, match.a, match.b))
    proven = {frozenset((match.a, match.b)) for match in ordered}
    verdicts: dict[frozenset[str], bool] = {}
    kept = []
    for match in ordered:
        bests = frozenset((forest.best_of(match.a).id, forest.best_of(match.b).id))
        if len(bests) == 2 and bests not in proven:
            if bests not in verdicts:
                verdicts[bests] = apart(*sorted(bests))
            if verdicts[bests]:
                continue
        forest.join(match.a, match.b)
        kept.append(match)
    return kept


class _Forest:
    """Groups that grow together, each with its best member (union-find)."""

    def __init__(self, groups: Iterable[Sequence[Member]]) -> None:
        self._above: dict[str, str] = {}
        self._rank: dict[str, int] = {}
        self._best: dict[str, Member] = {}
        for number, group in enumerate(groups):
            root = group[0].id
            self._above |= dict.fromkeys((member.id for member in group), root)
            self._best[root], self._rank[root] = group[0], number

    def best_of(self, name: str) -> Member:
        return self._best[self._root(name)]

    def join(self, one: str, other: str) -> None:
        a, b = self._root(one), self._root(other)
        if a != b:
            # The group whose best comes first keeps its best: groups are given in that order.
            first, second = (a, b) if self._rank[a] < self._rank[b] else (b, a)
            self._above[second] = first

    def _root(self, name: str) -> str:
        while self._above[name] != name:
            self._above[name] = self._above[self._above[name]]
            name = self._above[name]
        return name


def by_worth(
    members: Mapping[str, Member], worth: Callable[[Member], tuple[int, int, float, str]]
) -> list[list[Member]]:
    """Return members with equal pixels together, best first, and the groups in the order of their best."""
    twins: dict[str, list[Member]] = {}
    for member in sorted(members.values(), key=worth):
        twins.setdefault(member.pixel_digest, []).append(member)
    return list(twins.values())
