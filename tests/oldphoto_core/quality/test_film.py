"""Measures of steadiness on films whose unsteadiness is known."""

import numpy as np
import pytest
import skimage.data
from skimage.transform import resize

from oldphoto_core.image import Grey
from oldphoto_core.quality.film import cell_means, flicker, levels, motion_of, warping_error


def pan(count: int = 5) -> list[Grey]:
    whole = np.asarray(resize(skimage.data.camera(), (140, 140), anti_aliasing=True), dtype=np.float32)
    return [whole[10 + t : 106 + t, 10 + 2 * t : 110 + 2 * t].copy() for t in range(count)]


def test_a_clean_pan_is_steady_and_noise_adds_twice_its_variance() -> None:
    clean = pan()
    motion = list(motion_of(clean))
    rng = np.random.default_rng(1)
    noisy = [frame + rng.normal(0.0, 0.05, frame.shape).astype(np.float32) for frame in clean]
    quiet, loud = warping_error(clean, motion), warping_error(noisy, motion)
    assert quiet < 2e-4
    # The flow is nearly whole pixels, so bilinear reading leaves the noise of the fetched frame nearly whole.
    assert 1.4 * 0.05**2 < loud - quiet < 2.1 * 0.05**2


def test_noise_that_moves_with_the_scene_is_no_error() -> None:
    whole = np.asarray(resize(skimage.data.camera(), (140, 140), anti_aliasing=True), dtype=np.float32)
    grainy = whole + np.random.default_rng(2).normal(0.0, 0.05, whole.shape).astype(np.float32)
    clean = pan()
    moving = [grainy[10 + t : 106 + t, 10 + 2 * t : 110 + 2 * t] for t in range(5)]
    still = [frame + (grainy - whole)[:96, :100] for frame in clean]
    motion = list(motion_of(clean))
    assert warping_error(moving, motion) < 0.3 * warping_error(still, motion)


def test_colour_counts_like_luma() -> None:
    clean = pan(3)
    motion = list(motion_of(clean))
    rgb = [np.repeat(frame[..., None], 3, axis=2) for frame in clean]
    assert warping_error(rgb, motion) == pytest.approx(warping_error(clean, motion), rel=1e-4)


def test_one_frame_has_no_error_and_too_few_motions_are_refused() -> None:
    assert warping_error(pan(1), []) == 0.0
    with pytest.raises(ValueError, match="shorter"):
        warping_error(pan(3), list(motion_of(pan(2))))


def test_flicker_is_the_spread_of_independent_light() -> None:
    light = np.random.default_rng(3).normal(0.0, 0.02, 4000)
    assert flicker(light) == pytest.approx(0.02, rel=0.05)


def test_fades_do_not_flicker_and_a_switched_light_counts_once() -> None:
    fade = np.concatenate([np.full(10, 0.6), np.linspace(0.6, 0.0, 31), np.zeros(10)])
    assert flicker(fade) < 0.003
    switched = np.repeat([0.2, 0.6], 50)
    assert flicker(switched) == pytest.approx(np.sqrt(2 * 0.4**2 / 98 / 6))
    assert flicker(np.array([0.1, 0.9])) == 0.0


def test_cells_tell_local_light() -> None:
    rng = np.random.default_rng(4)
    frames = []
    for _ in range(200):
        frame = np.full((16, 16), 0.5, np.float32)
        sway = np.float32(rng.normal(0.0, 0.05))
        frame[:, :8] += sway
        frame[:, 8:] -= sway
        frames.append(frame)
    assert flicker(levels(frames)) < 1e-6
    assert flicker(levels(frames, cells=4)) == pytest.approx(0.05, rel=0.1)


def test_cells_cover_every_pixel_once() -> None:
    frame = np.random.default_rng(5).random((7, 10), dtype=np.float32)
    assert cell_means(frame)[0, 0] == pytest.approx(frame.mean())
    assert cell_means(frame, cells=7).shape == (7, 7)
    with pytest.raises(ValueError, match="cells"):
        cell_means(frame, cells=8)
