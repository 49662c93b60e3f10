"""Every shot of a reel through an engine, chunk by chunk, going on behind what is finished already."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from oldphoto_core.film.reel import FilmEngine, FilmSettings, FilmStep, Frame, FrameSource, RestoredFrame, Shot
from oldphoto_core.film.shots import find_shots
from tasks.film.facts import Timeline
from tasks.film.footage import Footage, OpenShot
from tasks.film.journal import Chunk, Journal


class FilmProgress(Protocol):
    """Is told how far the work is."""

    def start(self, what: str, total: int) -> None:
        """Begin something of so many frames; 0 if that is not known."""

    def advance(self, frames: int) -> None:
        """Count frames done."""


class Silent:
    """Progress that nobody looks at."""

    def start(self, what: str, total: int) -> None:
        """Do nothing."""

    def advance(self, frames: int) -> None:
        """Do nothing."""


class FrameCountError(RuntimeError):
    """An engine gave more or fewer frames than it was given: a defect of the engine; nothing was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoredReel:
    """A reel after its last shot, in chunks."""

    timeline: Timeline
    """Every frame."""

    shots: tuple[Shot, ...]
    """Where it is cut."""

    chunks: tuple[Chunk, ...]
    """What lies finished in the journal, in order."""

    steps: tuple[tuple[Shot, tuple[FilmStep, ...]], ...]
    """What was done to each shot."""

    resumed: int
    """Frames taken over from an interrupted attempt."""


@dataclass(frozen=True, slots=True)
class Work:
    """One reel at work."""

    footage: Footage
    """The reel."""

    engine: FilmEngine
    """Who restores."""

    settings: FilmSettings
    """How."""

    journal: Journal
    """What is finished."""

    progress: FilmProgress
    """Who is told."""


def restore_shots(work: Work) -> RestoredReel:
    """Return the reel restored; frames that an earlier attempt finished are taken as they are.

    Raises:
        ReelError: The reel cannot be read.
        FrameCountError: The engine is defective.
        OSError: The disk is full.
    """
    timeline, shots = _surveyed(work)
    work.progress.start("restoring", len(timeline))
    chunks: list[Chunk] = []
    steps = []
    resumed = 0
    for shot in shots:
        done = _finished(work, shot)
        told = work.journal.steps(shot)
        resumed += sum(chunk.stop - chunk.start for chunk in done)
        work.progress.advance(sum(chunk.stop - chunk.start for chunk in done))
        if told is None or not done or done[-1].stop < shot.stop:
            done, told = _restored(work, shot, timeline, done)
        chunks += done
        steps.append((shot, tuple(told)))
    return RestoredReel(
        timeline=timeline, shots=tuple(shots), chunks=tuple(chunks), steps=tuple(steps), resumed=resumed
    )


def _surveyed(work: Work) -> tuple[Timeline, list[Shot]]:
    """Return all frames and shots, found in one pass over the reel or in an earlier attempt."""
    known = work.journal.survey()
    if known is not None:
        return known
    told: list[Timeline] = []
    work.progress.start("looking for cuts", work.footage.facts.frames_said)
    found = find_shots(_counted(work, work.footage.survey(told.append)), shortest=work.settings.shortest_shot)
    timeline = told[0]
    shots = on_timeline(found, timeline)
    work.journal.keep_survey(timeline, shots)
    return timeline, shots


def _counted(work: Work, frames: Iterator[Frame]) -> Iterator[Frame]:
    for frame in frames:
        yield frame
        work.progress.advance(1)


def on_timeline(shots: list[Shot], timeline: Timeline) -> list[Shot]:
    """Return shots counted in frames that could be read as shots counted in all frames of the timeline.

    A frame that was lost belongs to the shot of the frame before it, which it repeats.
    """
    numbers = [number for number, stamp in enumerate(timeline.stamps) if stamp.repair != "repeated"]
    starts = [0, *(numbers[shot.start] for shot in shots[1:])]
    stops = [*starts[1:], len(timeline)]
    return [Shot(start, stop) for start, stop in zip(starts, stops, strict=True)]


def _finished(work: Work, shot: Shot) -> list[Chunk]:
    """Return the finished chunks at the beginning of a shot, without a gap."""
    chunks: list[Chunk] = []
    at = shot.start
    while at < shot.stop and (chunk := work.journal.chunk(at)) is not None and chunk.stop <= shot.stop:
        chunks.append(chunk)
        at = chunk.stop
    return chunks


def _restored(work: Work, shot: Shot, timeline: Timeline, done: list[Chunk]) -> tuple[list[Chunk], list[FilmStep]]:
    """Return a shot's chunks, those that were missing made now, and what was done to it."""
    if done and done[-1].stop == shot.stop:
        done = done[:-1]  # its last chunk stands, but the record of what was done does not
    chunks = list(done)
    at = done[-1].stop if done else shot.start
    with work.footage.open_shot(shot, timeline, work.journal.folder) as opened:
        line = _Line(work, shot, opened, timeline, at)
        while at < shot.stop:
            stop = min(at + work.settings.chunk, shot.stop)
            draft = work.journal.draft()
            frames = work.footage.write_chunk(draft, at, line.take(stop - at, is_last=stop == shot.stop))
            chunks.append(work.journal.keep_chunk(at, draft, frames, line.changed))
            at = stop
    return chunks, line.steps


class _Line:
    """The frames of one shot as they come from the engine, carried back to the footage's own form."""

    def __init__(self, work: Work, shot: Shot, opened: OpenShot, timeline: Timeline, at: int) -> None:
        self.steps: list[FilmStep] = []
        self.changed: list[float] = []
        self._work, self._shot, self._opened = work, shot, opened
        self._number = at - shot.start
        facts = work.footage.facts
        source = FrameSource(
            count=len(shot),
            height=facts.height,
            width=facts.width,
            read=lambda start, stop: [opened.frame(number) for number in range(start, stop)],
            rate=None if timeline.rate is None else float(timeline.rate),
        )
        self._frames = work.engine.restore(source, work.settings, self.steps.append, start=self._number)

    def take(self, count: int, *, is_last: bool) -> Iterator[Any]:
        """Yield so many frames; behind the last of the shot, what was done to it is put on record first."""
        self.changed = []
        for index in range(count):
            frame = next(self._frames, None)
            if frame is None:
                raise FrameCountError(
                    f"engine {self._work.engine.name} gave {self._number} frames of {len(self._shot)} in a shot"
                )
            if is_last and index == count - 1:
                self._finish()
            yield self._carried(frame)
            self._work.progress.advance(1)

    def _carried(self, frame: RestoredFrame) -> Any:  # noqa: ANN401 - what the footage's own chunks hold
        carried = self._opened.carried(self._number, frame.frame)
        self.changed.append(round(frame.changed_share, 6))
        self._number += 1
        return carried

    def _finish(self) -> None:
        if next(self._frames, None) is not None:
            raise FrameCountError(
                f"engine {self._work.engine.name} gave more than the {len(self._shot)} frames of a shot"
            )
        self._work.journal.keep_steps(self._shot, self.steps)
