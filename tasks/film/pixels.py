"""Frames of the video library into planes of samples and back, without a change to any sample."""

from typing import Any

import numpy as np

from oldphoto_core.film.planes import Matrix, PlaneLayout, Planes
from tasks.film.errors import ReelError
from tasks.film.facts import ColourTags
from tasks.film.library import video_library

REPACKED = {
    "nv12": "yuv420p",
    "nv21": "yuv420p",
    "nv16": "yuv422p",
    "nv24": "yuv444p",
    "yuyv422": "yuv422p",
    "uyvy422": "yuv422p",
    "yvyu422": "yuv422p",
    "p010le": "yuv420p10le",
    "p210le": "yuv422p10le",
    "p012le": "yuv420p12le",
    "p016le": "yuv420p16le",
    "y210le": "yuv422p10le",
    "y212le": "yuv422p12le",
    "rgb24": "gbrp",
    "bgr24": "gbrp",
    "0rgb": "gbrp",
    "rgb0": "gbrp",
    "0bgr": "gbrp",
    "bgr0": "gbrp",
    "pal8": "gbrp",
    "monow": "gray",
    "monob": "gray",
    "ya8": "gray",
    "rgba": "gbrap",
    "bgra": "gbrap",
    "argb": "gbrap",
    "abgr": "gbrap",
    "rgb48le": "gbrp16le",
    "bgr48le": "gbrp16le",
    "rgba64le": "gbrap16le",
    "bgra64le": "gbrap16le",
    "x2rgb10le": "gbrp10le",
    "ya16le": "gray16le",
}
"""Planar forms that hold the very same samples."""

WITHOUT_ALPHA = frozenset({"ya8", "ya16le"})
"""Forms whose alpha the planar form has no place for."""

_MATRICES: dict[int, Matrix] = {1: "bt709", 4: "bt601", 5: "bt601", 6: "bt601", 7: "bt709", 9: "bt2020", 10: "bt2020"}
_NARROW, _FULL = 1, 2


def planar_format(name: str) -> str:
    """Return the planar little-endian form that holds the samples of a pixel format.

    Raises:
        ReelError: There is none: floating point, Bayer, XYZ, hardware surfaces.
    """
    little = name[:-2] + "le" if name.endswith("be") else name
    planar = REPACKED.get(little, little.replace("yuvj", "yuv"))
    if not _is_supported(planar):
        raise ReelError(
            "unsupported-format",
            f"frames of pixel format {name} cannot be kept to the sample; convert the reel to planar YUV, grey or RGB "
            "of 8 to 16 bits",
        )
    return planar


def _is_supported(name: str) -> bool:
    av = video_library()
    try:
        form = av.VideoFormat(name)
    except ValueError:
        return False
    sound = name.startswith(("yuv4", "yuva4", "gray", "gbrp", "gbrap")) and not form.is_big_endian
    return sound and "f" not in name.removeprefix("gray").removeprefix("gbrp").removeprefix("gbrap")


def layout_of(name: str, tags: ColourTags, *, was: str, size: tuple[int, int]) -> PlaneLayout:
    """Return what the samples of a planar format mean.

    Args:
        name: The planar format.
        tags: What the file says of its colours.
        was: The format as decoded: one of the ``yuvj`` family is in full range, whatever the tags say.
        size: Height and width; where the file names no matrix, small pictures have that of BT.601.
    """
    form = video_library().VideoFormat(name)
    bits = form.components[0].bits
    if form.is_rgb:
        return PlaneLayout(model="rgb", bits=bits, full_range=True)
    if name.startswith("gray"):
        return PlaneLayout(model="grey", bits=bits, full_range=tags.range != _NARROW)
    usual: Matrix = "bt709" if size[0] > 576 or size[1] >= 1280 else "bt601"
    full = tags.range == _FULL or was.startswith("yuvj")
    return PlaneLayout(model="yuv", bits=bits, full_range=full, matrix=_MATRICES.get(tags.matrix, usual))


def planes_of(frame: Any, name: str) -> Planes:  # noqa: ANN401 - a video frame
    """Return copies of the samples of a decoded frame in a planar format that holds the same."""
    if frame.format.name != name and frame.format.name.replace("yuvj", "yuv") != name:
        # One thread: with several, libswscale now and then gives other samples where two of them meet.
        frame = frame.reformat(format=name, threads=1)
    form = frame.format
    return tuple(_samples(frame, component) for component in form.components)


def _samples(frame: Any, component: Any) -> np.ndarray:  # noqa: ANN401 - a video frame, and one of its components
    plane = frame.planes[component.plane]
    kind = np.dtype(np.uint8 if component.bits == 8 else "<u2")
    rows = np.frombuffer(plane, kind).reshape(plane.height, plane.line_size // kind.itemsize)
    return np.ascontiguousarray(rows[: component.height, : component.width])


def frame_of(planes: Planes, name: str) -> Any:  # noqa: ANN401 - a video frame
    """Return a frame of the library with these samples; the inverse of ``planes_of``."""
    height, width = planes[0].shape
    frame = video_library().VideoFrame(width, height, name)
    for component, samples in zip(frame.format.components, planes, strict=True):
        plane = frame.planes[component.plane]
        rows = np.zeros((plane.height, plane.line_size // samples.itemsize), samples.dtype)
        rows[: component.height, : component.width] = samples
        plane.update(rows.tobytes())
    return frame
