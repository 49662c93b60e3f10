"""A reel in a folder of frames: read in the order of their numbers, a broken one shown as its neighbour."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from oldphoto_core.errors import ScanError
from oldphoto_core.film.dpx import DpxFrame, read_dpx
from oldphoto_core.film.planes import PlaneLayout, Planes
from oldphoto_core.scan.facts import Scan
from oldphoto_core.scan.limits import ScanLimits
from oldphoto_core.scan.probe import probe
from oldphoto_core.scan.read import read_scan
from tasks.film.errors import ReelError
from tasks.film.facts import ColourTags, ReelFacts, Repair, Stamp, Timeline
from tasks.film.numbering import NumberedFiles, numbered_files

DEFAULT_RATE = Fraction(24)
"""Frames per second of a film made of files that do not say."""

_SRGB = ColourTags(range=2, primaries=1, transfer=13, matrix=0)

StoredFrame = Scan | DpxFrame


@dataclass(frozen=True, slots=True)
class FrameHead:
    """What the header of one frame says."""

    width: int
    height: int
    bits: int
    colour: str
    form: str
    rate: Fraction | None = None
    timecode: str | None = None
    logarithmic: bool = False

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, in pixels."""
        return self.width, self.height


class FolderReel:
    """The frames of a folder."""

    def __init__(self, folder: Path, *, limits: ScanLimits, rate: Fraction | None = None) -> None:
        """Read names and headers.

        Args:
            folder: The folder.
            limits: The sizes within which a frame is accepted.
            rate: Frames per second; None leaves it to the frames, which mostly do not say.

        Raises:
            ReelError: There are no frames, none can be read, or they are of two sizes, depths or colour models.
        """
        self.folder = folder
        self._limits = limits
        self.files: NumberedFiles = numbered_files(folder)
        self._broken, head = self._heads()
        self.facts = _facts(head, rate or head.rate, count=len(self.files.files))

    def timeline(self) -> Timeline:
        """Return every frame, those that cannot be read among them; their times follow from their numbers."""
        first = self.files.files[0].number
        stamps = []
        for index, file in enumerate(self.files.files):
            repair: Repair | None = "repeated" if index in self._broken else None
            pts = (file.number - first) // self.files.step
            stamps.append(Stamp(pts=pts, duration=1, repair=repair, name=file.path.name))
        return Timeline(stamps=tuple(stamps), rate=1 / self.facts.time_base, notes=tuple(self._notes()))

    def survey(self, done: Callable[[Timeline], None]) -> Iterator[StoredFrame]:
        """Yield each frame that can be read, and tell in the end of every frame there is."""
        for index in range(len(self.files.files)):
            if index in self._broken:
                continue
            try:
                yield self._read(index)
            except ScanError as error:
                self._broken[index] = str(error)
        if len(self._broken) == len(self.files.files):
            raise self._no_frame()
        done(self.timeline())

    def frame(self, index: int, timeline: Timeline) -> StoredFrame:
        """Return a frame, or for one that cannot be read the one before it (the next ones at the beginning).

        Raises:
            ReelError: A frame that was read before cannot be read now.
        """
        sound = [number for number, stamp in enumerate(timeline.stamps) if stamp.repair != "repeated"]
        place = int(np.searchsorted(sound, index, side="right")) - 1
        chosen = sound[max(place, 0)]
        try:
            return self._read(chosen)
        except (ScanError, OSError) as error:
            name = self.files.files[chosen].path.name
            raise ReelError("changed-while-reading", f"{name} cannot be read now: {error}; start again") from error

    def path(self, index: int) -> Path:
        """Return the file of a frame."""
        return self.files.files[index].path

    def _read(self, index: int) -> StoredFrame:
        path = self.files.files[index].path
        if path.suffix.lower() == ".dpx":
            return read_dpx(path.read_bytes())
        return read_scan(path, limits=self._limits)

    def _heads(self) -> tuple[dict[int, str], FrameHead]:
        """Return the frames whose header cannot be read, with the reason, and what the others agree on."""
        broken: dict[int, str] = {}
        first: tuple[str, FrameHead] | None = None
        for index, file in enumerate(self.files.files):
            try:
                head = _head(file.path, self._limits)
            except ScanError as error:
                broken[index] = str(error)
                continue
            if first is None:
                first = (file.path.name, head)
            _check_alike(first, (file.path.name, head))
        if first is None:
            self._broken = broken
            raise self._no_frame()
        return broken, first[1]

    def _no_frame(self) -> ReelError:
        name, why = self.files.files[0].path.name, self._broken.get(0, "")
        return ReelError("no-frames", f"not one frame of {self.folder.name} can be read; {name}: {why}")

    def _notes(self) -> Iterator[str]:
        if self.files.missing:
            words = ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in self.files.missing)
            yield f"missing frame numbers, held out and not renumbered: {words}"
        for index in sorted(self._broken):
            yield f"{self.files.files[index].path.name} cannot be read and repeats a neighbour: {self._broken[index]}"
        if self.files.others:
            yield f"files that are no frames were left alone: {', '.join(self.files.others)}"


def _head(path: Path, limits: ScanLimits) -> FrameHead:
    if path.suffix.lower() == ".dpx":
        frame = read_dpx(path.read_bytes())
        height, width = frame.planes[0].shape
        colour = "grey" if len(frame.planes) == 1 else "rgb"
        return FrameHead(width, height, frame.bits, colour, "DPX", frame.rate, frame.timecode, frame.logarithmic)
    facts = probe(path, limits=limits)
    return FrameHead(facts.width, facts.height, facts.bit_depth, facts.colour, facts.format)


def _check_alike(first: tuple[str, FrameHead], other: tuple[str, FrameHead]) -> None:
    (one_name, one), (name, head) = first, other
    if one.size != head.size:
        raise ReelError(
            "mixed-sizes",
            f"{name} has {head.width} x {head.height} pixels, {one_name} has {one.width} x {one.height}; the frames of "
            "a reel have one size",
        )
    if (one.bits, one.colour) != (head.bits, head.colour):
        raise ReelError(
            "mixed-sizes",
            f"{name} is {head.colour} of {head.bits} bits, {one_name} {one.colour} of {one.bits}; a reel has frames of "
            "one kind",
        )


def _facts(head: FrameHead, rate: Fraction | None, *, count: int) -> ReelFacts:
    grey = head.colour == "grey"
    depth = "" if head.bits == 8 else f"{head.bits}le"
    facts = ReelFacts(
        form="frame folder",
        codec=head.form,
        width=head.width,
        height=head.height,
        pixel_format=f"gray{depth}" if grey else f"gbrp{depth}",
        layout=PlaneLayout(model="grey" if grey else "rgb", bits=head.bits, full_range=True),
        time_base=1 / (rate or DEFAULT_RATE),
        nominal_rate=rate,
        frames_said=count,
        tags=ColourTags(range=2) if head.form == "DPX" else _SRGB,
        timecode=head.timecode,
    )
    if head.logarithmic:
        facts = replace(facts, notes=("samples are printing densities (log); they are worked on as they are",))
    return facts


def planes_of_stored(frame: StoredFrame) -> Planes:
    """Return the samples of a frame as planes, without alpha.

    Raises:
        ReelError: They are inks (CMYK), which no video holds.
    """
    if isinstance(frame, DpxFrame):
        return frame.planes[:3]
    if frame.facts.colour == "cmyk":
        raise ReelError("unsupported-format", "frames are CMYK, which no video holds; give a folder as destination")
    colours = 1 if frame.facts.colour == "grey" else 3
    return tuple(np.ascontiguousarray(frame.pixels[..., index]) for index in range(colours))
