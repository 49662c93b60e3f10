"""Files that are no detector; and OpenCV's rows into faces, by a small network that sees bright red as a face."""

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose
from tiny_yunet import BOX_CELLS, POINT_CELLS, tiny_yunet

from oldphoto_core.faces.align import DetectedFace, FaceBox
from oldphoto_core.faces.detect import DetectorSettings, FaceDetector, FaceModelError, YuNetDetector, distinct_faces

ONE_SIZE = DetectorSettings(sides_px=(96,))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "tiny.onnx"
    path.write_bytes(tiny_yunet())
    return path


def _with_spot(
    cell: tuple[int, int], *, scale: int = 1, colour: tuple[float, float, float] = (1.0, 0.0, 0.0)
) -> np.ndarray:
    """A black photograph of 64 x 96 times ``scale`` with one coloured cell (row, column)."""
    photo = np.zeros((64 * scale, 96 * scale, 3), dtype=np.float32)
    side = 8 * scale
    photo[cell[0] * side : (cell[0] + 1) * side, cell[1] * side : (cell[1] + 1) * side] = colour
    return photo


class TestBadFiles:
    def test_a_missing_file(self, tmp_path: Path) -> None:
        with pytest.raises(FaceModelError, match="No such file") as caught:
            YuNetDetector(tmp_path / "none.onnx")
        assert caught.value.path == tmp_path / "none.onnx"

    def test_a_folder(self, tmp_path: Path) -> None:
        with pytest.raises(FaceModelError, match="cannot be read"):
            YuNetDetector(tmp_path)

    @pytest.mark.parametrize("content", [b"", b"not a network", b"version https://git-lfs.github.com/spec/v1\n"])
    def test_a_file_that_is_no_network(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "bad.onnx"
        path.write_bytes(content)
        with pytest.raises(FaceModelError, match=r"expected a YuNet model"):
            YuNetDetector(path)

    def test_a_file_cut_short(self, tmp_path: Path) -> None:
        path = tmp_path / "cut.onnx"
        path.write_bytes(tiny_yunet()[:5000])
        with pytest.raises(FaceModelError):
            YuNetDetector(path)

    def test_a_network_with_other_outputs(self, tmp_path: Path) -> None:
        path = tmp_path / "other.onnx"
        path.write_bytes(tiny_yunet().replace(b"kps_8", b"kpt_8"))
        with pytest.raises(FaceModelError, match="does not work as a face detector"):
            YuNetDetector(path)(_with_spot((3, 5)))


class TestRowsOfOpenCv:
    @pytest.mark.parametrize("scale", [1, 5])
    def test_a_face_is_found_where_it_is_in_the_photograph(self, model: Path, scale: int) -> None:
        (face,) = YuNetDetector(model, ONE_SIZE)(_with_spot((3, 5), scale=scale))
        cell = 8 * scale
        x, y = (5 + BOX_CELLS[0]) * cell, (3 + BOX_CELLS[1]) * cell
        width, height = BOX_CELLS[2] * cell, BOX_CELLS[3] * cell
        box = (face.box.left_px, face.box.top_px, face.box.width_px, face.box.height_px)
        assert_allclose(box, (x - width / 2, y - height / 2, width, height), rtol=1e-5)
        assert_allclose(face.landmarks, [((5 + px) * cell, (3 + py) * cell) for px, py in POINT_CELLS], rtol=1e-5)
        assert face.score == pytest.approx(1.0, abs=1e-4)

    def test_colours_reach_the_network_blue_first(self, model: Path) -> None:
        assert YuNetDetector(model, ONE_SIZE)(_with_spot((3, 5), colour=(0.0, 0.0, 1.0))) == ()

    def test_a_faint_face_is_left_out(self, model: Path) -> None:
        dim = _with_spot((3, 5), colour=(0.7, 0.0, 0.0))
        assert YuNetDetector(model, ONE_SIZE)(dim) == ()
        (face,) = YuNetDetector(model, DetectorSettings(sides_px=(96,), least_score=0.5))(dim)
        assert face.score == pytest.approx(0.7, abs=0.01)

    def test_no_face_is_no_error(self, model: Path) -> None:
        assert YuNetDetector(model)(np.zeros((50, 70, 3), dtype=np.float32)) == ()

    def test_a_small_photograph_is_not_enlarged(self, model: Path) -> None:
        assert len(YuNetDetector(model)(_with_spot((3, 5)))) == 1

    def test_the_surest_comes_first_and_the_photograph_stays(self, model: Path) -> None:
        photo = _with_spot((1, 2), colour=(0.85, 0.0, 0.0)) + _with_spot((5, 9))
        before = photo.copy()
        detector: FaceDetector = YuNetDetector(model, ONE_SIZE)
        faces = detector(photo)
        assert [round(face.score, 2) for face in faces] == [1.0, 0.85]
        assert faces == detector(photo)
        assert (photo == before).all()

    def test_sizes_are_searched_one_after_the_other(self, model: Path) -> None:
        # The spot fills a cell only at the smaller size; at the larger it fills 25 of them, one face after OpenCV.
        photo = _with_spot((3, 5), scale=5)
        both = YuNetDetector(model, DetectorSettings(sides_px=(96, 480), largest_overlap=0.01))(photo)
        assert len(both) == 1


def _face(left: float, score: float, width: float = 10.0) -> DetectedFace:
    point = (left, 0.0)
    return DetectedFace(FaceBox(left, 0.0, width, 10.0), (point, point, point, point, point), score)


class TestDistinctFaces:
    def test_of_two_that_overlap_the_surer_stays(self) -> None:
        weak, sure, other = _face(0.0, 0.8), _face(3.0, 0.9), _face(50.0, 0.85)
        assert distinct_faces([weak, sure, other], largest_overlap=0.3) == (sure, other)

    def test_the_limit_is_a_share_of_the_union(self) -> None:
        one, other = _face(0.0, 0.9), _face(5.0, 0.8)  # intersection 50, union 150
        assert len(distinct_faces([one, other], largest_overlap=0.334)) == 2
        assert len(distinct_faces([one, other], largest_overlap=0.332)) == 1


@pytest.mark.parametrize(
    "wrong", [{"sides_px": ()}, {"sides_px": (16,)}, {"least_score": 0.0}, {"largest_overlap": 2.0}]
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="expected"):
        DetectorSettings(**wrong)  # type: ignore[arg-type]  # that is the point
