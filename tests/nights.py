"""Running nights in tests, and comparing what two of them left, clocks aside."""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from catalogs.columns import row_to_dict
from catalogs.read import open_catalog
from catalogs.schema import AssetRow, RunRow
from flows.nightly import NightResult, plainly, run_night
from tasks.night import Night
from tasks.opening import NightRequest
from tasks.settings import NightSettings
from tasks.storage import open_source, open_store

CLOCKS = frozenset({"started_at", "finished_at", "happened_at", "seconds", "stage_seconds", "committed_at", "resumed"})
"""Columns that tell the time, or how often a run was interrupted: the only ones that may differ."""

PLACES = frozenset({"source_uri", "output_uri", "references_uri", "primary_source_uri", "host", "modified_at", "etag"})
"""Columns that name where a test ran."""

OWN_DIGEST = frozenset({"output_sha256", "output_bytes", "object_sha256"})
"""Of provenance files only: they hold times, so their digests follow the clock."""


@dataclass
class Quiet:
    """A progress that notes the stages it was told of."""

    stages: dict[str, int] = field(default_factory=dict)
    finished: list[RunRow] = field(default_factory=list)

    def start(self, stage: str, total: int) -> None:
        self.stages[stage] = total

    def advance(self, stage: str, done: int) -> None:
        self.stages[stage] -= done

    def finish(self, run: RunRow, assets: Any) -> None:
        del assets
        self.finished.append(run)


def settings(work: Path, **changes: Any) -> NightSettings:
    return NightSettings(work_dir=work, **{"batch_size": 4, "workers": 2, **changes})


def request(source: Path | str, output: Path | str, work: Path, **changes: Any) -> NightRequest:
    references = changes.pop("references", None)
    return NightRequest(
        source=str(source),
        output=str(output),
        references=None if references is None else str(references),
        settings=settings(work, **changes),
    )


def night(source: Path | str, output: Path | str, work: Path, **changes: Any) -> NightResult:
    return run_night(request(source, output, work, **changes), plainly, Quiet())


def assets(output: Path | str) -> list[AssetRow]:
    return list(open_catalog(open_store(str(output))).current_assets)


def what_stands(output: Path) -> dict[str, Any]:
    """Return everything below an output that should not depend on the clock: rows by table, digests by path."""
    catalog = open_catalog(open_store(str(output)))
    tables = {file.table for manifest in catalog.manifests for file in manifest.files}
    rows = {name: sorted(_timeless(row_to_dict(row)) for row in catalog.rows(name)) for name in sorted(tables)}
    files = {
        path.relative_to(output).as_posix(): _digest(path)
        for path in sorted(output.rglob("*"))
        if path.is_file() and "catalogs" not in path.relative_to(output).parts and "reports" not in path.parts
    }
    return {"rows": rows, "files": files, "runs": [manifest.run_id for manifest in catalog.manifests]}


def _timeless(row: dict[str, Any]) -> str:
    hidden = CLOCKS | PLACES
    path = row.get("output_path") or row.get("object_path") or ""
    if path.endswith("provenance.json"):
        hidden |= OWN_DIGEST
    return json.dumps({key: value for key, value in row.items() if key not in hidden}, sort_keys=True)


def _digest(path: Path) -> str:
    content = path.read_bytes()
    if path.name == "provenance.json":
        content = json.dumps(_without_clocks(json.loads(content)), sort_keys=True).encode()
    return hashlib.sha256(content).hexdigest()


def _without_clocks(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_clocks(item) for key, item in value.items() if key not in CLOCKS | PLACES}
    return [_without_clocks(item) for item in value] if isinstance(value, list) else value


@contextmanager
def unchanged(folder: Path) -> Iterator[None]:
    """Fail if any file below a folder was written, moved or deleted in the block."""
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.rglob("*") if path.is_file()}
    yield
    after = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.rglob("*") if path.is_file()}
    assert after == before


def bare_night(source: Path | str, output: Path | str, work: Path, **changes: Any) -> Night:
    """Return a night that nobody has opened: for tests of single steps."""
    asked = {"run_id": "run-000001", "code_version": "code-1", "references_uri": None}
    fixed = {name: changes.pop(name, value) for name, value in asked.items()}
    return Night(
        started_at=datetime(2026, 11, 20, 1, tzinfo=UTC),
        source_uri=open_source(str(source)).uri,
        output_uri=open_store(str(output)).uri,
        settings=settings(work, **changes),
        **fixed,
    )


def calling(before: dict[str, Callable[[], None]]) -> Callable[..., Any]:
    """Return a call that does something before tasks of these names."""

    def call(task: Any, *args: Any) -> Any:
        before.get(task.name, lambda: None)()
        return plainly(task, *args)

    return call


def night_with(call: Callable[..., Any], source: Path | str, out: Path | str, **changes: Any) -> NightResult:
    work = changes.pop("work", None) or Path(out).parent / "work"
    return run_night(request(source, out, work, **changes), call, Quiet())
