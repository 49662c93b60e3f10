"""Restraint: skin keeps its hue, greys stay grey, nothing jumps; what is free stays free; the map shows no border."""

import dataclasses

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from oldphoto_core.classical import style_restraint
from oldphoto_core.classical.regions import lab_of
from oldphoto_core.classical.style_bounds import RestraintSettings
from oldphoto_core.classical.style_restraint import kept_tint, restrain_in_place, skin_share
from oldphoto_core.image import Photo, from_bytes8

SETTINGS = RestraintSettings()


def flat(lightness: float, a: float, b: float, size: tuple[int, int] = (48, 64)) -> Photo:
    """Return a picture of one CIELAB colour with a stripe of white."""
    lab = np.zeros((*size, 3), dtype=np.float32)
    lab[...] = (lightness, a, b)
    lab[size[0] // 8 : size[0] // 4] = (97.0, 0.0, 0.0)  # paper, or all would count as the colour of the light
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_Lab2RGB), dtype=np.float32)


def restrained(before: Photo, after: Photo, settings: RestraintSettings = SETTINGS) -> Photo:
    made = after.copy()
    restrain_in_place(before, made, settings)
    return made


def colour(photo: Photo) -> tuple[float, float, float]:
    """Return chroma, hue in degrees and L* of the middle."""
    lightness, a, b = lab_of(photo)[photo.shape[0] // 2, photo.shape[1] // 2].tolist()
    return float(np.hypot(a, b)), float(np.degrees(np.arctan2(b, a))), lightness


SKIN = flat(65.0, 18.0, 20.0)


@pytest.mark.parametrize("tint", [(-20.0, 25.0), (10.0, -25.0), (25.0, -5.0)])
def test_skin_turns_no_further_than_allowed(tint: tuple[float, float]) -> None:
    _, old, _ = colour(SKIN)
    _, asked, _ = colour(flat(65.0, *tint))
    _, new, lightness = colour(restrained(SKIN, flat(60.0, *tint)))
    assert abs(asked - old) > SETTINGS.max_skin_hue_deg
    assert abs(new - old) <= SETTINGS.max_skin_hue_deg + 1.0
    assert lightness == pytest.approx(60.0, abs=0.5)  # lightness is free


def test_skin_may_turn_towards_preferred_skin_as_far_as_it_likes() -> None:
    magenta, natural = flat(65.0, 24.0, 8.0), flat(65.0, 18.0, 19.5)
    assert skin_share(magenta)[24:].min() == 1.0
    np.testing.assert_allclose(restrained(magenta, natural), natural, atol=2e-3)


def test_greys_gain_next_to_no_tint_but_may_lose_all() -> None:
    grey, tinted = flat(70.0, 0.0, 2.0), flat(70.0, 2.0, 20.0)
    chroma, _, _ = colour(restrained(grey, tinted))
    assert 2.0 < chroma <= 2.0 + SETTINGS.max_neutral_tint + 0.3
    np.testing.assert_allclose(restrained(tinted, flat(70.0, 0.0, 0.0)), flat(70.0, 0.0, 0.0), atol=2e-3)


def test_other_colours_are_free_up_to_the_largest_change() -> None:
    leaf, sea = flat(50.0, -30.0, 25.0), flat(50.0, -20.0, -20.0)
    np.testing.assert_allclose(restrained(leaf, sea, dataclasses.replace(SETTINGS, max_delta_e=200.0)), sea, atol=2e-3)
    change = lab_of(restrained(leaf, sea, dataclasses.replace(SETTINGS, max_delta_e=10.0))) - lab_of(leaf)
    assert 9.0 < np.linalg.norm(change, axis=-1).max() <= 10.1


def test_no_pixel_of_a_photograph_goes_beyond_the_largest_change_whatever_is_made_of_it() -> None:
    photo = from_bytes8(astronaut()[::4, ::4].copy())
    wild = np.random.default_rng(0).random(photo.shape, dtype=np.float32)
    change = lab_of(restrained(photo, wild)) - lab_of(photo)
    assert np.linalg.norm(change, axis=-1).max() <= SETTINGS.max_delta_e + 1.0


def test_what_was_not_changed_stays_bit_for_bit() -> None:
    photo = from_bytes8(astronaut()[::4, ::4].copy())
    after = photo.copy()
    after[:, 64:] **= np.float32(1.4)
    found = restrained(photo, after)
    np.testing.assert_array_equal(found[:, :64], photo[:, :64])


def test_the_map_is_smooth_where_grey_meets_colour() -> None:
    before = np.concatenate([flat(60.0, 0.0, 0.0), flat(60.0, -35.0, 30.0)], axis=1)
    after = np.concatenate([flat(60.0, -30.0, 0.0), flat(60.0, -35.0, 0.0)], axis=1)
    kept = kept_tint(before, after, SETTINGS)
    assert kept[:, :40].max() < 0.3
    assert kept[:, -40:].min() == 1.0
    assert np.abs(np.diff(kept, axis=1)).max() < 0.35


def test_strips_are_invisible(monkeypatch: pytest.MonkeyPatch) -> None:
    photo = from_bytes8(astronaut()[::4, ::4].copy())
    after = np.clip(photo[..., ::-1] * np.float32(0.9), 0.0, 1.0)
    whole = restrained(photo, after)
    monkeypatch.setattr(style_restraint, "_STRIP_PIXELS", 128 * 7)
    np.testing.assert_allclose(restrained(photo, after), whole, atol=2e-6)


def test_how_much_was_held_back_is_told() -> None:
    assert restrain_in_place(SKIN, SKIN.copy(), SETTINGS) == 0.0
    assert 0.3 < restrain_in_place(SKIN, flat(65.0, -20.0, 25.0), SETTINGS) <= 1.0


def test_bounds_that_bound_nothing_are_refused() -> None:
    for wrong in (
        {"max_skin_hue_deg": -1.0},
        {"max_skin_chroma_gain": 0.5},
        {"neutral_chroma": 0.0},
        {"max_delta_e": 0.0},
    ):
        with pytest.raises(ValueError, match="found"):
            RestraintSettings(**wrong)
