"""A mixture is made again from its seed, and holds what its group and its shares say."""

from collections import Counter

import numpy as np
import pytest
from skimage import data

from oldphoto_core.damage import STRUCTURED_KINDS
from oldphoto_core.image import from_bytes8, is_monochrome
from oldphoto_core.synthesis.mixture import (
    KINDS_OF_GROUP,
    Group,
    Mixture,
    aged_for_training,
    aim_of_training,
    training_mixture,
)
from oldphoto_core.synthesis.shapes import ShapeBank
from oldphoto_core.synthesis.toning import Toned

GROUPS: tuple[Group, ...] = ("colour", "texture", "structured", "everything")


def photograph() -> np.ndarray:
    return from_bytes8(np.ascontiguousarray(data.astronaut()[:192:2, 100:292:2]))


@pytest.mark.parametrize("group", GROUPS)
def test_the_same_seed_gives_the_same_recipe_and_bytes(group: Group) -> None:
    mixture = Mixture(group=group)
    for seed in range(25):
        assert training_mixture(seed, mixture) == training_mixture(seed, mixture)
        first, second = (aged_for_training(photograph(), seed, mixture) for _ in range(2))
        assert first.photo.tobytes() == second.photo.tobytes()
        assert first.sound.tobytes() == second.sound.tobytes()
        assert first.severities == second.severities
        assert first.union_of_masks().tobytes() == second.union_of_masks().tobytes()


def test_seeds_differ() -> None:
    assert len({aged_for_training(photograph(), seed).photo.tobytes() for seed in range(30)}) >= 25


@pytest.mark.parametrize("group", GROUPS)
def test_enough_are_clean_single_and_mixed(group: Group) -> None:
    names = Counter(training_mixture(seed, Mixture(group=group)).name.split()[0] for seed in range(3000))
    assert names["clean"] / 3000 == pytest.approx(0.18, abs=0.02)
    assert names["clean"] / 3000 >= 0.15
    assert names["single"] > 900
    assert names["mixed"] > 900
    assert (names["published"] > 100) == (group in {"texture", "everything"})


def test_a_clean_picture_is_the_print_as_it_was_made() -> None:
    seen = 0
    for seed in range(60):
        if training_mixture(seed).name == "clean":
            aged = aged_for_training(photograph(), seed)
            np.testing.assert_array_equal(aged.photo, aged.sound)
            assert not aged.severities
            assert not aged.masks
            assert set(aged.severity_of_every_kind().values()) == {0.0}
            seen += 1
    assert seen >= 5


@pytest.mark.parametrize("group", GROUPS)
def test_only_kinds_of_the_group_are_damaged(group: Group) -> None:
    allowed = set(KINDS_OF_GROUP[group])
    seen: set[str] = set()
    for seed in range(120):
        aged = aged_for_training(photograph(), seed, Mixture(group=group))
        assert set(aged.severities) <= allowed
        assert set(aged.masks) <= allowed & STRUCTURED_KINDS
        seen |= set(aged.severities)
    assert seen == allowed


def test_every_kind_comes_alone_and_equally_often() -> None:
    names = Counter(training_mixture(seed, Mixture(clean_share=0.0, single_share=1.0)).name for seed in range(6000))
    names.pop("published")
    assert len(names) == 12
    assert max(names.values()) < 1.35 * min(names.values())


def test_outside_the_masks_a_structured_picture_is_sound() -> None:
    for seed in range(60):
        aged = aged_for_training(photograph(), seed, Mixture(group="structured"))
        untouched = ~aged.union_of_masks()
        # Each of up to four damages may leave a change too faint for its mask.
        assert float(np.abs(aged.photo - aged.sound)[untouched].max(initial=0.0)) < 4 * 0.045


def test_some_prints_are_silver_and_are_to_stay_so() -> None:
    silver = [seed for seed in range(200) if any(isinstance(s, Toned) for s in training_mixture(seed).made)]
    assert len(silver) / 200 == pytest.approx(0.4, abs=0.1)
    assert all(is_monochrome(aged_for_training(photograph(), seed).sound) for seed in silver[:20])


def test_shapes_of_a_bank_are_used() -> None:
    stamp = (np.full((12, 16), 255, np.uint8),)
    bank = ShapeBank(dust=stamp, hairs=stamp, scratches=stamp, stains=stamp, holes=stamp)
    plain, banked = Mixture(group="structured"), Mixture(group="structured", bank=bank)
    assert any(training_mixture(seed, plain) != training_mixture(seed, banked) for seed in range(20))


@pytest.mark.parametrize(
    "settings", [{"clean_share": 1.2}, {"severity": (0.5, 0.2)}, {"severity": (0.1, 1.0)}, {"most_kinds": 0}]
)
def test_shares_and_severities_out_of_range_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"must lie in|expected"):
        Mixture(**settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("group", GROUPS)
def test_without_other_kinds_the_aim_is_the_print_as_it_was_made(group: Group) -> None:
    for seed in range(20):
        aim = aim_of_training(photograph(), seed, Mixture(group=group))
        np.testing.assert_array_equal(aim, aged_for_training(photograph(), seed, Mixture(group=group)).sound)


def test_kinds_of_other_groups_come_along_as_often_as_asked_for() -> None:
    mixture = Mixture(group="colour", along_share=0.5)
    along = [
        not set(aged_for_training(photograph(), seed, mixture).severities) <= set(KINDS_OF_GROUP["colour"])
        for seed in range(400)
    ]
    assert np.mean(along) == pytest.approx(0.5, abs=0.08)


def test_the_aim_keeps_the_other_kinds_where_they_lay() -> None:
    mixed = Mixture(group="colour", clean_share=0.0, along_share=1.0)
    kept = 0
    for seed in range(40):
        aged, aim = aged_for_training(photograph(), seed, mixed), aim_of_training(photograph(), seed, mixed)
        assert not np.array_equal(aim, aged.photo)
        marks = aged.masks.get("scratch")
        if marks is not None and set(aged.masks) == {"scratch"} and "blur" not in aged.severities:
            kept += 1
            # Where the scratches lie the aim differs from the sound print, elsewhere only what else came along does.
            change = np.abs(aim - aged.sound).max(axis=2)
            assert change[marks].mean() > 3.0 * change[~marks].mean()
    assert kept >= 2


def test_a_clean_picture_of_a_group_may_have_other_damage_and_is_its_own_aim() -> None:
    mixture = Mixture(group="texture", clean_share=1.0, along_share=1.0)
    for seed in range(15):
        aged = aged_for_training(photograph(), seed, mixture)
        assert aged.severities
        np.testing.assert_array_equal(aged.photo, aim_of_training(photograph(), seed, mixture))
