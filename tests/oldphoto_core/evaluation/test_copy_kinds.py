"""Every kind of copy is found and every look-alike kept apart, through the whole search."""

import numpy as np
import pytest
from skimage import data

from oldphoto_core.dedupe.candidates import candidate_pairs
from oldphoto_core.dedupe.features import extract_features
from oldphoto_core.dedupe.fingerprint import fingerprint
from oldphoto_core.dedupe.groups import group_copies
from oldphoto_core.dedupe.records import CopyGroup, DedupeSettings, Member
from oldphoto_core.dedupe.verify import verify_features
from oldphoto_core.evaluation.copy_kinds import COPIES, OTHERS, copy_of
from oldphoto_core.image import Photo, from_bytes8

SETTINGS = DedupeSettings()


@pytest.fixture(scope="module")
def cup() -> Photo:
    return from_bytes8(np.ascontiguousarray(data.coffee()))


def made(photo: Photo, name: str) -> np.ndarray:
    return copy_of(photo, {**COPIES, **OTHERS}[name], np.random.default_rng(3))


def groups(photos: dict[str, np.ndarray]) -> list[CopyGroup]:
    members = [
        Member(
            id=name, sha256=name, pixel_digest=name, fingerprint=fingerprint(photo), known=False,
            width_px=photo.shape[1], height_px=photo.shape[0], bit_depth=8, sharpness=1.0,
        )
        for name, photo in photos.items()
    ]  # fmt: skip
    pairs = candidate_pairs(members, [], SETTINGS)
    proofs = [
        verify_features(extract_features(photos[pair.a]), extract_features(photos[pair.b]), pair, SETTINGS)
        for pair in pairs
    ]
    return group_copies(members, [proof for proof in proofs if proof is not None], SETTINGS)


@pytest.mark.parametrize("kind", COPIES)
def test_a_copy_is_found(cup: Photo, kind: str) -> None:
    (group,) = groups({"print": cup, "scan": made(cup, kind)})
    assert {group.primary, *(copy.id for copy in group.members)} == {"print", "scan"}


@pytest.mark.parametrize("kind", OTHERS)
def test_what_is_no_copy_is_kept_apart(cup: Photo, kind: str) -> None:
    assert groups({"print": cup, "other": made(cup, kind)}) == []


def test_two_backs_with_the_same_mark_are_kept_apart(cup: Photo) -> None:
    cat = from_bytes8(np.ascontiguousarray(data.chelsea()))
    backs = {str(n): copy_of(photo, OTHERS["back"], np.random.default_rng(n)) for n, photo in enumerate((cup, cat))}
    assert groups(backs) == []


def test_chance_decides_and_its_seed_repeats(cup: Photo) -> None:
    for name in {**COPIES, **OTHERS}:
        assert np.array_equal(made(cup, name), made(cup, name)), name
        assert made(cup, name).dtype == np.float32
        assert 0.0 <= made(cup, name).min() <= made(cup, name).max() <= 1.0
