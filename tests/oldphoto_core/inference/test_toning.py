"""A print of one tone keeps it, whatever a network makes of it."""

import numpy as np
from skimage import data

from oldphoto_core.image import Mask, Photo, from_bytes8, is_monochrome, luma
from oldphoto_core.inference.toning import in_tone_of


def grey_print() -> Photo:
    return from_bytes8(np.repeat(data.camera()[::4, ::4, None], 3, axis=2))


def sepia(grey: Photo) -> Photo:
    return np.stack([grey[..., 0] ** 0.75, grey[..., 1], grey[..., 2] ** 1.5], axis=2)


def coloured(photo: Photo) -> Photo:
    tint = np.random.default_rng(1).normal(0.0, 0.1, photo.shape).astype(np.float32)
    return np.clip(photo * np.float32(0.9) + tint, 0.0, 1.0)


def sound(photo: Photo) -> Mask:
    return np.zeros(photo.shape[:2], dtype=bool)


def test_grey_stays_grey_with_the_new_luma() -> None:
    photo = grey_print()
    painted = coloured(photo)
    wanted = luma(painted)
    result = in_tone_of(photo, sound(photo), painted)
    assert np.abs(result - wanted[..., None]).max() < 1e-6


def test_sepia_stays_on_its_own_curve() -> None:
    photo = sepia(grey_print())
    painted = coloured(photo)
    assert not is_monochrome(painted)
    wanted = luma(painted)
    result = in_tone_of(photo, sound(photo), painted.copy())
    assert is_monochrome(result, tolerance=0.005)
    assert np.abs(luma(result) - wanted).max() < 0.02
    dark, light = wanted < 0.3, wanted > 0.7
    for region in (dark, light):
        before, after = photo[region].mean(axis=0), result[region].mean(axis=0)
        assert np.abs((before - before.mean()) - (after - after.mean())).max() < 0.03


def test_damage_says_nothing_of_the_tone() -> None:
    photo = sepia(grey_print())
    clean = in_tone_of(photo, sound(photo), coloured(photo))
    mask = sound(photo)
    mask[20:60, 20:60] = True
    scratched = photo.copy()
    scratched[mask] = (0.5, 0.5, 0.52)
    assert np.abs(in_tone_of(scratched, mask, coloured(photo)) - clean).max() < 0.03


def test_colour_is_left_alone() -> None:
    photo = from_bytes8(data.astronaut()[::4, ::4])
    painted = coloured(photo)
    before = painted.copy()
    assert in_tone_of(photo, sound(photo), painted) is painted
    assert np.array_equal(painted, before)
