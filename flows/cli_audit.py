"""The commands of auditors: prove a catalog against its objects, and make one result again to compare it."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.terminal import err, fail, out, plain, plain_errors, print_json, print_table

if TYPE_CHECKING:
    from tasks.auditing import AuditReport
    from tasks.reproduce import Reproduction

auditing = typer.Typer()

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Config = Annotated[Path | None, typer.Option(help="TOML file with settings.", dir_okay=False)]
Models = Annotated[
    Path | None, typer.Option("--models-dir", help="Folder of weights; the settings' if not given.", file_okay=False)
]


class Extent(StrEnum):
    """Which masters are fetched and hashed."""

    NONE = "none"
    SAMPLE = "sample"
    ALL = "all"


class ResultStage(StrEnum):
    """Which result is made again."""

    RESTORE = "restore"
    MODERNIZE = "modernize"


@auditing.command()
def audit(
    uri: Annotated[str, typer.Argument(help="The output of nightly runs.")],
    masters: Annotated[Extent, typer.Option(help="Which masters are fetched and hashed.")] = Extent.SAMPLE,
    sample: Annotated[int, typer.Option(min=1, help="Masters in a sample.")] = 100,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Which masters are in the sample; today's date if not given.")
    ] = None,
    head: Annotated[
        str | None, typer.Option(help="SHA-256 of a run's manifest, noted outside the archive.", metavar="SHA256")
    ] = None,
    page: Annotated[Path | None, typer.Option("--out", help="Write the report, .md or .html.", dir_okay=False)] = None,
    models_dir: Models = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Prove a catalog against its objects; exit 1 and a list if anything does not hold.

    What was not checked is listed, too, with the reason.
    """
    from tasks.audit_masters import Choice
    from tasks.audit_page import UnknownFormError, check_form, document, write_page
    from tasks.auditing import audit_output, seed_of_today

    choice = Choice(extent=masters.value, sample=sample, seed=seed_of_today() if seed is None else seed)
    try:
        check_form(page or Path("page.md"))
    except UnknownFormError as error:
        fail(str(error), code=2)
    with plain_errors():
        report = audit_output(
            uri,
            choice=choice,
            noted_sha256=head,
            models_dir=_models(models_dir, config),
            told=lambda question: err.print(f"[dim]{question}[/]") if err.is_terminal else None,
        )
        if page is not None:
            write_page(report, page)
    if as_json:
        print_json(document(report))
    else:
        _print_report(report, uri)
    if not report.holds:
        raise typer.Exit(1)


def _models(models_dir: Path | None, config: Path | None) -> Path:
    """Return the models folder: the one on the command line, else the settings'."""
    from tasks.settings import load_settings

    folder: Path = load_settings(config).models_dir
    return models_dir or folder


def _print_report(report: "AuditReport", uri: str) -> None:
    from tasks.audit_page import HEAD, rows, sections, verdict

    print_table(f"audit of {uri}", HEAD, rows(report))
    for title, sentences in sections(report):
        out.print(f"{title}:", markup=False)
        for sentence in sentences:
            out.print(f"- {plain(sentence)}", markup=False)
    for name, value in report.facts[1:]:
        out.print(f"{name:<24}{plain(value)}", markup=False)
    out.print(verdict(report), markup=False)


@auditing.command()
def reproduce(
    asset: Annotated[str, typer.Argument(help="An asset_id, its first digits, or the name of a master.")],
    output: Annotated[str, typer.Option(help="The output of nightly runs.")],
    stage: Annotated[
        ResultStage | None, typer.Option(help="Whose result is compared; the last that has one if not given.")
    ] = None,
    tolerance: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Largest difference that is equal, as a fraction of full scale.")
    ] = 0.0,
    models_dir: Models = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Treat a photograph again with the recorded settings and compare; nothing is written.

    Exit 0 if the pixels are equal within the tolerance, 1 if not, 2 if it cannot be done here, with the reason.
    """
    from tasks.recorded_result import STAGES, CannotReproduceError
    from tasks.reproduce import as_json as document
    from tasks.reproduce import reproduce as make_again

    try:
        with plain_errors():
            chosen = next((name for name in STAGES if name == stage), None)
            found = make_again(output, asset, chosen, tolerance=tolerance, models_dir=_models(models_dir, config))
    except CannotReproduceError as error:
        fail(f"cannot be reproduced: {error}", code=2)
        return
    if as_json:
        print_json(document(found))
    else:
        _print_reproduction(found)
    if not found.is_equal:
        raise typer.Exit(1)


def _print_reproduction(found: "Reproduction") -> None:
    facts = [("photograph", found.asset_id), ("master", found.key), ("result", found.path), ("made by", found.run_id)]
    for name, value in facts:
        out.print(f"{name:<12}{plain(value)}", markup=False)
    out.print(found.verdict, markup=False)
    if found.differences:
        out.print("other than it was:", markup=False)
        for sentence in found.differences:
            out.print(f"- {plain(sentence)}", markup=False)
