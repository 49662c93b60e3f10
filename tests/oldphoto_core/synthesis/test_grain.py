"""Measured noise equals the noise asked for."""

import numpy as np
import pytest

from oldphoto_core.image import Photo
from oldphoto_core.synthesis.grain import FilmGrain, ScannerNoise, blurred_noise


def flat(value: float, side: int = 256) -> Photo:
    return np.full((side, side, 3), value, dtype=np.float32)


@pytest.mark.parametrize("radius_px", [0.0, 0.5, 0.8, 1.5, 3.0])
def test_noise_has_unit_variance_at_any_radius(radius_px: float) -> None:
    noise = blurred_noise((512, 512, 1), np.random.default_rng(0), radius_px=radius_px)
    assert float(noise.std()) == pytest.approx(1.0, abs=0.04)
    assert float(noise.mean()) == pytest.approx(0.0, abs=0.05)


def test_wider_grains_resemble_their_neighbours_more() -> None:
    likeness = []
    for radius_px in (0.0, 0.6, 1.2):
        noise = blurred_noise((256, 256, 1), np.random.default_rng(0), radius_px=radius_px)[..., 0]
        likeness.append(float((noise[:, 1:] * noise[:, :-1]).mean()))
    assert likeness[0] == pytest.approx(0.0, abs=0.02)
    assert likeness[0] < likeness[1] < likeness[2]


@pytest.mark.parametrize("colour", [0.0, 0.6, 1.0])
@pytest.mark.parametrize("sigma", [0.01, 0.04])
def test_grain_at_mid_grey_has_the_sigma_asked_for(sigma: float, colour: float) -> None:
    effect = FilmGrain(sigma=sigma, colour=colour).apply(flat(0.5), np.random.default_rng(1))
    assert float((effect.photo - 0.5).std()) == pytest.approx(sigma, rel=0.05)


def test_grain_follows_density_as_random_dots_do() -> None:
    measured = [
        float((FilmGrain(sigma=0.02).apply(flat(tone), np.random.default_rng(1)).photo - tone).std())
        for tone in (0.2, 0.5, 0.8)
    ]
    asked = [0.02 * 2.0 * (tone * (1.0 - tone)) ** 0.5 for tone in (0.2, 0.5, 0.8)]
    assert measured == pytest.approx(asked, rel=0.05)


def test_silver_grain_has_no_colour_and_dye_grain_has() -> None:
    silver = FilmGrain(sigma=0.05).apply(flat(0.5), np.random.default_rng(1)).photo
    dyes = FilmGrain(sigma=0.05, colour=1.0).apply(flat(0.5), np.random.default_rng(1)).photo
    assert float(np.ptp(silver, axis=2).max()) < 1e-6
    assert float(np.ptp(dyes, axis=2).mean()) > 0.05


def test_scanner_noise_has_the_sigma_asked_for_in_each_channel_alone() -> None:
    noise = ScannerNoise(sigma=0.03).apply(flat(0.5), np.random.default_rng(2)).photo - 0.5
    assert noise.std(axis=(0, 1)) == pytest.approx([0.03] * 3, rel=0.03)
    assert abs(float(np.corrcoef(noise[..., 0].ravel(), noise[..., 1].ravel())[0, 1])) < 0.02


def test_plainly_visible_noise_has_severity_one_half() -> None:
    assert ScannerNoise(sigma=0.08).apply(flat(0.5, 8), np.random.default_rng(0)).severities["noise"] == 0.5
