"""The soft mask and what lies under it."""

import cv2
import numpy as np
import pytest
from face_layouts import similarity, smooth_photo
from numpy.testing import assert_allclose, assert_array_equal

from oldphoto_core.faces.align import crop_face, magnification
from oldphoto_core.faces.blend import blend_face, detail_share, feather, feather_scale
from oldphoto_core.faces.sample import sample


def _published_weight(shape: tuple[int, int], matrix: np.ndarray, side: int) -> np.ndarray:
    """The mask as the published program makes it: picture-sized, eroded three times, blurred."""
    forward = sample(np.ones(shape), matrix, (side, side), "nearest", beyond="black")
    mask = sample(forward, np.linalg.inv(matrix), shape, "nearest", beyond="black")
    return cv2.GaussianBlur(cv2.erode(mask, np.ones((9, 9), np.uint8), iterations=3), (25, 25), 0)


WHOLE = (slice(0, 300), slice(0, 320))


class TestFeather:
    @pytest.mark.parametrize("factor", [0.5, 1.0])
    def test_it_is_the_published_mask_for_an_upright_face(self, factor: float) -> None:
        square = int(256 * factor)
        middle = (20 + (square - 1) / 2, 15 + (square - 1) / 2)
        matrix = similarity(factor, 0.0, middle)
        weight = feather(WHOLE, matrix, 256)
        assert_allclose(weight, _published_weight((300, 320), matrix, 256), atol=1e-5)
        assert weight.max() == 1.0

    def test_it_is_the_published_mask_where_the_photograph_ends(self) -> None:
        matrix = similarity(0.5, 0.0, (10 - 0.5, 299.5))  # the lower left corner
        assert_allclose(feather(WHOLE, matrix, 256), _published_weight((300, 320), matrix, 256), atol=1e-5)

    @pytest.mark.parametrize(("degrees", "bound"), [(4.0, 0.11), (20.0, 0.4), (45.0, 0.55)])
    def test_it_is_near_the_published_mask_for_a_turned_face(self, degrees: float, bound: float) -> None:
        # The published erosion takes off up to 1.41 times as much on slanting sides; ours turns with the face.
        matrix = similarity(0.6, degrees, (160.0, 150.0))
        difference = np.abs(feather(WHOLE, matrix, 256) - _published_weight((300, 320), matrix, 256))
        assert difference.max() < bound

    def test_it_is_nothing_outside_the_square(self) -> None:
        matrix = similarity(0.5, 30.0, (160.0, 150.0))
        y, x = np.mgrid[0:300, 0:320]
        u, v, _ = np.einsum("ij,jvu->ivu", np.linalg.inv(matrix), np.stack([x, y, np.ones_like(x)]))
        outside = (u < -0.5) | (u > 255.5) | (v < -0.5) | (v > 255.5)
        weight = feather(WHOLE, matrix, 256)
        assert_array_equal(weight[outside], 0.0)
        assert (weight[~outside] > 0.0).mean() > 0.99

    def test_any_part_is_that_of_the_whole(self) -> None:
        matrix = similarity(0.5, 30.0, (160.0, 150.0))
        rows, columns = slice(70, 133), slice(101, 260)
        assert_array_equal(feather((rows, columns), matrix, 256), feather(WHOLE, matrix, 256)[rows, columns])

    @pytest.mark.parametrize("factor", [1.0, 4.0, 0.125])
    def test_it_grows_and_shrinks_with_faces_out_of_the_range(self, factor: float) -> None:
        side_px = 256 * factor
        middle = ((side_px - 1) / 2, (side_px - 1) / 2)
        window = (slice(int(side_px / 2), int(side_px / 2) + 1), slice(0, int(side_px)))
        weight = feather(window, similarity(factor, 0.0, middle), 256)[0]
        half_way_px = float(np.interp(0.5, weight[: int(side_px / 2)], np.arange(int(side_px / 2)) + 0.5))
        assert half_way_px == pytest.approx(12.0 * feather_scale(side_px), abs=0.1)

    def test_it_is_monotone_in_the_side(self) -> None:
        widths = [12.0 * feather_scale(side) for side in np.linspace(10.0, 3000.0, 300).tolist()]
        assert widths == sorted(widths)


def _scene(factor: float, degrees: float = 20.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    photo = smooth_photo(300, 320)
    matrix = similarity(factor, degrees, (160.0, 150.0), 64)
    return photo, matrix, crop_face(photo, matrix, 64)


class TestBlend:
    @pytest.mark.parametrize("factor", [0.7, 1.5, 3.0])
    @pytest.mark.parametrize("keep_detail", [True, False])
    def test_an_even_face_is_mixed_by_the_weight(self, factor: float, *, keep_detail: bool) -> None:
        photo, matrix, crop = _scene(factor)
        grey, light = np.full_like(crop, 0.25), np.full_like(crop, 0.75)
        result = photo.copy()
        change = blend_face(result, photo, light, grey, matrix, keep_detail=keep_detail)
        weight = feather(WHOLE, matrix, 64)[..., None]
        share = detail_share(factor) if keep_detail else 0.0
        expected = np.clip(photo + weight * (0.75 + share * (photo - 0.25) - photo), 0.0, 1.0)
        assert_allclose(result, expected, atol=1e-6)
        assert change == pytest.approx(np.abs(expected - photo).sum() / 3 / weight.sum(), rel=1e-4)
        untouched = weight[..., 0] == 0.0
        assert_array_equal(result[untouched], photo[untouched])

    def test_detail_of_a_large_face_is_kept_and_its_tone_changed(self) -> None:
        photo, matrix, _ = _scene(3.0)
        fine = (np.indices((300, 320)).sum(axis=0) % 2 * 0.1).astype(np.float32)[..., None]
        detailed = photo + fine
        crop = crop_face(detailed, matrix, 64)
        kept, replaced = detailed.copy(), detailed.copy()
        blend_face(kept, detailed, crop + np.float32(0.1), crop, matrix)
        blend_face(replaced, detailed, crop + np.float32(0.1), crop, matrix, keep_detail=False)
        middle = (slice(120, 180), slice(130, 190))
        assert_allclose(kept[middle], np.clip(detailed[middle] + 0.1, 0.0, 1.0), atol=1e-4)
        assert np.abs(np.diff(replaced[middle], axis=0)).mean() < 0.5 * np.abs(np.diff(kept[middle], axis=0)).mean()

    @pytest.mark.parametrize(("factor", "share"), [(0.7, 0.0), (3.0, 1.0)])
    def test_the_later_face_lies_over_the_earlier(self, factor: float, share: float) -> None:
        # Detail comes from the photograph, not from the earlier face: its change must not be added twice.
        photo, matrix, crop = _scene(factor)
        grey = np.full_like(crop, 0.5)
        result, expected = photo.copy(), photo.copy()
        weight = feather(WHOLE, matrix, 64)[..., None]
        for tone in (0.4, 0.6):
            blend_face(result, photo, np.full_like(crop, tone), grey, matrix)
            new = np.float32(tone) + np.float32(share) * (photo - np.float32(0.5))
            expected = np.clip(expected + weight * (new - expected), 0.0, 1.0)
        assert_allclose(result, expected, atol=1e-6)

    def test_what_comes_out_is_a_photograph(self) -> None:
        photo, matrix, crop = _scene(3.0)
        result = photo.copy()
        blend_face(result, photo, np.ones_like(crop), np.zeros_like(crop), matrix)
        assert result.dtype == np.float32
        assert 0.0 <= result.min() <= result.max() <= 1.0


def test_the_share_of_detail_has_no_steps() -> None:
    shares = np.array([detail_share(factor) for factor in np.linspace(0.1, 4.0, 400).tolist()])
    assert shares[0] == 0.0
    assert shares[-1] == 1.0
    assert 0.0 <= np.diff(shares).min() <= np.diff(shares).max() < 0.011


def test_magnification_is_that_of_the_matrix() -> None:
    assert magnification(similarity(2.5, 77.0, (3.0, 4.0))) == pytest.approx(2.5)
