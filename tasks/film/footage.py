"""A reel as its restoration sees it, wherever its frames lie: look at it once, then open one shot after the other."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np

from oldphoto_core.film.planes import Planes, carry_to_planes, to_frame
from oldphoto_core.film.reel import Frame, Shot
from tasks.film.encoding import write_chunk
from tasks.film.facts import ReelFacts, Timeline
from tasks.film.reading import VideoReel
from tasks.film.spool import Spool

SEEN_WIDTH_PX = 160
"""Width of the small frames that cuts are found on."""


class OpenShot(Protocol):
    """One shot whose frames can be read in any order."""

    def frame(self, number: int) -> Frame:
        """Return a frame; numbers count within the shot."""

    def carried(self, number: int, after: Frame) -> Any:  # noqa: ANN401 - what the footage's own chunks hold
        """Return the frame in its own form with the change made to it that leads to ``after``."""


class Footage(Protocol):
    """A reel that can be looked at, opened, and put aside in chunks."""

    @property
    def facts(self) -> ReelFacts:
        """What the reel says of itself."""

    @property
    def sound_file(self) -> Path | None:
        """The file that sound and tags are copied from; None if there is none."""

    def survey(self, done: Callable[[Timeline], None]) -> Iterator[Frame]:
        """Yield a small version of each frame that can be read; tell in the end of every frame there is."""

    def open_shot(self, shot: Shot, timeline: Timeline, work: Path) -> AbstractContextManager[OpenShot]:
        """Give a shot for the length of the block; shots are best opened in order."""

    def write_chunk(self, path: Path, start: int, frames: Iterator[Any]) -> list[str]:
        """Write carried frames, of which the first has this number in the reel; return the digest of each."""


class VideoFootage:
    """A reel in a video file; the shot at work lies decoded on the local disk."""

    def __init__(self, path: Path) -> None:
        """Read the facts; errors as for ``VideoReel``."""
        self._reel = VideoReel(path)
        self._at = 0
        self._frames: Iterator[Planes] | None = None

    @property
    def facts(self) -> ReelFacts:
        """What the reel says of itself."""
        return self._reel.facts

    @property
    def sound_file(self) -> Path:
        """The reel itself."""
        return self._reel.path

    def survey(self, done: Callable[[Timeline], None]) -> Iterator[Frame]:
        """Yield small frames; see ``Footage.survey``."""
        for planes in self._reel.survey(done):
            yield small(planes, self.facts)

    @contextmanager
    def open_shot(self, shot: Shot, timeline: Timeline, work: Path) -> Iterator["PlaneShot"]:
        """Give a shot; see ``Footage.open_shot``. The decoder goes on from the last one, or begins anew."""
        if self._frames is None or shot.start < self._at:
            self._frames, self._at = self._reel.frames(timeline), 0
        for _ in range(shot.start - self._at):
            next(self._frames)
        self._at = shot.stop
        with Spool(work / "spool.raw") as spool:
            spool.fill((next(self._frames) for _ in range(len(shot))), len(shot))
            yield PlaneShot(spool.read, self.facts)

    def write_chunk(self, path: Path, start: int, frames: Iterator[Planes]) -> list[str]:
        """Write frames losslessly; see ``Footage.write_chunk``."""
        del start
        return write_chunk(path, frames, self.facts)


class PlaneShot:
    """A shot whose frames are planes of samples."""

    def __init__(self, read: Callable[[int], Planes], facts: ReelFacts) -> None:
        """Take what reads a frame of the shot."""
        self._read = read
        self._layout = facts.layout

    def frame(self, number: int) -> Frame:
        """Return a frame; see ``OpenShot.frame``."""
        return to_frame(self._read(number), self._layout)

    def carried(self, number: int, after: Frame) -> Planes:
        """Return its planes with the change made to them; see ``OpenShot.carried``."""
        planes = self._read(number)
        return carry_to_planes(planes, self._layout, to_frame(planes, self._layout), after)


def small(planes: Planes, facts: ReelFacts) -> Frame:
    """Return a small grey frame for finding cuts: luma, or green."""
    plane = planes[1] if facts.layout.model == "rgb" else planes[0]
    width = min(SEEN_WIDTH_PX, plane.shape[1])
    height = max(1, round(plane.shape[0] * width / plane.shape[1]))
    grey = cv2.resize(plane, (width, height), interpolation=cv2.INTER_AREA).reshape(height, width)
    scaled = grey.astype(np.float32) / np.float32(facts.layout.top)
    return np.repeat(scaled[..., None], 3, axis=2)
