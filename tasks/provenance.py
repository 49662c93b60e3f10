"""The record that lies beside a photograph's results, for readers without the catalog: ``provenance.json``."""

from collections.abc import Iterator
from typing import Any

from catalogs.columns import row_to_dict
from catalogs.schema import DamageRow, StyleRegionRow, TreatmentRow
from oldphoto_core.scan.source_type import VOCABULARY
from tasks.models.naming import names_of
from tasks.night import Night
from tasks.photograph import Photograph

FORMAT = "oldphoto-provenance/1"
"""The number rises when a key changes its meaning; keys may be added without."""


def provenance_of(night: Night, photograph: Photograph) -> dict[str, Any]:
    """Return everything known about a photograph's results as one JSON document.

    ``files`` has each file beside this one; ``weights`` each network with a part in the report or the results, by name
    and digest; ``reproduce`` what must be given to get the same pixels again; the rest are the catalog's rows: of
    ``events`` all up to this document.
    """
    rows = {table: [row_to_dict(row) for row in table_rows] for table, table_rows in photograph.rows.items()}
    rows["events"] = [row_to_dict(row) for row in photograph.seen] + rows.get("events", [])
    return {
        "format": FORMAT,
        "run_id": night.run_id,
        "code_version": night.code_version,
        "config_hash": night.config_hash,
        "notice": "The files beside this one are derivatives. The master was not changed.",
        "master": {key: value for key, value in master_facts(photograph).items() if value is not None},
        "files": list(_files(photograph)),
        "weights": list(_weights(night, photograph)),
        "reproduce": _reproduce(night, photograph),
        **rows,
    }


def master_facts(photograph: Photograph) -> dict[str, Any]:
    """Return what ingest recorded of the master, without the columns that say how the night ended."""
    ended = {"status", "reason", "reason_detail", "duplicate_of", "fingerprint", "run_id", "code_version"}
    return {key: value for key, value in row_to_dict(photograph.asset).items() if key not in ended}


def _files(photograph: Photograph) -> Iterator[dict[str, Any]]:
    for row in photograph.rows.get("treatments", ()):
        if isinstance(row, TreatmentRow) and row.output_path is not None:
            code = row.digital_source_type
            yield {
                "name": row.output_path.rpartition("/")[2],
                "path": row.output_path,
                "sha256": row.output_sha256,
                "bytes": row.output_bytes,
                "digital_source_type": None if code is None else VOCABULARY + code,
            }


def _weights(night: Night, photograph: Photograph) -> Iterator[dict[str, Any]]:
    """Yield each digest of weights once, with the steps that took it; a result's row only sums up its steps."""
    steps: dict[str, list[str]] = {}
    for row in (*photograph.rows.get("damage", ()), *photograph.rows.get("treatments", ())):
        if isinstance(row, DamageRow) and row.weights_sha256 is not None:
            steps.setdefault(row.weights_sha256, []).append("classify")
        elif isinstance(row, TreatmentRow) and row.weights_sha256 is not None and row.output_path is None:
            steps.setdefault(row.weights_sha256, []).append(f"{row.stage}/{row.step}")
    for digest, used in steps.items():
        names = names_of(digest, night.settings.models_dir)
        yield {"sha256": digest, "steps": list(dict.fromkeys(used)), "networks": names}


def _reproduce(night: Night, photograph: Photograph) -> dict[str, Any]:
    regions = photograph.rows.get("style_regions", ())
    references = {row.reference_id for row in regions if isinstance(row, StyleRegionRow) and row.reference_id}
    return {
        "master_sha256": photograph.asset.sha256,
        "page": photograph.asset.page,
        "code_version": night.code_version,
        "config_hash": night.settings.config_hash,
        "redo_with": night.redo_with,
        "settings": night.settings.deciding(),
        "seed": night.settings.seed,
        "references": sorted(references),
        "note": "the same master, code, settings, weights and references give the same pixels on the same libraries",
    }
