from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oldphoto_core.dedupe import candidates
from oldphoto_core.dedupe.candidates import candidate_pairs
from oldphoto_core.dedupe.fingerprint import Fingerprint, fingerprint
from oldphoto_core.dedupe.orientation import ORIENTATIONS, Orientation, inverse, orient
from oldphoto_core.dedupe.records import Candidate, DedupeSettings, Member
from oldphoto_core.image import Photo

MakeMember = Callable[..., Member]


def slow_pairing(a: Fingerprint, b: Fingerprint) -> list[tuple[int, int]]:
    """All (distance, number of the orientation that makes the upright views of b from the turned ones of a)."""
    turned = [*zip(a.phash, a.dhash, range(8), strict=True), *zip(a.inner_phash, a.inner_dhash, range(8), strict=True)]
    upright = [(b.phash[0], b.dhash[0]), (b.inner_phash[0], b.inner_dhash[0])]
    return [((p ^ q).bit_count() + (d ^ e).bit_count(), turn) for p, d, turn in turned for q, e in upright]


def slow_pairs(new: Sequence[Member], known: Sequence[Member], radius: int, relief: float) -> list[Candidate]:
    fresh = {member.id for member in new}
    members = sorted([*new, *known], key=lambda member: member.id)
    found = []
    for a, b in combinations([member for member in members if member.fingerprint.relief >= relief], 2):
        back = [
            (d, ORIENTATIONS.index(inverse(ORIENTATIONS[t]))) for d, t in slow_pairing(b.fingerprint, a.fingerprint)
        ]
        distance, turn = min([*slow_pairing(a.fingerprint, b.fingerprint), *back])
        if distance <= radius and a.pixel_digest != b.pixel_digest and {a.id, b.id} & fresh:
            found.append(Candidate(a=a.id, b=b.id, distance=distance, transform=ORIENTATIONS[turn]))
    return sorted(found, key=lambda pair: (pair.distance, pair.a, pair.b))


@st.composite
def collections(draw: st.DrawFn) -> tuple[list[dict[str, object]], int]:
    """Fingerprints near a few centres, so that some pairs are close; some plain, some exact copies."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    centres = rng.integers(0, 2**64, (3, 42), dtype=np.uint64)
    members = []
    for number in range(draw(st.integers(0, 9))):
        words = centres[rng.integers(3)].copy()
        for _ in range(rng.integers(0, 12)):
            words ^= np.uint64(1) << rng.integers(0, 64, 42, dtype=np.uint64)
        name = f"{number}-{rng.integers(100)}"
        digest = f"d{rng.integers(6)}"
        members.append(
            {"name": name, "words": words.tolist(), "relief": float(rng.choice([0.0, 0.2])), "digest": digest}
        )
    return members, draw(st.integers(0, len(members)))


@settings(deadline=None, max_examples=60)
@given(collections(), st.sampled_from([0, 12, 34, 60]))
def test_the_search_finds_what_plain_loops_find(
    make_member: MakeMember, collection: tuple[list[dict[str, object]], int], radius: int
) -> None:
    members = [make_member(**fields) for fields in collection[0]]
    new, known = members[: collection[1]], members[collection[1] :]
    limits = DedupeSettings(radius=radius, least_relief=0.1)
    assert candidate_pairs(new, known, limits) == slow_pairs(new, known, radius, 0.1)


@settings(deadline=None, max_examples=30)
@given(collections(), collections())
def test_more_known_members_take_no_pair_away(
    make_member: MakeMember,
    collection: tuple[list[dict[str, object]], int],
    more: tuple[list[dict[str, object]], int],
) -> None:
    members = [make_member(**fields) for fields in collection[0]]
    extra = [make_member(**{**fields, "name": f"+{fields['name']}"}) for fields in more[0]]
    new, known = members[: collection[1]], members[collection[1] :]
    before = candidate_pairs(new, known, DedupeSettings())
    assert set(before) <= set(candidate_pairs(new, [*known, *extra], DedupeSettings()))


@settings(deadline=None, max_examples=30)
@given(collections(), st.randoms(use_true_random=False))
def test_order_and_nights_do_not_count(
    make_member: MakeMember, collection: tuple[list[dict[str, object]], int], random: object
) -> None:
    members = [make_member(**fields) for fields in collection[0]]
    at_once = candidate_pairs(members, [], DedupeSettings())
    shuffled = members.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis' own random.Random
    first, second = shuffled[: collection[1]], shuffled[collection[1] :]
    two_nights = candidate_pairs(first, [], DedupeSettings()) + candidate_pairs(second, first, DedupeSettings())
    assert sorted(two_nights, key=lambda pair: (pair.distance, pair.a, pair.b)) == at_once


def test_hits_are_reduced_on_the_way(make_member: MakeMember, monkeypatch: pytest.MonkeyPatch) -> None:
    members = [make_member(f"{number:02d}", [number] * 42) for number in range(40)]
    everything = candidate_pairs(members, [], DedupeSettings())
    monkeypatch.setattr(candidates, "HITS_AT_A_TIME", 10)
    assert candidate_pairs(members, [], DedupeSettings()) == everything
    assert len(everything) == 40 * 39 // 2


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("names", ["ab", "ba"])
def test_the_transform_says_what_was_done_to_a(
    cat: Photo, make_member: MakeMember, orientation: Orientation, names: str
) -> None:
    turned = np.ascontiguousarray(orient(cat, orientation))
    first = make_member(names[0], fingerprint(cat).to_words())
    second = make_member(names[1], fingerprint(turned).to_words())
    (pair,) = candidate_pairs([first], [second], DedupeSettings())
    assert pair.transform == (orientation if names == "ab" else inverse(orientation))
    assert pair.distance <= 2


def test_plain_pictures_match_nothing(make_member: MakeMember) -> None:
    plain = [make_member(str(value), fingerprint(np.full((16, 16, 3), value, np.float32)).to_words(),
                         relief=fingerprint(np.full((16, 16, 3), value, np.float32)).relief)
             for value in (0.0, 0.25, 0.5, 1.0)]  # fmt: skip
    assert candidate_pairs(plain, [], DedupeSettings()) == []


def test_different_pictures_are_far(cat: Photo, cup: Photo, woman: Photo, make_member: MakeMember) -> None:
    members = [
        make_member(str(number), fingerprint(photo).to_words()) for number, photo in enumerate([cat, cup, woman])
    ]
    assert candidate_pairs(members, [], DedupeSettings(radius=30)) == []


def test_one_identifier_twice_is_refused(make_member: MakeMember) -> None:
    with pytest.raises(ValueError, match="twice"):
        candidate_pairs([make_member("a")], [make_member("a")], DedupeSettings())
