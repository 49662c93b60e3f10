"""Reviewing in tests: an output, the photographs in it by name, decisions made and recorded."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nights import night_with, settings

from catalogs.audit import AuditReport, audit
from catalogs.read import Catalog, open_catalog
from catalogs.reviews import Result, current_results
from flows.nightly import NightResult
from flows.treating import plainly
from tasks.review.decisions import Decision
from tasks.review.journal import note_decision
from tasks.review.record import Recorded, record
from tasks.storage import ObjectStore, open_store

PUBLISHED, PAGES, COPY, BROKEN = (
    "box-01/print-0003.tif",
    "box-01/print-0005.tif",
    "loose/scan-0003.jpg",
    "loose/scan-0005.tif",
)


def without_pages(task: Any, *args: Any) -> Any:
    return None if task.name == "report" else plainly(task, *args)


def night_without_pages(source: Path, output: Path, work: Path, **changes: Any) -> NightResult:
    return night_with(without_pages, source, output, work=work, **changes)


@dataclass(frozen=True)
class Desk:
    """One output, and where its masters lie."""

    source: Path
    references: Path | None
    root: Path

    @property
    def out(self) -> Path:
        return self.root / "out"

    @property
    def store(self) -> ObjectStore:
        return open_store(str(self.out))

    @property
    def catalog(self) -> Catalog:
        return open_catalog(self.store)

    def result(self, key: str, page: int | None = None) -> Result:
        return next(
            one for one in current_results(self.catalog).values() if (one.asset.key, one.asset.page) == (key, page)
        )

    def asset_id(self, key: str) -> str:
        return next(row.asset_id or "" for row in self.catalog.current_assets if row.key == key)

    def decision(self, key: str, decision: str, **values: Any) -> Decision:
        made: dict[str, Any] = {"asset_id": self.asset_id(key), "reviewer": "Ada", "decided_at": datetime.now(UTC)}
        return Decision(**{**made, "decision": decision, **values})

    def decide(self, key: str, decision: str, **values: Any) -> Recorded:
        note_decision(self.store, self.decision(key, decision, **values))
        return self.record()

    def record(self) -> Recorded:
        return record(self.store, settings(self.root / "work"))

    def night(self, call: Callable[..., Any] = without_pages, **changes: Any) -> NightResult:
        references = changes.pop("references", self.references)
        return night_with(call, self.source, self.out, work=self.root / "work", references=references, **changes)

    def audit(self) -> AuditReport:
        return audit(self.store)

    def bytes_of(self, path: str) -> bytes:
        return (self.out / path).read_bytes()
