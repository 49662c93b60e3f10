"""Boxes and five landmarks, in pixels, (x, y)."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

from oldphoto_core.errors import OldPhotoError
from oldphoto_core.faces.align import DetectedFace, FaceBox
from oldphoto_core.image import Photo, to_bytes8


@runtime_checkable
class FaceDetector(Protocol):
    """Whatever finds faces in a photograph.

    Contract: takes a photograph of any size in [0, 1], which it does not change, and returns every face once, the
    surest first, with box and landmarks in pixels of that photograph and in the order of ``Landmarks``. No face is an
    empty tuple, not an error. The same photograph gives the same faces. Boxes and points may lie outside of it.
    """

    def __call__(self, photo: Photo) -> tuple[DetectedFace, ...]:
        """Return the faces of the photograph, the surest first."""
        ...


class FaceModelError(OldPhotoError, ValueError):
    """A file is no face detector that can be used.

    Attributes:
        path: The file.
    """

    def __init__(self, path: Path, detail: str) -> None:
        """Keep the path and word the message."""
        super().__init__(f"{path}: {detail}; expected a YuNet model such as face_detection_yunet_2023mar.onnx")
        self.path = path


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorSettings:
    """How YuNet is asked."""

    sides_px: tuple[int, ...] = (640, 1920)
    """Longer sides to which the photograph is reduced, never enlarged, one search at each.

    YuNet was trained on faces of 10 to 300 pixels: the small picture is for portraits, the large one for groups.
    """

    least_score: float = 0.8
    """Least score of a face, in [0, 1]."""

    largest_overlap: float = 0.3
    """Two boxes whose intersection is a larger share of their union are one face; the surer one stays."""

    def __post_init__(self) -> None:
        """Refuse settings that make no sense."""
        if not self.sides_px or min(self.sides_px) < 32:
            raise ValueError(f"expected sides of 32 px or more, found {self.sides_px}")
        if not (0.0 < self.least_score <= 1.0 and 0.0 < self.largest_overlap <= 1.0):
            raise ValueError(f"expected least_score and largest_overlap in (0, 1], found {self}")


SETTINGS = DetectorSettings()


class YuNetDetector:
    """Faces by YuNet (Wu et al., "YuNet: A Tiny Millisecond-level Face Detector", 2023) in OpenCV.

    Proved by tests: bad files are refused; with a small made-up network of the same outputs, that OpenCV's rows become
    boxes and landmarks of the photograph at any reduction. Not proved: how well the published weights find faces on old
    prints, since no weights come with this project. The published program uses dlib instead, whose points differ by a
    few pixels; the face network was trained on crops of such points. One detector serves one thread.
    """

    def __init__(self, model_path: Path, settings: DetectorSettings = SETTINGS) -> None:
        """Load the network.

        Args:
            model_path: The ONNX file.
            settings: How it is asked.

        Raises:
            FaceModelError: The file is missing, cannot be read, or is no network that OpenCV understands.
        """
        try:
            model = np.frombuffer(model_path.read_bytes(), dtype=np.uint8)
        except OSError as error:
            raise FaceModelError(model_path, f"cannot be read ({error.strerror})") from error
        if model.size == 0:
            raise FaceModelError(model_path, "is empty")
        self._path = model_path
        self._settings = settings
        try:
            self._network = cv2.FaceDetectorYN.create(
                "onnx", model, np.empty(0, dtype=np.uint8), (320, 320), settings.least_score, settings.largest_overlap
            )
        except cv2.error as error:
            raise FaceModelError(model_path, f"is not a network that OpenCV can load ({error.err})") from error

    def __call__(self, photo: Photo) -> tuple[DetectedFace, ...]:
        """Return the faces of the photograph, the surest first.

        Args:
            photo: The photograph, in [0, 1].

        Raises:
            FaceModelError: The network runs, but is no face detector.
        """
        found: list[DetectedFace] = []
        for size in sorted({_reduced_size(photo.shape[:2], side_px) for side_px in self._settings.sides_px}):
            found.extend(self._faces_at(photo, size))
        return distinct_faces(found, largest_overlap=self._settings.largest_overlap)

    def _faces_at(self, photo: Photo, size: tuple[int, int]) -> list[DetectedFace]:
        """Return the faces found in the photograph reduced to this height and width."""
        height, width = size
        self._network.setInputSize((width, height))
        try:
            _, rows = self._network.detect(_reduced_bgr(photo, size))
        except cv2.error as error:
            raise FaceModelError(self._path, f"does not work as a face detector ({error.err})") from error
        return _faces(rows, (photo.shape[1] / width, photo.shape[0] / height))


def distinct_faces(faces: Iterable[DetectedFace], *, largest_overlap: float) -> tuple[DetectedFace, ...]:
    """Return the faces without those that overlap a surer one, the surest first.

    Args:
        faces: Faces in any order; of equally sure ones the first stays.
        largest_overlap: Largest share of the intersection in the union of two boxes that are two faces.
    """
    kept: list[DetectedFace] = []
    for face in sorted(faces, key=lambda face: -face.score):
        if all(_overlap(face.box, other.box) <= largest_overlap for other in kept):
            kept.append(face)
    return tuple(kept)


def _overlap(one: FaceBox, other: FaceBox) -> float:
    """Return the share of the intersection of two boxes in their union, in [0, 1]."""
    right = min(one.left_px + one.width_px, other.left_px + other.width_px)
    bottom = min(one.top_px + one.height_px, other.top_px + other.height_px)
    common = max(0.0, right - max(one.left_px, other.left_px)) * max(0.0, bottom - max(one.top_px, other.top_px))
    return common / (one.width_px * one.height_px + other.width_px * other.height_px - common)


def _reduced_size(shape: tuple[int, int], side_px: int) -> tuple[int, int]:
    """Return height and width with the longer side at most ``side_px``."""
    factor = min(1.0, side_px / max(shape))
    return max(1, round(shape[0] * factor)), max(1, round(shape[1] * factor))


def _reduced_bgr(photo: Photo, size: tuple[int, int]) -> UInt8[np.ndarray, "_ _ 3"]:
    """Return the photograph in this height and width as OpenCV wants it: 8 bits, blue first."""
    small = cv2.resize(photo, (size[1], size[0]), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(to_bytes8(small)[..., ::-1])


def _faces(rows: Float32[np.ndarray, "_ 15"] | None, scale: tuple[float, float]) -> list[DetectedFace]:
    """Return the rows of OpenCV, which has None for no rows, as faces; rows that are no box are left out."""
    if rows is None:
        return []
    return [_face(row, scale) for row in rows if bool(np.isfinite(row).all()) and min(row[2], row[3]) > 0.0]


def _face(row: Float32[np.ndarray, "15"], scale: tuple[float, float]) -> DetectedFace:
    """Return one row of OpenCV as a face; coordinates are multiplied by ``scale`` (x, y).

    A row is: left, top, width, height, five points, score. OpenCV names the points from the person's side (right eye,
    left eye, nose, right and left mouth corner), which is our order, named from the beholder's.
    """
    left, top, width, height = (float(value) for value in row[:4])
    points = [(float(x) * scale[0], float(y) * scale[1]) for x, y in row[4:14].reshape(5, 2)]
    return DetectedFace(
        box=FaceBox(left * scale[0], top * scale[1], width * scale[0], height * scale[1]),
        landmarks=(points[0], points[1], points[2], points[3], points[4]),
        score=min(max(float(row[14]), 0.0), 1.0),
    )
