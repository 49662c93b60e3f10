"""Write the damage report of each photograph and the plan that follows from it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE

from catalogs.schema import DamageRow
from oldphoto_core.damage import DAMAGE_KINDS, DamageReport, Finding
from oldphoto_core.inference.plan import plan_treatment
from oldphoto_core.scan.colour import to_photo
from oldphoto_core.scan.pictures import write_mask_png
from oldphoto_core.scan.read import read_scan
from tasks.comparison import keep_sides
from tasks.diagnosers import diagnoser_of
from tasks.events import Subject, event
from tasks.marking import keep_master_xmp
from tasks.masters import verified_master
from tasks.night import Night
from tasks.photograph import Photograph, each_photograph
from tasks.retries import is_transient

MASK_FILE = "mask.png"


def classify_photograph(night: Night, photograph: Photograph) -> Photograph:
    """Return the photograph with its damage row; its mask lies on the bench.

    Raises:
        ScanError: The master cannot be decoded.
        StoreError: The master cannot be fetched.
        ModelError: The settings ask for networks whose weights are not there, or were changed.
    """
    path = verified_master(night, photograph.asset)
    at = datetime.now(UTC)
    scan = read_scan(path, page=photograph.page_index, limits=night.settings.limits)
    keep_master_xmp(night, photograph, scan.xmp)
    photo = to_photo(scan)
    keep_sides(night, photograph.asset_id, "before", photo)
    diagnosis = diagnoser_of(night.settings).diagnose(photo)
    plan = plan_treatment(diagnosis.report, night.settings.restore)
    write_mask_png(diagnosis.mask, night.workshop.bench(photograph.asset_id) / MASK_FILE)
    found = ", ".join(diagnosis.report.present()) or "no damage"
    row = damage_row(night, photograph.asset_id, diagnosis.report, plan.names())
    master = Subject(key=photograph.asset.key, asset_id=photograph.asset_id, sha256=photograph.asset.sha256)
    judged = replace(master, weights_sha256=row.weights_sha256)
    return photograph.with_rows("damage", row).with_rows(
        "events",
        event(night, "fix", master, "master hashed again before treatment: the recorded SHA-256", at=at),
        event(night, "app", judged, f"condition judged: {found}", at=datetime.now(UTC)),
    )


@task(name="classify", retries=2, retry_delay_seconds=10, retry_condition_fn=is_transient, cache_policy=NO_CACHE)
def classify(night: Night, batch: Sequence[Photograph]) -> list[Photograph]:
    """Judge the damage of a batch."""
    return each_photograph(night, batch, classify_photograph, "classify")


def damage_row(night: Night, asset_id: str, report: DamageReport, plan: Sequence[str]) -> DamageRow:
    """Return a damage report as a catalog row."""
    diagnoser = diagnoser_of(night.settings)
    findings: dict[str, Any] = {}
    for kind in DAMAGE_KINDS:
        name = kind.replace("-", "_")
        findings[f"{name}_probability"] = report.findings[kind].probability
        findings[f"{name}_severity"] = report.findings[kind].severity
    return DamageRow(
        run_id=night.run_id,
        asset_id=asset_id,
        mask_share=report.mask_share,
        plan=tuple(plan),
        measures=dict(report.measures),
        engine=diagnoser.engine,
        weights_sha256=diagnoser.weights_sha256,
        settings_hash=night.settings.classify_hash,
        code_version=night.code_version,
        **findings,
    )


def report_of(row: DamageRow) -> DamageReport:
    """Return the damage report that a catalog row holds."""
    findings: Mapping[Any, Finding] = {
        kind: Finding(
            getattr(row, f"{kind.replace('-', '_')}_probability"), getattr(row, f"{kind.replace('-', '_')}_severity")
        )
        for kind in DAMAGE_KINDS
    }
    return DamageReport(findings=findings, mask_share=row.mask_share, measures=row.measures)
