"""One tone means one curve, also under noise and beside a few stains."""

import numpy as np
from skimage import data

from oldphoto_core.diagnosis.toning import is_one_tone, off_curve
from oldphoto_core.image import Photo


def sepia() -> Photo:
    grey = data.camera().astype(np.float32)[..., None] / 255
    return np.concatenate([grey**0.8, grey, grey**1.4], axis=2)


def test_toned_prints_have_one_tone_and_colour_photographs_do_not() -> None:
    assert is_one_tone(sepia())
    assert not is_one_tone(data.astronaut().astype(np.float32) / 255)
    assert not is_one_tone(data.coffee().astype(np.float32) / 255)


def test_a_stained_and_noisy_print_still_has_one_tone() -> None:
    photo = sepia() + np.random.default_rng(0).normal(0, 0.01, (512, 512, 3)).astype(np.float32)
    photo[100:180, 100:180] *= np.array([0.9, 0.7, 0.4], dtype=np.float32)
    assert is_one_tone(photo)


def test_pixels_on_the_curve_are_at_distance_zero() -> None:
    lstar = np.tile(np.linspace(0, 100, 200, dtype=np.float32), (100, 1))
    channel = (0.2 * lstar + 3).astype(np.float32)
    assert np.abs(off_curve(lstar, channel)).max() < 0.8
    channel[:10, :] += 20
    assert off_curve(lstar, channel)[:10].min() > 18
