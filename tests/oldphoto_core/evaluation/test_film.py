"""What stands in the tables of film: methods that keep shapes, scores that know the truth from less."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from skimage import data

from oldphoto_core.evaluation.film_cases import KINDS, FilmCases
from oldphoto_core.evaluation.film_methods import FILM_METHODS, median_along_motion, median_of_three, source_of
from oldphoto_core.evaluation.film_scores import MEASURES, REAL_MEASURES, FilmScore, mean_score, measured, measured_real
from oldphoto_core.image import Photo, from_bytes8
from oldphoto_core.synthesis.reel import made_reel

SMALL = FilmCases(size=(48, 64), frames=5, seed=3)


def still() -> Photo:
    return np.asarray(cv2.GaussianBlur(from_bytes8(data.astronaut()), (0, 0), 2.0), dtype=np.float32)


def test_clips_of_one_number_show_the_same_and_differ_in_damage_alone() -> None:
    dirty = replace(SMALL, size=(96, 128), seed=1)  # large enough for some dirt
    clips = {kind: dirty.clip([still()], kind, 2) for kind in KINDS}
    assert len({clip.clean.tobytes() for clip in clips.values()}) == 1
    assert len({clip.old.tobytes() for clip in clips.values()}) == len(KINDS)
    assert np.array_equal(clips["clean"].old, clips["clean"].clean)
    assert clips["clean"].clean.tobytes() != dirty.clip([still()], "clean", 3).clean.tobytes()


def test_the_truth_scores_best_and_damage_worse() -> None:
    reel = SMALL.clip([still()], "worn", 0)
    best, before = measured(reel.clean, reel), measured(reel.old, reel)
    assert set(best) == set(MEASURES)
    assert (best["psnr_db"], best["ssim"], best["flicker"]) == (100.0, pytest.approx(1.0), pytest.approx(0.0, abs=1e-6))
    assert before["psnr_db"] < 40.0
    assert before["ssim"] < 0.99
    assert before["warping"] > 5.0 * best["warping"]
    assert before["flicker"] > 0.1


@pytest.mark.parametrize("name", FILM_METHODS)
def test_every_method_gives_a_clip_of_the_same_shape_in_range(name: str) -> None:
    old = SMALL.clip([still()], "worn", 1).old
    found = FILM_METHODS[name].restore(old)
    assert found.shape == old.shape
    assert found.dtype == np.float32
    assert -1e-6 <= float(found.min()) <= float(found.max()) <= 1.0 + 1e-6


@pytest.mark.parametrize("name", ["median", "median-moved", "nlm"])
def test_a_speck_of_one_frame_is_gone_with_methods_over_time(name: str) -> None:
    frames = np.stack([still()[100:148, 100:164]] * 5)
    dirty = frames.copy()
    dirty[2, 20:23, 30:33] = 1.0
    found = FILM_METHODS[name].restore(dirty)
    before, after = (float(np.abs(one[2, 20:23, 30:33] - frames[2, 20:23, 30:33]).mean()) for one in (dirty, found))
    assert after < (0.1 if name != "nlm" else 1.01) * before


def test_motion_helps_the_median_where_things_move() -> None:
    cases = replace(SMALL.settings("clean"), moves=replace(SMALL.settings("clean").moves, still_share=0.0, pan_px=5.0))
    reels = [made_reel([still()], cases, seed=seed) for seed in range(3)]
    plain, moved = (
        np.mean([measured(method(reel.old), reel)["psnr_db"] for reel in reels])
        for method in (median_of_three, median_along_motion)
    )
    assert moved > plain + 1.0


def test_a_clip_is_read_by_number() -> None:
    frames = np.stack([np.full((20, 24, 3), 0.1 * number, dtype=np.float32) for number in range(4)])
    source = source_of(frames)
    assert (source.count, source.height, source.width) == (4, 20, 24)
    assert [float(frame[0, 0, 0]) for frame in source.read(1, 3)] == pytest.approx([0.1, 0.2])


def test_real_film_that_is_left_as_it_is_has_no_change() -> None:
    frames = SMALL.clip([still()], "worn", 0).old
    same = measured_real(frames, frames)
    assert set(same) == set(REAL_MEASURES)
    assert same["change"] == 0.0
    smoothed = np.stack([cv2.GaussianBlur(frame, (0, 0), 2.0) for frame in frames])
    assert measured_real(smoothed, frames)["sharpness"] < same["sharpness"]


def test_means_have_intervals_over_pictures() -> None:
    scores = [FilmScore("worn", f"{number}", "input", {"psnr_db": float(number)}, 0.0) for number in range(4)]
    found = mean_score(scores, "psnr_db", seed=0)
    assert found is not None
    assert (found.value, found.pictures) == (1.5, 4)
    assert mean_score([], "psnr_db", seed=0) is None
