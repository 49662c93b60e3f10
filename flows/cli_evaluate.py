"""The command that measures methods against each other on pictures whose truth is known."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from flows.bars import bar
from flows.terminal import err, out, plain_errors, print_json, print_table

evaluation = typer.Typer()

USUAL = "input,classical,own,own-told"
"""Methods of restoration that are compared if nobody says which."""

STYLE_SUMMARY = ("bars", "gain_db", "gain_delta_e", "merge_accuracy", "kept_accuracy", "real")
"""Tables of modernizing that are printed."""

SUMMARY = ("bars", "gains", "parts", "clean", "filling", "report")
"""Tables that are printed; the others are in the files."""


@evaluation.command()
def evaluate(
    out_folder: Annotated[Path, typer.Option("--out", help="Where scores and results go.", file_okay=False)],
    data: Annotated[
        Path | None, typer.Option(envvar="OLDPHOTO_DATA", help="Folder that holds dev_test/clean.", file_okay=False)
    ] = None,
    methods: Annotated[
        str | None,
        typer.Option(
            help=f"Names with commas between; {USUAL} if not given, with --style and --films all that there are.",
            show_default=False,
        ),
    ] = None,
    pictures: Annotated[int | None, typer.Option(min=1, help="So many clean pictures; all if not given.")] = None,
    kinds: Annotated[str | None, typer.Option(help="Kinds of cases with commas between; all if not given.")] = None,
    weights: Annotated[
        Path | None,
        typer.Option(help="Folder of weights for our own methods: NAME.safetensors, or what training NAME wrote."),
    ] = None,
    shapes: Annotated[
        Path | None, typer.Option(help="Folder of damage shapes never trained on; sought in --data if not given.")
    ] = None,
    side: Annotated[int, typer.Option(min=64, help="Longer side of the pictures, in pixels.")] = 512,
    seed: Annotated[int, typer.Option(min=0, help="Seed of every random choice.")] = 0,
    dip_steps: Annotated[int, typer.Option(min=1, help="Steps of the method dip for each picture.")] = 1200,
    dip_pictures: Annotated[int, typer.Option(min=1, help="Pictures on which dip is tried.")] = 2,
    copies: Annotated[
        Path | None,
        typer.Option(help="Measure the search for copies instead: a folder with groups.csv.", file_okay=False),
    ] = None,
    rival: Annotated[
        list[Path] | None, typer.Option(help="With --copies: what scripts/imagededup-distances wrote.", dir_okay=False)
    ] = None,
    style: Annotated[
        bool,
        typer.Option("--style", help="Measure modernizing by references instead, on squares of half of --side."),
    ] = False,
    films: Annotated[
        bool,
        typer.Option("--films", help="Measure restoration of film instead, on made clips, --pictures of each kind."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Measure restoration, masks and damage reports by kind and strength; what was stopped goes on where it was."""
    if copies is not None:
        _evaluate_copies(copies, out_folder, data, rival or [], pictures, seed, as_json=as_json)
        return
    if data is None:
        raise typer.BadParameter("name the folder that holds dev_test/clean (or --copies)", param_hint="--data")
    if films:
        names = None if methods is None else _names(methods)
        _evaluate_films(data, out_folder, names, weights, pictures, seed, as_json=as_json)
        return
    if style:
        names = None if methods is None else _names(methods)
        _evaluate_style(data, out_folder, names, weights, pictures, side, seed, as_json=as_json)
        return
    from tasks.evaluation.evaluate import evaluate as evaluate_methods
    from tasks.evaluation.evaluate import kinds_named, methods_named
    from tasks.evaluation.run import EvaluationSettings
    from tasks.evaluation.tables import tables

    with plain_errors():
        try:
            chosen = methods_named(
                _names(methods or USUAL), weights=weights, dip_steps=dip_steps, dip_pictures=dip_pictures
            )
            wanted = kinds_named(None if kinds is None else _names(kinds))
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error
        settings = EvaluationSettings(pictures=pictures, kinds=wanted, side_px=side, seed=seed)
        found = evaluate_methods(data, out_folder, chosen, settings, shapes=shapes, watch=partial(bar, console=err))
    if as_json:
        print_json({"scores": found.scores, "made": found.made, "files": [str(path) for path in found.files]})
        return
    for table in tables(found.figures, chosen):
        if table.name in SUMMARY:
            rows = ([cell.partition(" [")[0] for cell in row] for row in table.rows)
            print_table(table.title, table.columns, rows)
    _print_end(found.scores, found.made, found.files)


def _print_end(scores: int, made: int, files: Sequence[Path]) -> None:
    """Say how much was done, and where it lies."""
    out.print(f"{scores} scores, {made} of them made now; with intervals, and more tables:", markup=False)
    for path in files:
        out.print(str(path), markup=False)


def _names(text: str) -> list[str]:
    """Return the names between commas."""
    return [name.strip() for name in text.split(",") if name.strip()]


def _evaluate_copies(
    folder: Path, out_folder: Path, data: Path | None, rivals: list[Path], most: int | None, seed: int, *, as_json: bool
) -> None:
    """Measure the search for copies."""
    from tasks.evaluation.copies import evaluate_copies
    from tasks.settings import load_settings

    with plain_errors():
        watch = partial(bar, console=err)
        settings = load_settings(None)
        made, files = evaluate_copies(
            folder, out_folder, settings, rivals=rivals, data=data, most=most, seed=seed, watch=watch
        )
    if as_json:
        print_json({"tables": {table.name: table.rows for table in made}, "files": [str(path) for path in files]})
        return
    for table in made:
        print_table(table.title, table.columns, table.rows)
    for path in files:
        out.print(str(path), markup=False)


def _evaluate_style(
    data: Path,
    out_folder: Path,
    names: list[str] | None,
    weights: Path | None,
    most: int | None,
    side: int,
    seed: int,
    *,
    as_json: bool,
) -> None:
    """Measure modernizing by references."""
    from tasks.evaluation.style import USUAL, evaluate_style, style_methods_named
    from tasks.evaluation.style_run import StyleEvaluationSettings

    with plain_errors():
        try:
            chosen = style_methods_named(USUAL if names is None else names, weights)
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="--methods") from error
        settings = StyleEvaluationSettings(pictures=most, square_px=side // 2, real_px=side, seed=seed)
        found = evaluate_style(data, out_folder, chosen, settings, watch=partial(bar, console=err))
    if as_json:
        print_json({"scores": found.scores, "made": found.made, "files": [str(path) for path in found.files]})
        return
    for table in found.tables:
        if table.name in STYLE_SUMMARY:
            rows = ([cell.partition(" [")[0] for cell in row] for row in table.rows)
            print_table(table.title, table.columns, rows)
    _print_end(found.scores, found.made, found.files)


def _evaluate_films(
    data: Path,
    out_folder: Path,
    names: list[str] | None,
    weights: Path | None,
    most: int | None,
    seed: int,
    *,
    as_json: bool,
) -> None:
    """Measure restoration of film."""
    from tasks.evaluation.film_learned import FILM_METHOD_NAMES, film_methods_named
    from tasks.evaluation.films import evaluate_films, film_settings

    with plain_errors():
        try:
            chosen = film_methods_named(FILM_METHOD_NAMES if names is None else names, weights)
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="--methods") from error
        found = evaluate_films(data, out_folder, chosen, film_settings(most, seed), watch=partial(bar, console=err))
    if as_json:
        print_json({"scores": len(found.scores), "files": [str(path) for path in found.files]})
        return
    for table in found.tables:
        rows = ([cell.partition(" [")[0] for cell in row] for row in table.rows)
        print_table(table.title, table.columns, rows)
    for path in found.files:
        out.print(str(path), markup=False)
