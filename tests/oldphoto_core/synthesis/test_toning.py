"""A toned print has one tone, and its severities say that nothing was damaged."""

import numpy as np
import pytest

from oldphoto_core.image import is_monochrome, luma
from oldphoto_core.synthesis.fading import FLARE, YELLOW_STAIN
from oldphoto_core.synthesis.toning import TONES, Process, Toned, Vignette


def photograph() -> np.ndarray:
    return np.random.default_rng(3).random((64, 48, 3), dtype=np.float32)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.mark.parametrize("process", TONES)
def test_a_toned_print_has_one_tone_and_no_damage(process: Process) -> None:
    effect = Toned(process=process, cream=0.1).apply(photograph(), rng())
    assert is_monochrome(effect.photo)
    assert not effect.severities
    assert not effect.masks


def test_toning_is_the_slow_sum_of_densities() -> None:
    photo = photograph()[:5, :5]
    toned = Toned(process="sepia", amount=0.5, cream=0.1).apply(photo, rng()).photo
    for pixel, found in zip(photo.reshape(-1, 3), toned.reshape(-1, 3), strict=True):
        grey = float(pixel @ np.array([0.2126, 0.7152, 0.0722]))
        layer = -np.log((grey + FLARE) / (1 + FLARE))
        for channel in range(3):
            tone = 1 + 0.5 * (TONES["sepia"][channel] - 1)
            light = (1 + FLARE) * np.exp(-(layer * tone + 0.1 * YELLOW_STAIN[channel])) - FLARE
            assert found[channel] == pytest.approx(np.clip(light, 0, 1), abs=1e-5)


def test_sepia_is_brown_and_a_cyanotype_blue() -> None:
    grey = np.full((4, 4, 3), 0.4, np.float32)
    red, green, blue = Toned(process="sepia").apply(grey, rng()).photo[0, 0]
    assert red > green > blue
    red, green, blue = Toned(process="cyanotype").apply(grey, rng()).photo[0, 0]
    assert red < green < blue


def test_a_neutral_print_keeps_the_luma() -> None:
    photo = photograph()
    np.testing.assert_allclose(luma(Toned().apply(photo, rng()).photo), luma(photo), atol=1e-5)


@pytest.mark.parametrize("strength", [0.3, 0.9])
def test_a_vignette_darkens_the_corners_and_spares_the_middle(strength: float) -> None:
    for seed in range(5):
        white = np.ones((80, 100, 3), np.float32)
        effect = Vignette(strength=strength, inner=0.3).apply(white, np.random.default_rng(seed))
        assert effect.photo[35:45, 45:55].min() > 0.99
        corners = effect.photo[[0, 0, -1, -1], [0, -1, 0, -1]]
        assert corners.mean() == pytest.approx(1.0 - strength, abs=0.25 * strength + 0.05)
        assert not effect.severities


def test_a_studio_vignette_fades_to_white() -> None:
    black = np.zeros((80, 100, 3), np.float32)
    faded = Vignette(strength=-0.8).apply(black, rng()).photo
    assert faded[40, 50].max() == 0.0
    assert faded[[0, 0, -1, -1], [0, -1, 0, -1]].mean() > 0.5
    assert 0.0 <= float(faded.min()) <= float(faded.max()) <= 1.0
