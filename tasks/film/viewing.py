"""Copies for looking: H.264 in MP4 that any player shows, or ProRes in MOV for the cutting room."""

from collections.abc import Iterable
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from typing import Any

from oldphoto_core.film.planes import Planes
from tasks.film.encoding import stored_format, stored_frame, tag
from tasks.film.facts import ReelFacts, Timeline
from tasks.film.library import video_library
from tasks.film.master import describe
from tasks.film.sound import Sound, opened_or_none

FORMS = {".mp4": "mp4", ".mov": "mov"}
"""Formats in FFmpeg's words, by suffix."""

DEFAULT_CRF = 18
"""Quality of H.264: lower is better and larger; 18 is hard to tell from the original."""

_NARROW = 1


def write_viewing_copy(
    out: Path, frames: Iterable[Planes], timeline: Timeline, facts: ReelFacts, source: Path | None, *, crf: int
) -> tuple[str, ...]:
    """Write a copy in the format of its suffix and return what could not be kept as it was, a sentence each.

    Args:
        out: The file, ``.mp4`` or ``.mov``; one of that name is replaced.
        frames: The frames of the timeline.
        timeline: When each is shown; times are kept to the tick.
        facts: What the reel says of itself.
        source: The reel, for its sound and tags; None if it is a folder of frames.
        crf: Quality of H.264, 0 to 51.
    """
    av = video_library()
    form = FORMS[out.suffix.lower()]
    options = {"movflags": "+faststart"} if form == "mp4" else {}
    with ExitStack() as files:
        reel = files.enter_context(opened_or_none(source))
        written = files.enter_context(av.open(str(out), "w", format=form, options=options))
        stream = _stream(written, facts, timeline, form, crf)
        describe(written, stream, facts, reel)
        sound = Sound(reel, written, form)
        for stamp, planes in zip(timeline.stamps, frames, strict=True):
            sound.write_until(stamp.pts * facts.time_base)
            frame = _shown(planes, facts, stream)
            frame.pts, frame.time_base = stamp.pts, facts.time_base
            written.mux(stream.encode(frame))
        written.mux(stream.encode())
        sound.write_until(None)
        return (*sound.notes, *_not_kept(facts, stream))


def _stream(container: Any, facts: ReelFacts, timeline: Timeline, form: str, crf: int) -> Any:  # noqa: ANN401
    rate = timeline.rate or facts.nominal_rate or Fraction(24)
    if form == "mp4":
        stream = container.add_stream("libx264", rate=rate, options={"crf": str(crf), "preset": "medium"})
        stream.pix_fmt = "yuv420p"
        # Half-size colour needs even sides; a last row or column is scaled away.
        stream.width, stream.height = (max(2, side - side % 2) for side in (facts.width, facts.height))
    else:
        rich = facts.layout.model == "rgb" or "444" in facts.pixel_format
        stream = container.add_stream("prores_ks", rate=rate, options={"profile": "4444" if rich else "hq"})
        stream.pix_fmt = "yuv444p10le" if rich else "yuv422p10le"
        stream.width, stream.height = facts.width, facts.height
    tag(stream.codec_context, facts)
    stream.codec_context.color_range = _NARROW
    if facts.layout.model != "yuv":
        stream.codec_context.colorspace = 1 if facts.height > 576 else 6
    stream.codec_context.time_base = facts.time_base
    stream.time_base = facts.time_base
    return stream


def _shown(planes: Planes, facts: ReelFacts, stream: Any) -> Any:  # noqa: ANN401 - a stream, a video frame
    """Return the frame in the form of the copy: narrow range, without alpha."""
    matrix = {"bt601": "itu601", "bt709": "itu709", "bt2020": "bt2020"}[facts.layout.matrix]
    usual = "itu709" if facts.height > 576 else "itu601"
    frame = stored_frame(planes, facts)
    if stored_format(facts).startswith("gray"):
        return frame.reformat(stream.width, stream.height, stream.pix_fmt, dst_color_range="MPEG", threads=1)
    if facts.layout.model == "rgb":
        return frame.reformat(
            stream.width, stream.height, stream.pix_fmt, dst_colorspace=usual, dst_color_range="MPEG", threads=1
        )
    return frame.reformat(
        stream.width,
        stream.height,
        stream.pix_fmt,
        src_colorspace=matrix,
        dst_colorspace=matrix,
        src_color_range="JPEG" if facts.layout.full_range else "MPEG",
        dst_color_range="MPEG",
        threads=1,
    )


def _not_kept(facts: ReelFacts, stream: Any) -> list[str]:  # noqa: ANN401 - a stream
    if (stream.width, stream.height) == (facts.width, facts.height):
        return []
    return [f"the viewing copy has {stream.width} x {stream.height} pixels: its packing needs even sides"]
