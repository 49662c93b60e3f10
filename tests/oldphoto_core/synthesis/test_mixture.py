"""A mixture is made again from its seed, and holds what its group and its shares say."""

from collections import Counter

import numpy as np
import pytest
from skimage import data

from oldphoto_core.damage import STRUCTURED_KINDS
from oldphoto_core.image import from_bytes8, is_monochrome
from oldphoto_core.synthesis.mixture import KINDS_OF_GROUP, Group, Mixture, aged_for_training, training_mixture
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
