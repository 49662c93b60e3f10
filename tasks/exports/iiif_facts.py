"""What a viewer is told about a photograph, from its rows."""

from collections.abc import Iterator, Mapping, Sequence

from catalogs.reviews import Result
from catalogs.schema import AssetRow, DamageRow, TreatmentRow
from oldphoto_core.scan.source_type import VOCABULARY
from tasks.classify import report_of

UNALTERED = "This is the photograph as it was scanned, brought to the colours of screens. Nothing in it was altered."
ALTERED = (
    "The picture called {label} was altered by software{learned}: it is not the photograph as it was scanned. "
    "The master, shown beside it or kept by the archive, was not changed."
)
MASTER, ACCESS = "Master", "Access copy"
UNALTERED_LABELS = frozenset({MASTER, ACCESS})
"""Pictures that show what was scanned: an access copy is shown only where no result stands, or it was rejected."""

LABELS = {("restore",): "Restored", ("modernize",): "Modernized", ("restore", "modernize"): "Restored and modernized"}


def label_of(result: Result) -> str:
    """Return what the result is called: by the stages whose files stand."""
    stages = {file.stage for file in result.files if file.sha256}
    return LABELS.get(tuple(stage for stage in ("restore", "modernize") if stage in stages), ACCESS)


def notice_of(label: str, treatments: Sequence[TreatmentRow]) -> str:
    """Return what everyone who sees an altered picture must be told."""
    learned = ", with trained networks" if any(row.weights_sha256 for row in _kept(treatments)) else ""
    return ALTERED.format(label=f"“{label}”", learned=learned)


def facts_of(result: Result, treatments: Sequence[TreatmentRow], damage: DamageRow | None) -> dict[str, str]:
    """Return names and values for people, in order; nothing unknown is mentioned.

    Args:
        result: The photograph.
        treatments: All its rows, oldest run first.
        damage: The newest report.
    """
    sha256 = _result_sha256(result)
    made = next((row for row in reversed(treatments) if sha256 is not None and row.output_sha256 == sha256), None)
    steps = dict.fromkeys(row.step for row in _kept(treatments) if row.output_path is None)
    found = {
        "Status": result.asset.status,
        "Review": _review(result),
        "Master": _master(result.asset),
        "SHA-256 of the master": result.asset.sha256,
        "SHA-256 of the result": sha256,
        "Damage found": _damage(damage),
        "Treatments": ", ".join(steps),
        "Engine": made and f"{made.engine}, {made.code_version}",
        "SHA-256 of the weights": made and made.weights_sha256,
        "Digital source type": made and made.digital_source_type and VOCABULARY + made.digital_source_type,
        "Run": made.run_id if made else result.asset.run_id,
    }
    return {name: value for name, value in found.items() if value}


def _kept(treatments: Sequence[TreatmentRow]) -> Iterator[TreatmentRow]:
    """Yield the treatments of the newest run that treated the photograph which left their mark on it."""
    rows = [row for row in treatments if row.stage != "publish"]
    newest = max((row.run_id for row in rows), default=None)
    for row in rows:
        if row.run_id == newest and row.verdict in {"applied", "blended"}:
            yield row


def _result_sha256(result: Result) -> str | None:
    return result.result.sha256 if result.result and result.result.stage != "publish" else None


def _review(result: Result) -> str | None:
    words: Mapping[str, str] = {"accept": "accepted", "reject": "rejected", "redo": "sent back"}
    return words[result.decision.decision] if result.decision else None


def _master(row: AssetRow) -> str:
    parts = [row.format, f"{row.width_px} x {row.height_px} px", f"{row.source_bit_depth} bit", row.colour]
    page = f"page {row.page} of {row.pages}" if row.page else None
    dpi = f"{row.dpi:.0f} pixels per inch" if row.dpi else None
    return ", ".join(part for part in (*parts, row.icc_name, dpi, page) if part)


def _damage(row: DamageRow | None) -> str | None:
    if row is None:
        return None
    report = report_of(row)
    return ", ".join(f"{kind} {report.findings[kind].severity:.2f}" for kind in report.present()) or "none"
