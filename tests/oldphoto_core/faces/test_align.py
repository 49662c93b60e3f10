"""Faces into the template's place."""

import numpy as np
import pytest
from face_layouts import layout, similarity, smooth_photo
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from oldphoto_core.faces.align import (
    DetectedFace,
    FaceBox,
    FaceGeometryError,
    crop_face,
    eye_distance_px,
    face_template,
    face_transform,
    face_window,
    magnification,
)

factors = st.floats(0.05, 20.0)
angles = st.floats(-180.0, 180.0)
places = st.tuples(st.floats(-500.0, 8000.0), st.floats(-500.0, 8000.0))


def _ramp(height: int, width: int) -> np.ndarray:
    """A picture whose value tells where it was read: bilinear and area sampling of it are exact."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return np.stack([x / width, y / height, (x + y) / (width + height)], axis=2)


class TestTemplate:
    """t = v/256 - 1, x 1.3, then (t + 1)/2 x S, of points in a frame of 512."""

    @pytest.mark.parametrize("side", [256, 512])
    def test_it_is_that_of_the_paper(self, side: int) -> None:
        of_512 = np.array([(196, 226), (316, 226), (256, 286), (220, 360.4), (292, 360.4)])
        assert_allclose(face_template(side), ((of_512 / 256 - 1) * 1.3 + 1) / 2 * side, rtol=1e-6)


class TestTransform:
    @settings(deadline=None)
    @given(factor=factors, degrees=angles, middle=places)
    def test_points_made_by_a_similarity_give_that_similarity(
        self, factor: float, degrees: float, middle: tuple[float, float]
    ) -> None:
        found = face_transform(layout(factor, degrees, middle), 256)
        corners = np.array([[0, 255, 255, 0], [0, 0, 255, 255], [1, 1, 1, 1]])
        error_px = np.abs((found - similarity(factor, degrees, middle)) @ corners).max()
        assert error_px < 1e-4 * max(1.0, factor)
        assert magnification(found) == pytest.approx(factor, rel=1e-5)

    def test_other_points_give_the_least_squares_fit(self) -> None:
        rng = np.random.default_rng(3)
        for _ in range(20):
            points = np.array(layout(0.7, 25.0, (300.0, 200.0))) + rng.normal(0.0, 6.0, (5, 2))
            a, b, c, d, e = ((float(x), float(y)) for x, y in points)
            # Oracle: the four unknowns of a similarity are linear in the points.
            template = face_template(256).astype(np.float64)
            rows = [row for x, y in template for row in ([x, -y, 1, 0], [y, x, 0, 1])]
            cos, sin, right, down = np.linalg.lstsq(np.array(rows), points.ravel(), rcond=None)[0]
            expected = [[cos, -sin, right], [sin, cos, down], [0.0, 0.0, 1.0]]
            assert_allclose(face_transform((a, b, c, d, e), 256), expected, atol=1e-4)

    def test_a_face_upside_down_keeps_its_order(self) -> None:
        found = face_transform(layout(1.0, 180.0, (100.0, 100.0)), 256)
        assert_allclose(found[:2, :2], [[-1.0, 0.0], [0.0, -1.0]], atol=1e-5)

    def test_points_that_fall_together_are_refused(self) -> None:
        here = (5.0, 5.0)
        with pytest.raises(FaceGeometryError, match="five distinct points") as caught:
            face_transform((here, here, here, here, here), 256)
        assert caught.value.problem == "degenerate-landmarks"

    @pytest.mark.parametrize("side", [256, 512])
    def test_the_distance_of_the_eyes_is_in_pixels_of_the_photograph(self, side: int) -> None:
        left, right = layout(0.5, 40.0, (100.0, 100.0), side)[:2]
        matrix = face_transform(layout(0.5, 40.0, (100.0, 100.0), side), side)
        assert eye_distance_px(matrix, side) == pytest.approx(
            np.hypot(right[0] - left[0], right[1] - left[1]), rel=1e-4
        )


class TestCrop:
    @pytest.mark.parametrize("factor", [0.31, 1.0, 1.7, 3.3, 7.25])
    @pytest.mark.parametrize("degrees", [0.0, 33.0, 180.0])
    def test_every_pixel_is_read_where_the_matrix_says(self, factor: float, degrees: float) -> None:
        side, photo = 64, _ramp(900, 1000)
        matrix = similarity(factor, degrees, (503.3, 441.8), side)
        crop = crop_face(photo, matrix, side)
        u, v = np.meshgrid(np.arange(side), np.arange(side))
        x, y, _ = np.einsum("ij,jvu->ivu", matrix, np.stack([u, v, np.ones_like(u)]))
        expected = np.stack([x / 1000, y / 900, (x + y) / 1900], axis=2)
        assert_allclose(crop, expected, atol=0.1 / 1000)  # a tenth of a pixel of the photograph

    def test_a_large_face_is_reduced_without_aliasing(self) -> None:
        rows = np.arange(800) % 2
        photo = np.broadcast_to(rows[:, None, None], (800, 800, 3)).astype(np.float32)
        crop = crop_face(photo, similarity(8.0, 0.0, (400.0, 400.0), 64), 64)
        assert_allclose(crop, 0.5, atol=0.07)

    def test_outside_the_photograph_its_border_repeats(self) -> None:
        photo = _ramp(200, 200)
        crop = crop_face(photo, similarity(1.0, 0.0, (0.5, 100.5), 64), 64)
        # Crop pixel (32, 32) is photograph pixel (1, 101); columns up to 31 are x <= 0.
        assert_allclose(crop[:, :31, 0], 0.0, atol=1e-6)
        assert_allclose(crop[10, 40:50, 0], np.arange(9, 19) / 200, atol=1e-5)
        assert_allclose(crop[:, 5, 1], np.arange(69, 133) / 200, atol=1e-5)

    def test_a_face_beside_the_photograph_is_refused(self) -> None:
        with pytest.raises(FaceGeometryError, match="outside-photo"):
            crop_face(smooth_photo(50, 50), similarity(0.5, 10.0, (-500.0, 20.0)), 256)

    @settings(max_examples=60, deadline=None)
    @given(factor=st.floats(0.05, 4.0), degrees=angles, x=st.floats(-80.0, 380.0), y=st.floats(-80.0, 280.0))
    def test_the_window_holds_all_of_the_crop_that_lies_in_the_photograph(
        self, factor: float, degrees: float, x: float, y: float
    ) -> None:
        matrix = similarity(factor, degrees, (x, y), 64)
        edge = np.linspace(-0.5, 63.5, 65)
        u, v = np.meshgrid(edge, edge)
        px, py, _ = np.einsum("ij,jvu->ivu", matrix, np.stack([u, v, np.ones_like(u)]))
        here = (px >= 0) & (px <= 299) & (py >= 0) & (py <= 199)
        try:
            rows, columns = face_window((200, 300), matrix, 64)
        except FaceGeometryError:
            assert not here.any()
            return
        assert 0 <= rows.start < rows.stop <= 200
        assert 0 <= columns.start < columns.stop <= 300
        if here.any():
            assert rows.start <= py[here].min() <= py[here].max() <= rows.stop - 1
            assert columns.start <= px[here].min() <= px[here].max() <= columns.stop - 1

    def test_only_the_window_is_read(self) -> None:
        photo = smooth_photo(300, 300)
        matrix = similarity(0.25, 20.0, (150.0, 150.0))
        rows, columns = face_window((300, 300), matrix, 256)
        elsewhere = np.full_like(photo, np.nan)
        elsewhere[rows, columns] = photo[rows, columns]
        assert_array_equal(crop_face(elsewhere, matrix, 256), crop_face(photo, matrix, 256))


class TestDetectedFace:
    @pytest.mark.parametrize("width", [0.0, -1.0, float("nan"), float("inf")])
    def test_a_box_without_a_width_is_refused(self, width: float) -> None:
        with pytest.raises(ValueError, match="width and height above 0"):
            FaceBox(0.0, 0.0, width, 1.0)

    @pytest.mark.parametrize("score", [-0.1, 1.1, float("nan")])
    def test_a_score_outside_0_to_1_is_refused(self, score: float) -> None:
        with pytest.raises(ValueError, match="score"):
            DetectedFace(FaceBox(0.0, 0.0, 1.0, 1.0), layout(1.0, 0.0, (0.0, 0.0)), score)

    def test_landmarks_that_are_nowhere_are_refused(self) -> None:
        a, b, c, d, _ = layout(1.0, 0.0, (0.0, 0.0))
        with pytest.raises(ValueError, match="finite"):
            DetectedFace(FaceBox(0.0, 0.0, 1.0, 1.0), (a, b, c, d, (float("nan"), 0.0)), 0.5)
