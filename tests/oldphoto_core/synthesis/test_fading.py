"""Fading against a slow Beer-Lambert sum of dyes, and what a print cannot do: gain density by losing dye."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oldphoto_core.image import Photo, is_monochrome
from oldphoto_core.synthesis.fading import (
    DYES,
    FLARE,
    YELLOW_STAIN,
    DyeLoss,
    SilverPrint,
    density,
    from_density,
    tone_severities,
    uneven_share,
)

LOSSES = st.floats(0.0, 0.95)


def ramp() -> Photo:
    """Return a grey wedge from black to white."""
    return np.repeat(np.linspace(0.0, 1.0, 64, dtype=np.float32)[None, :, None], 3, axis=2)


def apply(damage: DyeLoss | SilverPrint, photo: Photo) -> Photo:
    return damage.apply(photo, np.random.default_rng(0)).photo


def slow_dye_loss(pixel: np.ndarray, damage: DyeLoss) -> np.ndarray:
    """Return one pixel after dye loss: solve for the dyes, take each one's share away, add the layers up again."""
    layers = -np.log((pixel.astype(np.float64) + FLARE) / (1 + FLARE))
    cyan, magenta, yellow = np.linalg.solve(DYES.astype(np.float64), layers)
    left = np.array([cyan * (1 - damage.cyan), magenta * (1 - damage.magenta), yellow * (1 - damage.yellow)])
    total = sum(DYES[:, dye].astype(np.float64) * left[dye] for dye in range(3)) + damage.stain * YELLOW_STAIN
    return np.clip((1 + FLARE) * np.exp(-total) - FLARE, 0.0, 1.0)


def test_dye_loss_equals_the_slow_sum_of_layers() -> None:
    photo = np.random.default_rng(1).random((6, 7, 3), dtype=np.float32)
    damage = DyeLoss(cyan=0.6, magenta=0.2, yellow=0.35, stain=0.15, unevenness=0.0)
    slow = np.array([[slow_dye_loss(pixel, damage) for pixel in row] for row in photo])
    np.testing.assert_allclose(apply(damage, photo), slow, atol=2e-5)


def test_density_and_back_is_the_identity() -> None:
    photo = np.random.default_rng(2).random((20, 20, 3), dtype=np.float32)
    np.testing.assert_allclose(from_density(density(photo)), photo, atol=1e-6)


def test_no_loss_leaves_the_photograph_alone_and_is_not_severe() -> None:
    photo = np.random.default_rng(2).random((20, 20, 3), dtype=np.float32)
    effect = DyeLoss(cyan=0.0, magenta=0.0, yellow=0.0, stain=0.0).apply(photo, np.random.default_rng(0))
    np.testing.assert_allclose(effect.photo, photo, atol=1e-5)
    assert max(effect.severities.values()) < 1e-4


@settings(deadline=None, max_examples=40)
@given(LOSSES, LOSSES, LOSSES)
def test_the_curve_of_a_grey_wedge_never_turns_back(cyan: float, magenta: float, yellow: float) -> None:
    faded = apply(DyeLoss(cyan=cyan, magenta=magenta, yellow=yellow, stain=0.2, unevenness=0.0), ramp())
    assert float(np.diff(faded[0, :, :] @ np.full(3, 1 / 3, np.float32)).min()) >= -1e-6


def test_losing_cyan_turns_grey_red_and_losing_yellow_turns_it_blue() -> None:
    grey = np.full((4, 4, 3), 0.5, dtype=np.float32)
    red = apply(DyeLoss(cyan=0.5, magenta=0.0, yellow=0.0, stain=0.0), grey)[0, 0]
    blue = apply(DyeLoss(cyan=0.0, magenta=0.0, yellow=0.5, stain=0.0), grey)[0, 0]
    assert red[0] > red[1] + 0.05
    assert blue[2] > blue[1] + 0.05


def test_yellowed_paper_takes_most_from_blue() -> None:
    red, green, blue = apply(SilverPrint(yellowing=0.4, unevenness=0.0), np.ones((4, 4, 3), np.float32))[0, 0]
    assert 1.0 > red > green > blue


@pytest.mark.parametrize("warmth", [0.0, 0.5, 1.0])
def test_a_silver_print_has_one_tone(warmth: float) -> None:
    photo = np.random.default_rng(3).random((64, 64, 3), dtype=np.float32)
    assert not is_monochrome(photo)
    assert is_monochrome(apply(SilverPrint(warmth=warmth, loss=0.2, yellowing=0.2, unevenness=0.0), photo))


def test_toning_alone_is_no_damage() -> None:
    severities = SilverPrint(warmth=1.0).apply(ramp(), np.random.default_rng(0)).severities
    assert max(severities.values()) < 1e-4


def test_severities_rise_with_what_is_lost() -> None:
    slight = DyeLoss(cyan=0.2, magenta=0.1, yellow=0.1, stain=0.05)
    heavy = DyeLoss(cyan=0.8, magenta=0.4, yellow=0.5, stain=0.3)
    for kind in ("fading", "colour-cast", "low-contrast"):
        light, strong = (d.apply(ramp(), np.random.default_rng(0)).severities[kind] for d in (slight, heavy))
        assert 0.0 < light < 0.5 < strong < 1.0 or (kind == "low-contrast" and light < strong)


def test_an_even_loss_is_no_colour_cast() -> None:
    matrix = np.float32(0.5) * np.eye(3, dtype=np.float32)
    severities = tone_severities(matrix, np.zeros(3, np.float32), loss=0.5)
    assert severities["colour-cast"] == pytest.approx(0.0, abs=1e-6)
    assert severities["fading"] == pytest.approx(1.0 - 2.0**-1.25)


@pytest.mark.parametrize("unevenness", [0.0, 0.4, 1.0])
def test_uneven_fading_stays_in_its_band(unevenness: float) -> None:
    share = uneven_share((30, 50), np.random.default_rng(0), unevenness=unevenness)
    assert float(share.min()) >= 1.0 - unevenness - 1e-6
    assert float(share.max()) <= 1.0 + 1e-6
    assert float(np.ptp(share)) >= 0.8 * unevenness
