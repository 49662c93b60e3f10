"""Frames into a lossless stream (FFV1 version 3, RFC 9043) whose packets may be joined with those of other chunks."""

import hashlib
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from oldphoto_core.film.planes import Planes
from tasks.film.facts import ReelFacts
from tasks.film.library import video_library
from tasks.film.pixels import frame_of

PACKED_RGB = {"gbrp": "bgr0", "gbrap": "bgra"}
"""What FFV1 calls RGB of 8 bits."""

_BT709_SIDE = 1280
_LARGE_SIDE = 2560


def ffv1_options(facts: ReelFacts) -> dict[str, str]:
    """Return the encoder's options: version 3, every frame on its own, slices each with a checksum."""
    side = max(facts.width, facts.height)
    slices = 4 if side < _BT709_SIDE else 16 if side < _LARGE_SIDE else 24
    return {"level": "3", "coder": "1", "context": "1", "g": "1", "slices": str(slices), "slicecrc": "1"}


def stored_format(facts: ReelFacts) -> str:
    """Return the pixel format that FFV1 keeps the samples in."""
    return PACKED_RGB.get(facts.pixel_format, facts.pixel_format)


def add_ffv1(container: Any, facts: ReelFacts, *, rate: Fraction | None) -> Any:  # noqa: ANN401 - a container, a stream
    """Add an FFV1 stream for the reel's frames to a container that is being written, and return it."""
    stream = container.add_stream("ffv1", rate=rate or Fraction(24), options=ffv1_options(facts))
    stream.width, stream.height, stream.pix_fmt = facts.width, facts.height, stored_format(facts)
    tag(stream.codec_context, facts)
    return stream


def tag(context: Any, facts: ReelFacts) -> None:  # noqa: ANN401 - a codec context
    """Write into an encoder what the reel says of its colours and the form of its pixels."""
    if facts.layout.model == "yuv":
        context.color_range = 2 if facts.layout.full_range else facts.tags.range
        context.colorspace = facts.tags.matrix
    context.color_primaries = facts.tags.primaries
    context.color_trc = facts.tags.transfer
    if facts.aspect is not None:
        context.sample_aspect_ratio = facts.aspect


def stored_frame(planes: Planes, facts: ReelFacts) -> Any:  # noqa: ANN401 - a video frame
    """Return the frame as the encoder takes it."""
    form = stored_format(facts)
    if form == facts.pixel_format:
        return frame_of(planes, form)
    red, green, blue, *alpha = planes
    packed = np.stack([blue, green, red, alpha[0] if alpha else np.zeros_like(red)], axis=2)
    frame = video_library().VideoFrame(facts.width, facts.height, form)
    plane = frame.planes[0]
    rows = np.zeros((plane.height, plane.line_size), np.uint8)
    rows[: facts.height, : 4 * facts.width] = packed.reshape(facts.height, -1)
    plane.update(rows.tobytes())
    return frame


def write_chunk(path: Path, frames: Iterable[Planes], facts: ReelFacts) -> list[str]:
    """Write frames into a Matroska file of their own and return the digest of each, as ``digest`` has it.

    Their times are their numbers: the real ones are given to the packets when chunks are joined.
    """
    digests: list[str] = []
    with video_library().open(str(path), "w", format="matroska") as container:
        stream = add_ffv1(container, facts, rate=Fraction(24))
        for number, planes in enumerate(frames):
            frame = stored_frame(planes, facts)
            frame.pts, frame.time_base = number, Fraction(1, 24)
            container.mux(stream.encode(frame))
            digests.append(digest(planes))
        container.mux(stream.encode())
    return digests


def digest(planes: Planes) -> str:
    """Return the SHA-256 of the samples of a frame, plane after plane, little-endian, without padding."""
    sha256 = hashlib.sha256()
    for plane in planes:
        sha256.update(np.ascontiguousarray(plane).tobytes())
    return sha256.hexdigest()
