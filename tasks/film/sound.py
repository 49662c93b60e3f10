"""Sound and subtitles of a reel, copied packet by packet beside the new pictures."""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

from tasks.film.library import video_library

REPLACEMENTS = {"matroska": "flac", "mp4": "aac", "mov": "pcm_s24le"}
"""What sound is packed with where the new container has no place for what it was packed with."""

KEPT_TAGS = ("language", "title", "handler_name")


class Sound:
    """The streams that travel along, in a container that is being written."""

    def __init__(self, source: Any, out: Any, form: str) -> None:  # noqa: ANN401 - two containers
        """Add a stream to the new container for each sound and subtitle stream of the source.

        Args:
            source: The reel, open for reading; None if it has no sound: a folder.
            out: The new file, open for writing.
            form: Its format in FFmpeg's words.
        """
        self.notes: list[str] = []
        """What could not be copied as it was."""

        self._out = out
        self._source = source
        self._streams: dict[int, Any] = {}
        self._recoded: set[int] = set()
        for stream in () if source is None else source.streams:
            self._add(stream, form)
        self._packets = self._read() if self._streams else iter(())
        self._next = next(self._packets, None)

    def write_until(self, time: Fraction | None) -> None:
        """Write what is heard before a time in seconds; all that is left if it is None."""
        while self._next is not None and (time is None or _time(self._next) <= time):
            self._write(self._next)
            self._next = next(self._packets, None)
        if time is None:
            for index in self._recoded:
                self._out.mux(self._streams[index].encode(None))

    def _add(self, stream: Any, form: str) -> None:  # noqa: ANN401 - a stream
        if stream.type not in {"audio", "subtitle"}:
            if stream.type == "attachment" or (stream.type == "data" and not _is_timecode(stream)):
                self.notes.append(f"{stream.type} stream {stream.index} is left out")
            return
        try:
            added = self._out.add_stream_from_template(stream)
        except ValueError:
            if stream.type == "subtitle":
                self.notes.append(f"subtitle stream {stream.index} is left out: {form} does not hold its kind")
                return
            added = self._recode(stream, form)
        self._streams[stream.index] = added
        for name in KEPT_TAGS:
            if name in stream.metadata:
                added.metadata[name] = stream.metadata[name]

    def _recode(self, stream: Any, form: str) -> Any:  # noqa: ANN401 - two streams
        was, codec = stream.codec_context, REPLACEMENTS[form]
        self.notes.append(
            f"sound stream {stream.index} was packed with {was.name}, which {form} does not hold: {codec}"
        )
        self._recoded.add(stream.index)
        return self._out.add_stream(codec, rate=was.sample_rate, layout=was.layout.name)

    def _read(self) -> Iterator[Any]:
        av = video_library()
        chosen = [self._source.streams[index] for index in self._streams]
        try:
            for packet in self._source.demux(chosen):
                if packet.size and packet.dts is not None:
                    yield packet
        except av.FFmpegError as error:
            self.notes.append(f"the sound breaks off where the file is damaged ({error.strerror})")

    def _write(self, packet: Any) -> None:  # noqa: ANN401 - a packet
        av = video_library()
        index = packet.stream.index
        stream = self._streams[index]
        if index not in self._recoded:
            packet.stream = stream
            self._out.mux(packet)
            return
        try:
            frames = packet.decode()
        except av.FFmpegError as error:
            self.notes.append(f"a packet of sound stream {index} does not decode ({error.strerror})")
            return
        for frame in frames:
            self._out.mux(stream.encode(frame))


def _time(packet: Any) -> Fraction:  # noqa: ANN401 - a packet
    return packet.dts * packet.time_base


def _is_timecode(stream: Any) -> bool:  # noqa: ANN401 - a stream
    return any(name.lower() == "timecode" for name in stream.metadata)


@contextmanager
def opened_or_none(path: Path | None) -> Iterator[Any]:
    """Give the file opened for reading; None for no file."""
    if path is None:
        yield None
        return
    with video_library().open(str(path), metadata_errors="replace") as container:
        yield container
