"""A small archive with a past, for those who ask about it: two nights, a replaced master, and decisions of people.

The first night, with the project's own networks, sees two prints, a byte copy of one, and an empty file. Before the
second, with hand-written methods, one master is replaced by another picture; a faded print comes in with a small copy
of it, and its colours are matched to references; of a scratched one filling is refused. Then two results are looked at.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from nights import assets, night, settings

from catalogs.read import open_catalog
from catalogs.reviews import current_results
from tasks.review.decisions import Decision
from tasks.review.journal import note_decision
from tasks.review.record import record
from tasks.sample import write_sample
from tasks.storage import open_store

FIRST = ("box-01/print-0001.tif", "box-01/print-0012.tif", "loose/scan-0001.tif", "loose/scan-0005.tif")
SECOND = ("box-01/print-0003.tif", "box-01/print-0006.png", "loose/scan-0003.jpg")
REPLACED = "box-01/print-0012.tif"
RESTORED = "box-01/print-0001.tif"
MODERNIZED = "box-01/print-0003.tif"
OWN: dict[str, Any] = {
    "restore": {"engine": "own", "threshold": 0.1, "steps": ("colour",)},
    "diagnosis": {"engine": "own"},
}
BY_HAND: dict[str, Any] = {
    "restore": {"engine": "classical", "steps": ("inpaint",), "largest_mask_share": 1e-9},  # so that filling is refused
    "diagnosis": {"engine": "classical"},
    "modernize": {"min_similarity": 0.2},
}


@dataclass(frozen=True)
class AuditedArchive:
    """Where things lie. Copy the output before changing it."""

    root: Path

    @property
    def scans(self) -> Path:
        return self.root / "scans"

    @property
    def output(self) -> Path:
        return self.root / "archive"

    def copy(self, folder: Path) -> Path:
        """Return a copy of the output, to be broken."""
        return Path(shutil.copytree(self.output, folder / "archive"))

    def asset_id(self, key: str) -> str:
        return next(row.asset_id or "" for row in assets(self.output) if row.key == key)

    @contextmanager
    def changed(self, key: str, content: bytes | None) -> Iterator[None]:
        """Let a master hold other bytes, or be gone, for the length of the block."""
        path = self.scans / key
        before = path.read_bytes()
        try:
            path.unlink() if content is None else path.write_bytes(content)
            yield
        finally:
            path.write_bytes(before)


def build(root: Path, sample: Path) -> AuditedArchive:
    """Make the archive; takes half a minute."""
    write_sample(sample, photos=12, seed=0)
    archive = AuditedArchive(root)
    _bring(sample, archive, FIRST)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("OLDPHOTO_DIAGNOSIS__ENGINE", "OLDPHOTO_RESTORE__ENGINE"):
            patch.delenv(name, raising=False)
        night(archive.scans, archive.output, root / "work", references=sample / "references", **OWN)
        shutil.copyfile(sample / "scans" / "box-01/print-0010.png", archive.scans / REPLACED)
        _bring(sample, archive, SECOND)
        night(archive.scans, archive.output, root / "work", references=sample / "references", **BY_HAND)
    _review(archive, RESTORED, "accept", "J. Doe", None)
    _review(archive, MODERNIZED, "reject", "A. Roe", "the sky is too blue")
    record(open_store(str(archive.output)), settings(root / "work"))
    return archive


def _bring(sample: Path, archive: AuditedArchive, keys: tuple[str, ...]) -> None:
    for key in keys:
        (archive.scans / key).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(sample / "scans" / key, archive.scans / key)


def _review(archive: AuditedArchive, key: str, verb: Any, reviewer: str, note: str | None) -> None:
    store = open_store(str(archive.output))
    asset_id = archive.asset_id(key)
    result = current_results(open_catalog(store))[asset_id].result
    assert result is not None
    decision = Decision(
        asset_id=asset_id,
        decision=verb,
        reviewer=reviewer,
        decided_at=datetime.now(UTC),
        output_sha256=result.sha256,
        note=note,
    )
    note_decision(store, decision)
