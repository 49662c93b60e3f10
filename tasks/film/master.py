"""The preservation master: chunks of FFV1 joined into one Matroska file, with the reel's times, sound and tags."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from oldphoto_core.film.planes import Planes
from tasks.film.encoding import digest
from tasks.film.errors import VerificationError
from tasks.film.facts import ReelFacts, Timeline
from tasks.film.library import video_library
from tasks.film.pixels import planes_of
from tasks.film.sound import Sound, opened_or_none

KEPT_TAGS = ("title", "artist", "date", "comment", "copyright", "description", "creation_time", "reel_name")
"""What travels along of the file's own tags."""

FORM = "matroska"


def write_master(
    out: Path, chunks: Sequence[Path], timeline: Timeline, facts: ReelFacts, source: Path | None
) -> tuple[str, ...]:
    """Join chunks into one file and return what could not be kept as it was, a sentence each.

    Args:
        out: The file; one of that name is replaced.
        chunks: Files of FFV1 in order; their frames are those of the timeline.
        timeline: When each frame is shown.
        facts: What the reel says of itself.
        source: The reel, for its sound and tags; None if it is a folder of frames.
    """
    av = video_library()
    with ExitStack() as files:
        reel = files.enter_context(opened_or_none(source))
        first = files.enter_context(av.open(str(chunks[0])))
        written = files.enter_context(av.open(str(out), "w", format=FORM, options={"avoid_negative_ts": "disabled"}))
        stream = written.add_stream_from_template(first.streams.video[0])
        stream.time_base = facts.time_base
        if timeline.rate is not None:
            stream.codec_context.framerate = timeline.rate
        describe(written, stream, facts, reel)
        sound = Sound(reel, written, FORM)
        packets = _packets(chunks)
        for stamp, packet in zip(timeline.stamps, packets, strict=True):
            sound.write_until(stamp.pts * facts.time_base)
            packet.pts = packet.dts = stamp.pts
            packet.duration, packet.time_base, packet.stream = stamp.duration, facts.time_base, stream
            written.mux(packet)
        sound.write_until(None)
        return (*sound.notes, *_not_kept(timeline, facts))


def describe(container: Any, stream: Any, facts: ReelFacts, reel: Any) -> None:  # noqa: ANN401 - containers, a stream
    """Write the reel's timecode, turning, tags and chapters into a new file."""
    if facts.timecode is not None:
        stream.metadata["timecode"] = facts.timecode
    if facts.rotation:
        stream.set_display_rotation(facts.rotation)
    if reel is None:
        return
    if reel.streams.video[0].language:
        stream.metadata["language"] = reel.streams.video[0].language
    for name in KEPT_TAGS:
        if name in reel.metadata:
            container.metadata[name] = reel.metadata[name]
    if reel.chapters():
        container.set_chapters(reel.chapters())


def decoded(path: Path, facts: ReelFacts) -> Iterator[Planes]:
    """Yield the samples of every frame of a written file."""
    with video_library().open(str(path)) as container:
        for frame in container.decode(container.streams.video[0]):
            yield planes_of(frame, facts.pixel_format)


def verified(frames: Iterator[Planes], expected: Sequence[str]) -> Iterator[Planes]:
    """Yield frames as they are, each compared with the digest it had when it was restored.

    Raises:
        VerificationError: A frame differs, or there are more or fewer.
    """
    count = 0
    for count, planes in enumerate(frames, start=1):
        if count > len(expected) or digest(planes) != expected[count - 1]:
            raise VerificationError(
                f"frame {count - 1} read back from the written file is not the one that was restored; check the disk"
            )
        yield planes
    if count != len(expected):
        raise VerificationError(f"{len(expected)} frames were written and {count} were read back; check the disk")


def _packets(chunks: Sequence[Path]) -> Iterator[Any]:
    for path in chunks:
        with video_library().open(str(path)) as container:
            yield from (packet for packet in container.demux(container.streams.video[0]) if packet.size)


def _not_kept(timeline: Timeline, facts: ReelFacts) -> Iterator[str]:
    if timeline.rate is None and 1000 % facts.time_base.denominator:
        yield "frame times are rounded to the millisecond, as Matroska keeps them; the exact ones are in the frame list"
    if facts.aspect is not None and facts.aspect != 1:
        yield f"the pixel aspect {facts.aspect} is not written into the master, whose packing has no place for it"
