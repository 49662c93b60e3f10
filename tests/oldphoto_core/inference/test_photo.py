"""Restoring one photograph: it helps where there is damage, and keeps its hands off otherwise."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from clumsy_engine import ClumsyEngine
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage import data

from oldphoto_core.damage import DAMAGE_KINDS, DamageKind, DamageReport, Finding
from oldphoto_core.errors import PhotoShapeError
from oldphoto_core.image import Mask, Photo, from_bytes8
from oldphoto_core.inference.photo import Restoration, restore
from oldphoto_core.inference.plan import RestoreSettings
from oldphoto_core.quality.reference import psnr_db


def scene() -> Photo:
    return cv2.resize(from_bytes8(data.astronaut()), (192, 192), interpolation=cv2.INTER_AREA)


def no_mask() -> Mask:
    return np.zeros((192, 192), dtype=bool)


def report(*kinds: DamageKind, probability: float = 0.95) -> DamageReport:
    findings = {kind: Finding(probability if kind in kinds else 0.02, 0.4) for kind in DAMAGE_KINDS}
    return DamageReport(findings=findings, mask_share=0.0, measures={})


def noisy(sigma: float = 0.05) -> Photo:
    noise = np.random.default_rng(1).normal(0.0, sigma, (192, 192, 3)).astype(np.float32)
    return np.clip(scene() + noise, 0.0, 1.0)


def verdicts(result: Restoration) -> list[tuple[str, str]]:
    return [(step.name, step.verdict) for step in result.steps]


def test_without_damage_the_photo_comes_back_bit_for_bit() -> None:
    photo = noisy()
    result = restore(photo, report=report(), mask=no_mask(), seed=1)
    assert np.array_equal(result.photo, photo)
    assert not result.changed
    assert result.steps == ()


def test_scratched_and_noisy_gets_filled_then_denoised() -> None:
    mask = no_mask()
    mask[40:43, 10:180] = True
    photo = noisy()
    photo[mask] = 1.0
    result = restore(photo, report=report("scratch", "noise"), mask=mask, seed=1)
    assert verdicts(result) == [("inpaint", "applied"), ("denoise", "applied")]
    assert result.changed
    assert psnr_db(result.photo, scene()) > psnr_db(photo, scene()) + 5.0


def test_the_record_holds_measures_before_and_after() -> None:
    result = restore(noisy(), report=report("noise"), mask=no_mask(), seed=1)
    measures = result.accepted[0].measures
    assert measures["noise_sigma_after"] < 0.5 * measures["noise_sigma_before"]
    assert 0.0 < measures["mean_outside"] < 0.05
    assert {"changed_share", "sharpness_before", "contrast_after", "clipped_share_after"} <= set(measures)


def test_the_same_seed_gives_the_same_numbers_and_another_seed_other_grain() -> None:
    mask = no_mask()
    mask[40:43, 10:180] = True
    photo = noisy()
    photo[mask] = 1.0
    one, same, other = (restore(photo, report=report("scratch"), mask=mask, seed=seed).photo for seed in (3, 3, 4))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_fading_and_cast_are_treated() -> None:
    faded = np.clip(np.array([0.35, 0.2, 0.15], np.float32) + np.float32(0.45) * scene(), 0.0, 1.0)
    result = restore(faded, report=report("fading", "colour-cast"), mask=no_mask(), seed=1)
    assert [step.name for step in result.accepted] == ["tone", "cast"]
    assert psnr_db(result.photo, scene()) > psnr_db(faded, scene()) + 2.0


def test_a_full_mask_is_refused_with_a_reason_and_the_rest_goes_on() -> None:
    result = restore(noisy(), report=report("tear", "noise"), mask=~no_mask(), seed=1)
    assert result.steps[0].verdict == "rejected"
    assert "covers 1.000" in result.steps[0].reason
    assert result.steps[0].measures == {}
    assert result.steps[1].name == "denoise"


def test_an_empty_mask_is_a_reason() -> None:
    result = restore(scene(), report=report("scratch"), mask=no_mask(), seed=1)
    assert "mask is empty" in result.steps[0].reason
    assert np.array_equal(result.photo, scene())


def test_a_sharp_picture_called_blurred_is_left() -> None:
    result = restore(scene(), report=report("blur"), mask=no_mask(), seed=1)
    assert verdicts(result) == [("sharpen", "rejected")]
    assert "nothing to do" in result.steps[0].reason
    assert np.array_equal(result.photo, scene())


def test_sepia_called_cast_is_left() -> None:
    grey = scene().mean(axis=2, keepdims=True)
    sepia = np.concatenate([grey**0.8, grey, grey**1.3], axis=2).astype(np.float32)
    result = restore(sepia, report=report("colour-cast"), mask=no_mask(), seed=1)
    assert not result.changed


def smear(photo: Photo) -> Photo:
    return cv2.GaussianBlur(photo, (0, 0), 2.0)


def draw(photo: Photo) -> Photo:
    drawn = photo.copy()
    drawn[20:24, 10:180] = 1.0
    return drawn


def clip(photo: Photo) -> Photo:
    return np.where(photo < 0.02, 0.0, photo).astype(np.float32)


def spoil(photo: Photo) -> Photo:
    return np.full_like(photo, np.nan)


@pytest.mark.parametrize(("broken", "word"), [(smear, "detail"), (draw, "edges"), (clip, "clipped"), (spoil, "NaN")])
def test_a_harmful_step_is_undone_and_says_why(broken: Callable[[Photo], Photo], word: str) -> None:
    result = restore(scene(), report=report("noise"), mask=no_mask(), seed=1, engine=ClumsyEngine(broken))
    assert word in result.steps[0].reason
    assert result.steps[0].verdict == "rejected"
    assert np.array_equal(result.photo, scene())
    assert not result.changed
    assert result.accepted == ()


def test_what_does_harm_only_in_full_is_blended() -> None:
    darker = ClumsyEngine(lambda photo: photo * np.float32(0.85))
    result = restore(scene(), report=report("colour-cast"), mask=no_mask(), seed=1, engine=darker)
    assert verdicts(result) == [("cast", "blended")]
    assert "lost contrast" in result.steps[0].reason
    assert result.steps[0].strength == pytest.approx(0.5)
    assert result.photo == pytest.approx(scene() * np.float32(0.925), abs=1e-6)


@settings(deadline=None, max_examples=12)
@given(
    kinds=st.sets(st.sampled_from(DAMAGE_KINDS), max_size=5),
    shape=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    seed=st.integers(0, 100),
)
def test_any_picture_and_report_gives_a_picture_and_a_record(
    kinds: set[DamageKind], shape: tuple[int, int], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    photo = rng.random((*shape, 3)).astype(np.float32)
    mask = rng.random(shape) < 0.1
    result = restore(photo, report=report(*kinds), mask=mask, seed=seed)
    assert result.photo.shape == photo.shape
    assert bool(np.isfinite(result.photo).all())
    assert 0.0 <= float(result.photo.min()) <= float(result.photo.max()) <= 1.0
    assert result.changed == (not np.array_equal(result.photo, photo))
    assert all(step.reason for step in result.steps if step.verdict != "applied")


def test_steps_can_be_forbidden() -> None:
    result = restore(
        noisy(),
        report=report("noise"),
        mask=no_mask(),
        settings=RestoreSettings(engine="classical", steps=("tone",)),
        seed=1,
    )
    assert result.steps == ()


def test_a_mask_of_another_size_is_refused() -> None:
    with pytest.raises(PhotoShapeError, match="a mask of"):
        restore(scene(), report=report(), mask=no_mask()[:-1], seed=1)
