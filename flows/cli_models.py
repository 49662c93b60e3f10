"""The commands for weights: which there are, fetch them, prove them, read about them."""

from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.bars import bar
from flows.terminal import err, fail, out, plain, plain_errors, print_json, print_table

if TYPE_CHECKING:
    from tasks.models.fetch import Fetched
    from tasks.models.golden import CaseResult
    from tasks.models.installed import Check, Installed
    from tasks.models.model import Model

models = typer.Typer(no_args_is_help=True, help="Weights: list, fetch, verify, and their cards.")

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Config = Annotated[Path | None, typer.Option(help="TOML file with settings.", dir_okay=False)]
Folder = Annotated[
    Path | None, typer.Option("--models-dir", help="Folder of weights; the settings' if not given.", file_okay=False)
]
Source = Annotated[
    str | None,
    typer.Option("--from", help="A mirror's address, or a local archive, folder or file.", metavar="FILE_OR_URL"),
]


@models.command("list")
def list_(models_dir: Folder = None, config: Config = None, as_json: AsJson = False) -> None:
    """Show every model: whose it is, whether it is installed, its size, licence and digest."""
    from tasks.models.installed import installed
    from tasks.models.known import MODELS

    with plain_errors():
        folder = _folder(models_dir, config)
        here = installed(folder)
    if as_json:
        print_json({"folder": str(folder), "models": [_document(one, here.get(one.name)) for one in MODELS.values()]})
        return
    columns = ("name", "family", "installed", "size", "licence", "sha256")
    print_table(str(folder), columns, (_row(one, here.get(one.name)) for one in MODELS.values()))


@models.command()
def fetch(
    names: Annotated[
        list[str] | None, typer.Argument(help="Models, as `list` names them.", metavar="[NAME]...")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every model that is fetched.")] = False,
    source: Source = None,
    models_dir: Folder = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Download weights from their public home, or take them from a copy; a digest recorded once is enforced after.

    Our own weights come with the package: there is nothing to fetch, and the command says where they lie.
    """
    from tasks.models.errors import ModelError
    from tasks.models.fetch import Manner, apart, as_shipped, by_home, companions
    from tasks.models.fetch import fetch as fetch_weights

    wanted, own = apart(_named(names or [], everything=everything))
    manner = Manner(watch=partial(bar, console=err), waiting=lambda: err.print("waiting for another fetch to finish"))
    done: list[Fetched] = []
    troubles = []
    with plain_errors():
        folder = _folder(models_dir, config)
        for one in own:
            try:
                done.append(as_shipped(one))
            except ModelError as error:
                troubles.append(str(error))
        for group in [wanted] if source and wanted else by_home(wanted):
            try:
                also = [] if source else companions(group)
                done += fetch_weights(group, folder, source=source, also=also, manner=manner)
            except ModelError as error:
                troubles.append(str(error))
    if as_json:
        print_json({"folder": str(folder), "models": [_fetched_document(one) for one in done], "troubles": troubles})
    elif done:
        columns = ("name", "outcome", "size", "sha256", "file")
        rows = [(one.name, one.outcome, _size(one.record.size), one.record.sha256[:12], one.path) for one in done]
        print_table("", columns, rows)
    if troubles:
        fail("\n".join(troubles), code=1)


@models.command()
def verify(
    golden: Annotated[
        Path | None, typer.Option(help="Folder of golden numbers: also run every network on them.", file_okay=False)
    ] = None,
    device: Annotated[str, typer.Option(help="Where the networks run: cpu, cuda, cuda:1, mps.")] = "cpu",
    models_dir: Folder = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Compare installed weights with their recorded digests; exit 1 if one differs or a golden number is missed."""
    from tasks.models.installed import check_digests

    with plain_errors():
        folder = _folder(models_dir, config)
        checks = check_digests(folder)
        cases = [] if golden is None else _golden(golden, device, quiet=as_json)
    if as_json:
        weights = [asdict(one) for one in checks]
        print_json({"folder": str(folder), "weights": weights, "golden": [asdict(one) for one in cases]})
    else:
        _print_checks(checks, folder)
    if golden is not None and not any(case.verdict == "pass" for case in cases):
        fail(f"not one golden case of {golden} passed", code=1)
    if any(one.verdict != "pass" for one in checks) or any(case.verdict == "miss" for case in cases):
        raise typer.Exit(1)


@models.command()
def card(
    name: Annotated[str, typer.Argument(help="A model.")], models_dir: Folder = None, config: Config = None
) -> None:
    """Print what a model is, who made it, under what licence, and what it is known to do badly."""
    from tasks.models.cards import card_text
    from tasks.models.installed import installed

    model = _named([name])[0]
    with plain_errors():
        here = installed(_folder(models_dir, config)).get(name)
    out.print(plain(card_text(model, here)), markup=False)


def _folder(models_dir: Path | None, config: Path | None) -> Path:
    """Return the models folder: the one on the command line, else the settings'."""
    from tasks.settings import load_settings

    settings = load_settings(config)
    folder: Path = settings.models_dir
    return (models_dir or folder).expanduser()


def _named(names: Sequence[str], *, everything: bool = False) -> list["Model"]:
    """Return the models of these names, each once; wrong names are wrong arguments."""
    from tasks.models.errors import UnknownModelError
    from tasks.models.known import PUBLISHED, model_named

    if bool(names) == everything:
        fail("name the models to fetch, or --all: oldphoto models list shows them", code=2)
    try:
        return [model_named(name) for name in dict.fromkeys([one.name for one in PUBLISHED] if everything else names)]
    except UnknownModelError as error:
        fail(str(error), code=2)
        raise


def _golden(folder: Path, device: str, *, quiet: bool) -> list["CaseResult"]:
    """Run the golden cases, telling each as it is done unless a document is wanted."""
    from tasks.models.golden import verify_golden

    cases = []
    for case in verify_golden(folder, device):
        cases.append(case)
        if err.is_terminal:
            err.print(f"[dim]{case.net} {case.case} {case.verdict}[/]")
    if not quiet:
        columns = ("net", "case", "largest difference", "tolerance", "verdict", "detail")
        print_table(f"golden numbers on {device}", columns, map(_case_row, cases))
    return cases


def _case_row(case: "CaseResult") -> tuple[str, ...]:
    numbers = (case.largest_difference, case.tolerance)
    return (case.net, case.case, *("" if one is None else f"{one:.2e}" for one in numbers), case.verdict, case.detail)


def _print_checks(checks: Sequence["Check"], folder: Path) -> None:
    rows = [(one.name, one.verdict, one.expected[:12], (one.found or "")[:12]) for one in checks]
    if rows:
        print_table(f"digests in {folder} and of our own weights", ("name", "verdict", "expected", "found"), rows)
    if all(one.shipped for one in checks):
        out.print(f"no weights were ever fetched into {folder}", markup=False)


def _row(model: "Model", here: "Installed | None") -> tuple[str, ...]:
    size, digest = (_size(here.record.size), here.record.sha256) if here else ("", _known_digest(model) or "")
    return model.name, model.family, "yes" if here else "no", size, model.licence, digest[:12]


def _known_digest(model: "Model") -> str | None:
    """Return the digest that weights must have whoever brings them, if one is known."""
    from tasks.models.model import PublishedModel

    return model.sha256 if isinstance(model, PublishedModel) else None


def _document(model: "Model", here: "Installed | None") -> dict[str, Any]:
    from tasks.models.model import PublishedModel

    home = model if isinstance(model, PublishedModel) else None
    return {
        "name": model.name,
        "family": model.family,
        "system": model.system,
        "network": model.network,
        "installed": here is not None,
        "path": str(here.path) if here else None,
        "size": here.record.size if here else None,
        "sha256": here.record.sha256 if here else _known_digest(model),
        "licence": model.licence,
        "address": home and home.home.address,
        "member": home and home.member,
    }


def _fetched_document(one: "Fetched") -> dict[str, Any]:
    return {"name": one.name, "outcome": one.outcome, "path": str(one.path), **asdict(one.record)}


def _size(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 100_000 else f"{size} B"
