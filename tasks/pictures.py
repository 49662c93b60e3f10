"""Store the pictures of a batch: checked after upload, provenance last."""

import json
from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE

from catalogs.schema import EventRow, EventType, TreatmentRow
from oldphoto_core.image import Photo
from oldphoto_core.scan.colour import to_photo
from oldphoto_core.scan.insert import JPEG_XMP_BYTES
from oldphoto_core.scan.lineage import Kind, Lineage
from oldphoto_core.scan.pictures import add_xmp_to_png, write_access_jpeg
from oldphoto_core.scan.read import read_scan
from oldphoto_core.scan.xmp import Marked
from tasks.classify import MASK_FILE
from tasks.comparison import keep_sides
from tasks.engines import engine_of
from tasks.events import Subject, event
from tasks.layout import DerivativeKind, derivative_path
from tasks.marking import lineage_of, marked, marking_event
from tasks.modernize import MODERNIZED_FILE, latest_scan
from tasks.night import Night
from tasks.photograph import Photograph, each_photograph, photograph_from_json
from tasks.provenance import provenance_of
from tasks.references.offered import ReferenceSet
from tasks.restore import RESTORED_FILE
from tasks.retries import is_transient
from tasks.settings import settings_hash
from tasks.signing import signing_of
from tasks.style.engines import style_weights

INTENT, TREATED = "intent", "treated"
BENCH_FILES = {"restore": RESTORED_FILE, "modernize": MODERNIZED_FILE}
MEDIA_TYPES: dict[DerivativeKind, str] = {
    "restored": "image/tiff",
    "modernized": "image/tiff",
    "access": "image/jpeg",
    "damage": "image/png",
    "provenance": "application/json",
}
MAKING: dict[DerivativeKind, tuple[EventType, str]] = {
    "access": ("nor", "access copy made: reduced, sRGB, JPEG"),
    "damage": ("cre", "mask of structured damage drawn"),
    "provenance": ("cre", "record of provenance written"),
}
"""Which event the making of a file is: a copy in the form for reading is a normalization, anything else a creation."""

SIGNED: frozenset[DerivativeKind] = frozenset({"restored", "modernized", "access"})
"""What is signed, where results are: pictures of the photograph."""


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
    signing = signing_of(night.settings.signing)
    seal = [] if signing is None else [signing.algorithm, signing.fingerprint]
    weights: dict[str, str] = {str(step): digest for step, digest in engine_of(night.settings).weights.items()}
    style = style_weights(night.settings) if references.ids else None
    if style is not None:
        weights["style"] = style
    return settings_hash([night.settings.config_hash, sorted(references.ids), weights, *seal])


def treated_before(
    night: Night, photographs: Sequence[Photograph], work_hashes: Mapping[str, str]
) -> dict[str, Photograph]:
    """Return which of the photographs an interrupted attempt at this run has finished with the same settings, by id.

    The others' pieces are removed: the files they name are about to be made again and will be other files.

    Args:
        night: The night.
        photographs: What is to be treated tonight.
        work_hashes: Identity of everything that decides each one's results, by asset_id.
    """
    wanted = {photograph.asset_id: photograph.asset for photograph in photographs}

    def is_ours(piece: Mapping[str, Any]) -> bool:
        found = photograph_from_json(piece)
        is_same = piece["work_hash"] == work_hashes.get(found.asset_id) and wanted.get(found.asset_id) == found.asset
        return is_same and found.failure is None

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
        SigningError: Results are to be signed and cannot be.
        StoreError: The output store does not answer.
    """
    bench = night.workshop.bench(photograph.asset_id)
    photograph = _store_results(night, photograph, bench)
    photograph = _store_access(night, photograph, bench)
    if photograph.damage.mask_share > 0 or _shows_damage(night, bench / MASK_FILE):
        photograph = _store_mask(night, photograph, bench)
    provenance = bench / "provenance.json"
    provenance.write_text(json.dumps(provenance_of(night, photograph), indent=2, sort_keys=True) + "\n", "utf-8")
    return _stored(night, photograph, "provenance", provenance)


def _store_results(night: Night, photograph: Photograph, bench: Path) -> Photograph:
    """Upload the restored and modernized pictures and complete their rows and events with digest and size."""
    done: dict[str, tuple[str, int]] = {}
    added: list[EventRow] = []
    for stage in photograph.changed_by:
        kind: Kind = "restored" if stage == "restore" else "modernized"
        path = derivative_path(photograph.asset_id, kind)
        row = next(
            row for row in photograph.rows["treatments"] if isinstance(row, TreatmentRow) and row.output_path == path
        )
        lineage = lineage_of(night, photograph, kind, row.settings_hash)
        file = _signed(night, bench / BENCH_FILES[stage], kind, lineage, row.digital_source_type)
        sha256 = night.output.put(path, file, media_type=MEDIA_TYPES[kind])
        done[path] = sha256, file.stat().st_size
        added += _after_upload(night, _subject(photograph, path, sha256), lineage)
    rows = {table: tuple(_completed(row, done) for row in table_rows) for table, table_rows in photograph.rows.items()}
    return replace(photograph, rows=rows).with_rows("events", *added)


def _store_access(night: Night, photograph: Photograph, bench: Path) -> Photograph:
    final = _final_picture(night, photograph, bench)
    if photograph.changed_by:
        keep_sides(night, photograph.asset_id, "after", final)
    return store_access(night, photograph, final)


def store_access(night: Night, photograph: Photograph, final: Photo) -> Photograph:
    """Return the photograph with the row and events of an access copy that shows this picture.

    Args:
        night: The night.
        photograph: The photograph, with the rows of all that was done to the pixels shown; the master's XMP packet, if
            it has one, on its bench.
        final: What the access copy shows.

    Raises:
        SigningError: Results are to be signed and cannot be.
        StoreError: The output store does not answer.
    """
    settings, access = night.settings, night.workshop.bench(photograph.asset_id) / "access.jpg"
    made = marked(night, photograph, "access", settings.access_hash, most_bytes=JPEG_XMP_BYTES)
    side, quality = settings.access_side_px, settings.access_quality
    write_access_jpeg(final, access, max_side_px=side, quality=quality, xmp=made.packet)
    return _stored(night, photograph, "access", access, made)


def _store_mask(night: Night, photograph: Photograph, bench: Path) -> Photograph:
    made = marked(night, photograph, "damage", night.settings.access_hash)
    add_xmp_to_png(bench / MASK_FILE, bench / "damage.png", made.packet)
    return _stored(night, photograph, "damage", bench / "damage.png", made)


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


def _stored(
    night: Night, photograph: Photograph, kind: DerivativeKind, file: Path, made: Marked | None = None
) -> Photograph:
    """Upload a file and return the photograph with its row and what happened to it."""
    path = derivative_path(photograph.asset_id, kind)
    lineage = None
    if kind != "provenance":
        lineage = lineage_of(night, photograph, kind, night.settings.access_hash)
        file = _signed(night, file, kind, lineage, made.source_type if made else None)
    sha256 = night.output.put(path, file, media_type=MEDIA_TYPES[kind])
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
        digital_source_type=made.source_type if made else None,
    )
    subject = _subject(photograph, path, sha256)
    code, detail = MAKING[kind]
    happened = [event(night, code, subject, detail, at=datetime.now(UTC))]
    if made is not None:
        happened.append(marking_event(night, subject, made))
    happened += _after_upload(night, subject, lineage)
    return photograph.with_rows("treatments", row).with_rows("events", *happened)


def _signed(night: Night, file: Path, kind: Kind, lineage: Lineage, source_type: str | None) -> Path:
    """Return the file, or a signed copy of it if results are to be signed; a mask is no result."""
    signing = signing_of(night.settings.signing)
    if signing is None or kind not in SIGNED:
        return file
    signed = file.with_name(f"signed-{file.name}")  # beside it: storing may be tried again, and nothing is signed twice
    title = derivative_path(lineage.asset_id, kind)
    signing.sign(file, signed, title=title, media_type=MEDIA_TYPES[kind], lineage=lineage, source_type=source_type)
    return signed


def _after_upload(night: Night, subject: Subject, lineage: Lineage | None) -> list[EventRow]:
    """Return that the file was signed, if it was, and that it was read back: the store refuses what differs."""
    signing = signing_of(night.settings.signing)
    at = datetime.now(UTC)
    happened = []
    if signing is not None and lineage is not None and lineage.kind in SIGNED:
        detail = f"C2PA manifest signed ({signing.algorithm}) with the certificate of SHA-256 {signing.fingerprint}"
        happened.append(event(night, "dsg", subject, detail, at=at))
    return [*happened, event(night, "fix", subject, "stored file read back: the SHA-256 of what was written", at=at)]


def _subject(photograph: Photograph, path: str, sha256: str) -> Subject:
    return Subject(key=photograph.asset.key, asset_id=photograph.asset_id, path=path, sha256=sha256)


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
