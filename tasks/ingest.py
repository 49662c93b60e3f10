"""List the source, fetch what is new, hash it, decode it, and record what it is."""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE

from catalogs.read import open_catalog
from catalogs.reviews import waiting_redos
from catalogs.schema import AssetRow, EventRow, RunRow
from oldphoto_core.dedupe.digest import pixel_digest
from oldphoto_core.dedupe.fingerprint import fingerprint
from oldphoto_core.image import is_monochrome
from oldphoto_core.quality.blind import blind_quality
from oldphoto_core.scan.facts import ScanFacts
from oldphoto_core.scan.pictures import proxy, write_photo_png
from oldphoto_core.scan.probe import probe
from oldphoto_core.scan.read import read_scan
from oldphoto_core.scan.xmp import why_not_merged
from tasks.border import outcome_of
from tasks.ingest_events import accepted, refused
from tasks.ledger import rows_from_json, rows_to_json
from tasks.masters import TRY_AGAIN, fetch_master, make_room, store_reason
from tasks.night import MemoryGate, Night
from tasks.photograph import Photograph
from tasks.retries import is_transient
from tasks.settings import settings_hash
from tasks.storage import ObjectInfo, StoreError

PROXY_SIDE_PX = 512

READING_BYTES_PER_PIXEL = 40
"""Peak while a scan is read: its samples, the photograph in float32, and what the conversion takes."""

OF_LIMITS = frozenset({"too-many-pixels", "too-many-bytes", "too-small"})
"""Reasons that other limits may lift."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What lies at the source, and what of it is new."""

    new: tuple[ObjectInfo, ...]
    """Objects to read, ordered by key."""

    listed: int
    """All objects listed."""

    again: frozenset[str] = frozenset()
    """Keys of those that are read again, known as they are, because a person asked for a redo."""

    @property
    def known(self) -> int:
        """Objects already catalogued and not read again."""
        return self.listed - len(self.new)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingested:
    """One object as read: a row for each photograph in it, or one row with the reason why there is none."""

    assets: tuple[AssetRow, ...]
    """One row, or one for each page."""

    events: tuple[EventRow, ...]
    """What was done to find out."""


def list_new(night: Night) -> Listing:
    """List the source and tell what is not catalogued yet under the same key, version, entity tag and size.

    An object that was set aside is read again if that may end otherwise now: the storage had failed, the code that
    failed has changed, or so have the limits it exceeded. So is one with a photograph that a person wants treated
    again. Any other only once it changes.

    Raises:
        StoreError: The source cannot be listed.
    """
    catalog = open_catalog(night.output)
    ours = [row for row in catalog.current_assets if row.source_uri == night.source_uri]
    limits = {row.run_id: limits_hash(json.loads(row.config).get("limits")) for row in catalog.rows("runs")
              if isinstance(row, RunRow)}  # fmt: skip
    again = {row.key for row in ours if _may_mend(night, row, limits.get(row.run_id))}
    redos = waiting_redos(catalog)
    wanted = {row.key for row in ours if row.asset_id in redos and row.status != "quarantined"}
    known = {(row.key, row.version, row.etag, row.size_bytes) for row in ours}
    listed = {item.key: item for item in night.source.list()}  # a key listed twice is still one object
    items = [item for _, item in sorted(listed.items())]
    unchanged = {item.key for item in items if (item.key, item.version, item.etag, item.size) in known}
    new = tuple(item for item in items if item.key not in unchanged or item.key in again | wanted)
    return Listing(new=new, listed=len(items), again=frozenset(wanted & unchanged))


def _may_mend(night: Night, row: AssetRow, limits: str | None) -> bool:
    if row.reason == "failed":
        return row.code_version != night.code_version
    return row.reason in TRY_AGAIN or (row.reason in OF_LIMITS and limits != limits_now(night))


def limits_hash(limits: Any) -> str:  # noqa: ANN401 - the limits as JSON values
    """Return the identity of the sizes within which files are read."""
    return settings_hash(limits)


def limits_now(night: Night) -> str:
    """Return the identity of tonight's limits."""
    return limits_hash(night.settings.deciding()["limits"])


@task(name="list", retries=2, retry_delay_seconds=10, retry_condition_fn=is_transient, cache_policy=NO_CACHE)
def list_source(night: Night) -> Listing:
    """List the source under Prefect."""
    return list_new(night)


def taken_over(night: Night, listing: Listing) -> list[Ingested]:
    """Return what an interrupted attempt at this run has ingested of the same objects."""
    wanted = {(item.key, item.version, item.etag, item.size) for item in listing.new}
    found: dict[str, Ingested] = {}
    for piece in night.ledger.load("ingest"):
        if piece["limits"] != limits_now(night):
            continue
        rows = rows_from_json(piece["rows"])
        assets = tuple(row for row in rows["assets"] if isinstance(row, AssetRow))
        events = tuple(row for row in rows["events"] if isinstance(row, EventRow))
        first = assets[0]
        identity = (first.key, first.version, first.etag, first.size_bytes)
        if identity in wanted and first.source_uri == night.source_uri and first.reason not in TRY_AGAIN:
            found[first.key] = Ingested(assets=assets, events=events)
    return list(found.values())


def ingest_batch(night: Night, objects: Sequence[ObjectInfo]) -> list[Ingested]:
    """Read a batch of objects side by side; keep the finished batch in the ledger.

    Raises:
        StoreError: The output store does not answer.
        OSError: The machine is at fault, for example its disk is full.
    """
    gate = MemoryGate(night.settings.memory_bytes)
    with ThreadPoolExecutor(night.settings.workers, thread_name_prefix="ingest") as pool:
        ingested = list(pool.map(lambda item: ingest_object(night, item, gate), objects))
    ingested = [_second_look(night, item, one, gate) for item, one in zip(objects, ingested, strict=True)]
    rows = [rows_to_json({"assets": list(one.assets), "events": list(one.events)}) for one in ingested]
    pieces = [{"limits": limits_now(night), "rows": one} for one in rows]
    night.ledger.save("ingest", [item.key for item in objects], pieces)
    make_room(night)
    return ingested


@task(name="ingest", retries=2, retry_delay_seconds=10, retry_condition_fn=is_transient, cache_policy=NO_CACHE)
def ingest(night: Night, objects: Sequence[ObjectInfo]) -> list[Ingested]:
    """Ingest one batch under Prefect."""
    return ingest_batch(night, objects)


def ingest_object(night: Night, item: ObjectInfo, gate: MemoryGate) -> Ingested:
    """Fetch, hash and decode one object; whatever is wrong with it, or with one of its pages, becomes its record."""
    blank = _blank_row(night, item)
    try:
        path, sha256 = fetch_master(night, item.key, etag=item.etag)
    except StoreError as error:
        return _quarantined(night, blank, store_reason(error), str(error))
    return _read(night, replace(blank, asset_id=sha256, sha256=sha256), path, gate)


def _second_look(night: Night, item: ObjectInfo, first: Ingested, gate: MemoryGate) -> Ingested:
    """Read an object with trouble once more, alone: libvips mixes up the messages of files that fail side by side."""
    sha256 = first.assets[0].sha256
    if sha256 is None or all(row.status is None for row in first.assets):
        return first
    blank = replace(_blank_row(night, item), asset_id=sha256, sha256=sha256)
    return _read(night, blank, night.workshop.master(sha256), gate)


def _read(night: Night, found: AssetRow, path: Path, gate: MemoryGate) -> Ingested:
    try:
        pages = max(1, probe(path, limits=night.settings.limits).pages)
    except Exception as error:  # noqa: BLE001 - the border of the task: one object's trouble becomes its record
        return _quarantined(night, found, *outcome_of(error, "ingest", work=night.workshop.root))
    read = [_page(night, _paged(found, page, pages), path, gate) for page in range(pages)]
    return Ingested(
        assets=tuple(row for one in read for row in one.assets),
        events=tuple(happened for one in read for happened in one.events),
    )


def _page(night: Night, row: AssetRow, path: Path, gate: MemoryGate) -> Ingested:
    """Read one page; a page that cannot be read costs none but itself."""
    page = (row.page or 1) - 1
    try:
        facts = probe(path, page=page, limits=night.settings.limits)
        with gate.room_for(facts.width * facts.height * READING_BYTES_PER_PIXEL):
            row = _photograph_row(night, row, path, page)
    except Exception as error:  # noqa: BLE001 - the border of the task: one page's trouble becomes its record
        return _quarantined(night, row, *outcome_of(error, "ingest", work=night.workshop.root))
    return Ingested(assets=(row,), events=tuple(accepted(night, row)))


def photographs_of(ingested: Sequence[Ingested]) -> list[Photograph]:
    """Return the photographs that could be read, with what was recorded of each."""
    return [
        Photograph(asset=row, seen=tuple(one for one in found.events if one.asset_id == row.asset_id))
        for found in ingested
        for row in found.assets
        if row.status is None
    ]


def _blank_row(night: Night, item: ObjectInfo) -> AssetRow:
    return AssetRow(
        run_id=night.run_id,
        asset_id=None,
        source_uri=night.source_uri,
        key=item.key,
        version=item.version,
        etag=item.etag,
        size_bytes=item.size,
        modified_at=item.modified,
        page=None,
        code_version=night.code_version,
    )


def _paged(found: AssetRow, page: int, pages: int) -> AssetRow:
    if pages == 1:
        return replace(found, pages=1)
    return replace(found, pages=pages, page=page + 1, asset_id=f"{found.sha256}-p{page + 1}")


def _photograph_row(night: Night, row: AssetRow, path: Path, page: int) -> AssetRow:
    scan = read_scan(path, page=page, limits=night.settings.limits)
    small = proxy(scan, PROXY_SIDE_PX)
    night.workshop.keep_proxy(row.asset_id or "", partial(write_photo_png, small))
    hashes = fingerprint(small)
    row = with_facts(row, scan.facts)
    return replace(
        row,
        notes=(*row.notes, *_xmp_notes(scan.xmp)),
        pixel_sha256=pixel_digest(scan.pixels),
        monochrome=is_monochrome(small),
        sharpness=blind_quality(small).sharpness,
        phash=f"{hashes.phash[0]:016x}",
        fingerprint=tuple(hashes.to_words()),
        relief=hashes.relief,
    )


def _xmp_notes(packet: bytes | None) -> tuple[str, ...]:
    why = None if packet is None else why_not_merged(packet)
    return () if why is None else (f"the XMP packet will not go along with derivatives: {why}",)


def with_facts(row: AssetRow, facts: ScanFacts) -> AssetRow:
    """Return the row with the technical metadata of its scan."""
    return replace(
        row,
        format=facts.format,
        compression=facts.compression,
        width_px=facts.width,
        height_px=facts.height,
        bands=facts.bands,
        bit_depth=facts.bit_depth,
        source_bit_depth=facts.source_bit_depth,
        colour=facts.colour,
        notes=facts.notes,
        has_alpha=facts.has_alpha,
        icc_name=facts.icc_name,
        dpi=facts.dpi,
        orientation=facts.orientation,
        has_exif=facts.has_exif,
        has_xmp=facts.has_xmp,
    )


def _quarantined(night: Night, row: AssetRow, reason: str, detail: str) -> Ingested:
    aside = replace(row, status="quarantined", reason=reason, reason_detail=detail)
    return Ingested(assets=(aside,), events=tuple(refused(night, row, reason)))
