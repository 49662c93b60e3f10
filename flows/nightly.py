"""The whole night: ingest, dedupe, classify, restore, modernize, publish."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prefect import flow
from rich.console import Console

from flows.treating import (
    Call,
    Clock,
    TreatmentLine,
    batches,
    finished_before,
    plainly,
    redo_lines,
    under_prefect,
)
from tasks.auditing import AuditReport, audit
from tasks.dedupe import Copies, decide_without, dedupe, object_name
from tasks.ingest import Ingested, Listing, ingest, list_source, photographs_of, taken_over
from tasks.layout import report_path
from tasks.night import Night
from tasks.opening import NightRequest, close_night, open_night
from tasks.photograph import Photograph
from tasks.progress import ArtifactProgress, NightProgress, TerminalProgress, outcome_table
from tasks.publish import NightReport, Outcome, publish
from tasks.redo import settle, sort_out
from tasks.references.offered import ReferenceSet, references
from tasks.report.writing import report_night
from tasks.settings import load_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class NightResult:
    """What a night came to, and whether its record holds."""

    report: NightReport
    """Counts and outcomes."""

    audit: AuditReport
    """The audit of what the night wrote."""


def run_night(request: NightRequest, call: Call, progress: NightProgress) -> NightResult:
    """Do a night's work and return what happened.

    Raises:
        OverlapError: Source and output are not apart.
        CatalogBusyError: Another run writes to the same output.
        CatalogError: The catalog is damaged, or another run committed first.
        StoreError: A storage address does not answer.
    """
    clock = Clock()
    with open_night(request) as night:
        with clock.stage("ingest"):
            found, ingested, resumed = ingest_new(night, call, progress)
            found, ingested, redo = sort_out(night, found, ingested)
        with clock.stage("dedupe"):
            readable = photographs_of(ingested)
            readable = redo.without(readable)
            copies: Copies = call(dedupe, night, [one.asset for one in readable])
        photographs = to_treat(readable, copies)
        has_work = bool(photographs or redo.photographs)
        reference_set = call(references, night) if has_work else ReferenceSet(styles=(), new_rows=())
        lines = redo_lines(TreatmentLine(night, reference_set, call, progress, clock), redo)
        finished = finished_before(lines, [*photographs, *redo.photographs])
        treated, copies = treat_all(lines[0].line, readable, copies, finished)
        again = [photograph for one in lines[1:] for photograph in one.treat(finished)]
        again, copies = settle(night, redo, again, copies, ingested)
        outcome = Outcome(
            listing=found,
            ingested=tuple(ingested),
            copies=copies,
            photographs=(*treated, *again),
            references=reference_set.new_rows,
            resumed=resumed,
            stage_seconds=dict(clock.seconds),
        )
        report: NightReport = call(publish, night, outcome)
        call(report_night, night)
        close_night(night)
        result = NightResult(report=report, audit=call(audit, night))
    progress.finish(report.run, report.assets)
    return result


def to_treat(readable: Sequence[Photograph], copies: Copies) -> list[Photograph]:
    """Return the photographs that are no copies and were not treated before."""
    names = copies.duplicate_of.keys() | copies.settled.keys()
    return [one for one in readable if object_name(one.asset) not in names]


def treat_all(
    line: "TreatmentLine", readable: Sequence[Photograph], copies: Copies, finished: Mapping[str, Photograph]
) -> tuple[list[Photograph], Copies]:
    """Return all photographs after their last stage, and the copies as they then are.

    Should the best of several copies fail, it no longer counts, and the next best is treated in its place.
    """
    treated: dict[str, Photograph] = {}
    while todo := [one for one in to_treat(readable, copies) if object_name(one.asset) not in treated]:
        treated |= {object_name(one.asset): one for one in line.treat(todo, finished)}
        lost = frozenset(name for name, one in treated.items() if one.failure is not None)
        if lost & copies.bests:
            copies = decide_without(line.night, [one.asset for one in readable], copies, lost)
        readable = [one for one in readable if object_name(one.asset) not in lost]
    return list(treated.values()), copies


def ingest_new(night: Night, call: Call, progress: NightProgress) -> tuple[Listing, list[Ingested], int]:
    """Return what lies at the source, all new objects as read, and how many photographs an interrupted run had read."""
    found: Listing = call(list_source, night)
    before = taken_over(night, found)
    done = {one.assets[0].key for one in before}
    todo = [item for item in found.new if item.key not in done]
    progress.start("ingest", len(todo))
    read = list(before)
    for batch in batches(todo, night.settings.batch_size):
        read += call(ingest, night, batch)
        progress.advance("ingest", len(batch))
    return found, sorted(read, key=lambda one: one.assets[0].key), sum(len(one.assets) for one in before)


@flow(name="nightly", validate_parameters=True)
def nightly(
    source: str, output: str, references: str | None = None, config: Path | None = None, wait_s: float = 0.0
) -> NightResult:
    """The night as a Prefect flow: what ``prefect.yaml`` schedules and ``oldphoto nightly`` runs.

    Args:
        source: The masters; only ever read.
        output: Where derivatives and catalogs go.
        references: Reference photographs; None leaves colours as they are.
        config: TOML file with settings.
        wait_s: How long to wait for another run on the same output, in seconds.
    """
    request = NightRequest(
        source=source, output=output, references=references, settings=load_settings(config), wait_s=wait_s
    )
    with TerminalProgress(Console(stderr=True)).shown() as progress:
        return run_night(request, under_prefect, ArtifactProgress(progress))


def nightly_without_prefect(request: NightRequest) -> NightResult:
    """The same night by the same functions, recorded nowhere but in our own catalog."""
    with TerminalProgress(Console(stderr=True)).shown() as progress:
        return run_night(request, plainly, progress)


def summary_of(result: NightResult) -> dict[str, Any]:
    """Return what a night came to as JSON values, for the terminal and for scripts."""
    run = result.report.run
    return {
        "run_id": run.run_id,
        "seconds": round((run.finished_at - run.started_at).total_seconds(), 3),
        "counts": {str(row["what"]): row["count"] for row in outcome_table(run)},
        "stage_seconds": dict(run.stage_seconds),
        "quarantined": [
            {"key": row.key, "reason": row.reason, "detail": row.reason_detail}
            for row in result.report.assets
            if row.status == "quarantined"
        ],
        "places": {
            "pictures": f"{run.output_uri}/derivatives",
            "catalog": f"{run.output_uri}/catalogs",
            "report": f"{run.output_uri}/{report_path(run.run_id)}",
        },
    }
