"""The commands for curated sets of references: build one, list what an output has."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import Progress

from flows.terminal import err, fail, out, plain_errors, print_json, print_table

if TYPE_CHECKING:
    from tasks.curating.building import Built

curated = typer.Typer(no_args_is_help=True, help="Curated sets of reference photographs.")

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@curated.command()
def build(
    source: Annotated[str, typer.Option(help="Good modern photographs, with LICENCES.csv (file,licence) beside them.")],
    output: Annotated[str, typer.Option(help="The output that gets the set and whose catalog gets its rows.")],
    name: Annotated[str, typer.Option(help="Name of the set: lower-case letters, digits, dots, hyphens.")],
    describer: Annotated[
        str, typer.Option(help="What pictures are compared by: together, own, measured; dinov2 and clip need timm.")
    ] = "measured",
    config: Annotated[Path | None, typer.Option(help="TOML file with settings.", dir_okay=False)] = None,
    wait: Annotated[float, typer.Option(min=0, help="Seconds to wait for another run on the same output.")] = 0.0,
    as_json: AsJson = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 if a picture was refused.")] = False,
) -> None:
    """Turn a folder of good modern photographs into a set of references; again, it takes in what has changed."""
    from tasks.curating.building import BuildRequest, build_set
    from tasks.settings import load_settings

    with plain_errors():
        request = BuildRequest(
            source=source, output=output, name=name, settings=load_settings(config), describer=describer, wait_s=wait
        )
        with _bar() as told:
            built = build_set(request, told=told)
    refused = [row for row in built.rows if not row.accepted]
    if as_json:
        print_json(_document(built))
    else:
        _print_built(built, name)
    if not built.accepted:
        fail("no picture was accepted, so there is no set", code=1)
    if strict and refused:
        fail(f"{len(refused)} pictures were refused (--strict)", code=1)


@curated.command("list")
def list_sets(
    uri: Annotated[str, typer.Argument(help="An output with sets, or one set.")], as_json: AsJson = False
) -> None:
    """List the sets of an output, or the references of one set."""
    from tasks.curating.listing import references_in, sets_in

    with plain_errors():
        one = references_in(uri)
        found = sets_in(uri) if one is None else []
    if as_json:
        print_json({"sets": found} if one is None else one)
    elif one is None:
        _print_rows(f"{len(found)} sets", ("name", "references", "describer", "uri"), found)
    else:
        columns = ("key", "width_px", "height_px", "licence")
        _print_rows(f"{one['name']}: {len(one['references'])} references", columns, one["references"])


def _print_rows(title: str, columns: Sequence[str], rows: Sequence[dict[str, Any]]) -> None:
    print_table(title, columns, ([row[column] for column in columns] for row in rows))


@contextmanager
def _bar() -> Iterator[Callable[[int, int], None]]:
    """Give a function to call with how many more are done, and of how many; silent where there is no terminal."""
    if not err.is_terminal:
        yield lambda *_: None
        return
    with Progress(console=err, transient=True) as progress:
        task = progress.add_task("describing", total=None)
        yield lambda done, total: progress.update(task, advance=done, total=total)


def _document(built: "Built") -> dict[str, Any]:
    return {
        "uri": built.uri,
        "run_id": built.run_id,
        "read": built.read,
        "references": [
            {"path": row.key, "reference_id": row.reference_id, "licence": row.licence}
            for row in built.rows
            if row.accepted
        ],
        "refused": [
            {"path": row.key, "reason": row.reason, "detail": built.why(row), "copy_of": built.key_of(row.copy_of)}
            for row in built.rows
            if not row.accepted
        ],
    }


def _print_built(built: "Built", name: str) -> None:
    refused = [row for row in built.rows if not row.accepted]
    if refused:
        rows = ([row.key, row.reason or "", built.why(row), built.key_of(row.copy_of) or ""] for row in refused)
        print_table(f"{len(refused)} refused", ("path", "reason", "in words", "better one"), rows)
    what = f"committed in {built.run_id}" if built.run_id else "nothing has changed"
    out.print(f"{name}: {built.accepted} references, {built.read} pictures read, {what}")
    out.print(built.uri, markup=False)
