"""Results that are worse are told from those that are not."""

import cv2
import numpy as np
from film_shots import grey, pan

from oldphoto_core.film.judging import ShotLimits, measure_shot, why_worse
from oldphoto_core.image import Grey, luma

LIMITS = ShotLimits()


def shot() -> list[Grey]:
    return [luma(frame) for frame in grey(pan("astronaut", 6))]


def test_the_same_shot_is_no_worse() -> None:
    change = measure_shot(shot(), shot())
    assert change.sharpness_kept == 1.0
    assert change.level_change_luma == 0.0
    assert why_worse(change, LIMITS) is None


def test_flicker_blur_level_and_unsteadiness_are_refused() -> None:
    before = shot()
    rng = np.random.default_rng(0)
    trembling = [np.clip(f + rng.normal(0, 0.02), 0, 1).astype(np.float32) for f in before]
    blurred = [cv2.GaussianBlur(f, (0, 0), 3.0) for f in before]
    lighter = [np.clip(f + 0.1, 0, 1).astype(np.float32) for f in before]
    noisy = [np.clip(f + rng.normal(0, 0.05, f.shape), 0, 1).astype(np.float32) for f in before]
    for after, word in ((trembling, "flicker"), (blurred, "edges"), (lighter, "mean luma"), (noisy, "warping")):
        reason = why_worse(measure_shot(before, after), LIMITS)
        assert reason is not None
        assert word in reason


def test_less_dirt_and_noise_is_no_worse() -> None:
    rng = np.random.default_rng(1)
    noisy = [np.clip(f + rng.normal(0, 0.03, f.shape), 0, 1).astype(np.float32) for f in shot()]
    change = measure_shot(noisy, shot())
    assert why_worse(change, LIMITS) is None
    assert change.warping_error_after < change.warping_error_before


def test_frames_too_small_for_motion_are_measured_otherwise() -> None:
    tiny = [frame[:8, :8].copy() for frame in shot()]
    assert measure_shot(tiny, tiny).warping_error_after == 0.0
