"""The command that restores a reel."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from flows.bars import Stages
from flows.terminal import err, fail, out, plain, plain_errors, print_json, print_table

films = typer.Typer()


class FilmEngineName(StrEnum):
    """Who restores."""

    NONE = "none"
    CLASSICAL = "classical"
    OWN = "own"
    OFFICIAL = "official"


@films.command()
def film(
    src: Annotated[str, typer.Argument(help="A video file or a folder of frames; s3:// too.")],
    dst: Annotated[
        str | None,
        typer.Argument(
            help="reel.mkv: lossless master (FFV1) and an H.264 copy beside it; reel.mp4 or reel.mov: a viewing copy "
            "(H.264, ProRes) alone; of a folder of frames also a folder."
        ),
    ] = None,
    catalog: Annotated[
        str | None,
        typer.Option(help="Instead of DST: an output root with a catalog; files and rows are committed as one run."),
    ] = None,
    engine: Annotated[
        FilmEngineName | None,
        typer.Option(help="Who restores; none only wraps anew. The settings say if not given."),
    ] = None,
    weights: Annotated[Path | None, typer.Option(help="File with the engine's weights.", dir_okay=False)] = None,
    strength: Annotated[float | None, typer.Option(min=0, max=1, help="Share of the change taken over.")] = None,
    deflicker: Annotated[
        bool | None, typer.Option("--deflicker/--no-deflicker", help="Even out the brightness of frames.")
    ] = None,
    rate: Annotated[str | None, typer.Option(help="Frames per second of a folder, such as 18 or 24000/1001.")] = None,
    access: Annotated[
        bool, typer.Option("--access/--no-access", help="An H.264 copy beside a master; in a catalog always.")
    ] = True,
    resume: Annotated[
        bool, typer.Option("--resume/--no-resume", help="Go on where an interrupted attempt stopped.")
    ] = True,
    work: Annotated[
        Path | None, typer.Option(help="Folder for what is at work; beside DST if not given.", file_okay=False)
    ] = None,
    config: Annotated[Path | None, typer.Option(help="TOML file with settings.", dir_okay=False)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Restore a reel; frames, sound, times and timecode are kept. Run again, it goes on where it stopped."""
    from tasks.film.asking import FilmRequest, chosen_film_settings, rate_in
    from tasks.film.catalogue import CatalogueRequest, catalogue_film
    from tasks.film.run import restore_film
    from tasks.settings import load_settings

    if (dst is None) == (catalog is None):
        fail("give either DST or --catalog", code=2)
    with plain_errors():
        settings = chosen_film_settings(
            load_settings(config), engine=engine and engine.value, strength=strength, deflicker=deflicker
        )
        per_second = rate_in(rate)
        with Stages(err).shown() as progress:
            if catalog is not None:
                request = CatalogueRequest(
                    source=src,
                    catalog=catalog,
                    settings=settings,
                    resume=resume,
                    rate=per_second,
                    weights=weights,
                )
                result = catalogue_film(request, progress)
            else:
                alone = FilmRequest(
                    source=src,
                    destination=dst or "",
                    settings=settings,
                    access=access,
                    resume=resume,
                    rate=per_second,
                    weights=weights,
                    work=work,
                )
                result = restore_film(alone, progress)
    document = {**result.record, "outputs": result.outputs}
    if as_json:
        print_json(document)
    else:
        print_film(document)


def print_film(document: dict[str, Any]) -> None:
    """Print what was done to a reel and where things lie."""
    if "set_aside" in document:
        refused = document["set_aside"]
        err.print(f"[yellow]set aside:[/] {escape(plain(refused['detail']))} ({refused['reason']})")
        return
    if document.get("known"):
        out.print(f"restored before, by {document['run_id']}: nothing was made again")
        _print_places(document)
        return
    rows = [
        (step["name"], step["verdict"], step["reason"] or "", _measures(step["measures"])) for step in document["steps"]
    ]
    frames, shots = document["frames_out"], len(document["shots"])
    print_table(f"{frames} frames, {shots} shots", ("step", "verdict", "why", "measures"), rows)
    for note in document["notes"]:
        err.print(f"[yellow]note:[/] {escape(plain(note))}")
    _print_places(document)


def _print_places(document: dict[str, Any]) -> None:
    for name, place in document["outputs"].items():
        out.print(f"{name:<11}{place}", markup=False)


def _measures(measures: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.4g}" for name, value in measures.items() if not name.startswith("shots_"))
