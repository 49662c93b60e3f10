"""The commands for one stage alone, on files, folders or addresses."""

from collections.abc import Sequence
from dataclasses import asdict
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from flows.bars import bar
from flows.terminal import err, fail, plain_errors, print_json, print_set_aside, print_table

stages = typer.Typer()


class EngineName(StrEnum):
    """Who restores, or gives a modern look."""

    CLASSICAL = "classical"
    OFFICIAL = "official"
    OWN = "own"


Sources = Annotated[list[str], typer.Argument(help="Files, folders or s3:// addresses.", metavar="SRC...")]
Output = Annotated[str, typer.Option("--output", "-o", help="A file for one file, else a folder or s3:// address.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Strict = Annotated[bool, typer.Option("--strict", help="Exit 1 if a file was set aside.")]
Config = Annotated[Path | None, typer.Option(help="TOML file with settings.", dir_okay=False)]


@stages.command()
def ingest(src: Sources, config: Config = None, as_json: AsJson = False, strict: Strict = False) -> None:
    """Read scans and print what they are: format, size, depth, profile, digests."""
    from tasks.stages import inspect

    found, refused = _each(src, config, inspect)
    if as_json:
        print_json({"scans": found, "set_aside": refused})
    else:
        columns = ("path", "format", "width_px", "height_px", "bit_depth", "colour", "icc_name", "dpi")
        print_table(f"{len(found)} photographs", columns, ([one[name] for name in columns] for one in found))
    _finish(refused, as_json=as_json, strict=strict)


@stages.command()
def dedupe(src: Sources, config: Config = None, as_json: AsJson = False, strict: Strict = False) -> None:
    """Find copies of the same print among scans."""
    from tasks.settings import load_settings
    from tasks.single import pictures
    from tasks.stages import copy_groups

    with plain_errors():
        settings, named = load_settings(config), pictures(src)
        with _bar("reading", len(named)) as told:
            groups, unreadable = copy_groups(named, settings, told=told)
    refused = [asdict(one) for one in unreadable]
    if as_json:
        print_json({"groups": groups, "set_aside": refused})
    else:
        rows = [
            (group["primary"]["path"], copy["path"], copy["relation"], copy["distance"], copy["transform"])
            for group in groups
            for copy in group["members"]
        ]
        print_table(f"{len(groups)} groups", ("best", "copy", "relation", "distance", "transform"), rows)
    _finish(refused, as_json=as_json, strict=strict)


@stages.command()
def classify(src: Sources, config: Config = None, as_json: AsJson = False, strict: Strict = False) -> None:
    """Judge the damage of scans: probability and severity of twelve kinds, and the plan that follows."""
    from tasks.stages import judge

    found, refused = _each(src, config, judge)
    if as_json:
        print_json({"photographs": found, "set_aside": refused})
    else:
        print_table(
            f"{len(found)} photographs",
            ("path", "damage (severity)", "mask", "plan"),
            (
                (one["path"], _damage_words(one["damage"]), f"{one['mask_share']:.2%}", ", ".join(one["plan"]))
                for one in found
            ),
        )
    _finish(refused, as_json=as_json, strict=strict)


@stages.command()
def restore(
    src: Sources,
    output: Output,
    engine: Annotated[EngineName | None, typer.Option(help="Who restores; the settings say if not given.")] = None,
    mask: Annotated[
        Path | None, typer.Option(help="A mask drawn by hand, or a folder of them; white is damage.")
    ] = None,
    save_mask: Annotated[Path | None, typer.Option(help="Where to write the masks worked with.")] = None,
    memory: Annotated[str | None, typer.Option(help="Memory to keep within, such as 4GiB.")] = None,
    faces: Annotated[bool, typer.Option("--faces", help="Find and repaint faces too (engine official).")] = False,
    compat: Annotated[
        bool, typer.Option("--official-compat", help="Exactly what the authors' scripts give (engine official).")
    ] = False,
    config: Config = None,
    as_json: AsJson = False,
    strict: Strict = False,
) -> None:
    """Restore scans that need it; the others are written unchanged."""
    from tasks.choices import RestoreChoices, chosen_settings, mask_places
    from tasks.engines import engine_of
    from tasks.settings import load_settings
    from tasks.single import Destination, pictures
    from tasks.stages import change_each, restored

    choices = RestoreChoices(engine=engine and engine.value, memory=memory, faces=faces, official_compat=compat)
    with plain_errors():
        settings, named = chosen_settings(load_settings(config), choices), pictures(src)
        drawn, keeper = mask_places(mask, save_mask, named, settings, output=output)
        engine_of(settings)
        with _bar("restoring", len(named)) as told:
            change = partial(restored, settings=settings, drawn=drawn, keeper=keeper)
            done = change_each(named, change, Destination(output), settings, told=told)
    _print_changes(done, as_json=as_json, strict=strict)


@stages.command()
def modernize(
    src: Sources,
    output: Output,
    reference: Annotated[
        list[str] | None, typer.Option("--reference", "-r", help="Reference photographs: files or folders.")
    ] = None,
    reference_set: Annotated[
        str | None, typer.Option(help="A curated set, such as s3://bucket/archive/streets.", metavar="URI/NAME")
    ] = None,
    engine: Annotated[EngineName | None, typer.Option(help="What restyles; the settings say if not given.")] = None,
    strength: Annotated[float | None, typer.Option(help="Share of the way to go, 0 to 1.")] = None,
    even_modern: Annotated[
        bool, typer.Option("--even-modern", help="Also photographs whose tones look modern already (not classical).")
    ] = False,
    explain: Annotated[
        Path | None, typer.Option(help="A PNG, or a folder, to show which region took its look from which reference.")
    ] = None,
    config: Config = None,
    as_json: AsJson = False,
    strict: Strict = False,
) -> None:
    """Give aged colours the look of references, a choice for every region."""
    from tasks.modernizing.choices import StyleChoices, chosen_style, explanation_keeper, offered_references
    from tasks.modernizing.single import Explaining, modernized
    from tasks.settings import load_settings
    from tasks.single import Destination, pictures
    from tasks.stages import change_each

    with plain_errors():
        choices = StyleChoices(engine=engine and engine.value, strength=strength, even_modern=even_modern)
        settings, named = chosen_style(load_settings(config), choices), pictures(src)
        offered = offered_references(reference or (), reference_set, settings)
        keeper = explanation_keeper(explain, named, output=output)
        if not offered.library.ids:
            print_set_aside([asdict(one) for one in offered.unusable])
            fail("none of the references can be used", code=1)
        explaining = None if keeper is None else Explaining(keeper=keeper, names=offered.names)
        with _bar("modernizing", len(named)) as told:
            change = partial(modernized, references=offered.library, settings=settings, explaining=explaining)
            done = change_each(named, change, Destination(output), settings, told=told)
    print_set_aside([asdict(one) for one in offered.unusable])
    _print_changes(done, as_json=as_json, strict=strict)


def _each(src: Sequence[str], config: Path | None, look: Any) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:  # noqa: ANN401 - a function of page and settings
    """Return what a function says of every photograph, and the files that could not be read."""
    from tasks.settings import load_settings
    from tasks.single import pictures
    from tasks.stages import look_at_each

    with plain_errors():
        settings, named = load_settings(config), pictures(src)
        with _bar("reading", len(named)) as told:
            found, refused = look_at_each(named, look, settings, told=told)
    return found, [asdict(one) for one in refused]


def _bar(what: str, total: int) -> Any:  # noqa: ANN401 - a context manager that gives the function to tell
    return bar(what, total, err)


def _damage_words(damage: dict[str, dict[str, float]]) -> str:
    present = [(kind, found["severity"]) for kind, found in damage.items() if found["probability"] >= 0.5]
    return ", ".join(f"{kind} {severity:.2f}" for kind, severity in present) or "none"


def _print_changes(done: Sequence[Any], *, as_json: bool, strict: bool) -> None:
    changes = [one for one in done if isinstance(one, dict)]
    refused = [asdict(one) for one in done if not isinstance(one, dict)]
    if as_json:
        print_json({"photographs": changes, "set_aside": refused})
    else:
        rows = [(one["path"], _change_words(one), one["output"]) for one in changes]
        print_table(f"{len(changes)} photographs", ("path", "what", "output"), rows)
    _finish(refused, as_json=as_json, strict=strict)


def _change_words(change: dict[str, Any]) -> str:
    """Return what was done to a photograph, and what was tried and not done."""
    tried = change.get("steps", [])
    done = ", ".join(step["step"] for step in tried if step["verdict"] != "rejected")
    left = [f"{step['step']} not done: {step['reason']}" for step in tried if step["verdict"] == "rejected"]
    if not change["changed"] and (change.get("reason") or not tried):
        left.append(change.get("reason") or "no damage found")
    head = "changed" if change["changed"] else "unchanged"
    return "; ".join([f"{head}: {done}" if done else head, *left])


def _finish(refused: Sequence[dict[str, str]], *, as_json: bool, strict: bool) -> None:
    if not as_json:
        print_set_aside(refused)
    if refused and strict:
        raise typer.Exit(1)
