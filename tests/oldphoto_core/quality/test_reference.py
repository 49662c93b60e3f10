"""Measures against a reference: known values, scikit-image, and what they must tell apart."""

import numpy as np
import pytest
from skimage import data
from skimage.metrics import peak_signal_noise_ratio

from oldphoto_core.errors import PhotoShapeError
from oldphoto_core.image import Photo, from_bytes8
from oldphoto_core.quality.reference import delta_e, edge_ssim, mean_delta_e, psnr_db, ssim


def cat() -> Photo:
    return from_bytes8(data.chelsea()[:128, 100:260])


def noisy(photo: Photo, sigma: float) -> Photo:
    noise = np.random.default_rng(1).normal(0.0, sigma, photo.shape).astype(np.float32)
    return np.clip(photo + noise, 0.0, 1.0)


def test_psnr_agrees_with_scikit_image() -> None:
    bad = noisy(cat(), 0.05)
    assert psnr_db(bad, cat()) == pytest.approx(peak_signal_noise_ratio(cat(), bad, data_range=1.0), abs=1e-4)


@pytest.mark.parametrize("measure", [ssim, edge_ssim])
def test_similarity_is_one_for_equal_pictures_and_falls_with_noise(measure) -> None:  # noqa: ANN001 two functions of one form
    scores = [measure(noisy(cat(), sigma), cat()) for sigma in (0.02, 0.05, 0.15)]
    assert measure(cat(), cat()) == pytest.approx(1.0)
    assert scores == sorted(scores, reverse=True)
    assert scores[0] < 1.0


def test_edges_survive_a_change_of_tone_better_than_luma_does() -> None:
    lifted = np.float32(0.3) + np.float32(0.7) * cat()
    blurred = np.repeat(np.repeat(cat()[::4, ::4], 4, axis=0), 4, axis=1)
    assert edge_ssim(lifted, cat()) > edge_ssim(blurred, cat())


def test_colour_difference_counts_only_the_region() -> None:
    changed = cat()
    changed[:64] *= np.float32(0.8)
    upper = np.zeros(changed.shape[:2], dtype=bool)
    upper[:64] = True
    assert mean_delta_e(changed, cat(), region=~upper) == 0.0
    assert mean_delta_e(changed, cat(), region=upper) == pytest.approx(2.0 * mean_delta_e(changed, cat()))
    assert mean_delta_e(changed, cat(), region=np.zeros_like(upper)) == 0.0


def test_colour_difference_of_white_and_black_is_a_hundred() -> None:
    black = np.zeros((4, 4, 3), dtype=np.float32)
    assert delta_e(black, np.ones_like(black)) == pytest.approx(np.full((4, 4), 100.0), abs=1e-3)


@pytest.mark.parametrize("side", [4, 8, 16])
def test_small_pictures_can_be_judged(side: int) -> None:
    photo = cat()[:side, :side]
    assert ssim(photo, photo) == pytest.approx(1.0)


@pytest.mark.parametrize("measure", [psnr_db, ssim, edge_ssim, mean_delta_e])
def test_pictures_of_two_sizes_are_refused(measure) -> None:  # noqa: ANN001 four functions of one form
    with pytest.raises(PhotoShapeError, match="size of the reference"):
        measure(cat(), cat()[:-1])
