"""A recipe and a seed make the same bytes, and what age says is what the steps did."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oldphoto_core.damage import DAMAGE_KINDS, STRUCTURED_KINDS
from oldphoto_core.errors import PhotoShapeError
from oldphoto_core.image import Photo, is_monochrome
from oldphoto_core.synthesis import prints
from oldphoto_core.synthesis.effect import VISIBLE, combined
from oldphoto_core.synthesis.fading import SilverPrint
from oldphoto_core.synthesis.grain import ScannerNoise
from oldphoto_core.synthesis.recipe import Recipe, age
from oldphoto_core.synthesis.scratches import Scratches
from oldphoto_core.synthesis.spots import Dust
from oldphoto_core.synthesis.tears import TornCorners
from oldphoto_core.synthesis.toning import Toned, Vignette

NAMED: tuple[Callable[[float], Recipe], ...] = (
    prints.faded_colour_print,
    prints.scratched_print,
    prints.grainy_soft_print,
    prints.foxed_print,
    prints.torn_print,
)


def photograph(seed: int, shape: tuple[int, int] = (48, 64)) -> Photo:
    return np.random.default_rng([9, seed]).random((*shape, 3), dtype=np.float32)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**32), st.integers(20, 70), st.integers(20, 70))
def test_the_same_recipe_and_seed_give_the_same_bytes(seed: int, height: int, width: int) -> None:
    photo = photograph(0, (height, width))
    first, second = (age(photo, prints.mixed(rng), rng) for rng in map(np.random.default_rng, (seed, seed)))
    assert first.photo.tobytes() == second.photo.tobytes()
    assert first.severities == second.severities
    assert {kind: mask.tobytes() for kind, mask in first.masks.items()} == {
        kind: mask.tobytes() for kind, mask in second.masks.items()
    }


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**32))
def test_aged_is_a_photograph_with_lawful_truth(seed: int) -> None:
    rng = np.random.default_rng(seed)
    photo = photograph(seed % 5)
    kept = photo.copy()
    aged = age(photo, prints.mixed(rng), rng)
    np.testing.assert_array_equal(photo, kept)
    assert aged.photo.shape == photo.shape
    assert aged.photo.dtype == np.float32
    assert 0.0 <= float(aged.photo.min()) <= float(aged.photo.max()) <= 1.0
    assert set(aged.severities) <= set(DAMAGE_KINDS)
    assert all(0.0 < amount <= 1.0 for amount in aged.severities.values())
    assert set(aged.masks) <= STRUCTURED_KINDS & set(aged.severities)


@pytest.mark.parametrize("make", NAMED)
def test_another_seed_gives_another_picture(make: Callable[[float], Recipe]) -> None:
    first, second = (age(photograph(0), make(0.5), np.random.default_rng(seed)).photo for seed in (0, 1))
    assert not np.array_equal(first, second)


@pytest.mark.parametrize("make", NAMED)
def test_a_stronger_print_is_more_damaged(make: Callable[[float], Recipe]) -> None:
    photo = photograph(0, (96, 128))
    weak, strong = (age(photo, make(strength), np.random.default_rng(0)).severities for strength in (0.1, 1.0))
    assert sum(strong.values()) > 1.2 * sum(weak.values())


def test_changing_one_step_leaves_the_chance_of_the_others_alone() -> None:
    photo = photograph(0)
    for first in (ScannerNoise(sigma=0.0), TornCorners(count=0)):
        aged = age(photo, Recipe("two", (first, Scratches(count=5))), np.random.default_rng(3))
        alone = Scratches(count=5).apply(photo, np.random.default_rng(3).spawn(2)[1])
        np.testing.assert_array_equal(aged.photo, alone.photo)


def test_a_tear_takes_what_lay_under_it_out_of_the_masks() -> None:
    recipe = Recipe("both", (Dust(specks=4000, size=0.004), TornCorners(size=1.0)))
    aged = age(photograph(0, (96, 96)), recipe, np.random.default_rng(0))
    assert aged.masks["tear"].any()
    assert aged.masks["dust"].any()
    assert not (aged.masks["tear"] & aged.masks["dust"]).any()


def test_two_steps_of_a_kind_add_up_and_share_a_mask() -> None:
    steps = (Dust(specks=30), Dust(specks=50))
    photo = photograph(0)
    aged = age(photo, Recipe("dusty", steps), np.random.default_rng(0))
    first, second = np.random.default_rng(0).spawn(2)
    one = steps[0].apply(photo, first)
    two = steps[1].apply(one.photo, second)
    np.testing.assert_array_equal(aged.masks["dust"], one.masks["dust"] | two.masks["dust"])
    assert aged.severities["dust"] == combined(one.severities["dust"], two.severities["dust"])


def test_an_empty_recipe_does_nothing() -> None:
    aged = age(photograph(0), Recipe("nothing", ()), np.random.default_rng(0))
    np.testing.assert_array_equal(aged.photo, photograph(0))
    assert not aged.masks
    assert not aged.severities


def test_what_is_no_photograph_is_refused() -> None:
    broken = photograph(0)
    broken[0, 0, 0] = np.nan
    with pytest.raises(PhotoShapeError, match="NaN"):
        age(broken, prints.torn_print(), np.random.default_rng(0))


def test_how_a_print_was_made_is_no_damage_and_is_what_restoring_aims_at() -> None:
    made = (Toned(process="sepia"), Vignette())
    photo = photograph(0)
    whole = age(photo, Recipe("made", (), made), np.random.default_rng(0))
    assert not whole.severities
    np.testing.assert_array_equal(whole.photo, whole.sound)
    assert is_monochrome(whole.sound)
    aged = age(photo, Recipe("both", (Dust(specks=30),), made), np.random.default_rng(0))
    assert set(aged.severities) == {"dust"}
    clear = ~aged.masks["dust"]
    assert float(np.abs(aged.photo - aged.sound)[clear].max()) <= VISIBLE
    unmade = age(photo, Recipe("dusty", (Dust(specks=30),)), np.random.default_rng(0))
    np.testing.assert_array_equal(unmade.sound, photo)


def test_the_truth_names_every_kind_and_the_union_of_the_masks() -> None:
    recipe = Recipe("two", (Scratches(count=6), Dust(specks=40)))
    aged = age(photograph(0), recipe, np.random.default_rng(0))
    everything = aged.severity_of_every_kind()
    assert tuple(everything) == DAMAGE_KINDS
    assert {kind for kind, amount in everything.items() if amount} == {"scratch", "dust"} == set(aged.severities)
    masks = aged.mask_of_every_kind()
    assert set(masks) == STRUCTURED_KINDS
    assert not masks["tear"].any()
    np.testing.assert_array_equal(aged.union_of_masks(), masks["scratch"] | masks["dust"])


def test_silver_prints_are_known_and_have_one_tone() -> None:
    assert [prints.is_silver(make(0.5)) for make in NAMED] == [False, True, True, True, True]
    toned = age(photograph(0), Recipe("toned", (SilverPrint(warmth=0.7, unevenness=0.0),)), np.random.default_rng(0))
    assert is_monochrome(toned.photo)
