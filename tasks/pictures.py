"""Store the pictures of a batch: checked after upload, provenance last."""

import json
from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE

from catalogs.columns import row_to_dict
from catalogs.schema import EventRow, TreatmentRow
from oldphoto_core.image import Photo
from oldphoto_core.scan.colour import to_photo
from oldphoto_core.scan.pictures import write_access_jpeg
from oldphoto_core.scan.read import read_scan
from tasks.classify import MASK_FILE
from tasks.engines import engine_of
from tasks.events import Subject, event
from tasks.layout import DerivativeKind, derivative_path
from tasks.modernize import MODERNIZED_FILE, latest_scan
from tasks.night import Night
from tasks.photograph import Photograph, each_photograph, photograph_from_json
from tasks.references import ReferenceSet
from tasks.restore import RESTORED_FILE
from tasks.retries import is_transient
from tasks.settings import settings_hash

INTENT, TREATED = "intent", "treated"
BENCH_FILES = {"restore": RESTORED_FILE, "modernize": MODERNIZED_FILE}


def store_batch(night: Night, batch: Sequence[Photograph], work_hash: str) -> list[Photograph]:
    """Store a batch's pictures and keep the finished batch in the ledger.

    The intent is on record before the first upload, so files of a run that dies and is not repeated can be found.

    Args:
        night: The night.
        batch: Photographs after their last stage.
        work_hash: Identity of everything that decides the batch's results.

    Raises:
        StoreError: The output store does not answer.
    """
    subjects = [photograph.asset_id for photograph in batch]
    night.ledger.save(INTENT, subjects, [{"asset_id": asset_id} for asset_id in subjects])
    stored = each_photograph(night, batch, store_photograph, "publish")
    pieces = [photograph.to_json() | {"work_hash": work_hash} for photograph in stored]
    night.ledger.save(TREATED, subjects, pieces)
    for photograph in stored:
        _clear_bench(night, photograph)
    return stored


@task(name="store-pictures", retries=2, retry_delay_seconds=10, retry_condition_fn=is_transient, cache_policy=NO_CACHE)
def store_pictures(night: Night, batch: Sequence[Photograph], work_hash: str) -> list[Photograph]:
    """Store a batch's pictures under Prefect."""
    return store_batch(night, batch, work_hash)


def work_identity(night: Night, references: ReferenceSet) -> str:
    """Return the identity of everything that decides what becomes of a photograph tonight."""
    return settings_hash([night.settings.config_hash, sorted(references.ids), dict(engine_of(night.settings).weights)])


def treated_before(night: Night, photographs: Sequence[Photograph], work_hash: str) -> dict[str, Photograph]:
    """Return which of the photographs an interrupted attempt at this run has finished with the same settings, by id.

    The others' pieces are removed: the files they name are about to be made again and will be other files.
    """
    wanted = {photograph.asset_id: photograph.asset for photograph in photographs}

    def is_ours(piece: Mapping[str, Any]) -> bool:
        found = photograph_from_json(piece)
        return piece["work_hash"] == work_hash and found.failure is None and wanted.get(found.asset_id) == found.asset

    found = [photograph_from_json(piece) for piece in night.ledger.keep_only(TREATED, is_ours)]
    return {photograph.asset_id: photograph for photograph in found}


def remove_unfinished(night: Night, named: Container[str]) -> list[str]:
    """Delete derivatives that this run, or an interrupted attempt at it, stored and that no row will speak of.

    Args:
        night: The night.
        named: Paths of all derivatives that the catalog names, or will name.
    """
    intended = {piece["asset_id"] for piece in night.ledger.load(INTENT, of_any_code=True)}
    strays = [
        item.key
        for asset_id in sorted(intended)
        for item in night.output.list(f"derivatives/{asset_id[:2]}/{asset_id}/")
        if item.key not in named
    ]
    for key in strays:
        night.output.delete(key)
    return strays


def store_photograph(night: Night, photograph: Photograph) -> Photograph:
    """Return the photograph with a row for every file stored.

    Raises:
        ScanError: A picture on the bench cannot be read.
        StoreError: The output store does not answer.
    """
    bench = night.workshop.bench(photograph.asset_id)
    photograph = _store_results(night, photograph, bench)
    final = _final_picture(night, photograph, bench)
    access = bench / "access.jpg"
    settings = night.settings
    write_access_jpeg(final, access, max_side_px=settings.access_side_px, quality=settings.access_quality)
    photograph = _stored(night, photograph, "access", access)
    if photograph.damage.mask_share > 0 or _shows_damage(night, bench / MASK_FILE):
        photograph = _stored(night, photograph, "damage", bench / MASK_FILE)
    provenance = bench / "provenance.json"
    provenance.write_text(json.dumps(provenance_of(night, photograph), indent=2, sort_keys=True) + "\n", "utf-8")
    return _stored(night, photograph, "provenance", provenance)


def provenance_of(night: Night, photograph: Photograph) -> dict[str, Any]:
    """Return everything known about a photograph's results as one JSON document, for readers without the catalog."""
    rows = {table: [row_to_dict(row) for row in table_rows] for table, table_rows in photograph.rows.items()}
    return {
        "format": "oldphoto-provenance/1",
        "run_id": night.run_id,
        "code_version": night.code_version,
        "config_hash": night.settings.config_hash,
        "notice": "The files beside this one are derivatives. The master was not changed.",
        "master": {key: value for key, value in master_facts(photograph).items() if value is not None},
        **rows,
    }


def master_facts(photograph: Photograph) -> dict[str, Any]:
    """Return what ingest recorded of the master, without the columns that say how the night ended."""
    ended = {"status", "reason", "reason_detail", "duplicate_of", "fingerprint", "run_id", "code_version"}
    return {key: value for key, value in row_to_dict(photograph.asset).items() if key not in ended}


def _store_results(night: Night, photograph: Photograph, bench: Path) -> Photograph:
    """Upload the restored and modernized pictures and complete their rows and events with digest and size."""
    done: dict[str, tuple[str, int]] = {}
    for stage in photograph.changed_by:
        file = bench / BENCH_FILES[stage]
        kind: DerivativeKind = "restored" if stage == "restore" else "modernized"
        path = derivative_path(photograph.asset_id, kind)
        done[path] = night.output.put(path, file, media_type="image/tiff"), file.stat().st_size
    rows = {table: tuple(_completed(row, done) for row in table_rows) for table, table_rows in photograph.rows.items()}
    return replace(photograph, rows=rows)


def _completed(row: Any, done: dict[str, tuple[str, int]]) -> Any:  # noqa: ANN401 - a row of any table
    if isinstance(row, TreatmentRow) and row.output_path in done:
        sha256, size = done[row.output_path]
        return replace(row, output_sha256=sha256, output_bytes=size)
    if isinstance(row, EventRow) and row.object_path in done:
        return replace(row, object_sha256=done[row.object_path][0])
    return row


def _final_picture(night: Night, photograph: Photograph, bench: Path) -> Photo:
    if "modernize" in photograph.changed_by:
        return to_photo(read_scan(bench / MODERNIZED_FILE, limits=night.settings.own_limits))
    return to_photo(latest_scan(night, photograph))


def _stored(night: Night, photograph: Photograph, kind: DerivativeKind, file: Path) -> Photograph:
    path = derivative_path(photograph.asset_id, kind)
    media_type = {"access": "image/jpeg", "damage": "image/png", "provenance": "application/json"}[kind]
    sha256 = night.output.put(path, file, media_type=media_type)
    row = TreatmentRow(
        run_id=night.run_id,
        asset_id=photograph.asset_id,
        stage="publish",
        step=kind,
        position=len([row for row in photograph.rows.get("treatments", ()) if _is_publish(row)]),
        verdict="applied",
        measures={},
        engine="libvips",
        settings_hash=night.settings.access_hash,
        code_version=night.code_version,
        output_path=path,
        output_sha256=sha256,
        output_bytes=file.stat().st_size,
    )
    subject = Subject(key=photograph.asset.key, asset_id=photograph.asset_id, path=path, sha256=sha256)
    happened = event(night, "nor", subject, f"{kind} file made", at=datetime.now(UTC))
    return photograph.with_rows("treatments", row).with_rows("events", happened)


def _shows_damage(night: Night, mask: Path) -> bool:
    """Return whether the restoring networks saw damage where the report saw none."""
    if night.settings.restore.engine == "classical":
        return False
    return bool(read_scan(mask, limits=night.settings.own_limits).pixels.any())


def _is_publish(row: Any) -> bool:  # noqa: ANN401 - a row of any table
    return isinstance(row, TreatmentRow) and row.stage == "publish"


def _clear_bench(night: Night, photograph: Photograph) -> None:
    bench = night.workshop.bench(photograph.asset_id)
    for path in bench.iterdir():
        path.unlink()
    bench.rmdir()
    night.workshop.master(photograph.asset.sha256 or "").unlink(missing_ok=True)
