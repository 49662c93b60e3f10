"""Light that trembles goes, light that changes stays."""

import numpy as np
import pytest
from film_shots import grey, pan, source

from oldphoto_core.film.deflicker import DeflickerSettings, Tone, curves_for, even, frame_tones, steadied
from oldphoto_core.film.reel import Frame
from oldphoto_core.image import luma
from oldphoto_core.quality.film import flicker, levels
from oldphoto_core.quality.reference import psnr_db

SETTINGS = DeflickerSettings()


def trembling(frames: list[Frame], *, seed: int = 0) -> list[Frame]:
    rng = np.random.default_rng(seed)
    result = []
    for frame in frames:
        mean = frame.mean()
        moved = (frame - mean) * rng.uniform(0.92, 1.0) + mean
        result.append(np.clip(moved * rng.uniform(0.9, 1.1), 0.0, 1.0).astype(np.float32))
    return result


def measured(frames: list[Frame]) -> float:
    return flicker(levels([luma(frame) for frame in frames]))


@pytest.mark.parametrize("seed", range(3))
def test_synthetic_flicker_on_a_pan_falls_and_the_truth_comes_nearer(seed: int) -> None:
    truth = [0.85 * frame for frame in grey(pan("astronaut", 40))]
    old = trembling(truth, seed=seed)
    shot, step = steadied(source(old))
    new = shot.read(0, 40)
    assert step.verdict == "applied"
    assert measured(new) < 0.3 * measured(old)
    assert step.measures["flicker_after_luma"] < 0.3 * step.measures["flicker_before_luma"]
    gain = [psnr_db(a, t) - psnr_db(b, t) for a, b, t in zip(new, old, truth, strict=True)]
    assert np.mean(gain) > 4.0


def test_a_clean_pan_is_not_touched() -> None:
    shot = source(pan("coffee", 30))
    same, step = steadied(shot)
    assert same is shot
    assert step.verdict == "skipped"
    assert step.reason is not None
    assert "flicker" in step.reason


def test_a_fade_to_black_and_back_is_not_touched() -> None:
    light = np.concatenate([np.ones(8), np.linspace(1.0, 0.0, 25), np.zeros(5), np.linspace(0.0, 1.0, 20)])
    frames = [frame * np.float32(share) for frame, share in zip(pan("astronaut", len(light)), light, strict=True)]
    shot, step = steadied(source(frames))
    assert step.verdict in {"skipped", "applied"}
    for old, new in zip(frames, shot.read(0, len(frames)), strict=True):
        assert np.abs(new - old).max() < 0.012


def test_a_trembling_fade_keeps_its_slope() -> None:
    light = np.linspace(1.0, 0.0, 40)
    truth = [frame * np.float32(share) for frame, share in zip(pan("astronaut", 40), light, strict=True)]
    old = trembling(truth, seed=4)
    new = steadied(source(old))[0].read(0, 40)
    assert measured(new) < 0.4 * measured(old)
    assert np.abs([a.mean() - t.mean() for a, t in zip(new, truth, strict=True)]).max() < 0.04
    assert new[39].max() < 0.02


def test_a_lamp_that_is_switched_stays_a_step() -> None:
    light = np.repeat([0.5, 1.0], 15)
    frames = [frame * np.float32(share) for frame, share in zip(pan("coffee", 30), light, strict=True)]
    new = steadied(source(frames))[0].read(0, 30)
    worst = max(float(np.abs(n - f).max()) for n, f in zip(new, frames, strict=True))
    assert worst < 0.02


def test_even_tones_are_lines() -> None:
    ramp = np.outer(np.arange(20.0), [0.01, 0.02])
    assert np.allclose(even(ramp, SETTINGS), ramp)
    assert all(abs(c.gain - 1) < 1e-6 and abs(c.offset) < 1e-6 for c in curves_for(ramp, SETTINGS))


def test_curves_are_bounded() -> None:
    tones = np.tile(np.linspace(0.2, 0.6, 10), (17, 1))
    tones[8] = np.linspace(0.9, 0.95, 10)
    curve = curves_for(tones, SETTINGS)[8]
    assert 1 / SETTINGS.most_gain <= curve.gain <= SETTINGS.most_gain
    assert abs(curve.offset) <= SETTINGS.most_offset


def test_a_curve_keeps_colours_and_the_plain_one_every_bit() -> None:
    frame = pan("coffee", 1)[0] * np.float32(0.6) + np.float32(0.2)
    moved = Tone(0.9, 0.02).apply(frame)
    assert np.allclose(moved[..., 0] - moved[..., 2], frame[..., 0] - frame[..., 2], atol=1e-6)
    assert np.allclose(luma(moved), 0.9 * luma(frame) + 0.02, atol=1e-5)
    assert Tone().apply(frame) is frame


def test_tones_rise_and_ignore_specks() -> None:
    frame = pan("astronaut", 1)[0]
    tones = frame_tones(frame)
    assert (np.diff(tones) >= 0).all()
    specked = frame.copy()
    specked[20::16, 20::16] = 1.0
    assert np.abs(frame_tones(specked) - tones).max() < 0.01


def test_a_shot_of_one_frame_is_left() -> None:
    shot, step = steadied(source(pan("rocket", 1)))
    assert step.verdict == "skipped"
    assert shot.count == 1
