"""Known blurs are measured; noise and content move the measure little."""

import cv2
import numpy as np
import pytest
from skimage import data

from oldphoto_core.diagnosis.sharpness import detail_long_side_px, edge_sigma_px, sigma_of_reach_px, spectral_reach
from oldphoto_core.image import Grey


def blurred(picture: Grey, sigma_px: float) -> Grey:
    return cv2.GaussianBlur(picture, (0, 0), sigma_px)


def disc() -> Grey:
    rows, columns = np.mgrid[:256, :256].astype(np.float32)
    return np.where(np.hypot(rows - 128, columns - 128) < 80, 0.8, 0.2).astype(np.float32)


@pytest.mark.parametrize("sigma_px", [1.5, 2.0, 3.0, 4.0])
def test_the_blur_of_a_clean_edge_is_its_sigma(sigma_px: float) -> None:
    assert edge_sigma_px(blurred(disc(), sigma_px), 0.0) == pytest.approx(sigma_px, rel=0.12)


def test_noise_does_not_hide_a_strong_blur() -> None:
    noisy = blurred(disc(), 3.0) + np.random.default_rng(0).normal(0, 0.01, (256, 256)).astype(np.float32)
    assert edge_sigma_px(noisy, 0.01) == pytest.approx(3.0, rel=0.25)


def test_a_sharp_photograph_has_no_blur_and_more_blur_measures_more() -> None:
    camera = data.camera().astype(np.float32) / 255
    measured = [edge_sigma_px(blurred(camera, s) if s else camera, 0.0) for s in (0.0, 2.0, 3.0, 4.0)]
    assert measured[0] < 0.5
    assert measured[1] > 1.0
    assert measured == sorted(measured)


def test_a_picture_without_edges_is_not_called_blurred() -> None:
    assert edge_sigma_px(np.full((64, 64), 0.5, dtype=np.float32), 0.0) == 0.0


@pytest.mark.parametrize("factor", [2, 3, 4])
def test_enlarging_empties_the_spectrum_above_the_old_limit(factor: int) -> None:
    camera = data.camera().astype(np.float32) / 255
    small = cv2.resize(camera, None, fx=1 / factor, fy=1 / factor, interpolation=cv2.INTER_AREA)
    large = cv2.resize(small, (512, 512), interpolation=cv2.INTER_CUBIC)
    assert 1.0 / factor <= spectral_reach(large) <= 1.8 / factor
    assert spectral_reach(camera) == 1.0


def test_the_reach_of_a_gaussian_gives_back_its_sigma() -> None:
    camera = data.camera().astype(np.float32) / 255
    assert sigma_of_reach_px(spectral_reach(blurred(camera, 2.0))) == pytest.approx(2.0, rel=0.3)


@pytest.mark.parametrize("shape", [(16, 16), (1, 40), (63, 200)])
def test_pictures_too_small_for_a_spectrum_are_not_judged(shape: tuple[int, int]) -> None:
    assert spectral_reach(np.zeros(shape, dtype=np.float32)) == 1.0


def test_an_enlargement_holds_the_detail_of_the_small_picture() -> None:
    camera = data.camera().astype(np.float32) / 255
    small = cv2.resize(camera, (171, 171), interpolation=cv2.INTER_AREA)
    large = cv2.resize(small, (512, 512), interpolation=cv2.INTER_CUBIC)
    reach, edge = spectral_reach(large), edge_sigma_px(large, 0.0)
    assert 150 < detail_long_side_px(512, 512, reach=reach, edge_sigma=edge) < 350
    assert detail_long_side_px(512, 512, reach=spectral_reach(camera), edge_sigma=0.0) == 512


def test_a_loss_that_the_edges_explain_is_put_down_to_blur() -> None:
    enlarged, soft = (detail_long_side_px(512, 512, reach=0.35, edge_sigma=edge) for edge in (0.8, 1.7))
    assert soft == pytest.approx(1.8 * enlarged)
    assert detail_long_side_px(512, 512, reach=0.99, edge_sigma=9.0) == 512
