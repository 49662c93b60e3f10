"""The commands that give the archive's results to other people's systems: PREMIS, BagIt, IIIF."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from flows.bars import bar
from flows.terminal import err, fail, out, plain, plain_errors, print_json, print_set_aside, print_table

export = typer.Typer(no_args_is_help=True, help="Results for other systems: PREMIS XML, BagIt bags, IIIF manifests.")

Output = Annotated[str, typer.Argument(help="The output of nightly runs.", metavar="URI")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@export.command()
def premis(
    uri: Output,
    folder: Annotated[Path, typer.Option("--out", help="Folder to write; others' files in it stay.", file_okay=False)],
    asset: Annotated[list[str] | None, typer.Option(help="An asset_id; again for more. All if not given.")] = None,
    run: Annotated[str | None, typer.Option(help="Only photographs that this run speaks of.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write a PREMIS 3 document for each photograph: its objects, all that happened to it, and who did it."""
    from tasks.exports.premis import export_premis

    with _plain_errors():
        done = export_premis(uri, folder, partial(bar, console=err), names=asset or (), run=run)
    if as_json:
        print_json({"folder": str(folder), "written": list(done.written), "unchanged": done.unchanged})
    else:
        rows = (("documents written", len(done.written)), ("there already", done.unchanged))
        print_table(str(folder), ("what", "count"), rows)


@export.command()
def bag(
    uri: Output,
    run: Annotated[str, typer.Option(help="The run whose results are packed, such as run-000003.")],
    folder: Annotated[Path, typer.Option("--out", help="The bag: a folder that is not there yet.", file_okay=False)],
    with_masters: Annotated[
        bool, typer.Option("--with-masters", help="Fetch the run's masters from their sources, too.")
    ] = False,
    organization: Annotated[str | None, typer.Option(help="Source-Organization.")] = None,
    identifier: Annotated[
        str | None, typer.Option(help="External-Identifier; run and manifest digest if not given.")
    ] = None,
    info: Annotated[
        list[str] | None, typer.Option(help="Another element of bag-info.txt; again for more.", metavar="NAME:VALUE")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Pack the results of one run as a BagIt bag (RFC 8493), every digest checked against the catalog."""
    from tasks.exports.bag import BagRequest, export_bag

    request = BagRequest(
        uri=uri,
        run=run,
        folder=folder,
        with_masters=with_masters,
        organization=organization,
        identifier=identifier,
        labels=dict(_label(one) for one in info or ()),
    )
    with _plain_errors():
        done = export_bag(request, partial(bar, console=err))
    if as_json:
        print_json(asdict(done) | {"folder": str(done.folder)})
        return
    print_table(str(done.folder), ("what", "count"), (("files", done.files), ("bytes", done.bytes)))
    for one in done.left_out:
        out.print(plain(f"left out: {one.name}, which {one.by_run} replaced or withdrew"), markup=False)


@export.command()
def iiif(
    uri: Output,
    folder: Annotated[Path, typer.Option("--out", help="Folder to write; nothing in it is removed.", file_okay=False)],
    base_url: Annotated[str, typer.Option(help="Address at which that folder will be found on the web.")],
    label: Annotated[str, typer.Option(help="Name of the collection.")] = "Photographs",
    rights: Annotated[
        str | None, typer.Option(help="Licence (Creative Commons) or statement (RightsStatements.org) of all of them.")
    ] = None,
    no_masters: Annotated[bool, typer.Option("--no-masters", help="Show results and access copies only.")] = False,
    config: Annotated[Path | None, typer.Option(help="TOML file with settings.", dir_okay=False)] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 if a photograph could not be shown.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write IIIF manifests and static tiles: any viewer shows master and result side by side."""
    from tasks.exports.iiif import IiifRequest, export_iiif
    from tasks.settings import load_settings

    with _plain_errors():
        request = IiifRequest(
            uri=uri,
            folder=folder,
            base=base_url,
            label=label,
            rights=rights,
            with_masters=not no_masters,
            settings=load_settings(config),
        )
        done = export_iiif(request, partial(bar, console=err))
    set_aside = [asdict(one) for one in done.set_aside]
    if as_json:
        print_json(asdict(done) | {"written": list(done.written), "set_aside": set_aside})
    else:
        counts = {
            "photographs written": len(done.written),
            "there already": done.unchanged,
            "copies and set aside at ingest, not shown": done.without_pictures,
            "could not be shown": len(set_aside),
        }
        print_table(done.collection, ("what", "count"), counts.items())
    print_set_aside(set_aside)
    if strict and set_aside:
        fail(f"{len(set_aside)} photographs could not be shown (--strict)", code=1)


def _label(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon:
        fail(f"expected --info NAME:VALUE, found {text!r}", code=2)
    return name.strip(), value.strip()


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Turn errors a person can act on into one line; wrong arguments of an export exit with 2."""
    from tasks.exports.errors import ExportArgumentsError

    with plain_errors():
        try:
            yield
        except ExportArgumentsError as error:
            fail(str(error), code=2)
