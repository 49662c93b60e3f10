"""The modernize stage from photograph to record."""

import dataclasses

import numpy as np
import pytest
from skimage.data import astronaut, chelsea, coffee

from oldphoto_core.classical.regions import lab_of
from oldphoto_core.classical.style_masks import decode_mask
from oldphoto_core.errors import PhotoShapeError
from oldphoto_core.image import LUMA, Photo, from_bytes8
from oldphoto_core.inference.style import ReferenceStyle, StyleSettings, describe_reference, modernize

SETTINGS = StyleSettings()


@pytest.fixture(scope="module")
def fresh() -> Photo:
    return from_bytes8(astronaut()[::2, ::2].copy())


@pytest.fixture(scope="module")
def faded(fresh: Photo) -> Photo:
    density_kept = np.array([0.3, 0.36, 0.33])
    return (np.clip(fresh, 0.03, 1.0) ** density_kept).astype(np.float32)


@pytest.fixture(scope="module")
def references(fresh: Photo) -> list[ReferenceStyle]:
    pictures = [fresh[:, ::-1].copy(), from_bytes8(coffee()), from_bytes8(chelsea())]
    return [describe_reference(picture, f"{index:064x}", SETTINGS) for index, picture in enumerate(pictures)]


def error(one: Photo, other: Photo) -> float:
    return float(np.linalg.norm(lab_of(one) - lab_of(other), axis=2).mean())


def test_a_faded_picture_comes_nearer_to_what_it_was(
    fresh: Photo, faded: Photo, references: list[ReferenceStyle]
) -> None:
    result = modernize(faded, references)
    assert (result.verdict, result.reason) == ("applied", "references")
    assert error(result.photo, fresh) < 0.6 * error(faded, fresh)
    assert {region.reference_id for region in result.regions} == {f"{0:064x}"}
    assert result.photo.min() >= 0.0
    assert result.photo.max() <= 1.0


def test_the_record_covers_every_pixel_once_and_tells_the_true_change(
    faded: Photo, references: list[ReferenceStyle]
) -> None:
    result = modernize(faded, references)
    change = lab_of(result.photo) - lab_of(faded)
    covered = np.zeros(faded.shape[:2], dtype=np.int64)
    for region in result.regions:
        mask = decode_mask(region.mask_rle, width_px=region.mask_width_px, height_px=region.mask_height_px)
        covered += mask
        assert region.share == pytest.approx(mask.mean())
        assert (region.shift_l, region.shift_a, region.shift_b) == pytest.approx(change[mask].mean(axis=0), abs=1e-3)
        assert 0.0 < region.weight <= SETTINGS.strength
    assert np.all(covered == 1)


def test_order_of_references_and_repetition_change_nothing(faded: Photo, references: list[ReferenceStyle]) -> None:
    first, second = modernize(faded, references), modernize(faded, references[::-1])
    np.testing.assert_array_equal(first.photo, second.photo)
    assert first.regions == second.regions
    assert first.measures == second.measures


def test_the_input_is_not_changed(faded: Photo, references: list[ReferenceStyle]) -> None:
    before = faded.copy()
    modernize(faded, references)
    np.testing.assert_array_equal(faded, before)


def test_monochrome_and_toned_pictures_are_never_coloured(faded: Photo, references: list[ReferenceStyle]) -> None:
    grey = np.repeat((faded @ LUMA)[..., None], 3, axis=2)
    uneven = np.linspace(0.2, 1.0, grey.shape[0], dtype=np.float32)[:, None, None]
    toned = np.clip(grey + uneven * np.array([0.1, 0.02, -0.12], dtype=np.float32), 0.0, 1.0)
    for photo in (grey, toned):
        result = modernize(photo, references)
        assert (result.verdict, result.reason) == ("skipped", "monochrome")
        assert result.photo is photo


def test_modern_pictures_and_missing_references_are_skipped(
    fresh: Photo, faded: Photo, references: list[ReferenceStyle]
) -> None:
    assert modernize(fresh, references).reason == "already-modern"
    assert modernize(faded, []).reason == "no-references"
    strict = dataclasses.replace(SETTINGS, min_similarity=1.0)
    result = modernize(faded, references, strict)
    assert (result.verdict, result.reason, result.regions) == ("skipped", "no-good-reference", ())
    assert result.photo is faded


def test_a_harmful_result_is_thrown_away(faded: Photo, references: list[ReferenceStyle]) -> None:
    result = modernize(faded, references, dataclasses.replace(SETTINGS, min_edge_ssim=1.0))
    assert (result.verdict, result.reason) == ("rejected", "edges-changed")
    assert result.photo is faded
    assert all(region.weight == region.shift_l == 0.0 for region in result.regions)


@pytest.mark.parametrize("size", [(1, 1), (16, 16), (5, 400)])
def test_odd_sizes_and_constant_pictures_come_through(size: tuple[int, int], references: list[ReferenceStyle]) -> None:
    loose = dataclasses.replace(SETTINGS, min_similarity=0.0)
    noise = (0.5 + 0.4 * np.random.default_rng(0).random((*size, 3))).astype(np.float32)
    for photo in (noise, np.full((*size, 3), 0.5, dtype=np.float32)):
        result = modernize(photo, references, loose)
        assert result.photo.shape == photo.shape
        assert np.isfinite(result.photo).all()


def test_size_does_not_matter(faded: Photo, references: list[ReferenceStyle]) -> None:
    small, large = (faded.repeat(times, axis=0).repeat(times, axis=1) for times in (2, 4))
    one, two = modernize(small, references).photo, modernize(large, references).photo
    assert two.shape == large.shape
    assert error(two[1::2, 1::2].copy(), one) < 1.0


def test_what_is_no_photograph_is_refused(references: list[ReferenceStyle]) -> None:
    with pytest.raises(PhotoShapeError, match="NaN"):
        modernize(np.full((8, 8, 3), np.nan, dtype=np.float32), references)
