"""The released degradation of "Bringing Old Photos Back to Life": its probabilities, its ranges, its bytes."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import chisquare, kstest

from oldphoto_core.synthesis import published_bopbtl as bopbtl
from oldphoto_core.synthesis.published_operations import (
    AddedNoise,
    JpegFile,
    KernelBlur,
    Operation,
    SaltAndPepper,
    SmallerAndBack,
    SpeckleNoise,
)
from oldphoto_core.synthesis.recipe import Recipe, age

FAMILIES = {KernelBlur: 0, AddedNoise: 1, SpeckleNoise: 1, SaltAndPepper: 1, SmallerAndBack: 2, JpegFile: 3}
PLANS = [bopbtl.plan((256, 256), np.random.default_rng([1, k])) for k in range(4000)]


def all_of(kind: type[Operation]) -> list[Operation]:
    return [operation for plan in PLANS for operation in plan if isinstance(operation, kind)]


def is_uniform(values: list[float], low: float, high: float) -> bool:
    assert low <= min(values) <= max(values) <= high
    return kstest((np.array(values) - low) / (high - low), "uniform").pvalue > 0.005


def test_each_of_the_four_comes_with_probability_seven_tenths_at_most_once() -> None:
    found = Counter(FAMILIES[type(operation)] for plan in PLANS for operation in plan)
    assert {family: found[family] / len(PLANS) for family in range(4)} == pytest.approx(
        dict.fromkeys(range(4), 0.7), abs=0.025
    )
    assert all(len({FAMILIES[type(o)] for o in plan}) == len(plan) for plan in PLANS)
    sizes = Counter(len(plan) for plan in PLANS)
    binomial = [0.3**4, 4 * 0.7 * 0.3**3, 6 * 0.7**2 * 0.3**2, 4 * 0.7**3 * 0.3, 0.7**4]
    assert chisquare([sizes[n] for n in range(5)], np.array(binomial) * len(PLANS)).pvalue > 0.005


def test_the_order_is_any_permutation() -> None:
    orders = Counter(tuple(FAMILIES[type(o)] for o in plan) for plan in PLANS if len(plan) == 4)
    assert len(orders) == 24
    assert chisquare(list(orders.values())).pvalue > 0.005
    before = Counter(a < b for plan in PLANS for a, b in pairwise([FAMILIES[type(o)] for o in plan]))
    assert before[True] / before.total() == pytest.approx(0.5, abs=0.025)


def test_blur_has_one_of_three_kernels_and_a_uniform_sigma() -> None:
    blurs = [o for o in all_of(KernelBlur) if isinstance(o, KernelBlur)]
    sides = Counter(o.side_px for o in blurs)
    assert set(sides) == {3, 5, 7}
    assert chisquare(list(sides.values())).pvalue > 0.005
    assert is_uniform([o.sigma_px for o in blurs], 1.0, 5.0)


def test_noise_is_one_of_three_alike_and_its_parameters_are_uniform() -> None:
    added, speckle, salted = all_of(AddedNoise), all_of(SpeckleNoise), all_of(SaltAndPepper)
    assert chisquare([len(added), len(speckle), len(salted)]).pvalue > 0.005
    for noise in (added, speckle):
        sigmas = [o.sigma for o in noise if isinstance(o, AddedNoise | SpeckleNoise)]
        assert is_uniform(sigmas, 5 / 255, 50 / 255)
    assert is_uniform([o.share for o in salted if isinstance(o, SaltAndPepper)], 0.0, 0.01)
    assert is_uniform([o.salt for o in salted if isinstance(o, SaltAndPepper)], 0.3, 0.8)


def test_jpeg_quality_is_any_of_forty_to_a_hundred() -> None:
    qualities = Counter(o.quality for o in all_of(JpegFile) if isinstance(o, JpegFile))
    assert set(qualities) == set(range(40, 101))
    assert chisquare(list(qualities.values())).pvalue > 0.005


def photograph() -> np.ndarray:
    return np.random.default_rng(0).random((48, 64, 3), dtype=np.float32)


def test_the_step_does_its_plan_in_order_on_bytes() -> None:
    for seed in range(12):
        step, chance = bopbtl.PublishedBopbtl(), np.random.default_rng(seed)
        pixels = (photograph() * 255).astype(np.uint8)
        for operation in bopbtl.plan((48, 64), chance):
            pixels = operation.apply(pixels, chance)
        grey = chance.random() < 0.1
        found = np.rint(255 * step.apply(photograph(), np.random.default_rng(seed)).photo).astype(np.uint8)
        np.testing.assert_array_equal(found, bopbtl.grey(pixels) if grey else pixels)


def test_one_in_ten_is_grey() -> None:
    tiny = np.random.default_rng(0).random((8, 8, 3), dtype=np.float32)
    step = bopbtl.PublishedBopbtl()
    grey = [not np.ptp(step.apply(tiny, np.random.default_rng([2, k])).photo, axis=2).any() for k in range(1500)]
    assert np.mean(grey) == pytest.approx(0.1, abs=0.025)
    never = bopbtl.PublishedBopbtl(grey_chance=0.0)
    assert all(np.ptp(never.apply(tiny, np.random.default_rng(k)).photo, axis=2).any() for k in range(60))


def test_grey_weighs_the_channels_by_bt_601() -> None:
    pixels = (photograph() * 255).astype(np.uint8)
    slow = pixels @ np.array([0.299, 0.587, 0.114])
    assert np.abs(bopbtl.grey(pixels)[..., 0] - slow).max() < 0.6


def test_severities_are_those_of_the_plan_and_the_bytes_can_be_made_again() -> None:
    recipe = Recipe("published", (bopbtl.PublishedBopbtl(),))
    first, second = (age(photograph(), recipe, np.random.default_rng(5)) for _ in range(2))
    assert first.photo.tobytes() == second.photo.tobytes()
    assert set(first.severities) <= {"blur", "noise", "low-resolution", "jpeg-blocks"}
    assert all(0.0 < amount < 1.0 for amount in first.severities.values())


def test_half_of_the_pictures_get_a_white_hole() -> None:
    mask = np.zeros((32, 32), np.uint8)
    mask[8:24, 8:24] = 255
    mask[4:8] = 51
    step = bopbtl.PublishedHole(masks=(mask,))
    effects = [step.apply(photograph(), np.random.default_rng(k)) for k in range(400)]
    holed = [effect for effect in effects if effect.masks]
    assert len(holed) / 400 == pytest.approx(0.5, abs=0.07)
    assert holed[0].photo[24, 32].tolist() == [1.0, 1.0, 1.0]
    one_fifth = photograph()[8, 0] + 0.2 * (1 - photograph()[8, 0])
    np.testing.assert_allclose(holed[0].photo[8, 0], one_fifth, atol=1e-6)
    np.testing.assert_array_equal(holed[0].photo[-1], photograph()[-1])
    np.testing.assert_array_equal(next(e for e in effects if not e.masks).photo, photograph())
