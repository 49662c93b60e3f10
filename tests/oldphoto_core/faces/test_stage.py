"""A photograph with faces through the whole stage, with generators whose answer is known."""

import tracemalloc

import numpy as np
import pytest
import torch
from face_layouts import face_at, similarity, smooth_photo
from numpy.testing import assert_allclose, assert_array_equal
from skimage import data

from oldphoto_core.faces.align import DetectedFace, FaceBox
from oldphoto_core.faces.blend import feather
from oldphoto_core.faces.record import FaceRecord
from oldphoto_core.faces.stage import enhance_faces
from oldphoto_core.image import Photo, from_bytes8


def same(batch: torch.Tensor) -> torch.Tensor:
    """A generator that finds nothing to mend."""
    return batch


def flipped(batch: torch.Tensor) -> torch.Tensor:
    """A generator that answers with the mirror image."""
    return batch.flip(3)


def coloured(batch: torch.Tensor) -> torch.Tensor:
    """A generator that answers with a picture of many colours."""
    return torch.rand(batch.shape, generator=torch.Generator().manual_seed(5)) * 2 - 1


def _weight(photo: Photo, factor: float, degrees: float, middle: tuple[float, float]) -> np.ndarray:
    whole = (slice(0, photo.shape[0]), slice(0, photo.shape[1]))
    return feather(whole, similarity(factor, degrees, middle), 256)


CENTRE = (160.0, 150.0)


class TestIdentity:
    @pytest.mark.parametrize(("factor", "degrees"), [(0.3, 0.0), (0.5, -35.0), (0.9, 10.0), (0.6, 180.0)])
    def test_a_smooth_picture_stays_within_a_grey_level(self, factor: float, degrees: float) -> None:
        # Cropped with bilinear, put back with bicubic interpolation.
        photo = smooth_photo(300, 320)
        result, (record,) = enhance_faces(photo, [face_at(factor, degrees, CENTRE)], same, 256)
        assert record.accepted
        assert np.abs(result - photo).max() < 1.0 / 255
        assert 0.0 < record.mean_change < 0.25 / 255

    @pytest.mark.parametrize("factor", [2.0, 3.7])
    def test_a_large_face_stays_with_all_its_detail(self, factor: float) -> None:
        photo = np.random.default_rng(2).uniform(0.1, 0.9, (700, 700, 3)).astype(np.float32)
        result, (record,) = enhance_faces(photo, [face_at(factor, 25.0, (350.0, 350.0))], same, 256)
        assert record.accepted
        assert np.abs(result - photo).max() < 1e-4

    def test_a_real_photograph_changes_little(self) -> None:
        photo = from_bytes8(data.astronaut())
        result, (record,) = enhance_faces(photo, [face_at(0.55, 5.0, (224.0, 120.0))], same, 256)
        assert record.mean_change < 1.5 / 255  # measured 1.2: what two interpolations take from hair and cloth
        assert float(np.mean((result - photo) ** 2)) < 1e-5  # 50 dB


class TestMendedFace:
    def test_the_answer_is_put_back_where_the_crop_came_from(self) -> None:
        photo = smooth_photo(300, 320)
        turned = 23.0
        result, _ = enhance_faces(photo, [face_at(0.4, turned, CENTRE)], flipped, 256)
        # Mirrored across the axis of the face through its middle.
        back = np.linalg.inv(similarity(0.4, turned, CENTRE))
        mirror = similarity(0.4, turned, CENTRE) @ np.array([[-1.0, 0, 255.0], [0, 1, 0], [0, 0, 1]]) @ back
        for x, y in [(160, 150), (150, 160), (175, 140), (140, 170)]:
            u, v, _ = mirror @ [x, y, 1.0]
            assert_allclose(result[y, x], photo[round(v), round(u)], atol=0.04)

    def test_pixels_outside_the_mask_are_the_same_bit_for_bit(self) -> None:
        photo = np.random.default_rng(4).random((300, 320, 3), dtype=np.float32)
        before = photo.copy()
        result, _ = enhance_faces(photo, [face_at(0.5, 15.0, CENTRE)], coloured, 256)
        y, x = np.mgrid[0:300, 0:320]
        place = np.einsum(
            "ij,jvu->ivu", np.linalg.inv(similarity(0.5, 15.0, CENTRE)), np.stack([x, y, np.ones_like(x)])
        )
        outside = (np.abs(place[:2] - 127.5) > 128.01).any(axis=0)
        assert_array_equal(photo, before)
        assert_array_equal(result[outside], photo[outside])
        assert (result != photo).any()
        assert 0.1 < outside.mean() < 0.95

    @pytest.mark.parametrize("tint", [(1.0, 1.0, 1.0), (1.0, 0.85, 0.6)])
    def test_a_print_of_one_tone_stays_so(self, tint: tuple[float, float, float]) -> None:
        photo = smooth_photo(300, 320)[..., :1] * np.array(tint, dtype=np.float32)
        result, (record,) = enhance_faces(photo, [face_at(0.5, 0.0, CENTRE)], coloured, 256)
        assert record.mean_change > 0.05
        assert_allclose(
            result / np.array(tint, dtype=np.float32), np.repeat(result[..., :1], 3, axis=2), atol=1.5 / 255
        )

    def test_a_grey_print_stays_exactly_grey(self) -> None:
        photo = np.repeat(smooth_photo(300, 320)[..., :1], 3, axis=2)
        result, _ = enhance_faces(photo, [face_at(0.5, 12.0, CENTRE)], coloured, 256)
        assert_array_equal(result[..., 0], result[..., 1])
        assert_array_equal(result[..., 0], result[..., 2])

    def test_tones_are_those_of_the_face_that_was_there(self) -> None:
        photo = smooth_photo(300, 320)
        result, _ = enhance_faces(photo, [face_at(0.5, 0.0, CENTRE)], lambda batch: batch * 0.2 - 0.7, 256)
        assert np.abs(result - photo).mean() < 1.0 / 255

    @pytest.mark.parametrize("middle", [(0.0, 0.0), (319.0, 150.0), (300.0, 299.0), (-20.0, 150.0)])
    def test_a_face_at_the_border_leaves_no_dark_rim(self, middle: tuple[float, float]) -> None:
        photo = smooth_photo(300, 320)
        result, (record,) = enhance_faces(photo, [face_at(0.5, 10.0, middle)], same, 256)
        assert record.accepted
        assert np.abs(result - photo).max() < 2.0 / 255

    def test_a_photograph_smaller_than_the_crop(self) -> None:
        photo = smooth_photo(40, 30)
        result, (record,) = enhance_faces(photo, [face_at(0.5, 10.0, (15.0, 20.0))], same, 256)
        assert record.accepted
        assert np.abs(result - photo).max() < 2.0 / 255

    def test_the_side_of_the_large_network(self) -> None:
        sides = []

        def spy(batch: torch.Tensor) -> torch.Tensor:
            sides.append((tuple(batch.shape), batch.dtype, float(batch.min()) >= -1.0, float(batch.max()) <= 1.0))
            return batch

        enhance_faces(smooth_photo(300, 320), [face_at(0.25, 0.0, CENTRE, 512)], spy, 512)
        assert sides == [((1, 3, 512, 512), torch.float32, True, True)]


class TestSeveralFaces:
    def test_crops_are_taken_from_the_photograph_as_it_came(self) -> None:
        photo = smooth_photo(300, 320)
        seen = []

        def spy(batch: torch.Tensor) -> torch.Tensor:
            seen.append(batch.clone())
            return -batch

        enhance_faces(photo, [face_at(0.5, 0.0, CENTRE), face_at(0.5, 0.0, CENTRE)], spy, 256)
        assert torch.equal(seen[0], seen[1])

    def test_the_later_face_lies_over_the_earlier(self) -> None:
        photo = smooth_photo(300, 320)
        first, second = face_at(0.5, 0.0, (130.0, 150.0)), face_at(0.5, 0.0, (180.0, 150.0))
        both, records = enhance_faces(photo, [first, second], flipped, 256)
        alone, _ = enhance_faces(photo, [second], flipped, 256)
        assert [record.accepted for record in records] == [True, True]
        full = _weight(photo, 0.5, 0.0, (180.0, 150.0)) == 1.0
        assert full.any()
        assert_allclose(both[full], alone[full], atol=1e-6)

    def test_one_record_each_in_order_whatever_became_of_it(self) -> None:
        here = (5.0, 5.0)
        nowhere = DetectedFace(FaceBox(0.0, 0.0, 9.0, 9.0), (here, here, here, here, here), 0.9)
        faces = [
            face_at(0.1, 0.0, CENTRE),
            face_at(0.5, 0.0, CENTRE),
            nowhere,
            face_at(0.5, 0.0, (-900.0, 150.0)),
            face_at(0.5, 0.0, (-66.0, 150.0)),  # only the margin of its window reaches the photograph
        ]
        _, records = enhance_faces(smooth_photo(300, 320), faces, same, 256)
        assert [record.face for record in records] == faces
        outcomes = ["too-small", "restored", "degenerate-landmarks", "outside-photo", "outside-photo"]
        assert [record.outcome for record in records] == outcomes
        assert [record.accepted for record in records] == [False, True, False, False, False]


class TestLeftAlone:
    @pytest.mark.parametrize(("factor", "outcome"), [(11.9 / 78, "too-small"), (12.1 / 78, "restored")])
    def test_eyes_closer_than_12_pixels_are_too_small(self, factor: float, outcome: str) -> None:
        _, (record,) = enhance_faces(smooth_photo(300, 320), [face_at(factor, 40.0, CENTRE)], same, 256)
        assert record.outcome == outcome

    @pytest.mark.parametrize(
        "generator",
        [
            lambda batch: batch * float("nan"),
            lambda batch: batch / 0.0,
            lambda batch: batch[:, :, ::2],
            lambda batch: batch[0],
            lambda batch: batch[:, :1],
        ],
    )
    def test_an_answer_that_is_no_face_is_not_used(self, generator: object) -> None:
        photo = smooth_photo(300, 320)
        face = face_at(0.5, 0.0, CENTRE)
        result, records = enhance_faces(photo, [face], generator, 256)  # type: ignore[arg-type]
        assert result is photo
        assert records == (FaceRecord(face, "bad-output", 0.0),)

    def test_no_face_no_copy(self) -> None:
        photo = smooth_photo(30, 30)
        result, records = enhance_faces(photo, [], same, 256)
        assert result is photo
        assert records == ()


def test_a_large_photograph_is_copied_once() -> None:
    """6000 x 5000 with one small and one large face: the result, and less than a tenth of it besides."""
    photo = np.zeros((5000, 6000, 3), dtype=np.float32)
    photo[1000:1300, 2000:2320] = smooth_photo(300, 320)
    faces = [face_at(0.5, 10.0, (2160.0, 1150.0)), face_at(6.0, 10.0, (4000.0, 3000.0))]
    tracemalloc.start()
    try:
        result, records = enhance_faces(photo, faces, same, 256)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [record.accepted for record in records] == [True, True]
    assert result.nbytes <= peak < 1.1 * result.nbytes
