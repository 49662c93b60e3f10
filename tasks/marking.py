"""What every derivative is told to say of itself before it is written, and the event that says it was told."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from catalogs.schema import EventRow, Outcome, TreatmentRow
from oldphoto_core.scan.facts import Scan
from oldphoto_core.scan.lineage import Kind, Lineage, Step
from oldphoto_core.scan.xmp import Marked, mark
from tasks.events import Subject, event
from tasks.night import Night
from tasks.photograph import Photograph
from tasks.settings import NightSettings
from tasks.version import code_version

MASTER_XMP_FILE = "master.xmp"
"""On the bench: the XMP packet of the photograph's page of the master, if it has one."""

ACCEPTED = frozenset({"applied", "blended"})


def keep_master_xmp(night: Night, photograph: Photograph, packet: bytes | None) -> None:
    """Lay the master's XMP packet on the bench, for what is written later without looking at the master again."""
    if packet is not None:
        (night.workshop.bench(photograph.asset_id) / MASTER_XMP_FILE).write_bytes(packet)


def master_xmp(night: Night, photograph: Photograph) -> bytes | None:
    """Return the packet that ``keep_master_xmp`` laid on the bench; None if the master has none."""
    path = night.workshop.bench(photograph.asset_id) / MASTER_XMP_FILE
    return path.read_bytes() if path.exists() else None


def lineage_of(night: Night, photograph: Photograph, kind: Kind, settings_hash: str) -> Lineage:
    """Return where a derivative comes from, by the treatment rows of the photograph so far.

    Args:
        night: The night.
        photograph: The photograph, with the rows of all that was done to the pixels of this derivative.
        kind: Which derivative.
        settings_hash: Identity of the settings behind it.
    """
    before = photograph.changed_by
    stages = {"restored": ("restore",), "modernized": (*before, "modernize"), "access": before}
    return Lineage(
        asset_id=photograph.asset_id,
        master_sha256=photograph.asset.sha256 or "",
        kind=kind,
        run_id=night.run_id,
        code_version=night.code_version,
        settings_hash=settings_hash,
        config_hash=night.config_hash,
        steps=tuple(dict.fromkeys(_steps(photograph, stages.get(kind, ())))),
    )


def marked(
    night: Night, photograph: Photograph, kind: Kind, settings_hash: str, *, most_bytes: int | None = None
) -> Marked:
    """Return the XMP packet for a derivative; the master's own goes along, but into no mask, which is no picture of it.

    Args:
        night: The night.
        photograph: As for ``lineage_of``.
        kind: Which derivative.
        settings_hash: Identity of the settings behind it.
        most_bytes: Longest packet that the file can hold.
    """
    packet = None if kind == "damage" else master_xmp(night, photograph)
    return mark(lineage_of(night, photograph, kind, settings_hash), packet, most_bytes=most_bytes)


def mark_single(scan: Scan, asset_id: str, kind: Kind, steps: tuple[Step, ...], settings: NightSettings) -> Scan:
    """Return a scan that a single command changed, with the XMP packet for it: it says the same, but names no run.

    Args:
        scan: The changed scan, the master's metadata still on it.
        asset_id: The photograph, as a catalog would have it.
        kind: restored or modernized.
        steps: What changed its pixels, in order.
        settings: All settings.
    """
    lineage = Lineage(
        asset_id=asset_id,
        master_sha256=asset_id.partition("-p")[0],
        kind=kind,
        run_id=None,
        code_version=code_version(),
        settings_hash=settings.restore_hash if kind == "restored" else settings.modernize_hash(()),
        config_hash=settings.config_hash,
        steps=steps,
    )
    return replace(scan, xmp=mark(lineage, scan.xmp).packet)


def marking_event(night: Night, subject: Subject, made: Marked) -> EventRow:
    """Return the event of metadata written into a derivative; a warning if the master's own could not go along."""
    kind = made.source_type or "none, as the master"
    detail = f"XMP written into the file: origin, master's digest, digital source type {kind}"
    if made.left_out is not None:
        detail += f"; {made.left_out}"
    outcome: Outcome = "success" if made.left_out is None else "warning"
    return event(night, "mem", subject, detail, at=datetime.now(UTC), outcome=outcome)


def _steps(photograph: Photograph, stages: Iterable[str]) -> Iterable[Step]:
    """Yield what was accepted, in order: a restoration has a row for each step, a modernization only its result."""
    for row in photograph.rows.get("treatments", ()):
        if not isinstance(row, TreatmentRow) or row.stage not in stages or row.verdict not in ACCEPTED:
            continue
        if row.stage == "modernize":
            yield Step(stage="modernize", name="style", engine=row.engine, weights_sha256=row.weights_sha256)
        elif row.step != "result":
            yield Step(stage=row.stage, name=row.step, engine=row.engine, weights_sha256=row.weights_sha256)
