"""Mend the faces of a photograph one after the other: crop, generate, match tones, blend.

After stage 4 of "Bringing Old Photos Back to Life" (Wan et al., CVPR 2020). What differs from the published program
(``official``) and why: it works in float, in a window around each face; a black-and-white or toned face stays so; tones
are matched on what lies in the photograph; detail finer than the crop can be kept (``blend``).
"""

from collections.abc import Callable, Iterable

import numpy as np
import torch
from jaxtyping import Bool

from oldphoto_core.faces.align import (
    Crop,
    DetectedFace,
    FaceGeometryError,
    Similarity,
    crop_face,
    eye_distance_px,
    face_transform,
)
from oldphoto_core.faces.blend import blend_face
from oldphoto_core.faces.match import match_tones
from oldphoto_core.faces.record import FaceRecord
from oldphoto_core.image import Photo, is_monochrome, luma

Generator = Callable[[torch.Tensor], torch.Tensor]
"""Float32 (1, 3, S, S) on the CPU in [-1, 1] to the same shape in [-1, 1]; moves it to its own device itself."""

LEAST_EYE_DISTANCE_PX = 12.0
"""Below it a face is a few pixels, and what a network makes of them is not that person's."""


def enhance_faces(
    photo: Photo,
    faces: Iterable[DetectedFace],
    generator: Generator,
    side: int,
    *,
    least_eye_distance_px: float = LEAST_EYE_DISTANCE_PX,
    keep_detail: bool = True,
) -> tuple[Photo, tuple[FaceRecord, ...]]:
    """Return the photograph with its faces mended, and one record per face in the order given.

    Every crop is taken from the photograph as it came; where faces overlap, the later one lies over the earlier. Pixels
    outside the masks are the same bit for bit. Beyond the result itself, memory depends on the size of one crop only.

    Args:
        photo: The photograph, in [0, 1].
        faces: Where the faces are.
        generator: The face network.
        side: Height and width of the crop it wants, in pixels.
        least_eye_distance_px: Smaller faces are left alone; measured on the fitted template, so a profile is not small.
        keep_detail: Whether detail of large faces that is finer than the crop is carried over.

    Returns:
        The photograph (``photo`` itself, not a copy, if no face was mended) and the records.
    """
    result = photo
    records = []
    for face in faces:
        try:
            matrix = face_transform(face.landmarks, side)
            if eye_distance_px(matrix, side) < least_eye_distance_px:
                records.append(FaceRecord(face, "too-small", 0.0))
                continue
            inside = _in_photo(photo.shape[:2], matrix, side)
            crop = crop_face(photo, matrix, side)
        except FaceGeometryError as error:
            records.append(FaceRecord(face, error.problem, 0.0))
            continue
        mended = _mended(crop, generator)
        if mended is None:
            records.append(FaceRecord(face, "bad-output", 0.0))
            continue
        mended = match_tones(mended, crop, inside)
        result = photo.copy() if result is photo else result
        change = blend_face(result, photo, mended, crop, matrix, keep_detail=keep_detail)
        records.append(FaceRecord(face, "restored", change))
    return result, tuple(records)


def _mended(crop: Crop, generator: Generator) -> Crop | None:
    """Return what the network makes of a crop, in [0, 1], or None if that is no picture of the same size."""
    batch = torch.from_numpy(np.ascontiguousarray(crop.transpose(2, 0, 1)[None] * np.float32(2.0) - np.float32(1.0)))
    with torch.inference_mode():
        output = generator(batch)
    if output.shape != batch.shape or not bool(torch.isfinite(output).all()):
        return None
    mended = np.clip((output[0].float().cpu().numpy().transpose(1, 2, 0) + 1.0) / 2.0, 0.0, 1.0)
    if is_monochrome(crop):
        mended = np.repeat(luma(np.ascontiguousarray(mended))[..., None], 3, axis=2)
    return np.ascontiguousarray(mended, dtype=np.float32)


def _in_photo(shape: tuple[int, int], matrix: Similarity, side: int) -> Bool[np.ndarray, "S S"]:
    """Return which pixels of the crop lie in a photograph of this height and width.

    Raises:
        FaceGeometryError: None does.
    """
    u, v = np.arange(side)[None, :], np.arange(side)[:, None]
    x = matrix[0, 0] * u + matrix[0, 1] * v + matrix[0, 2]
    y = matrix[1, 0] * u + matrix[1, 1] * v + matrix[1, 2]
    inside = (x > -0.5) & (x < shape[1] - 0.5) & (y > -0.5) & (y < shape[0] - 0.5)
    if not bool(inside.any()):
        raise FaceGeometryError("outside-photo", f"expected a face in {shape}, found its crop beside it")
    return inside
