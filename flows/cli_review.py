"""The command for people's decisions: pages with buttons, a list of what waits, or decisions from a table."""

import getpass
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.terminal import err, fail, out, plain_errors, print_json, print_table

if TYPE_CHECKING:
    from tasks.review.decisions import Decision
    from tasks.review.record import Recorded
    from tasks.review.tables import Refused
    from tasks.settings import NightSettings
    from tasks.storage import ObjectStore

reviews = typer.Typer()


@reviews.command()
def review(
    uri: Annotated[str, typer.Argument(help="The output of nightly runs.")],
    reviewer: Annotated[str | None, typer.Option(help="Who decides; your login name if not given.")] = None,
    host: Annotated[str, typer.Option(help="Address to listen on; any but this machine's own needs a token.")] = (
        "127.0.0.1"
    ),
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port; 8765 if it is free and none is given; 0 takes any.")
    ] = None,
    token: Annotated[
        str | None,
        typer.Option(help="What reviewers must know; better in OLDPHOTO_REVIEW_TOKEN, where no list shows it."),
    ] = None,
    allow_host: Annotated[
        list[str] | None, typer.Option(help="Another name the server is asked under, behind a proxy.", metavar="NAME")
    ] = None,
    record_after: Annotated[
        float, typer.Option(min=0, help="Seconds of pause after which decisions are recorded; 0: each at once.")
    ] = 10.0,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open a browser.")] = False,
    decide: Annotated[
        Path | None,
        typer.Option(
            help="No pages: take decisions from a CSV with asset_id, decision, and perhaps output_sha256, note, "
            "redo_with, reviewer.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help="No pages: print what waits for a decision.")] = False,
    wait: Annotated[float, typer.Option(min=0, help="With --decide: seconds to wait for a night to end.")] = 0.0,
    config: Annotated[Path | None, typer.Option(help="TOML file with settings.", dir_okay=False)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="With --list: a table to fill in for --decide.")] = False,
) -> None:
    """Accept, reject, or have done again: people's decisions about results, on pages served to your browser."""
    from tasks.settings import load_settings
    from tasks.storage import open_store

    if list_ and decide is not None:
        fail("--list and --decide are two different things; give one of them", code=2)
    with plain_errors():
        settings = load_settings(config)
        store = open_store(uri)
        if list_:
            _print_waiting(store, as_json=as_json, as_csv=as_csv)
            return
        if decide is not None:
            _decide(store, settings, decide, reviewer or getpass.getuser(), wait_s=wait, as_json=as_json)
            return
    if as_json or as_csv:
        fail("--json goes with --list or --decide, --csv with --list", code=2)
    from tasks.review.desk import ReviewDesk
    from tasks.review.guard import NoTokenError
    from tasks.review.serving import ServerRequest, serve

    secret = settings.review_token.get_secret_value() if settings.review_token else None
    request = ServerRequest(
        host=host,
        port=port,
        token=token or secret,
        names=tuple(allow_host or ()),
        reviewer=reviewer or getpass.getuser(),
    )
    desk = ReviewDesk(store, settings, record_after_s=record_after)

    def ready(address: str) -> None:
        err.print(f"reviewing {uri} as {request.reviewer}: {address}  (Ctrl-C ends)", markup=False)
        if not no_browser:
            typer.launch(address)

    with plain_errors():
        try:
            _tell(serve(desk, request, ready=ready), desk.message)
        except NoTokenError as error:
            fail(str(error), code=2)


def _tell(recorded: "Recorded | None", message: str) -> None:
    """Print what became of the last decisions."""
    if recorded is not None and recorded.run_id is not None:
        err.print(f"{_decisions(len(recorded.reviews))} recorded in {recorded.run_id}")
    if message:
        err.print(message, markup=False)


def _print_waiting(store: "ObjectStore", *, as_json: bool, as_csv: bool) -> None:
    from tasks.review.tables import to_fill_in, waiting

    rows = waiting(store)
    if as_json:
        print_json({"waiting": rows})
    elif as_csv:
        typer.echo(to_fill_in(rows), nl=False)
    else:
        shown = ((row["key"], row["page"] or "", row["state"], row["run_id"], row["asset_id"][:12]) for row in rows)
        print_table(f"{len(rows)} wait", ("key", "page", "for", "made in", "asset"), shown)


def _decide(
    store: "ObjectStore", settings: "NightSettings", path: Path, reviewer: str, *, wait_s: float, as_json: bool
) -> None:
    from tasks.lease import CatalogBusyError
    from tasks.review.record import record
    from tasks.review.tables import BadTableError, note_table

    try:
        noted, refused = note_table(store, path, reviewer=reviewer)
    except BadTableError as error:
        fail(str(error), code=2)
        raise
    busy, recorded = "", None
    try:
        recorded = record(store, settings, wait_s=wait_s)
    except CatalogBusyError as error:
        busy = f"{error} The decisions are noted: the night records them when it has ended."
    document = _document(noted, refused, recorded, busy)
    if as_json:
        print_json(document)
    else:
        _print_decided(document)
    if document["refused"]:
        raise typer.Exit(1)


def _document(
    noted: Sequence["Decision"], refused: Sequence["Refused"], recorded: "Recorded | None", busy: str
) -> dict[str, Any]:
    late = [] if recorded is None else list(recorded.refused)
    kept = [(one, busy) for one in noted] if recorded is None else list(recorded.waiting)
    return {
        "run_id": recorded.run_id if recorded else None,
        "recorded": 0 if recorded is None else len(recorded.reviews),
        "noted": [{"asset_id": one.asset_id, "why": why} for one, why in kept],
        "refused": [
            *({"line": one.line, "asset_id": one.asset_id, "why": one.why} for one in refused),
            *({"line": None, "asset_id": one.asset_id, "why": why} for one, why in late),
        ],
    }


def _print_decided(document: dict[str, Any]) -> None:
    where = f" in {document['run_id']}" if document["run_id"] else ""
    out.print(f"{_decisions(document['recorded'])} recorded{where}")
    for one in document["noted"]:
        err.print(f"noted: {one['asset_id']}: {one['why']}", markup=False)
    for one in document["refused"]:
        line = f"line {one['line']}" if one["line"] else "refused"
        err.print(f"{line}: {one['asset_id']}: {one['why']}", markup=False)


def _decisions(count: int) -> str:
    return "1 decision" if count == 1 else f"{count} decisions"
