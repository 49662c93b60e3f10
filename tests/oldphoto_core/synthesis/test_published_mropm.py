"""The released style-variant transform of MROPM-Net: its colours as Pillow's, its ranges, its regions."""

from collections import Counter
from colorsys import hsv_to_rgb, rgb_to_hsv

import numpy as np
import pytest
from PIL import Image, ImageEnhance
from scipy.stats import chisquare, kstest

from oldphoto_core.errors import PhotoShapeError
from oldphoto_core.synthesis import published_mropm as mropm
from oldphoto_core.synthesis.published_operations import AddedNoise, JpegFile, KernelBlur, SmallerAndBack, SpeckleNoise

FAMILIES = {KernelBlur: 0, AddedNoise: 1, SpeckleNoise: 1, SmallerAndBack: 2, JpegFile: 3}
PLANS = [mropm.plan((256, 256), np.random.default_rng([3, k])) for k in range(4000)]
JITTERS = [mropm.jitter(np.random.default_rng([4, k])) for k in range(2000)]


def photograph(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((40, 56, 3), dtype=np.float32)


def pixels() -> np.ndarray:
    return (photograph() * 255).astype(np.uint8)


def one(**factors: float) -> mropm.ColourJitter:
    """Return a jitter of one factor, the others neutral."""
    names = ("brightness", "contrast", "saturation", "hue")
    settings = {"brightness": 1.0, "contrast": 1.0, "saturation": 1.0, "hue": 0.0, **factors}
    return mropm.ColourJitter(**settings, order=(names.index(next(iter(factors))),))


@pytest.mark.parametrize("factor", [0.6, 0.8, 0.93, 1.07, 1.2, 1.4])
def test_brightness_contrast_and_saturation_are_those_of_pillow(factor: float) -> None:
    image = Image.fromarray(pixels())
    np.testing.assert_array_equal(
        one(brightness=factor).apply(pixels()), ImageEnhance.Brightness(image).enhance(factor)
    )
    np.testing.assert_array_equal(one(contrast=factor).apply(pixels()), ImageEnhance.Contrast(image).enhance(factor))
    np.testing.assert_array_equal(one(saturation=factor).apply(pixels()), ImageEnhance.Color(image).enhance(factor))


@pytest.mark.parametrize("turns", [-0.4, -0.1, 0.25, 0.4])
def test_hue_is_turned_as_colorsys_turns_it(turns: float) -> None:
    found = one(hue=turns).apply(pixels()).reshape(-1, 3)[::7]
    hsv = [rgb_to_hsv(*(float(value) / 255 for value in pixel)) for pixel in pixels().reshape(-1, 3)[::7]]
    slow = 255 * np.array([hsv_to_rgb((hue + turns) % 1.0, saturation, value) for hue, saturation, value in hsv])
    # Hue in bytes: three roundings of up to a step, and a step is six values of a pure colour.
    assert np.abs(found - slow).max() < 18
    assert np.abs(found - slow).mean() < 2.5


def test_no_change_of_hue_is_nearly_none() -> None:
    assert np.abs(one(hue=0.0).apply(pixels()).astype(int) - pixels()).max() <= 7


def test_the_order_of_the_changes_matters_and_is_kept() -> None:
    both = mropm.ColourJitter(brightness=1.2, contrast=0.8, saturation=1.0, hue=0.0, order=(1, 0))
    expected = one(brightness=1.2).apply(one(contrast=0.8).apply(pixels()))
    np.testing.assert_array_equal(both.apply(pixels()), expected)


def test_factors_are_uniform_in_their_ranges_and_orders_alike() -> None:
    for name, low, high in (
        ("brightness", 0.8, 1.2),
        ("contrast", 0.8, 1.2),
        ("saturation", 0.6, 1.4),
        ("hue", -0.4, 0.4),
    ):
        values = np.array([getattr(jitter, name) for jitter in JITTERS])
        assert low <= values.min() <= values.max() <= high
        assert kstest((values - low) / (high - low), "uniform").pvalue > 0.005
    orders = Counter(jitter.order for jitter in JITTERS)
    assert len(orders) == 24
    assert chisquare(list(orders.values())).pvalue > 0.005


def test_each_operation_comes_with_probability_one_half_in_any_order() -> None:
    found = Counter(FAMILIES[type(operation)] for plan in PLANS for operation in plan)
    assert [found[family] / len(PLANS) for family in range(4)] == pytest.approx([0.5] * 4, abs=0.025)
    orders = Counter(tuple(FAMILIES[type(o)] for o in plan) for plan in PLANS if len(plan) == 2)
    assert len(orders) == 12
    assert chisquare(list(orders.values())).pvalue > 0.005


def test_parameters_lie_in_their_ranges_and_fill_them() -> None:
    everything = [operation for plan in PLANS for operation in plan]
    ranges = {
        "added": ([o.sigma for o in everything if isinstance(o, AddedNoise)], 5 / 255, 10 / 255),
        "speckle": ([o.sigma for o in everything if isinstance(o, SpeckleNoise)], 5 / 255, 20 / 255),
        "blur": ([o.sigma_px for o in everything if isinstance(o, KernelBlur)], 1.0, 5.0),
    }
    for values, low, high in ranges.values():
        assert low <= min(values) <= max(values) <= high
        assert kstest((np.array(values) - low) / (high - low), "uniform").pvalue > 0.005
    assert len(ranges["added"][0]) / len(ranges["speckle"][0]) == pytest.approx(1.0, abs=0.15)
    assert {o.side_px for o in everything if isinstance(o, KernelBlur)} == {3, 5, 7}
    assert {o.quality for o in everything if isinstance(o, JpegFile)} == set(range(40, 101))


def test_every_region_is_aged_on_its_own_with_the_rest_blacked_out() -> None:
    labels = np.zeros((40, 56), np.int64)
    labels[:, 20:] = 7
    labels[25:] = 200
    step = mropm.PublishedMropm(labels=labels)
    for seed in range(6):
        chance, expected = np.random.default_rng(seed), np.zeros((40, 56, 3), np.uint8)
        for label in (0, 7, 200):
            region = (labels == label)[..., None]
            operations = mropm.plan((40, 56), chance)
            aged = mropm.jitter(chance).apply(pixels() * region.astype(np.uint8))
            for operation in operations:
                aged = operation.apply(aged, chance)
            expected = np.where(region, aged, expected)
        found = step.apply(photograph(), np.random.default_rng(seed)).photo
        np.testing.assert_array_equal(np.rint(255 * found).astype(np.uint8), expected)


def test_regions_get_different_colours() -> None:
    labels = np.repeat(np.arange(2), 28)[None].repeat(40, axis=0)
    grey = np.tile(np.array([0.3, 0.5, 0.6], np.float32), (40, 56, 1))
    differing = 0
    for seed in range(10):
        found = mropm.PublishedMropm(labels=labels).apply(grey, np.random.default_rng(seed)).photo
        differing += float(np.abs(found[:, :20].mean(axis=(0, 1)) - found[:, -20:].mean(axis=(0, 1))).max()) > 0.03
    assert differing >= 8


def test_without_labels_the_picture_is_one_region() -> None:
    whole = mropm.PublishedMropm(labels=np.zeros((40, 56), np.int64)).apply(photograph(), np.random.default_rng(1))
    bare = mropm.PublishedMropm().apply(photograph(), np.random.default_rng(1))
    assert whole.photo.tobytes() == bare.photo.tobytes()
    assert set(bare.severities) <= {"blur", "noise", "low-resolution", "jpeg-blocks", "colour-cast"}


def test_labels_of_another_size_are_refused() -> None:
    with pytest.raises(PhotoShapeError, match="labels"):
        mropm.PublishedMropm(labels=np.zeros((8, 8), np.int64)).apply(photograph(), np.random.default_rng(0))
