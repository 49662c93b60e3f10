"""How far a night has come: on the terminal for people, as artifacts for Prefect's pages."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from prefect.artifacts import create_progress_artifact, create_table_artifact, update_progress_artifact
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from catalogs.schema import AssetRow, RunRow

MOST_ROWS = 500
"""Rows of an artifact; Prefect's database is no catalog."""


class NightProgress(Protocol):
    """Told what is going on; it never decides anything."""

    def start(self, stage: str, total: int) -> None:
        """A stage begins; it has this many things to do."""

    def advance(self, stage: str, done: int) -> None:
        """So many more are done."""

    def finish(self, run: RunRow, assets: Sequence[AssetRow]) -> None:
        """The run is committed."""


@dataclass
class TerminalProgress:
    """Bars with the time left on a terminal; silent elsewhere."""

    console: Console
    """Where to draw."""

    bars: Progress = field(init=False)
    """The bars."""

    tasks: dict[str, TaskID] = field(default_factory=dict)
    """Bar of each stage."""

    def __post_init__(self) -> None:
        """Lay out the columns."""
        self.bars = Progress(
            TextColumn("{task.description:<12}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=self.console,
            disable=not self.console.is_terminal,
        )

    @contextmanager
    def shown(self) -> Iterator["TerminalProgress"]:
        """Draw for the length of the block."""
        with self.bars:
            yield self

    def start(self, stage: str, total: int) -> None:
        """Add a bar."""
        self.tasks[stage] = self.bars.add_task(stage, total=total)

    def advance(self, stage: str, done: int) -> None:
        """Fill it further."""
        self.bars.advance(self.tasks[stage], done)

    def finish(self, run: RunRow, assets: Sequence[AssetRow]) -> None:
        """Nothing: the caller prints the table."""


@dataclass
class ArtifactProgress:
    """Prefect artifacts: a progress bar for each stage and, at the end, a table of what happened."""

    inner: NightProgress
    """Told the same."""

    bars: dict[str, tuple[UUID, int, int]] = field(default_factory=dict)
    """Artifact, total and done so far of each stage."""

    def start(self, stage: str, total: int) -> None:
        """Make the stage's artifact."""
        self.inner.start(stage, total)
        made = create_progress_artifact(progress=0.0, key=f"night-{stage}", description=f"{stage}: {total} to do")
        self.bars[stage] = (_id(made), total, 0)

    def advance(self, stage: str, done: int) -> None:
        """Update it."""
        self.inner.advance(stage, done)
        artifact, total, before = self.bars[stage]
        self.bars[stage] = (artifact, total, before + done)
        update_progress_artifact(artifact, progress=100.0 * (before + done) / max(total, 1))

    def finish(self, run: RunRow, assets: Sequence[AssetRow]) -> None:
        """Publish the tables."""
        self.inner.finish(run, assets)
        create_table_artifact(key="night-outcome", table=outcome_table(run), description=f"{run.run_id}: outcome")
        quarantined = [row for row in assets if row.status == "quarantined"]
        table = [{"key": row.key, "reason": row.reason, "detail": row.reason_detail} for row in quarantined[:MOST_ROWS]]
        if table:
            what = f"{run.run_id}: {len(quarantined)} set aside, the first {len(table)} of them here"
            create_table_artifact(key="night-quarantine", table=table, description=what)


def outcome_table(run: RunRow) -> list[dict[str, object]]:
    """Return the counts of a run, a row each: objects first, then the photographs in the new ones, by outcome."""
    ended = {name: getattr(run, name) for name in ("published", "untouched", "duplicate", "quarantined")}
    counts = {"listed": run.listed, "known": run.known, "fetched": run.fetched, "photographs": sum(ended.values())}
    return [{"what": name, "count": count} for name, count in (counts | ended).items()]


def _id(made: object) -> UUID:
    if not isinstance(made, UUID):
        raise TypeError(f"expected the artifact's id, found {type(made).__name__}")
    return made
