"""Shots of reels whose cuts are known."""

import sys
from itertools import pairwise

import cv2
import numpy as np
import pytest
import skimage.data

from oldphoto_core.film.reel import Frame, Shot
from oldphoto_core.film.shots import find_shots

SCENES = {
    name: np.asarray(cv2.resize(getattr(skimage.data, name)(), (180, 140), interpolation=cv2.INTER_AREA))
    for name in ("astronaut", "coffee", "chelsea", "rocket")
}


def scene(name: str, count: int, *, speed: float = 1.0) -> list[Frame]:
    """A pan over a picture."""
    whole = SCENES[name].astype(np.float32) / np.float32(255.0)
    lefts = [round(speed * t) % 50 for t in range(count)]
    return [whole[10:106, left : left + 128].copy() for left in lefts]


def flickering(frames: list[Frame], *, seed: int = 0) -> list[Frame]:
    rng = np.random.default_rng(seed)
    return [np.clip(f * rng.uniform(0.7, 1.3) + rng.normal(0.0, 0.03), 0.0, 1.0).astype(np.float32) for f in frames]


def dusty(frames: list[Frame], *, seed: int = 0) -> list[Frame]:
    rng = np.random.default_rng(seed)
    for frame in frames:
        for _ in range(20):
            y, x = rng.integers(0, 90), rng.integers(0, 120)
            frame[y : y + 5, x : x + 5] = rng.choice([0.0, 1.0])
    return frames


def starts(frames: list[Frame], **options: int) -> list[int]:
    shots = find_shots(frames, **options)
    assert shots[0].start == 0
    assert shots[-1].stop == len(frames)
    assert all(one.stop == other.start for one, other in pairwise(shots))
    return [shot.start for shot in shots]


def test_hard_cuts_are_found_through_flicker_and_dust() -> None:
    frames = scene("astronaut", 20) + scene("coffee", 15) + scene("chelsea", 12)
    assert starts(frames) == [0, 20, 35]
    assert starts(dusty(flickering(frames))) == [0, 20, 35]


@pytest.mark.parametrize("seed", range(4))
def test_flicker_is_no_cut(seed: int) -> None:
    assert find_shots(flickering(scene("astronaut", 40), seed=seed)) == [Shot(0, 40)]


@pytest.mark.parametrize("length", [1, 2, 3])
@pytest.mark.parametrize("light", [0.0, 1.0])
def test_a_flash_or_lost_frame_is_no_cut(length: int, light: float) -> None:
    frames = scene("coffee", 30)
    frames[12 : 12 + length] = [np.full_like(frames[0], light)] * length
    assert find_shots(frames) == [Shot(0, 30)]


def test_frames_of_another_scene_that_pass_in_a_flash_are_no_cut() -> None:
    frames = scene("coffee", 30)
    frames[14:16] = scene("rocket", 2)
    assert find_shots(frames) == [Shot(0, 30)]


def test_a_fast_pan_is_no_cut() -> None:
    assert find_shots(scene("astronaut", 16, speed=3.0)) == [Shot(0, 16)]


def test_a_dissolve_is_not_cut() -> None:
    one, other = scene("astronaut", 30, speed=0.5), scene("coffee", 30, speed=0.5)
    share = np.clip((np.arange(30) - 8) / 14.0, 0.0, 1.0).astype(np.float32)
    frames = [a * (1 - s) + b * s for a, b, s in zip(one, other, share, strict=True)]
    assert starts(frames) == [0]


def test_a_change_of_scene_through_black_is_cut_in_the_black() -> None:
    out = [f * np.float32(1 - t / 9) for t, f in enumerate(scene("astronaut", 10))]
    back = [f * np.float32(t / 9) for t, f in enumerate(scene("coffee", 10))]
    same = [f * np.float32(t / 9) for t, f in enumerate(scene("astronaut", 10))]
    found = starts(scene("astronaut", 10) + out + back + scene("coffee", 10))
    assert len(found) == 2
    assert 18 <= found[1] <= 22
    assert starts(scene("astronaut", 10) + out + same + scene("astronaut", 10)) == [0]


def test_short_shots_join_their_neighbours() -> None:
    frames = scene("astronaut", 20) + scene("coffee", 6) + scene("chelsea", 20)
    assert starts(frames, shortest=4) == [0, 20, 26]
    joined = starts(frames, shortest=8)
    assert joined in ([0, 20], [0, 26])


def test_a_reel_of_no_frames_has_no_shots_and_one_frame_is_a_shot() -> None:
    assert find_shots([]) == []
    assert find_shots(scene("rocket", 1)) == [Shot(0, 1)]
    assert find_shots([np.zeros((40, 60, 3), np.float32)] * 12) == [Shot(0, 12)]


def test_without_the_library_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scenedetect", None)
    with pytest.raises(ModuleNotFoundError, match=r"oldphoto\[film\]"):
        find_shots(scene("rocket", 1))


def test_the_shortest_shot_has_a_frame() -> None:
    with pytest.raises(ValueError, match="1 frame"):
        find_shots([], shortest=0)
