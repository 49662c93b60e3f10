"""A reel in a video file: its facts, every frame with its exact time, and what a broken packet costs."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from oldphoto_core.film.planes import Planes
from tasks.film.errors import ReelError
from tasks.film.facts import ReelFacts, Repair, Stamp, Timeline
from tasks.film.header import counted, facts_of, opened, packets_of
from tasks.film.library import video_library
from tasks.film.matroska import has_unread_bytes, promised_duration
from tasks.film.pixels import planes_of
from tasks.film.times import early_end, filled, merged, steady_rate


@dataclass(frozen=True, slots=True)
class Decoded:
    """One frame as the decoder gave it."""

    pts: int
    """Presentation time, in ticks."""

    duration: int
    """How long it is shown, in ticks; 0 if not said."""

    planes: Planes
    """Its samples."""

    concealed: bool
    """Whether the decoder had to patch it up."""


class VideoReel:
    """The first video stream of a file."""

    def __init__(self, path: Path) -> None:
        """Read the facts from the header and the first frame that decodes.

        Raises:
            ReelError: It is no film, has no video stream, no frame that decodes, or frames of a form we cannot keep.
            FilmExtraMissingError: The video library is not installed.
        """
        self.path = path
        self.facts = facts_of(path)

    def survey(self, done: Callable[[Timeline], None]) -> Iterator[Planes]:
        """Decode the reel once, yield each frame that decodes, and tell in the end of every frame there is.

        Those whose packet is broken are among them.

        Raises:
            ReelError: Not one frame decodes.
        """
        promised: list[int] = []
        found: list[Stamp] = []
        trouble: list[str] = []
        for frame in self._decode(promised.append, trouble.append):
            repair: Repair | None = "concealed" if frame.concealed else None
            found.append(Stamp(pts=frame.pts, duration=frame.duration, repair=repair))
            yield frame.planes
        if not found:
            raise ReelError("no-frames", f"not one frame of {self.path.name} decodes")
        stamps = merged(found, promised)
        rate, holes = steady_rate(stamps, self.facts.time_base, self.facts.nominal_rate)
        if holes and rate is not None and has_unread_bytes(self.path):
            stamps, holes = filled(stamps, rate, self.facts.time_base), []
        usual = rate or self.facts.nominal_rate or Fraction(24)
        ends = early_end(stamps, self.facts.time_base, promised_duration(self.path), usual)
        notes = (*_repair_notes(stamps), *holes, *ends, *counted(trouble))
        done(Timeline(stamps=tuple(stamps), rate=rate, notes=notes))

    def frames(self, timeline: Timeline) -> Iterator[Planes]:
        """Yield the samples of every frame of the timeline; one that was lost is shown as the one before it.

        Raises:
            ReelError: The file does not decode as it did when it was surveyed.
        """
        decoded = self._decode(lambda _: None, lambda _: None)
        last: Planes | None = None
        waiting = 0
        for stamp in timeline.stamps:
            if stamp.repair == "repeated":
                waiting += last is None
                if last is not None:
                    yield last
                continue
            frame = next(decoded, None)
            if frame is None or frame.pts != stamp.pts:
                seen = "nothing" if frame is None else f"a frame at {frame.pts}"
                raise ReelError("changed-while-reading", f"expected a frame at {stamp.pts}, found {seen}; start again")
            last = frame.planes
            for _ in range(waiting + 1):
                yield last
            waiting = 0

    def _decode(self, told: Callable[[int], None], trouble: Callable[[str], None]) -> Iterator[Decoded]:
        """Yield the frames that decode; tell the time of each packet, and each thing that went wrong."""
        av = video_library()
        with opened(self.path) as container:
            stream = container.streams.video[0]
            stream.thread_type = "SLICE"  # frames decoded side by side conceal errors in ways that are not repeatable
            clock = _Clock(self.facts)
            for packet in packets_of(container, stream, trouble):
                if packet.pts is not None and packet.size and not packet.is_discard:
                    told(packet.pts)
                try:
                    frames = packet.decode()
                except av.FFmpegError as error:
                    trouble(f"a packet does not decode ({error.strerror})")
                    continue
                for frame in frames:
                    self._check_size(frame)
                    pts = clock.of(frame)
                    planes = planes_of(frame, self.facts.pixel_format)
                    yield Decoded(pts, int(frame.duration or 0), planes, bool(frame.is_corrupt))

    def _check_size(self, frame: Any) -> None:  # noqa: ANN401 - a video frame
        if (frame.width, frame.height) != (self.facts.width, self.facts.height):
            raise ReelError(
                "mixed-sizes",
                f"a frame of {frame.width} x {frame.height} pixels follows frames of {self.facts.width} x "
                f"{self.facts.height}; split the file where the size changes",
            )


class _Clock:
    """Times of frames; a stream without any gets them from the order of its frames."""

    def __init__(self, facts: ReelFacts) -> None:
        self._step = 1 / ((facts.nominal_rate or Fraction(24)) * facts.time_base)
        self._last: int | None = None

    def of(self, frame: Any) -> int:  # noqa: ANN401 - a video frame
        """Return the time of the next frame; it is later than that of the one before."""
        pts = frame.pts
        if pts is None or (self._last is not None and pts <= self._last):
            pts = 0 if self._last is None else self._last + max(1, round(self._step))
        self._last = pts
        return pts


def _repair_notes(stamps: Sequence[Stamp]) -> Iterator[str]:
    numbers = [number for number, stamp in enumerate(stamps) if stamp.repair == "repeated"]
    if numbers:
        yield f"frames that could not be decoded and repeat a neighbour, {len(numbers)} in all: {ranges(numbers)}"
    numbers = [number for number, stamp in enumerate(stamps) if stamp.repair == "concealed"]
    if numbers:
        yield f"damaged frames that the decoder patched up, {len(numbers)} in all: {ranges(numbers)}"


def ranges(numbers: Sequence[int]) -> str:
    """Return numbers in order as text, runs of them shortened.

    Examples:
        >>> ranges([1, 2, 3, 7, 9, 10])
        '1-3, 7, 9-10'
    """
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)
