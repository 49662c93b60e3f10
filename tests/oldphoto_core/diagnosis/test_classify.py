"""The report as a whole: clean pictures pass, each damage is named, odd pictures do no harm."""

import io

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from skimage import data

from oldphoto_core.damage import DAMAGE_KINDS, DamageKind
from oldphoto_core.diagnosis import DiagnosisSettings, diagnose
from oldphoto_core.errors import PhotoShapeError
from oldphoto_core.image import Photo, from_bytes8, to_bytes8


def astronaut() -> Photo:
    return from_bytes8(data.astronaut())


def camera() -> Photo:
    return from_bytes8(np.repeat(data.camera()[..., None], 3, axis=2))


def stored(photo: np.ndarray) -> Photo:
    """Return the photograph as 8-bit scanning leaves it."""
    return from_bytes8(to_bytes8(photo.astype(np.float32)))


def noise(photo: Photo, step: float) -> Photo:
    return stored(photo + np.random.default_rng(0).normal(0, step / 255, photo.shape))


def blur(photo: Photo, step: float) -> Photo:
    return stored(cv2.GaussianBlur(photo, (0, 0), step))


def jpeg(photo: Photo, step: float) -> Photo:
    buffer = io.BytesIO()
    Image.fromarray(to_bytes8(photo)).save(buffer, "JPEG", quality=int(step))
    return from_bytes8(np.asarray(Image.open(buffer)))


def fade(photo: Photo, step: float) -> Photo:
    return stored(photo * (1 - step) + 0.62 * step)


def flatten(photo: Photo, step: float) -> Photo:
    return stored((photo - 0.45) * (1 - step) + 0.45)


def warm(photo: Photo, step: float) -> Photo:
    return stored(photo * np.array([1.0, 1 - 0.6 * step, 1 - 1.6 * step]))


def enlarge(photo: Photo, step: float) -> Photo:
    height, width = photo.shape[:2]
    small = cv2.resize(photo, (int(width / step), int(height / step)), interpolation=cv2.INTER_AREA)
    return stored(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC))


@pytest.mark.parametrize(
    "photo", [astronaut(), camera(), from_bytes8(data.rocket())], ids=["astronaut", "man", "rocket"]
)
def test_clean_photographs_have_nothing(photo: Photo) -> None:
    found = diagnose(photo)
    assert found.report.present() == ()
    assert not found.mask.any()


@pytest.mark.parametrize(
    ("kind", "damage", "steps"),
    [
        ("noise", noise, (10, 20, 40)),
        ("blur", blur, (2, 3, 5)),
        ("jpeg-blocks", jpeg, (25, 10, 5)),
        ("fading", fade, (0.35, 0.5, 0.7)),
        ("low-contrast", flatten, (0.6, 0.7, 0.8)),
        ("colour-cast", warm, (0.25, 0.35, 0.45)),
        ("low-resolution", enlarge, (2.5, 3, 4)),
    ],
)
def test_damage_is_present_and_grows_with_its_cause(
    kind: DamageKind, damage: object, steps: tuple[float, float, float]
) -> None:
    assert callable(damage)
    photo = camera() if kind == "low-resolution" else astronaut()
    findings = [diagnose(damage(photo, step)).report.findings[kind] for step in steps]
    assert all(finding.probability >= 0.5 for finding in findings)
    severities = [finding.severity for finding in findings]
    assert severities == sorted(severities)
    assert severities[2] > severities[0]
    assert 0.1 < severities[1] < 0.95


def test_a_sepia_print_and_a_night_scene_are_not_ill() -> None:
    grey = camera()
    sepia = np.concatenate([grey[..., :1] ** 0.8, grey[..., :1], grey[..., :1] ** 1.4], axis=2)
    night = stored(grey**3 * 0.5)
    assert diagnose(stored(sepia)).report.present() == ()
    assert not {"fading", "low-contrast"} & set(diagnose(night).report.present())


@pytest.mark.parametrize("value", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("shape", [(16, 16), (16, 1), (1, 300), (17, 64), (200, 200), (1, 1)])
def test_constant_pictures_give_a_valid_report_and_no_mask(value: float, shape: tuple[int, int]) -> None:
    found = diagnose(np.full((*shape, 3), value, dtype=np.float32))
    assert found.mask.shape == shape
    assert not found.mask.any()
    assert not {"noise", "blur", "jpeg-blocks", "colour-cast"} & set(found.report.present())
    assert all(np.isfinite(measure) for measure in found.report.measures.values())


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 90), st.integers(1, 90), st.integers(0, 2**31))
def test_any_small_picture_gives_a_valid_report(height: int, width: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    photo = rng.uniform(-0.1, 1.1, (height, width, 3)).astype(np.float32)
    before = photo.copy()
    found = diagnose(photo)
    np.testing.assert_array_equal(photo, before)
    assert found.mask.shape == (height, width)
    assert found.report.mask_share == pytest.approx(found.mask.mean(), abs=1e-6)
    assert set(found.report.findings) == set(DAMAGE_KINDS)


@pytest.mark.parametrize("turns", [1, 2])
def test_turning_a_photograph_hardly_changes_its_report(turns: int) -> None:
    ill = jpeg(noise(fade(astronaut(), 0.4), 8), 40)
    plain, turned = diagnose(ill).report, diagnose(np.ascontiguousarray(np.rot90(ill, turns))).report
    for kind in DAMAGE_KINDS:
        assert turned.findings[kind].probability == pytest.approx(plain.findings[kind].probability, abs=0.15)
        assert turned.findings[kind].severity == pytest.approx(plain.findings[kind].severity, abs=0.1)


def test_large_scans_are_measured_at_the_bounded_sizes() -> None:
    large = cv2.resize(astronaut(), (1400, 1400), interpolation=cv2.INTER_CUBIC)
    bounded = diagnose(large, DiagnosisSettings(view_long_side_px=512, mask_long_side_px=512))
    assert bounded.mask.shape == (1400, 1400)
    assert bounded.report.present() == ()


def test_arrays_that_are_not_photographs_are_refused() -> None:
    with pytest.raises(PhotoShapeError):
        diagnose(np.full((20, 20, 3), np.nan, dtype=np.float32))


def test_settings_refuse_what_cannot_be_measured_and_can_be_hashed() -> None:
    with pytest.raises(ValueError, match="at least 64"):
        DiagnosisSettings(view_long_side_px=8)
    with pytest.raises(ValueError, match="largest_masked_stain"):
        DiagnosisSettings(largest_masked_stain=2.0)
    assert hash(DiagnosisSettings()) == hash(DiagnosisSettings())
