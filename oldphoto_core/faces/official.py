"""The published face chain to the last grey level, for comparison; pictures are restored by ``stage``.

It rounds and truncates where the program of "Bringing Old Photos Back to Life" (Wan et al., CVPR 2020) does, and warps
pictures as a whole. One thing is as it was meant to be: the mask is a float picture. In the published program, newer
versions of scikit-image turn it into bytes, on which it stops.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import UInt8

from oldphoto_core.faces.align import Landmarks, Similarity, face_transform
from oldphoto_core.faces.match import match_levels
from oldphoto_core.faces.sample import sample

_ERODER = np.ones((9, 9), np.uint8)


@dataclass(frozen=True, slots=True)
class OfficialBlend:
    """What the published chain makes of one face, step by step."""

    matrix: Similarity
    """From crop to photograph."""

    aligned: UInt8[np.ndarray, "S S 3"]
    """The crop that the face network gets: rounded to 8 bits, black outside the photograph."""

    hist_matched: UInt8[np.ndarray, "S S 3"]
    """The mended face with the tones of the crop, which for this purpose is cut to 8 bits, not rounded."""

    backward_mask: UInt8[np.ndarray, "H W"]
    """1 where the crop lies in the photograph, else 0."""

    blended: UInt8[np.ndarray, "H W 3"]
    """The photograph with the face put back."""


def official_face_blend(
    image: UInt8[np.ndarray, "H W 3"], landmarks: Landmarks, restored: UInt8[np.ndarray, "S S 3"]
) -> OfficialBlend:
    """Return each step of the published chain for one face.

    Args:
        image: The photograph, 8-bit.
        landmarks: Five points in pixels; the published program has whole numbers.
        restored: The mended face, 8-bit; its side is that of the crop.

    Raises:
        FaceGeometryError: The points fall together.
    """
    height, width, side = image.shape[0], image.shape[1], restored.shape[0]
    matrix = face_transform(landmarks, side)
    back = np.linalg.inv(matrix)
    levels = sample(image.astype(np.float64), matrix, (side, side), "bilinear", beyond="black")
    matched = match_levels(restored, levels.astype(np.uint8))
    face = (
        sample(matched.astype(np.float64), back, (height, width), "bicubic", beyond="black", within_range=True) / 255.0
    )
    forward_mask = sample(np.ones((height, width)), matrix, (side, side), "nearest", beyond="black")
    mask = sample(forward_mask, back, (height, width), "nearest", beyond="black")
    weight = cv2.GaussianBlur(cv2.erode(mask * 255.0, _ERODER, iterations=3), (25, 25), 0)[..., None] / 255.0
    blended = np.clip(face * weight + (1.0 - weight) * (image / 255.0), 0.0, 1.0)
    return OfficialBlend(
        matrix=matrix,
        aligned=np.rint(levels).astype(np.uint8),
        hist_matched=matched,
        backward_mask=mask.astype(np.uint8),
        blended=np.rint(blended * 255.0).astype(np.uint8),
    )
