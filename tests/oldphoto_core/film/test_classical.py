"""The engine without weights on made shots: dirt goes, everything else stays bit for bit."""

import cv2
import numpy as np
import pytest
from film_shots import grey, pan, source

from oldphoto_core.film.classical import ClassicalFilm, ClassicalSettings
from oldphoto_core.film.reel import FilmSettings, FilmStep, Frame, RestoredFrame
from oldphoto_core.image import Mask
from oldphoto_core.quality.reference import psnr_db

PLAIN = FilmSettings(deflicker=False)


def dusty(frames: list[Frame], *, seed: int = 0) -> tuple[list[Frame], list[Mask]]:
    rng = np.random.default_rng(seed)
    old, masks = [], []
    for frame in frames:
        mask = np.zeros(frame.shape[:2], dtype=bool)
        for _ in range(4):
            y, x = rng.integers(5, frame.shape[0] - 12), rng.integers(5, frame.shape[1] - 12)
            mask[y : y + rng.integers(3, 8), x : x + rng.integers(3, 8)] = True
        dirty = frame.copy()
        dirty[mask] = rng.choice([0.0, 1.0])
        old.append(dirty)
        masks.append(mask)
    return old, masks


def restored(frames: list[Frame], settings: FilmSettings, *, start: int = 0) -> tuple[list[RestoredFrame], FilmStep]:
    steps: list[FilmStep] = []
    found = list(ClassicalFilm().restore(source(frames), settings, steps.append, start=start))
    return found, steps[-1]


def test_dust_on_a_pan_goes_and_sound_pixels_stay_bit_for_bit() -> None:
    truth = grey(pan("astronaut", 6, size=(192, 256), step=(0, 2)))
    old, masks = dusty(truth)
    new, step = restored(old, PLAIN)
    changed = [np.any(n.frame != o, axis=2) for n, o in zip(new, old, strict=True)]
    inner = slice(1, -1)
    near = [cv2.dilate(mask.astype(np.uint8), np.ones((7, 7), np.uint8)).astype(bool) for mask in masks]
    assert np.mean([n[c].mean() for n, c in zip(near[inner], changed[inner], strict=True) if c.any()]) > 0.8
    assert np.mean([c[m].mean() for m, c in zip(masks[inner], changed[inner], strict=True)]) > 0.9
    gains = [psnr_db(n.frame, t) - psnr_db(o, t) for n, o, t in zip(new, old, truth, strict=True)][inner]
    assert np.mean(gains) > 15.0
    assert step.verdict == "applied"
    assert step.measures["changed_pixels"] >= sum(int(c.sum()) for c in changed)
    for frame, each in zip(new, changed, strict=True):
        assert frame.changed_share >= each.mean()


def test_a_clean_pan_keeps_every_bit() -> None:
    frames = pan("coffee", 6, step=(1, 2))
    new, step = restored(frames, PLAIN)
    share = np.mean([np.any(n.frame != f, axis=2).mean() for n, f in zip(new, frames, strict=True)])
    assert share < 1e-3
    assert len(new) == 6
    assert step.name == "restore"


def test_a_line_that_stays_is_out_of_reach() -> None:
    frames = grey(pan("astronaut", 5, step=(0, 0)))
    for frame in frames:
        frame[:, 50:52] = 1.0
    new, step = restored(frames, PLAIN)
    assert all(np.array_equal(n.frame, f) for n, f in zip(new, frames, strict=True))
    assert step.verdict == "skipped"
    assert step.reason == "no dirt was found"


def test_it_can_begin_in_the_middle() -> None:
    old, _ = dusty(grey(pan("astronaut", 7, step=(0, 1))), seed=2)
    whole, _ = restored(old, PLAIN)
    for start in (1, 4, 6):
        part, _ = restored(old, PLAIN, start=start)
        assert len(part) == 7 - start
        for one, other in zip(part, whole[start:], strict=True):
            assert np.array_equal(one.frame, other.frame)


def test_half_the_strength_goes_half_the_way() -> None:
    old, _ = dusty(grey(pan("astronaut", 5)), seed=1)
    full, _ = restored(old, PLAIN)
    half, _ = restored(old, FilmSettings(deflicker=False, strength=0.5))
    none, _ = restored(old, FilmSettings(deflicker=False, strength=0.0))
    for f, h, n, o in zip(full, half, none, old, strict=True):
        assert np.allclose(h.frame, 0.5 * (f.frame + o), atol=1e-6)
        assert np.array_equal(n.frame, o)


def test_a_frame_that_nothing_resembles_is_left_and_counted() -> None:
    frames = grey(pan("astronaut", 5, step=(0, 0)))
    for down in range(4):
        for right in range(4):
            frames[2][2 + down :: 12, 2 + right :: 12] = 1.0
    engine = ClassicalFilm(ClassicalSettings(most_share=0.05))
    steps: list[FilmStep] = []
    new = list(engine.restore(source(frames), PLAIN, steps.append))
    assert np.array_equal(new[2].frame, frames[2])
    assert steps[-1].measures["frames_left_for_too_much"] == 1.0


@pytest.mark.parametrize("count", [1, 2])
def test_shots_too_short_come_back_as_they_are(count: int) -> None:
    frames = pan("rocket", count)
    new, step = restored(frames, FilmSettings())
    assert all(np.array_equal(n.frame, f) for n, f in zip(new, frames, strict=True))
    assert step.verdict == "skipped"
    assert step.reason is not None
    assert "3 frames" in step.reason


def test_light_is_evened_out_first_and_told() -> None:
    rng = np.random.default_rng(0)
    frames = [0.7 * f * np.float32(rng.uniform(0.9, 1.1)) for f in grey(pan("astronaut", 12))]
    steps: list[FilmStep] = []
    new = list(ClassicalFilm().restore(source(frames), FilmSettings(), steps.append))
    assert [step.name for step in steps] == ["deflicker", "restore"]
    assert steps[0].verdict == "applied"
    assert len(new) == 12
