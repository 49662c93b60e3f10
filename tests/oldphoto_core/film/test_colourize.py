"""Colours carried from key frames, on clips whose colours are known."""

import numpy as np
import pytest
from film_shots import grey, pan, picture, source

from oldphoto_core.film.attention import Attention, diffused, lent_colours
from oldphoto_core.film.colourize import colourized, warped_only
from oldphoto_core.film.lab import colour_psnr_db, colours_of, with_colours
from oldphoto_core.film.reel import Frame
from oldphoto_core.image import luma


def layered(count: int) -> list[Frame]:
    """A piece of one picture that moves over another."""
    ground, piece = picture("astronaut", 128, 96), picture("coffee", 60, 44)[10:40, 10:40]
    frames = []
    for t in range(count):
        frame = ground.copy()
        frame[30:60, 10 + 5 * t : 40 + 5 * t] = piece
        frames.append(frame)
    return frames


def score(found: list[Frame], truth: list[Frame]) -> float:
    return float(np.mean([colour_psnr_db(*pair) for pair in zip(found[1:], truth[1:], strict=True)]))


def test_things_that_uncover_others_are_coloured_better_than_by_motion_alone() -> None:
    truth = layered(7)
    shot = source([np.repeat(luma(frame)[..., None], 3, axis=2) for frame in truth])
    ours, plain = score(list(colourized(shot, {0: truth[0]})), truth), score(list(warped_only(shot, truth[0])), truth)
    assert ours > plain + 0.5


def test_a_pan_is_coloured_from_both_sides_and_keeps_its_light() -> None:
    truth = pan("coffee", 6, size=(96, 128), step=(0, 3))
    old = [np.repeat(luma(frame)[..., None], 3, axis=2) for frame in truth]
    one = list(colourized(source(old), {0: truth[0]}))
    two = list(colourized(source(old), {0: truth[0], 5: truth[5]}))
    assert score(two, truth) > score(one, truth)
    assert max(float(np.abs(luma(new) - luma(frame)).mean()) for new, frame in zip(two, old, strict=True)) < 0.003
    assert score(old, truth) + 6.0 < score(one, truth)


def test_key_frames_anywhere_give_every_frame_once() -> None:
    truth = pan("chelsea", 5, size=(40, 48))
    old = grey(truth)
    for keys in ([4], [2], [1, 3], [0, 1, 2, 3, 4]):
        new = list(colourized(source(old), {number: truth[number] for number in keys}))
        assert len(new) == 5
        for number in keys:
            assert colour_psnr_db(new[number], with_colours(old[number], colours_of(truth[number]))) > 45.0


@pytest.mark.parametrize("keys", [[], [-1], [5]])
def test_key_frames_lie_in_the_shot(keys: list[int]) -> None:
    truth = pan("chelsea", 5, size=(40, 48))
    with pytest.raises(ValueError, match="key frames"):
        next(colourized(source(truth), dict.fromkeys(keys, truth[0])))


def test_what_lies_outside_or_is_unlike_is_not_trusted() -> None:
    light = luma(picture("astronaut", 64, 48))
    colours = np.zeros((48, 64, 2), np.float32)
    away = np.zeros((48, 64, 2), np.float32)
    away[:, 32:, 0] = 100.0
    lent = lent_colours(light, light, colours, (away,), Attention())
    assert lent.trust[:, :30].min() > 0.99
    assert lent.trust[:, 34:].max() == 0.0


def test_untrusted_colours_come_from_what_is_near_and_as_light() -> None:
    light = np.zeros((48, 64), np.float32)
    light[:, 32:] = 0.8
    colours = np.zeros((48, 64, 2), np.float32)
    colours[:, 32:] = (40.0, -20.0)
    trust = np.ones_like(light)
    trust[16:32, 24:40] = 0.0
    spoiled = colours.copy()
    spoiled[trust == 0.0] = 99.0
    again = diffused(light, spoiled, trust)
    assert np.array_equal(again[trust == 1.0], colours[trust == 1.0])
    assert np.abs(again - colours).max() < 2.0


def test_light_and_colours_make_the_frame_again() -> None:
    frame = 0.6 * picture("coffee", 40, 30) + np.float32(0.2)
    again = with_colours(frame, colours_of(frame))
    assert np.abs(again - frame).mean() < 0.02
    assert np.allclose(luma(again), luma(frame), atol=1e-3)
    assert colour_psnr_db(frame, frame) == 100.0
