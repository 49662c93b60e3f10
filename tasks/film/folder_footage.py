"""A folder of frames as footage: restored into frames of the same names and form, or into one video."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from oldphoto_core.film.dpx import DpxFrame, write_dpx
from oldphoto_core.film.planes import Planes, carry_to_planes, to_frame
from oldphoto_core.film.reel import Frame, Shot
from oldphoto_core.scan.carry import carry_change
from oldphoto_core.scan.colour import to_photo
from oldphoto_core.scan.facts import Scan
from oldphoto_core.scan.write import write_scan
from tasks.film.encoding import write_chunk
from tasks.film.facts import ReelFacts, Timeline
from tasks.film.folder import FolderReel, StoredFrame, planes_of_stored
from tasks.film.footage import PlaneShot, small
from tasks.models.installed import file_digest

Mark = Callable[[Scan], Scan]
"""Writes into a changed frame what it is."""


class FolderFootage:
    """Frames that become a video."""

    def __init__(self, reel: FolderReel) -> None:
        """Take the folder."""
        self._reel = reel
        self.sound_file = None

    @property
    def facts(self) -> ReelFacts:
        """What the reel says of itself."""
        return self._reel.facts

    def survey(self, done: Callable[[Timeline], None]) -> Iterator[Frame]:
        """Yield small frames; see ``Footage.survey``."""
        for frame in self._reel.survey(done):
            yield small(planes_of_stored(frame), self.facts)

    @contextmanager
    def open_shot(self, shot: Shot, timeline: Timeline, work: Path) -> Iterator[PlaneShot]:
        """Give a shot; see ``Footage.open_shot``."""
        del work
        yield PlaneShot(lambda number: planes_of_stored(self._reel.frame(shot.start + number, timeline)), self.facts)

    def write_chunk(self, path: Path, start: int, frames: Iterator[Planes]) -> list[str]:
        """Write frames losslessly; see ``Footage.write_chunk``."""
        del start
        return write_chunk(path, frames, self.facts)


@dataclass(frozen=True, slots=True)
class CarriedFile:
    """A frame to be written under its own name."""

    master: Path
    """The file it was read from."""

    stored: StoredFrame
    """The frame with the change made to it."""

    changed: bool
    """Whether it differs from the file: if not, the file itself is copied."""


class FileFootage(FolderFootage):
    """Frames that stay frames: names, form, depth and metadata are kept."""

    def __init__(self, reel: FolderReel, mark: Mark) -> None:
        """Take the folder, and what marks a changed frame as such."""
        super().__init__(reel)
        self._mark = mark

    @contextmanager
    def open_shot(self, shot: Shot, timeline: Timeline, work: Path) -> Iterator["FileShot"]:  # type: ignore[override]
        """Give a shot; see ``Footage.open_shot``."""
        del work
        yield FileShot(self._reel, shot, timeline)

    def write_chunk(self, path: Path, start: int, frames: Iterator[CarriedFile]) -> list[str]:  # type: ignore[override]
        """Write frames as files; see ``Footage.write_chunk``. Their digests are those of the files."""
        path.mkdir()
        digests = []
        for index, frame in enumerate(frames, start=start):
            out = path / self._reel.path(index).name
            self._write(frame, out)
            digests.append(file_digest(out))
        return digests

    def _write(self, frame: CarriedFile, out: Path) -> None:
        if not frame.changed:
            shutil.copyfile(frame.master, out)
        elif isinstance(frame.stored, DpxFrame):
            out.write_bytes(write_dpx(frame.stored, frame.stored.planes))
        else:
            write_scan(self._mark(frame.stored), out)


class FileShot:
    """A shot whose frames are files."""

    def __init__(self, reel: FolderReel, shot: Shot, timeline: Timeline) -> None:
        """Take the folder, and which frames of it."""
        self._reel, self._shot, self._timeline = reel, shot, timeline

    def frame(self, number: int) -> Frame:
        """Return a frame; see ``OpenShot.frame``."""
        return self._shown(self._stored(number))

    def carried(self, number: int, after: Frame) -> CarriedFile:
        """Return the frame with the change made to it; see ``OpenShot.carried``."""
        stored = self._stored(number)
        before = self._shown(stored)
        index = self._shot.start + number
        is_own = self._timeline.stamps[index].repair != "repeated"
        if np.array_equal(before, after):
            return CarriedFile(self._reel.path(index), stored, changed=not is_own)
        if isinstance(stored, DpxFrame):
            carried = carry_to_planes(stored.planes, self._reel.facts.layout, before, after)
            return CarriedFile(self._reel.path(index), replace(stored, planes=carried), changed=True)
        return CarriedFile(self._reel.path(index), carry_change(stored, before, after), changed=True)

    def _stored(self, number: int) -> StoredFrame:
        return self._reel.frame(self._shot.start + number, self._timeline)

    def _shown(self, stored: StoredFrame) -> Frame:
        return to_frame(stored.planes, self._reel.facts.layout) if isinstance(stored, DpxFrame) else to_photo(stored)
