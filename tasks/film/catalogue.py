"""Restore one reel as a run of a catalog: files first, each read back, then all rows in one commit."""

import json
import platform
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

from catalogs.columns import row_to_dict
from catalogs.read import Catalog, open_catalog
from catalogs.schema import FilmRow, Row
from catalogs.write import Commit, commit_run
from tasks.film.asking import check_apart
from tasks.film.engines import film_engine_of
from tasks.film.errors import ReelError
from tasks.film.fetching import LocalReel, local_reel
from tasks.film.journal import Journal
from tasks.film.library import video_library
from tasks.film.making import Made, Plan, make_reel
from tasks.film.record import film_record, frame_marker
from tasks.film.restoring import FilmProgress
from tasks.film.rows import (
    Stored,
    asset_row,
    blank_asset,
    film_row,
    publish_row,
    reel_events,
    refused_events,
    run_row,
    step_rows,
    stored_events,
    weights_of,
)
from tasks.film.run import FilmResult, journal_of
from tasks.lease import CatalogBusyError
from tasks.locations import locate
from tasks.night import Night
from tasks.opening import NightRequest, open_night
from tasks.provenance import FORMAT
from tasks.review.record import interrupted_run
from tasks.settings import NightSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueRequest:
    """One reel to restore into a catalog."""

    source: str
    """A video file or a folder of frames: a path or an address."""

    catalog: str
    """The output root: a folder or an address."""

    settings: NightSettings
    """All settings."""

    resume: bool = True
    """Whether to go on where an interrupted attempt stopped."""

    rate: Fraction | None = None
    """Frames per second of a folder of frames; None leaves it to the frames."""

    weights: Path | None = None
    """File to take the engine's weights from; None: the usual place."""

    wait_s: float = 0.0
    """How long to wait for another run on the same catalog, in seconds."""


def catalogue_film(request: CatalogueRequest, progress: FilmProgress) -> FilmResult:
    """Restore a reel and commit what was done; a reel that cannot be read is committed as quarantined.

    What the catalog holds already of the same bytes, settings, weights and code is not made again.

    Raises:
        FilmArgumentError: Source and catalog are not apart, or the video library is missing.
        CatalogBusyError: Another run holds the catalog, or an interrupted night waits to be finished.
        CatalogError: The catalog is damaged.
        StoreError: An address does not answer.
        OSError: The disk is full.
    """
    video_library()
    check_apart(request.source, request.catalog)
    engine = film_engine_of(request.settings, request.weights)
    settings = request.settings
    opening = NightRequest(source=request.source, output=request.catalog, settings=settings, wait_s=request.wait_s)
    with ExitStack() as held:
        night = held.enter_context(open_night(opening))
        catalog = open_catalog(night.output)
        _refuse_interrupted(catalog)
        scratch = settings.work_dir.expanduser() / "films"
        reel = held.enter_context(local_reel(request.source, scratch))
        night = replace(night, source_uri=reel.source_uri)
        plan = Plan(
            form="master",
            suffix=".mkv",
            access=True,
            rate=request.rate,
            settings=settings,
            engine=engine,
            mark=frame_marker(reel.sha256, settings, engine),
        )
        known = _known(catalog, reel, plan, night)
        if known is not None:
            return FilmResult(record={"known": True, **row_to_dict(known)}, outputs=_outputs(night, known))
        journal = journal_of(reel, plan, scratch, resume=request.resume)
        held.callback(journal.leave)
        result = _run(night, catalog, reel, plan, journal, progress)
        journal.close()
        night.workshop.close()
    return result


def _refuse_interrupted(catalog: Catalog) -> None:
    run = interrupted_run(catalog)
    if run is not None:
        raise CatalogBusyError(
            f"{run} was interrupted and its finished work waits: run oldphoto nightly on {catalog.store} again first"
        )


def _known(catalog: Catalog, reel: LocalReel, plan: Plan, night: Night) -> FilmRow | None:
    """Return the row of the same work done before; None if there is none."""
    rows = cast("list[FilmRow]", catalog.rows("films"))
    codes = {manifest.run_id: manifest.code_version for manifest in catalog.manifests}
    wanted = (reel.sha256, plan.settings.film_hash, plan.engine.name, weights_of(plan.engine), night.code_version)
    same = [
        row
        for row in rows
        if (row.asset_id, row.settings_hash, row.engine, row.weights_sha256, codes[row.run_id]) == wanted
    ]
    newest = {row.output_path: row for row in rows}
    return same[-1] if same and newest[same[-1].output_path] is same[-1] else None


def _run(
    night: Night, catalog: Catalog, reel: LocalReel, plan: Plan, journal: Journal, progress: FilmProgress
) -> FilmResult:
    blank = blank_asset(night, reel)
    try:
        made = make_reel(reel, plan, journal, progress)
    except ReelError as error:
        asset = replace(blank, status="quarantined", reason=error.problem, reason_detail=error.detail)
        events = list(refused_events(night, asset, error))
        _commit(night, catalog, {"assets": [asset], "events": events}, fetched=reel.size_bytes)
        return FilmResult(record={"set_aside": {"reason": error.problem, "detail": error.detail}}, outputs={})
    asset = asset_row(blank, made)
    record = film_record(reel, made, plan, {"film": made.main, "frame_list": made.frames, **_access(made)})
    stored = [_put(night, reel, kind, path) for kind, path in _files(made)]
    film = film_row(night, reel, made, plan, stored[0])
    treatments = [*step_rows(night, reel, made, plan), *(publish_row(night, reel, plan, one) for one in stored[1:])]
    events = [*reel_events(night, asset, made, stored[0]), *stored_events(night, asset, stored)]
    document = {
        "format": FORMAT,
        "run_id": night.run_id,
        "code_version": night.code_version,
        "config_hash": night.config_hash,
        "notice": "The files beside this one are derivatives. The master was not changed.",
        "master": {name: value for name, value in row_to_dict(asset).items() if name in _MASTER and value is not None},
        "files": [{"name": one.name, "path": one.path, "sha256": one.sha256, "bytes": one.size} for one in stored],
        "film": record,
        "treatments": [row_to_dict(row) for row in treatments],
        "events": [row_to_dict(row) for row in events],
    }
    provenance = journal.folder / "provenance.json"
    provenance.write_text(json.dumps(document, indent=2) + "\n", "utf-8")
    told = _put(night, reel, "provenance", provenance)
    rows: dict[str, list[Row]] = {
        "assets": [asset],
        "films": [film],
        "treatments": [*treatments, publish_row(night, reel, plan, told)],
        "events": [*events, *stored_events(night, asset, [told])],
    }
    _commit(night, catalog, rows, fetched=reel.size_bytes)
    return FilmResult(record={"run_id": night.run_id, **record}, outputs=_outputs(night, film, [*stored, told]))


_MASTER = frozenset(
    {"asset_id", "source_uri", "key", "sha256", "size_bytes", "format", "compression", "width_px", "height_px"}
)


def _access(made: Made) -> Mapping[str, Path]:
    return {} if made.access is None else {"access": made.access}


def _files(made: Made) -> Iterator[tuple[str, Path]]:
    yield "restored", made.main
    if made.access is not None:
        yield "access", made.access
    yield "frames", made.frames


def _put(night: Night, reel: LocalReel, kind: str, file: Path) -> Stored:
    """Store a file, read back and compared, and return what the rows say of it."""
    path = f"derivatives/{reel.sha256[:2]}/{reel.sha256}/{kind}{file.suffix}"
    return Stored(kind=kind, path=path, sha256=night.output.put(path, file), size=file.stat().st_size)


def _commit(night: Night, catalog: Catalog, rows: Mapping[str, list[Any]], *, fetched: int) -> None:
    finished = datetime.now(UTC)
    commit = Commit(
        run_id=night.run_id,
        parent_run_id=catalog.head_run_id,
        parent_sha256=catalog.head_sha256,
        started_at=night.started_at,
        committed_at=finished,
        code_version=night.code_version,
        config_hash=night.settings.config_hash,
    )
    run = run_row(night, finished, rows["assets"][0], fetched=fetched, host=platform.node())
    commit_run(night.output, commit, {**rows, "runs": [run]})


def _outputs(night: Night, film: FilmRow, stored: list[Stored] | None = None) -> dict[str, str]:
    paths = {"film": film.output_path, **{one.kind: one.path for one in stored or () if one.kind != "restored"}}
    place = locate(night.output_uri)
    root = str(place) if isinstance(place, Path) else place.uri
    return {kind: f"{root}/{path}" for kind, path in paths.items()}
