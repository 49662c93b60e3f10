"""What a video file says of itself, and its packets, as far as it is whole."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from tasks.film.errors import ReelError
from tasks.film.facts import ColourTags, ReelFacts
from tasks.film.library import video_library
from tasks.film.pixels import WITHOUT_ALPHA, layout_of, planar_format

_FIELD_ORDERS_OF_TWO = frozenset({2, 3, 4, 5})
"""AVFieldOrder: frames of two fields."""


def opened(path: Path) -> Any:  # noqa: ANN401 - a container
    """Return the file opened for reading.

    Raises:
        ReelError: It is no video file, or a header with nothing behind it.
    """
    av = video_library()
    try:
        return av.open(str(path), metadata_errors="replace")
    except av.EOFError as error:
        raise ReelError(
            "no-frames", f"{path.name}: expected a video file, found a header with nothing behind it"
        ) from error
    except (av.FFmpegError, ValueError) as error:
        size = path.stat().st_size
        why = getattr(error, "strerror", None) or str(error)
        found = "an empty file" if size == 0 else f"{size:,} bytes that FFmpeg cannot open ({why})"
        raise ReelError("not-a-film", f"{path.name}: expected a video file, found {found}") from error


def packets_of(container: Any, stream: Any, trouble: Callable[[str], None]) -> Iterator[Any]:  # noqa: ANN401
    """Yield the packets of a stream and the empty one at its end; broken structure ends a stream early, and is told."""
    av = video_library()
    try:
        yield from container.demux(stream)
    except av.FFmpegError as error:
        trouble(f"the file breaks off or is damaged ({error.strerror}); what follows cannot be found")
        last = av.Packet()
        last.stream = stream
        yield last


def facts_of(path: Path) -> ReelFacts:
    """Return what a file says of itself and of the first frame that decodes.

    Raises:
        ReelError: It is no film, has no video stream, no frame that decodes, or frames of a form we cannot keep.
    """
    with opened(path) as container:
        if not container.streams.video:
            kinds = sorted({stream.type for stream in container.streams}) or ["nothing"]
            raise ReelError("no-video", f"{path.name} has no video stream, only {', '.join(kinds)}")
        stream = container.streams.video[0]
        frame = _first_frame(path, container, stream)
        context = stream.codec_context
        tags = ColourTags(
            range=int(frame.color_range),
            primaries=int(context.color_primaries),
            transfer=int(context.color_trc),
            matrix=int(context.colorspace),
        )
        planar = planar_format(frame.format.name)
        return ReelFacts(
            form=container.format.name,
            codec=context.name,
            width=frame.width,
            height=frame.height,
            pixel_format=planar,
            layout=layout_of(planar, tags, was=frame.format.name, size=(frame.height, frame.width)),
            time_base=stream.time_base,
            nominal_rate=stream.average_rate or stream.guessed_rate,
            frames_said=_frames_said(container, stream),
            aspect=stream.sample_aspect_ratio or None,
            tags=tags,
            rotation=int(frame.rotation),
            interlaced=bool(frame.interlaced_frame) or int(context.field_order) in _FIELD_ORDERS_OF_TWO,
            timecode=_timecode(container),
            sound=tuple(_sound_words(one) for one in container.streams.audio),
            notes=tuple(_notes(container, frame)),
        )


def _first_frame(path: Path, container: Any, stream: Any) -> Any:  # noqa: ANN401
    av = video_library()
    trouble: list[str] = []
    for packet in packets_of(container, stream, trouble.append):
        try:
            frames = packet.decode()
        except av.FFmpegError as error:
            trouble.append(f"a packet does not decode ({error.strerror})")
            continue
        if frames:
            return frames[0]
    why = f": {'; '.join(counted(trouble))}" if trouble else ""
    raise ReelError("no-frames", f"the video stream of {path.name} has not one frame that decodes{why}")


def _frames_said(container: Any, stream: Any) -> int:  # noqa: ANN401 - a container, a stream
    if stream.frames:
        return int(stream.frames)
    rate = stream.average_rate or stream.guessed_rate
    return round(Fraction(container.duration, 1_000_000) * rate) if container.duration and rate else 0


def _timecode(container: Any) -> str | None:  # noqa: ANN401 - a container
    places = [container.streams.video[0].metadata, container.metadata]
    places += [one.metadata for one in container.streams if one.type == "data"]
    for place in places:
        for name, value in place.items():
            if name.lower() == "timecode":
                return str(value)
    return None


def _sound_words(stream: Any) -> str:  # noqa: ANN401 - a sound stream
    context = stream.codec_context
    words = f"{context.name} {context.sample_rate} Hz {context.layout.name}"
    return f"{words} {stream.language}" if stream.language else words


def _notes(container: Any, frame: Any) -> Iterator[str]:  # noqa: ANN401
    if len(container.streams.video) > 1:
        others = len(container.streams.video) - 1
        yield f"{others} more video streams, such as a cover picture, are left out"
    if frame.format.name in WITHOUT_ALPHA:
        yield "the alpha channel is left out: no format for it in a preservation master"
    if frame.interlaced_frame:
        yield "frames hold two fields; they are restored as they stand, fields are not taken apart"


def counted(sentences: Sequence[str]) -> Iterator[str]:
    """Yield each sentence once, with how often it was said.

    Examples:
        >>> list(counted(["lost", "found", "lost"]))
        ['lost: 2 times', 'found']
    """
    for sentence, count in Counter(sentences).items():
        yield sentence if count == 1 else f"{sentence}: {count} times"
