"""Similarity transform to the face template and its inverse.

The face network of "Bringing Old Photos Back to Life" (Wan et al., CVPR 2020) sees every face in the same place of a
square crop. The template and the transform are theirs; the crop differs in two ways from theirs, which is in
``official``: a face larger than the crop is reduced by areas, not by dropping pixels, and what lies outside the
photograph repeats its border instead of being black, so no dark rim can be blended in.
"""

import math
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from jaxtyping import Float32, Float64
from skimage.transform import SimilarityTransform

from oldphoto_core.errors import OldPhotoError
from oldphoto_core.faces.sample import sample
from oldphoto_core.image import Photo

Point = tuple[float, float]
"""x (to the right) and y (down) in pixels; (0.0, 0.0) is the centre of the first pixel."""

Landmarks = tuple[Point, Point, Point, Point, Point]
"""Left eye, right eye, nose, left mouth corner, right mouth corner, as seen in the picture when the face is upright.

So the first point is the person's own right eye. A face that hangs upside down keeps this order.
"""

Similarity = Float64[np.ndarray, "3 3"]
"""From crop to photograph: rotation, one scale and a shift, acting on (x, y, 1)."""

Crop = Float32[np.ndarray, "S S 3"]
"""A face in the template's place, sRGB in [0, 1]."""

GeometryProblem = Literal["degenerate-landmarks", "outside-photo"]
"""Why a face has no crop."""

Window = tuple[slice, slice]

_TEMPLATE_512 = np.array([196, 226, 316, 226, 256, 286, 220, 360.4, 292, 360.4], dtype=np.float32)
_ZOOM = 1.3
_MARGIN_PX = 2


@dataclass(frozen=True, slots=True)
class FaceBox:
    """Where a face is; it may reach beyond the photograph."""

    left_px: float
    """Distance of the left edge from the left of the photograph."""

    top_px: float
    """Distance of the upper edge from the top of the photograph."""

    width_px: float
    """Width, above 0."""

    height_px: float
    """Height, above 0."""

    def __post_init__(self) -> None:
        """Refuse a box that is none."""
        values = (self.left_px, self.top_px, self.width_px, self.height_px)
        if not (all(map(math.isfinite, values)) and self.width_px > 0.0 and self.height_px > 0.0):
            raise ValueError(f"a face box needs finite values, width and height above 0, found {self}")


@dataclass(frozen=True, slots=True)
class DetectedFace:
    """One face that a detector found."""

    box: FaceBox
    """Where it is."""

    landmarks: Landmarks
    """Five points on it, in pixels of the photograph."""

    score: float
    """How sure the detector is, in [0, 1]."""

    def __post_init__(self) -> None:
        """Refuse points that are nowhere and scores that are none."""
        if not all(math.isfinite(value) for point in self.landmarks for value in point):
            raise ValueError(f"landmarks must be finite, found {self.landmarks}")
        if not 0.0 <= self.score <= 1.0:
            raise ValueError(f"the score of a face must be in [0, 1], found {self.score}")


class FaceGeometryError(OldPhotoError, ValueError):
    """A face cannot be cropped; the photograph goes on without it.

    Attributes:
        problem: A short code from a closed set, for counting.
    """

    def __init__(self, problem: GeometryProblem, detail: str) -> None:
        """Keep the code and word the message."""
        super().__init__(f"{problem}: {detail}")
        self.problem: GeometryProblem = problem


def face_template(side: int) -> Float32[np.ndarray, "5 2"]:
    """Return the five points (x, y) in pixels of a crop of this side, in the order of ``Landmarks``.

    In single precision as in the published program; the matrix of ``face_transform`` feels it at 1e-5.

    Examples:
        >>> np.round(face_template(256).astype(np.float64), 2).tolist()
        [[89.0, 108.5], [167.0, 108.5], [128.0, 147.5], [104.6, 195.86], [151.4, 195.86]]
    """
    points = ((_TEMPLATE_512 / 256 - 1) * _ZOOM + 1) / 2 * side
    return points.reshape(5, 2)


def face_transform(landmarks: Landmarks, side: int) -> Similarity:
    """Return the similarity that takes the template of this side to the landmarks (least squares, Umeyama 1991).

    Args:
        landmarks: Five points in pixels of the photograph.
        side: Height and width of the crop in pixels; the published networks use 256 and 512.

    Raises:
        FaceGeometryError: The points fall together, so no scale fits.

    Examples:
        >>> on_itself = ((89.0, 108.5), (167.0, 108.5), (128.0, 147.5), (104.6, 195.86), (151.4, 195.86))
        >>> bool(np.allclose(face_transform(on_itself, 256), np.eye(3), atol=1e-4))
        True
    """
    found = SimilarityTransform.from_estimate(face_template(side), np.array(landmarks, dtype=np.float64))
    matrix = np.asarray(found.params, dtype=np.float64) if found else np.zeros((3, 3))
    if not (bool(np.isfinite(matrix).all()) and magnification(matrix) > 1e-6):
        raise FaceGeometryError("degenerate-landmarks", f"expected five distinct points, found {landmarks}")
    return matrix


def magnification(matrix: Similarity) -> float:
    """Return how many pixels of the photograph one pixel of the crop spans along a side."""
    return math.hypot(float(matrix[0, 0]), float(matrix[1, 0]))


def eye_distance_px(matrix: Similarity, side: int) -> float:
    """Return the distance of the template's eyes in pixels of the photograph: that of a face seen from the front."""
    template = face_template(side)
    return magnification(matrix) * float(template[1, 0] - template[0, 0])


def shifted(left_px: int, top_px: int) -> Similarity:
    """Return the similarity that takes coordinates of a window beginning there to those of the photograph."""
    return np.array([[1.0, 0.0, left_px], [0.0, 1.0, top_px], [0.0, 0.0, 1.0]])


def face_window(shape: tuple[int, int], matrix: Similarity, side: int) -> Window:
    """Return rows and columns of the photograph that hold all of the crop that lies in it, and a small margin.

    Args:
        shape: Height and width of the photograph.
        matrix: From crop to photograph.
        side: Height and width of the crop.

    Raises:
        FaceGeometryError: The crop lies outside the photograph.
    """
    low, high = -0.5, side - 0.5
    corners = matrix[:2] @ np.array([[low, high, high, low], [low, low, high, high], [1.0, 1.0, 1.0, 1.0]])
    margin = _MARGIN_PX + math.ceil(magnification(matrix))
    first = np.floor(corners.min(axis=1)).astype(int) - margin
    last = np.ceil(corners.max(axis=1)).astype(int) + margin + 1
    rows = slice(max(0, int(first[1])), min(shape[0], int(last[1])))
    columns = slice(max(0, int(first[0])), min(shape[1], int(last[0])))
    if rows.start >= rows.stop or columns.start >= columns.stop:
        raise FaceGeometryError("outside-photo", f"expected a face in {shape}, found one around {corners.mean(axis=1)}")
    return rows, columns


def crop_face(photo: Photo, matrix: Similarity, side: int) -> Crop:
    """Return the face in the template's place.

    Only the window around the face is read. Outside the photograph its border repeats.

    Args:
        photo: The photograph, in [0, 1].
        matrix: From crop to photograph, as ``face_transform`` gives it.
        side: Height and width of the crop in pixels.

    Raises:
        FaceGeometryError: The crop lies outside the photograph.
    """
    rows, columns = face_window(photo.shape[:2], matrix, side)
    part, to_part = _reduced(photo[rows, columns], magnification(matrix))
    inverse_map = to_part @ shifted(-columns.start, -rows.start) @ matrix
    return sample(part, inverse_map, (side, side), "bilinear")


def _reduced(part: Photo, factor: float) -> tuple[np.ndarray, Similarity]:
    """Return the part reduced by about this factor, if above 1, and the map of its coordinates to the reduced ones."""
    height, width = part.shape[:2]
    small_height, small_width = max(1, round(height / factor)), max(1, round(width / factor))
    if factor <= 1.0:
        return part, np.eye(3)
    across, down = small_width / width, small_height / height
    to_small = np.array([[across, 0.0, across / 2 - 0.5], [0.0, down, down / 2 - 0.5], [0.0, 0.0, 1.0]])
    return cv2.resize(part, (small_width, small_height), interpolation=cv2.INTER_AREA), to_small
