"""Give aged colours the look of reference photographs, a choice for every region."""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from prefect import task
from prefect.cache_policies import NO_CACHE

from catalogs.schema import StyleRegionRow, TreatmentRow
from oldphoto_core.inference.style import Modernization
from oldphoto_core.scan.carry import carry_change
from oldphoto_core.scan.colour import to_photo
from oldphoto_core.scan.facts import Scan
from oldphoto_core.scan.read import read_scan
from oldphoto_core.scan.write import write_scan
from oldphoto_core.scan.xmp import Marked
from tasks.events import Subject, event
from tasks.layout import derivative_path
from tasks.marking import marked, marking_event
from tasks.masters import master_path
from tasks.night import Night
from tasks.photograph import Photograph, each_photograph
from tasks.references.offered import ReferenceSet
from tasks.restore import RESTORED_FILE
from tasks.retries import is_transient
from tasks.style.engines import modernized_photo

MODERNIZED_FILE = "modernized.tif"


def modernize_photograph(night: Night, photograph: Photograph, references: ReferenceSet) -> Photograph:
    """Return the photograph with its treatment and region rows; an accepted result lies on the bench.

    Raises:
        ModelError: The weights of the engine are not installed.
        ScanError: The picture, or a reference, cannot be decoded.
        StoreError: The master, or a reference, cannot be fetched.
    """
    began = time.perf_counter()
    scan = latest_scan(night, photograph)
    before = to_photo(scan)
    modernization = modernized_photo(before, references, night.settings)
    identity = night.settings.modernize_hash(references.ids)
    applied = modernization.verdict == "applied"
    row = TreatmentRow(
        run_id=night.run_id,
        asset_id=photograph.asset_id,
        stage="modernize",
        step="result",
        position=0,
        verdict=modernization.verdict,
        reason=modernization.reason,
        measures=dict(modernization.measures),
        engine=night.settings.modernize.engine,
        weights_sha256=modernization.weights_sha256,
        settings_hash=identity,
        code_version=night.code_version,
    )
    if not applied:
        row = replace(row, seconds=time.perf_counter() - began)
        return photograph.with_rows("treatments", row)
    made = marked(night, photograph.with_rows("treatments", row), "modernized", identity)
    result = carry_change(scan, before, modernization.photo)
    write_scan(result, night.workshop.bench(photograph.asset_id) / MODERNIZED_FILE, xmp=made.packet)
    row = replace(
        row,
        output_path=derivative_path(photograph.asset_id, "modernized"),
        seconds=time.perf_counter() - began,
        digital_source_type=made.source_type,
    )
    photograph = photograph.with_rows("treatments", row)
    photograph = photograph.with_rows("style_regions", *_region_rows(night, photograph, modernization, identity))
    return _with_events(night, photograph, modernization, made)


@task(name="modernize", retries=2, retry_delay_seconds=10, retry_condition_fn=is_transient, cache_policy=NO_CACHE)
def modernize(night: Night, batch: Sequence[Photograph], references: ReferenceSet) -> list[Photograph]:
    """Modernize a batch."""
    return each_photograph(night, batch, partial(modernize_photograph, references=references), "modernize")


def latest_scan(night: Night, photograph: Photograph) -> Scan:
    """Return the photograph as it is now: restored if it was, else the master's page."""
    if "restore" in photograph.changed_by:
        path = night.workshop.bench(photograph.asset_id) / RESTORED_FILE
        return read_scan(path, limits=night.settings.own_limits)
    path = master_path(night, photograph.asset)
    return read_scan(path, page=photograph.page_index, limits=night.settings.limits)


def _with_events(night: Night, photograph: Photograph, modernization: Modernization, made: Marked) -> Photograph:
    used = sorted({region.reference_id for region in modernization.regions if region.reference_id})
    path = derivative_path(photograph.asset_id, "modernized")
    subject = Subject(
        key=photograph.asset.key,
        asset_id=photograph.asset_id,
        path=path,
        weights_sha256=modernization.weights_sha256,
    )
    detail = f"colours matched to references {', '.join(reference[:12] for reference in used)}"
    happened = event(night, "cre", subject, detail, at=datetime.now(UTC)), marking_event(night, subject, made)
    return replace(photograph.with_rows("events", *happened), changed_by=(*photograph.changed_by, "modernize"))


def _region_rows(
    night: Night, photograph: Photograph, modernization: Modernization, identity: str
) -> list[StyleRegionRow]:
    return [
        StyleRegionRow(
            run_id=night.run_id,
            asset_id=photograph.asset_id,
            region=region.region,
            mask_rle=region.mask_rle,
            mask_width_px=region.mask_width_px,
            mask_height_px=region.mask_height_px,
            share=region.share,
            reference_id=region.reference_id,
            similarity=region.similarity,
            weight=region.weight,
            shift_l=region.shift_l,
            shift_a=region.shift_a,
            shift_b=region.shift_b,
            settings_hash=identity,
        )
        for region in modernization.regions
    ]
