"""The transfer: bounded, monotone, seamless, and the same in strips as at once."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oldphoto_core.classical import style
from oldphoto_core.classical.references import ReferenceRegion, ReferenceStyle
from oldphoto_core.classical.regions import lab_of
from oldphoto_core.classical.style import StylePlan, apply_style, plan_style, shifted_lab, target_ends
from oldphoto_core.classical.style_features import FEATURES
from oldphoto_core.classical.style_matching import Match
from oldphoto_core.classical.style_settings import StyleSettings
from oldphoto_core.classical.style_tones import ToneCurve
from oldphoto_core.image import LUMA, Photo

IDENTITY = ToneCurve((1.0, 1.0, 1.0), (1.0, 1.0, 1.0))


def match(lab_mean: tuple[float, float, float], lab_spread: tuple[float, float, float] = (9.0, 9.0, 9.0)) -> Match:
    """Return a perfect match with a region of that colour."""
    region = ReferenceRegion(share=1.0, features=(0.0,) * FEATURES, lab_mean=lab_mean, lab_spread=lab_spread)
    picture = ReferenceStyle(reference_id="a" * 64, darkest=(0.02,) * 3, lightest=(1.0,) * 3, regions=(region,))
    return Match(picture, region, 1.0)


def halves(seed: int = 0) -> tuple[Photo, np.ndarray]:
    """Return two grey-green halves of one lightness that differ by a touch of red, and their labels."""
    photo = np.full((80, 120, 3), (0.5, 0.5, 0.45), dtype=np.float32)
    photo[:, 60:, 0] += 0.02
    photo += np.random.default_rng(seed).normal(0.0, 0.01, photo.shape[:2]).astype(np.float32)[..., None]
    labels = np.zeros((80, 120), dtype=np.int32)
    labels[:, 60:] = 1
    return photo, labels


def test_identity_plan_changes_no_pixel() -> None:
    photo = np.random.default_rng(0).random((40, 50, 3), dtype=np.float32)
    plan = StylePlan(IDENTITY, np.zeros((4, 5, 6), dtype=np.float32))
    np.testing.assert_array_equal(apply_style(photo, plan), photo)


def test_no_border_shows_between_regions_drawn_apart() -> None:
    photo, labels = halves()
    pair = (match((70.0, 40.0, 30.0)), match((20.0, -40.0, -30.0)))
    plan = plan_style(photo, labels, pair, fading=1.0, settings=StyleSettings(strength=1.0))
    change = lab_of(apply_style(photo, plan)) - lab_of(photo)
    drawn_apart = change[:, :20].mean(axis=(0, 1)) - change[:, 100:].mean(axis=(0, 1))
    assert np.all(drawn_apart > 4.0)
    smooth = change.mean(axis=0)
    # The whole difference, some 16 units of L*, is spread over dozens of pixels: no step of a just visible 1.
    assert np.abs(np.diff(smooth, axis=0)).max() < 1.0


def test_change_stays_within_the_limits() -> None:
    photo, labels = halves()
    limits = StyleSettings(strength=1.0, tone_strength=0.0, max_contrast_gain=1.0, max_chroma_gain=1.0)
    pair = (match((100.0, 90.0, 90.0)), match((0.0, -90.0, -90.0)))
    plan = plan_style(photo, labels, pair, fading=1.0, settings=limits)
    change = np.abs(lab_of(apply_style(photo, plan)) - lab_of(photo))
    # Half a unit of tolerance for colours at the border of sRGB and for the spline in OpenCV's CIELAB.
    assert change[..., 0].max() <= limits.max_lightness_shift + 0.5
    assert change[..., 1:].max() <= limits.max_tint_shift + 0.5


def test_without_matches_or_fading_nothing_is_planned() -> None:
    photo, labels = halves()
    unmatched = plan_style(photo, labels, (None, None), fading=1.0, settings=StyleSettings())
    fresh = plan_style(photo, labels, (match((70.0, 0.0, 0.0)),) * 2, fading=0.0, settings=StyleSettings())
    for plan in (unmatched, fresh):
        assert plan.curve == IDENTITY
        np.testing.assert_array_equal(apply_style(photo, plan), photo)


@settings(deadline=None, max_examples=60)
@given(
    shift=st.floats(-9.0, 9.0),
    gain=st.floats(1.0 / 1.25, 1.25),
    centre=st.floats(0.0, 100.0),
)
def test_lightness_keeps_its_order_and_its_ends(shift: float, gain: float, centre: float) -> None:
    lab = np.zeros((1, 2001, 3), dtype=np.float32)
    lab[0, :, 0] = np.linspace(0.0, 100.0, 2001)
    maps = np.zeros((1, 2001, 6), dtype=np.float32)
    maps[..., 0], maps[..., 3] = gain - 1.0, shift + (1.0 - gain) * centre
    after = shifted_lab(lab, maps)[0, :, 0]
    assert after[0] == 0.0
    assert after[-1] == pytest.approx(100.0, abs=1e-4)
    assert np.diff(after).min() >= -1e-4


def test_strips_are_invisible(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    photo = rng.random((97, 61, 3), dtype=np.float32)
    plan = StylePlan(ToneCurve((1.5, 1.2, 1.0), (1.1, 1.0, 1.0)), rng.normal(0, 0.1, (9, 7, 6)).astype(np.float32))
    whole = apply_style(photo, plan)
    monkeypatch.setattr(style, "_STRIP_PIXELS", 61 * 5)
    np.testing.assert_allclose(apply_style(photo, plan), whole, atol=2e-6)


def test_enlarged_maps_are_straight_lines_between_pixel_centres() -> None:
    maps = np.zeros((4, 5, 6), dtype=np.float32)
    maps[..., 0] = np.arange(4)[:, None] * 10.0 + np.arange(5)
    found = style._maps_of_rows(maps, np.arange(40), (40, 50))[..., 0]
    rows = np.clip((np.arange(40) + 0.5) / 10 - 0.5, 0, 3)
    columns = np.clip((np.arange(50) + 0.5) / 10 - 0.5, 0, 4)
    np.testing.assert_allclose(found, rows[:, None] * 10.0 + columns, atol=1e-4)


def test_grain_grows_no_more_than_the_bounds_allow() -> None:
    rng = np.random.default_rng(4)
    photo = np.clip(0.6 + rng.normal(0.0, 0.02, (128, 128, 3)), 0.0, 1.0).astype(np.float32)
    limits = StyleSettings(strength=1.0)
    plan = plan_style(
        photo,
        np.zeros((128, 128), dtype=np.int32),
        [match((60.0, 0.0, 0.0), (40.0, 40.0, 40.0))],
        fading=1.0,
        settings=limits,
    )
    grown = float((apply_style(photo, plan) @ LUMA).std() / (photo @ LUMA).std())
    assert grown <= limits.max_exponent * limits.max_contrast_gain


def test_targets_are_half_prior_half_references() -> None:
    dark, light = target_ends([match((50.0, 0.0, 0.0)), None])
    np.testing.assert_allclose(dark, 0.04)
    np.testing.assert_allclose(light, 0.965)


def test_settings_that_break_the_bounds_are_refused() -> None:
    for wrong in (
        {"strength": 1.5},
        {"max_exponent": 0.5},
        {"regions": 0},
        {"working_side_px": 4},
        {"max_lightness_shift": 20.0},
    ):
        with pytest.raises(ValueError, match="found"):
            dataclasses.replace(StyleSettings(), **wrong)
    assert hash(StyleSettings()) == hash(StyleSettings())
