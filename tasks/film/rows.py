"""The catalog's rows about one reel."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import PurePosixPath

from catalogs.schema import AssetRow, EventRow, FilmRow, RunRow, TreatmentRow
from oldphoto_core.film.reel import FilmEngine
from tasks.events import Subject, event
from tasks.film.errors import ReelError
from tasks.film.fetching import LocalReel
from tasks.film.making import Made, Plan
from tasks.film.record import frames_digest, summed_steps
from tasks.models.installed import weights_digest
from tasks.night import Night
from tasks.settings import canonical_json
from tasks.version import library_versions


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A file as it was stored."""

    kind: str
    """What it is: restored, access, frames, provenance."""

    path: str
    """Where, below the output root."""

    sha256: str
    """Its digest, read back."""

    size: int
    """Its size, in bytes."""

    @property
    def name(self) -> str:
        """The bare file name."""
        return PurePosixPath(self.path).name


def weights_of(engine: FilmEngine) -> str | None:
    """Return the digest that stands for all weights of an engine; None without any."""
    digests = dict(engine.weights)
    return next(iter(digests.values()), None) if len(digests) < 2 else weights_digest(digests)


def blank_asset(night: Night, reel: LocalReel) -> AssetRow:
    """Return what is known of a reel before it is opened."""
    return AssetRow(
        run_id=night.run_id,
        asset_id=reel.sha256,
        source_uri=reel.source_uri,
        key=reel.name,
        version=reel.version,
        etag=reel.etag,
        size_bytes=reel.size_bytes,
        modified_at=reel.modified_at,
        page=None,
        sha256=None if reel.is_folder else reel.sha256,
        code_version=night.code_version,
    )


def asset_row(blank: AssetRow, made: Made) -> AssetRow:
    """Return how a reel ended that was restored."""
    facts = made.facts
    return replace(
        blank,
        status="published",
        format=facts.form,
        compression=facts.codec,
        width_px=facts.width,
        height_px=facts.height,
        bands=1 if facts.layout.model == "grey" else 3,
        bit_depth=facts.layout.bits,
        source_bit_depth=facts.layout.bits,
        colour=facts.layout.model,
        notes=made.notes,
    )


def film_row(night: Night, reel: LocalReel, made: Made, plan: Plan, stored: Stored) -> FilmRow:
    """Return the row of the restored reel itself."""
    facts, restored = made.facts, made.restored
    timeline = restored.timeline
    last = timeline.stamps[-1]
    ticks = last.pts + last.duration - timeline.stamps[0].pts
    return FilmRow(
        run_id=night.run_id,
        asset_id=reel.sha256,
        source_uri=reel.source_uri,
        key=reel.name,
        width_px=facts.width,
        height_px=facts.height,
        frames_in=len(timeline),
        frames_out=sum(chunk.stop - chunk.start for chunk in restored.chunks),
        frame_rate=None if timeline.rate is None else str(timeline.rate),
        shots=len(restored.shots),
        has_audio=bool(facts.sound),
        engine=plan.engine.name,
        weights_sha256=weights_of(plan.engine),
        settings_hash=plan.settings.film_hash,
        output_path=stored.path,
        output_sha256=stored.sha256,
        form=facts.form,
        codec=facts.codec,
        pixel_format=facts.pixel_format,
        bit_depth=facts.layout.bits,
        duration=float(ticks * facts.time_base),
        timecode=facts.timecode,
        sound=facts.sound,
        repairs=tuple(f"{number} {repair}" for number, repair in timeline.repairs.items()),
        notes=made.notes,
        frames_sha256=frames_digest(restored),
    )


def step_rows(night: Night, reel: LocalReel, made: Made, plan: Plan) -> Iterator[TreatmentRow]:
    """Yield one row for each step, summed up over all shots; the provenance has them shot by shot."""
    for position, step in enumerate(summed_steps(made.restored)):
        yield TreatmentRow(
            run_id=night.run_id,
            asset_id=reel.sha256,
            stage="film",
            step=step.name,
            position=position,
            strength=plan.settings.film.strength,
            verdict=step.verdict,
            reason=step.reason,
            measures=dict(step.measures),
            engine=step.engine,
            weights_sha256=step.weights_sha256,
            settings_hash=plan.settings.film_hash,
            code_version=night.code_version,
            output_path=None,
            output_sha256=None,
            output_bytes=None,
        )


def publish_row(night: Night, reel: LocalReel, plan: Plan, stored: Stored) -> TreatmentRow:
    """Return the row of a file that lies beside the restored reel."""
    return TreatmentRow(
        run_id=night.run_id,
        asset_id=reel.sha256,
        stage="publish",
        step=stored.kind,
        position=0,
        verdict="applied",
        measures={},
        engine="classical",
        settings_hash=plan.settings.film_hash,
        code_version=night.code_version,
        output_path=stored.path,
        output_sha256=stored.sha256,
        output_bytes=stored.size,
    )


def reel_events(night: Night, asset: AssetRow, made: Made, stored: Stored) -> Iterator[EventRow]:
    """Yield what happened to the reel: read, hashed, decoded, described, restored."""
    at, master = datetime.now(UTC), _subject(asset)
    frames, repairs = len(made.restored.timeline), made.restored.timeline.repairs
    yield event(night, "ing", master, f"read {asset.size_bytes} bytes from {asset.source_uri}", at=at)
    yield event(night, "mes", master, "SHA-256 of the master calculated while reading", at=at)
    mended = f"; {len(repairs)} of them mended" if repairs else ""
    decoded = f"decoded in full: {frames} frames of {asset.compression}{mended}"
    yield event(night, "val", master, decoded, at=at, outcome="warning" if repairs else "success")
    facts = f"{asset.width_px} x {asset.height_px} px, {asset.bit_depth} bit, {asset.colour}"
    found = "; ".join([f"technical metadata extracted: {facts}", *made.notes])
    yield event(night, "mee", master, found, at=at, outcome="warning" if made.notes else "success")
    steps = ", ".join(f"{step.name} {step.verdict}" for step in summed_steps(made.restored))
    restored = Subject(key=asset.key, asset_id=asset.asset_id, path=stored.path, sha256=stored.sha256)
    yield event(night, "cre", restored, f"restored: {steps}; every frame read back and compared", at=at)


def stored_events(night: Night, asset: AssetRow, stored: Iterable[Stored]) -> Iterator[EventRow]:
    """Yield what happened to the files: made, stored, read back."""
    for one in stored:
        at = datetime.now(UTC)
        subject = Subject(key=asset.key, asset_id=asset.asset_id, path=one.path, sha256=one.sha256)
        if one.kind == "access":
            yield event(night, "nor", subject, "viewing copy made of the restored reel", at=at)
        elif one.kind != "restored":
            yield event(night, "cre", subject, f"{one.kind} written", at=at)
        yield event(night, "fix", subject, "stored file read back: the SHA-256 of what was written", at=at)


def refused_events(night: Night, asset: AssetRow, error: ReelError) -> Iterator[EventRow]:
    """Yield how far reading came before the reel was set aside."""
    at, master = datetime.now(UTC), _subject(asset)
    yield event(night, "ing", master, f"read {asset.size_bytes} bytes from {asset.source_uri}", at=at)
    yield event(night, "mes", master, "SHA-256 of the master calculated while reading", at=at)
    yield event(night, "val", master, f"not decoded: {error.problem}", at=at, outcome="fail")
    yield event(night, "qua", master, f"set aside: {error.problem}", at=at, outcome="fail")


def run_row(night: Night, finished: datetime, asset: AssetRow, *, fetched: int, host: str) -> RunRow:
    """Return the run's own row: one reel was listed, and read."""
    return RunRow(
        run_id=night.run_id,
        run_kind="film",
        started_at=night.started_at,
        finished_at=finished,
        source_uri=night.source_uri,
        output_uri=night.output_uri,
        references_uri=None,
        config_hash=night.settings.config_hash,
        config=canonical_json(night.settings.deciding()),
        code_version=night.code_version,
        versions=library_versions(),
        host=host,
        listed=1,
        known=0,
        fetched=1,
        fetched_bytes=fetched,
        resumed=0,
        published=int(asset.status == "published"),
        duplicate=0,
        untouched=0,
        quarantined=int(asset.status == "quarantined"),
        stage_seconds={"film": round((finished - night.started_at).total_seconds(), 3)},
    )


def _subject(asset: AssetRow) -> Subject:
    return Subject(key=asset.key, asset_id=asset.asset_id, sha256=asset.sha256)
