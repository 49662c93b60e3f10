"""Restore what the report says needs it; keep every step's verdict."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
from prefect import task
from prefect.cache_policies import NO_CACHE

from catalogs.schema import TreatmentRow
from oldphoto_core.image import Mask
from oldphoto_core.inference.photo import Restoration
from oldphoto_core.inference.photo import restore as restore_photo
from oldphoto_core.inference.plan import StepName
from oldphoto_core.scan.carry import carry_change
from oldphoto_core.scan.colour import to_photo
from oldphoto_core.scan.pictures import write_mask_png
from oldphoto_core.scan.read import read_scan
from oldphoto_core.scan.write import write_scan
from tasks.classify import MASK_FILE, report_of
from tasks.engines import engine_of
from tasks.events import Subject, event
from tasks.layout import derivative_path
from tasks.marking import marked, marking_event
from tasks.masters import master_path
from tasks.models.installed import weights_digest
from tasks.night import Night
from tasks.photograph import Photograph, each_photograph
from tasks.retries import is_transient

RESTORED_FILE = "restored.tif"


def restore_photograph(night: Night, photograph: Photograph) -> Photograph:
    """Return the photograph with a row for each step tried; an accepted result lies on the bench.

    Raises:
        ScanError: The master cannot be decoded.
        StoreError: The master cannot be fetched.
    """
    if not photograph.damage.plan:
        return photograph
    began = time.perf_counter()
    bench = night.workshop.bench(photograph.asset_id)
    path = master_path(night, photograph.asset)
    scan = read_scan(path, page=photograph.page_index, limits=night.settings.limits)
    before = to_photo(scan)
    mask: Mask = np.asarray(read_scan(bench / MASK_FILE, limits=night.settings.own_limits).pixels[..., 0] > 0)
    engine = engine_of(night.settings)
    restoration = restore_photo(
        before,
        report=report_of(photograph.damage),
        mask=mask,
        settings=night.settings.restore,
        seed=photograph_seed(night.settings.seed, photograph.asset_id),
        engine=engine,
    )
    photograph = photograph.with_rows("treatments", *_rows(night, photograph, restoration, engine.weights))
    if not np.array_equal(mask, restoration.mask):
        write_mask_png(restoration.mask, bench / MASK_FILE)
    if not restoration.changed:
        return photograph
    made = marked(night, photograph, "restored", night.settings.restore_hash)
    write_scan(carry_change(scan, before, restoration.photo), bench / RESTORED_FILE, xmp=made.packet)
    seconds = time.perf_counter() - began
    steps = ", ".join(step.name for step in restoration.accepted)
    subject = Subject(
        key=photograph.asset.key,
        asset_id=photograph.asset_id,
        path=derivative_path(photograph.asset_id, "restored"),
        weights_sha256=_weights_of(restoration, engine.weights),
    )
    result = replace(_result(night, photograph, subject, steps, seconds), digital_source_type=made.source_type)
    return replace(
        photograph.with_rows("treatments", result).with_rows(
            "events",
            event(night, "cre", subject, f"restored: {steps}", at=datetime.now(UTC)),
            marking_event(night, subject, made),
        ),
        changed_by=(*photograph.changed_by, "restore"),
    )


@task(name="restore", retries=2, retry_delay_seconds=10, retry_condition_fn=is_transient, cache_policy=NO_CACHE)
def restore(night: Night, batch: Sequence[Photograph]) -> list[Photograph]:
    """Restore a batch."""
    return each_photograph(night, batch, restore_photograph, "restore")


def photograph_seed(seed: int, asset_id: str) -> int:
    """Return the seed of one photograph: the night's seed and the photograph's own digest, in [0, 2**63).

    Examples:
        >>> photograph_seed(1, "ff" * 32) == photograph_seed(1, "ff" * 32 + "-p2")
        False
    """
    sha256, _, page = asset_id.partition("-p")
    return (int(sha256[:15], 16) + 7919 * seed + 104729 * int(page or 0)) % 2**63


def _weights_of(restoration: Restoration, weights: Mapping[StepName, str]) -> str | None:
    """Return the digest of the weights that had a part in the result; of several, one digest over all of them."""
    used: dict[str, str] = {step.name: weights[step.name] for step in restoration.accepted if step.name in weights}
    if not used:
        return None
    return next(iter(used.values())) if len(used) == 1 else weights_digest(used)


def _rows(
    night: Night, photograph: Photograph, restoration: Restoration, weights: Mapping[StepName, str]
) -> list[TreatmentRow]:
    return [
        TreatmentRow(
            run_id=night.run_id,
            asset_id=photograph.asset_id,
            stage="restore",
            step=step.name,
            position=position,
            because=step.because,
            strength=step.strength,
            verdict=step.verdict,
            reason=step.reason,
            measures=dict(step.measures),
            engine=night.settings.restore.engine if step.name in weights else "classical",
            weights_sha256=weights.get(step.name),
            settings_hash=night.settings.restore_hash,
            seed=photograph_seed(night.settings.seed, photograph.asset_id),
            code_version=night.code_version,
        )
        for position, step in enumerate(restoration.steps)
    ]


def _result(night: Night, photograph: Photograph, subject: Subject, steps: str, seconds: float) -> TreatmentRow:
    return TreatmentRow(
        run_id=night.run_id,
        asset_id=photograph.asset_id,
        stage="restore",
        step="result",
        position=len(photograph.rows["treatments"]),
        verdict="applied",
        reason=steps,
        measures={},
        engine=night.settings.restore.engine,
        weights_sha256=subject.weights_sha256,
        settings_hash=night.settings.restore_hash,
        code_version=night.code_version,
        output_path=derivative_path(photograph.asset_id, "restored"),
        seconds=seconds,
    )
