"""Restore one reel without a catalog: files beside each other, and a record of what was done."""

import json
import shutil
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tasks.film.asking import FilmRequest, Form, check_apart, form_of
from tasks.film.engines import film_engine_of
from tasks.film.errors import FilmArgumentError
from tasks.film.fetching import LocalReel, local_reel
from tasks.film.journal import Journal, work_folder
from tasks.film.library import video_library
from tasks.film.making import Made, Plan, make_reel
from tasks.film.record import film_record, frame_marker
from tasks.film.restoring import FilmProgress
from tasks.locations import locate
from tasks.storage import open_store
from tasks.version import code_version


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmResult:
    """What came of one reel."""

    record: dict[str, Any]
    """Everything known about it, as JSON values; the file ``.film.json`` holds the same."""

    outputs: dict[str, str]
    """Where each file went, by what it is."""


def restore_film(request: FilmRequest, progress: FilmProgress) -> FilmResult:
    """Restore a reel, write it to the destination, and return what was done.

    An interrupted attempt at the same bytes with the same settings, weights and code is gone on with.

    Raises:
        FilmArgumentError: Source and destination do not fit each other, or the video library is missing.
        ReelError: The reel cannot be read.
        ModelError: The engine's weights are not installed.
        StoreError: An address does not answer.
        OSError: The disk is full.
    """
    video_library()
    check_apart(request.source, request.destination)
    engine = film_engine_of(request.settings, request.weights)
    scratch = request.settings.work_dir.expanduser() / "films"
    with ExitStack() as held:
        reel = held.enter_context(local_reel(request.source, scratch))
        form = form_of(request.destination, is_folder=reel.is_folder)
        target = _target(request, reel, form, held, scratch)
        plan = Plan(
            form=form,
            suffix="" if form == "frames" else target.suffix.lower(),
            access=request.access and form == "master",
            rate=request.rate,
            settings=request.settings,
            engine=engine,
            mark=frame_marker(reel.sha256, request.settings, engine),
        )
        journal = journal_of(reel, plan, request.work or target.parent, resume=request.resume)
        held.callback(journal.leave)
        made = make_reel(reel, plan, journal, progress)
        outputs = _placed(made, target)
        record = film_record(reel, made, plan, outputs)
        note = target.with_name(f"{target.name}.film.json")
        note.write_text(json.dumps(record, indent=2) + "\n", "utf-8")
        journal.close()
        places = _sent(request.destination, {**outputs, "record": note})
        return FilmResult(record=record, outputs=places)


def journal_of(reel: LocalReel, plan: Plan, parent: Path, *, resume: bool) -> Journal:
    """Return the journal of a piece of work; one left by an interrupted attempt is gone on with, or else removed.

    Args:
        reel: The reel.
        plan: What is made of it.
        parent: Where the journal's folder lies.
        resume: Whether to go on with it.
    """
    identity = {
        "reel": reel.sha256,
        "settings": plan.settings.film_hash,
        "engine": plan.engine.name,
        "weights": dict(plan.engine.weights),
        "code": code_version(),
        "kept_as": "frames" if plan.form == "frames" else "video",
        "rate": str(plan.rate),
    }
    folder = work_folder(parent, identity)
    if not resume:
        shutil.rmtree(folder, ignore_errors=True)
    return Journal(folder)


def _target(request: FilmRequest, reel: LocalReel, form: Form, held: ExitStack, scratch: Path) -> Path:
    """Return the local file or folder that results are written to."""
    place = locate(request.destination)
    if not isinstance(place, Path):
        scratch.mkdir(parents=True, exist_ok=True)
        folder = Path(held.enter_context(TemporaryDirectory(prefix="made-", dir=scratch)))
        return folder / request.destination.rstrip("/").rpartition("/")[2]
    place.parent.mkdir(parents=True, exist_ok=True)
    if form == "frames" and place.is_dir():
        names = {file.name for file in reel.path.iterdir()}
        strange = sorted(file.name for file in place.iterdir() if file.name not in names)
        if strange:
            raise FilmArgumentError(f"{place} holds other files, such as {strange[0]}; give a folder of its own")
    return place


def _placed(made: Made, target: Path) -> dict[str, Path]:
    """Move the files to the destination, each in one step, and return where they are."""
    outputs = {"film": target, "frame_list": target.with_name(f"{target.name}.frames.csv")}
    if made.main.is_dir():
        target.mkdir(exist_ok=True)
        for file in sorted(made.main.iterdir()):
            _move(file, target / file.name)
    else:
        _move(made.main, target)
    if made.access is not None:
        outputs["access"] = target.with_name(f"{target.stem}.access.mp4")
        _move(made.access, outputs["access"])
    _move(made.frames, outputs["frame_list"])
    return outputs


def _move(file: Path, target: Path) -> None:
    try:
        file.replace(target)
    except OSError as error:
        if error.errno != 18:  # EXDEV: the folder at work is on another disk
            raise
        draft = target.with_name(f".{target.name}.partial")
        shutil.copyfile(file, draft)
        draft.replace(target)


def _sent(destination: str, outputs: dict[str, Path]) -> dict[str, str]:
    """Return where the files are in the end; those for object storage are put there now."""
    if isinstance(locate(destination), Path):
        return {name: str(path) for name, path in outputs.items()}
    above = destination.rstrip("/").rpartition("/")[0]
    store = open_store(above)
    places = {}
    for name, path in outputs.items():
        for file in sorted(path.iterdir()) if path.is_dir() else [path]:
            store.put(file.relative_to(path.parent).as_posix(), file)
        places[name] = f"{above}/{path.name}"
    return places
