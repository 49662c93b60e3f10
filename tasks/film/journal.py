"""What is finished of a reel, in a folder beside its destination, so that a crash costs one chunk and not the reel.

A piece counts from the moment its small JSON document stands; that is written last, in one step. Pieces are reused by
whoever works on the same bytes with the same settings, weights and code: the folder is named by these.
"""

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from oldphoto_core.errors import OldPhotoError
from oldphoto_core.film.reel import FilmStep, Shot
from tasks.film.facts import Stamp, Timeline
from tasks.settings import settings_hash

PREFIX = ".oldphoto-film-"
_LOCK = "lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Frames of one shot that are restored and put aside."""

    start: int
    """First frame, counted in the reel."""

    stop: int
    """The frame after the last."""

    frames: tuple[str, ...]
    """Digest of each frame, as the footage tells it."""

    changed: tuple[float, ...]
    """Share of pixels repaired, of each frame."""

    sha256: str
    """Digest of the chunk's file or files."""


class JournalBusyError(OldPhotoError, RuntimeError):
    """Another process works on the same reel in the same way at this moment."""


class Journal:
    """The folder of one reel at work, held by one process; a process that died holds it no longer."""

    def __init__(self, folder: Path) -> None:
        """Take the folder and make it.

        Raises:
            JournalBusyError: Another process holds it.
        """
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = (folder / _LOCK).open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._lock.close()
            raise JournalBusyError(f"another process restores this reel now, in {folder}; wait for it") from error

    def survey(self) -> tuple[Timeline, list[Shot]] | None:
        """Return the frames and shots found before; None if the reel was not looked at to the end."""
        document = self._read("survey.json")
        if document is None:
            return None
        timeline = Timeline(
            stamps=tuple(_stamp(row) for row in document["stamps"]),
            rate=None if document["rate"] is None else Fraction(document["rate"]),
            notes=tuple(document["notes"]),
        )
        return timeline, [Shot(*pair) for pair in document["shots"]]

    def keep_survey(self, timeline: Timeline, shots: list[Shot]) -> None:
        """Keep what was found in one pass over the reel."""
        document = {
            "stamps": [[one.pts, one.duration, one.repair, one.name] for one in timeline.stamps],
            "rate": None if timeline.rate is None else str(timeline.rate),
            "notes": list(timeline.notes),
            "shots": [[shot.start, shot.stop] for shot in shots],
        }
        self._write("survey.json", document)

    def chunk_path(self, start: int) -> Path:
        """Return where the chunk that begins with a frame lies."""
        return self.folder / f"chunk-{start:08d}"

    def chunk(self, start: int) -> Chunk | None:
        """Return the chunk that begins with a frame, if it is finished and still the bytes it was."""
        document = self._read(f"chunk-{start:08d}.json")
        if document is None:
            return None
        chunk = Chunk(**{**document, "frames": tuple(document["frames"]), "changed": tuple(document["changed"])})
        return chunk if _digest(self.chunk_path(start)) == chunk.sha256 else None

    def keep_chunk(self, start: int, draft: Path, frames: list[str], changed: list[float]) -> Chunk:
        """Put a finished draft in its place and keep its record."""
        path = self.chunk_path(start)
        _remove(path)
        chunk = Chunk(
            start=start,
            stop=start + len(frames),
            frames=tuple(frames),
            changed=tuple(changed),
            sha256=_digest(draft) or "",
        )
        _sync(draft)
        draft.rename(path)
        self._write(f"chunk-{start:08d}.json", asdict(chunk))
        return chunk

    def draft(self) -> Path:
        """Return a place for a chunk that is being written, free of what a crash left there."""
        path = self.folder / "draft"
        _remove(path)
        return path

    def steps(self, shot: Shot) -> list[FilmStep] | None:
        """Return what was done to a shot; None if it is not finished."""
        document = self._read(f"shot-{shot.start:08d}.json")
        return None if document is None else [FilmStep(**one) for one in document["steps"]]

    def keep_steps(self, shot: Shot, steps: list[FilmStep]) -> None:
        """Keep what was done to a shot."""
        self._write(f"shot-{shot.start:08d}.json", {"steps": [_plain(step) for step in steps]})

    def leave(self) -> None:
        """Leave the folder for another attempt; one with nothing in it is removed."""
        self._lock.close()
        with suppress(OSError):
            if [path.name for path in self.folder.iterdir()] == [_LOCK]:
                (self.folder / _LOCK).unlink()
                self.folder.rmdir()

    def close(self) -> None:
        """Remove the folder: the reel is finished."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _read(self, name: str) -> dict[str, Any] | None:
        try:
            return json.loads((self.folder / name).read_text("utf-8"))
        except (FileNotFoundError, ValueError):
            return None

    def _write(self, name: str, document: Mapping[str, Any]) -> None:
        draft = self.folder / f"{name}.part"
        draft.write_text(json.dumps(document), "utf-8")
        _sync(draft)
        draft.replace(self.folder / name)


def work_folder(parent: Path, identity: Mapping[str, Any]) -> Path:
    """Return the folder in which work of this identity is done: the same bytes, settings, weights and code."""
    return parent / f"{PREFIX}{settings_hash(dict(identity))[:24]}"


def _stamp(row: list[Any]) -> Stamp:
    pts, duration, repair, name = row
    return Stamp(pts=pts, duration=duration, repair=repair, name=name)


def _plain(step: FilmStep) -> dict[str, Any]:
    return {**asdict(step), "measures": dict(step.measures)}


def _digest(path: Path) -> str | None:
    """Return the SHA-256 of a file, or of the names and files of a folder; None if there is nothing."""
    if path.is_dir():
        lines = [f"{_digest(file)} {file.name}\n" for file in sorted(path.iterdir())]
        return hashlib.sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest()
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return None


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    """Make the bytes of a file, or of the files in a folder, survive a power cut."""
    for file in sorted(path.iterdir()) if path.is_dir() else [path]:
        opened = os.open(file, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
