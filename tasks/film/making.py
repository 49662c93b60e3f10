"""One reel from what was read to the files that come of it, all still in the folder at work."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from oldphoto_core.film.planes import Planes
from oldphoto_core.film.reel import FilmEngine
from oldphoto_core.scan.facts import Scan
from tasks.film.asking import Form
from tasks.film.facts import ReelFacts
from tasks.film.fetching import LocalReel
from tasks.film.folder import DEFAULT_RATE, FolderReel
from tasks.film.folder_footage import FileFootage, FolderFootage
from tasks.film.footage import Footage, VideoFootage
from tasks.film.journal import Journal
from tasks.film.master import decoded, verified, write_master
from tasks.film.restoring import FilmProgress, RestoredReel, Work, restore_shots
from tasks.film.viewing import write_viewing_copy
from tasks.settings import NightSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be made of a reel."""

    form: Form
    """Master, viewing copy, or frames."""

    suffix: str
    """Suffix of the main file; empty for frames."""

    access: bool
    """Whether a master gets a viewing copy."""

    rate: Fraction | None
    """Frames per second of a folder of frames, if the user said."""

    settings: NightSettings
    """All settings."""

    engine: FilmEngine
    """Who restores."""

    mark: Callable[[Scan], Scan]
    """Writes into a changed frame of a folder what it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What came of a reel."""

    main: Path
    """The master, the viewing copy, or the folder of frames."""

    access: Path | None
    """The viewing copy of a master."""

    frames: Path
    """The list of all frames, as CSV."""

    facts: ReelFacts
    """What the reel said of itself."""

    restored: RestoredReel
    """Frames, shots and steps."""

    notes: tuple[str, ...]
    """Repairs, and what could not be kept, a sentence each."""


def make_reel(reel: LocalReel, plan: Plan, journal: Journal, progress: FilmProgress) -> Made:
    """Restore a reel and write its files into the journal's folder; each is read back and compared.

    Raises:
        ReelError: The reel cannot be read.
        VerificationError: A written file does not hold the frames that were restored.
        OSError: The disk is full.
    """
    footage = footage_of(reel, plan)
    restored = restore_shots(
        Work(footage=footage, engine=plan.engine, settings=plan.settings.film, journal=journal, progress=progress)
    )
    access: Path | None = None
    notes: tuple[str, ...] = ()
    if plan.form == "frames":
        main = _gathered(journal, restored)
    else:
        main, access, notes = _videos(footage, plan, journal, restored, progress)
    unsaid = f"the frames name no rate; {DEFAULT_RATE} per second was written: give --rate if that is wrong"
    is_guess = reel.is_folder and plan.form != "frames" and footage.facts.nominal_rate is None
    return Made(
        main=main,
        access=access,
        frames=_frame_list(journal.folder / "frames.csv", footage.facts, restored),
        facts=footage.facts,
        restored=restored,
        notes=(*footage.facts.notes, *restored.timeline.notes, *dict.fromkeys(notes), *([unsaid] if is_guess else [])),
    )


def footage_of(reel: LocalReel, plan: Plan) -> Footage:
    """Return the reel as footage.

    Raises:
        ReelError: It cannot be read.
    """
    if not reel.is_folder:
        return VideoFootage(reel.path)
    folder = FolderReel(reel.path, limits=plan.settings.limits, rate=plan.rate)
    return FileFootage(folder, plan.mark) if plan.form == "frames" else FolderFootage(folder)


def _videos(
    footage: Footage, plan: Plan, journal: Journal, restored: RestoredReel, progress: FilmProgress
) -> tuple[Path, Path | None, tuple[str, ...]]:
    """Return the main video, its viewing copy, and notes."""
    timeline, facts, source = restored.timeline, footage.facts, footage.sound_file
    digests = [digest for chunk in restored.chunks for digest in chunk.frames]
    chunks = [journal.chunk_path(chunk.start) for chunk in restored.chunks]
    crf = plan.settings.access_crf
    main = journal.folder / f"main{plan.suffix}"
    progress.start("writing and reading back", len(timeline))
    if plan.form == "viewing":
        frames = _told(verified(_all(chunks, facts), digests), progress)
        return main, None, write_viewing_copy(main, frames, timeline, facts, source, crf=crf)
    notes = write_master(main, chunks, timeline, facts, source)
    frames = _told(verified(decoded(main, facts), digests), progress)
    if not plan.access:
        for _ in frames:
            pass
        return main, None, notes
    access = journal.folder / "access.mp4"
    return main, access, (*notes, *write_viewing_copy(access, frames, timeline, facts, source, crf=crf))


def _all(chunks: list[Path], facts: ReelFacts) -> Iterator[Planes]:
    for path in chunks:
        yield from decoded(path, facts)


def _told(frames: Iterator[Planes], progress: FilmProgress) -> Iterator[Planes]:
    for frame in frames:
        yield frame
        progress.advance(1)


def _gathered(journal: Journal, restored: RestoredReel) -> Path:
    """Return one folder with the frames of all chunks, hard-linked so that the chunks stay whole."""
    folder = journal.folder / "main"
    folder.mkdir(exist_ok=True)
    for chunk in restored.chunks:
        for file in journal.chunk_path(chunk.start).iterdir():
            (folder / file.name).unlink(missing_ok=True)
            (folder / file.name).hardlink_to(file)
    return folder


def _frame_list(path: Path, facts: ReelFacts, restored: RestoredReel) -> Path:
    """Write what is known of every frame, a line each, and return the file."""
    digests = [digest for chunk in restored.chunks for digest in chunk.frames]
    changed = [share for chunk in restored.chunks for share in chunk.changed]
    shots = [number for number, shot in enumerate(restored.shots) for _ in range(len(shot))]
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("frame", "ticks", "seconds", "name", "shot", "repair", "changed_share", "sha256"))
        for number, stamp in enumerate(restored.timeline.stamps):
            seconds = f"{float(stamp.pts * facts.time_base):.9f}"
            repair = stamp.repair or ""
            row = (number, stamp.pts, seconds, stamp.name, shots[number], repair, changed[number], digests[number])
            table.writerow(row)
    return path
