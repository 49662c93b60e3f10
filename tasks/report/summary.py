"""The figures of a report for machines: ``summary.json``."""

import json
from typing import Any

from catalogs.columns import row_to_dict
from tasks.report import figures
from tasks.report.site import Site

FORMAT = "oldphoto-report/1"


def summary_json(site: Site) -> bytes:
    """Return the figures of a report as a JSON document: keys sorted, one final newline."""
    return (json.dumps(summary_of(site), indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def summary_of(site: Site) -> dict[str, Any]:
    """Return the figures of a report as JSON values."""
    photographs = tuple(site.photographs.values())
    run = row_to_dict(site.record.run)
    return {
        "format": FORMAT,
        "run": {name: json.loads(value) if name in {"config", "versions"} else value for name, value in run.items()},
        "outcomes": _values(figures.outcomes(site.record.run)),
        "stage_seconds": _values(figures.stage_times(site.record.run)),
        "damage_found": _values(figures.kinds_found(photographs)),
        "severities": {one.kind: list(one.counts) for one in figures.histograms(photographs)},
        "verdicts": figures.verdicts(photographs),
        "quarantine_reasons": _values(figures.reasons(site.record)),
        "groups_of_copies": len(site.groups),
        "references": {
            "accepted": sum(row.accepted for row in site.record.references),
            "refused": sum(not row.accepted for row in site.record.references),
            "regions_by_reference": dict(figures.references_used(site.record)),
        },
        "nights": [
            {"run_id": row.run_id, "started_at": row.started_at.isoformat()}
            | {name: getattr(row, name) for name in ("listed", "known", *figures.OUTCOMES)}
            for row in site.record.history
        ],
    }


def _values(amounts: list[figures.Amount]) -> dict[str, float]:
    return {amount.name: amount.value for amount in amounts}
