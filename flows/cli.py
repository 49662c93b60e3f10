"""The command line: oldphoto COMMAND. Each command parses, calls, prints; the work is elsewhere.

Exit codes: 0 done (files set aside included, unless --strict), 1 the check or run failed, 2 wrong arguments.
"""

import logging
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import unquote

import typer

from flows.cli_audit import auditing
from flows.cli_evaluate import evaluation
from flows.cli_export import export
from flows.cli_film import films
from flows.cli_models import models
from flows.cli_references import curated
from flows.cli_review import reviews
from flows.cli_stages import stages
from flows.cli_train import training
from flows.process_defaults import set_process_defaults
from flows.terminal import fail, leave_expected_errors_to_us, out, plain_errors, print_json, print_table

HELP = """Restore scanned photographs, night after night, and keep a record an auditor can check.

Masters are only ever read. Exit codes: 0 done (files set aside included, unless --strict), 1 the check or run failed,
2 wrong arguments.
"""
app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=HELP)
app.add_typer(stages)
app.add_typer(auditing)
app.add_typer(reviews)
app.add_typer(training)
app.add_typer(evaluation)
app.add_typer(films)
app.add_typer(models, name="models")
app.add_typer(export, name="export")
app.add_typer(curated, name="references")

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Config = Annotated[Path | None, typer.Option(help="TOML file with settings.", dir_okay=False)]


class Runner(StrEnum):
    """Where the tasks of a night run."""

    THREADS = "threads"
    DASK = "dask"
    RAY = "ray"


@app.command()
def sample(
    dest: Annotated[Path, typer.Argument(help="Folder to write; made if it is not there.")],
    photos: Annotated[
        int, typer.Option(min=6, max=10_000, help="Photographs, copies and containers not counted.")
    ] = 12,
    seed: Annotated[int, typer.Option(min=0, help="Seed of every random choice: the same seed, the same bytes.")] = 0,
) -> None:
    """Write a small collection of aged scans, references, and the truth about them."""
    from tasks.sample import write_sample

    with plain_errors():
        summary = write_sample(dest, photos=photos, seed=seed)
    expected = ", ".join(f"{count} {status}" for status, count in summary.expected.items())
    print_table("", ("what", "where"), ((name, getattr(summary, name)) for name in ("scans", "references", "truth")))
    out.print(f"{sum(summary.expected.values())} scans; after a night they should be: {expected}")


@app.command()
def nightly(
    source: Annotated[str, typer.Option(help="The masters: s3://bucket/prefix or a folder. Only ever read.")],
    output: Annotated[str, typer.Option(help="Where derivatives and catalogs go; apart from the source.")],
    references: Annotated[
        str | None, typer.Option(help="Reference photographs, or a built set; without, colours stay.")
    ] = None,
    config: Config = None,
    runner: Annotated[Runner, typer.Option(help="Where the tasks run.")] = Runner.THREADS,
    no_prefect: Annotated[bool, typer.Option("--no-prefect", help="Call the same functions without Prefect.")] = False,
    wait: Annotated[float, typer.Option(min=0, help="Seconds to wait for another run on the same output.")] = 0.0,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 if a scan was set aside.")] = False,
    as_json: AsJson = False,
) -> None:
    """Do a night's work: ingest, dedupe, classify, restore, modernize, publish, audit."""
    from flows.nightly import nightly as nightly_flow
    from flows.nightly import nightly_without_prefect, summary_of
    from tasks.opening import NightRequest, check_request
    from tasks.settings import load_settings

    if runner is not Runner.THREADS:
        fail(f"--runner {runner.value} is not available in this version; use --runner threads", code=2)
    leave_expected_errors_to_us()
    with plain_errors():
        request = NightRequest(
            source=source, output=output, references=references, settings=load_settings(config), wait_s=wait
        )
        check_request(request)
        if no_prefect:
            result = nightly_without_prefect(request)
        else:
            result = nightly_flow(source, output, references, config, wait)
    summary = summary_of(result)
    if as_json:
        print_json(summary)
    else:
        print_night(summary)
    if not result.audit.holds:
        fail(f"the audit of the run found {len(result.audit.problems)} problems: oldphoto audit {output}", code=1)
    if strict and summary["counts"]["quarantined"]:
        fail(f"{summary['counts']['quarantined']} scans were set aside (--strict)", code=1)


def print_night(summary: dict[str, Any]) -> None:
    """Print what a night came to and where things lie."""
    print_table(f"{summary['run_id']}: {summary['seconds']:.1f} s", ("what", "count"), summary["counts"].items())
    if summary["quarantined"]:
        columns = ("key", "reason", "detail")
        print_table("set aside", columns, ([row[name] for name in columns] for row in summary["quarantined"]))
    for name, place in summary["places"].items():
        shown = unquote(place.removeprefix("file://")) if place.startswith("file://") else place
        out.print(f"{name:<10}{shown}", markup=False)


@app.command()
def report(
    uri: Annotated[str, typer.Argument(help="The output of nightly runs.")],
    run: Annotated[str | None, typer.Option(help="A run such as run-000003; the newest if not given.")] = None,
) -> None:
    """Write the report of a run from the catalog: pages that open from a file, one for each photograph."""
    from tasks.report.writing import report_again

    with plain_errors():
        out.print(report_again(uri, run))


@app.command()
def views(uri: Annotated[str, typer.Argument(help="The output of nightly runs.")]) -> None:
    """Print the SQL that gives DuckDB the catalog's tables and their current state."""
    from tasks.auditing import views_of

    with plain_errors():
        typer.echo(views_of(uri))


@app.command()
def deploy(
    file: Annotated[Path, typer.Option(help="The deployments.", exists=True, dir_okay=False)] = Path("prefect.yaml"),
) -> None:
    """Register the scheduled deployments of prefect.yaml with the Prefect server."""
    from flows.deployments import DeployError, deploy_all

    try:
        for line in deploy_all(file):
            out.print(line)
    except DeployError as error:
        fail(str(error), code=1)


def main() -> None:
    """Run the command line."""
    set_process_defaults()
    logging.getLogger("pyvips").setLevel(logging.CRITICAL)  # what libvips grumbles about is in the record, as notes
    app()
