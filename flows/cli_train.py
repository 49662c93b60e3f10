"""The command that trains a network."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.bars import bar
from flows.terminal import err, out, plain_errors, print_json, print_table

if TYPE_CHECKING:
    from tasks.training.train import Progress, Trained

training = typer.Typer()

_SHARES = 10_000


@training.command()
def train(
    name: Annotated[
        str,
        typer.Argument(
            help="own-colour, own-texture, own-scratch, own-damage (needs own-scratch), own-latent-old, "
            "own-latent-clean, own-latent-mapping, mropm-compact or rtn-compact."
        ),
    ],
    data: Annotated[Path, typer.Option(help="Folder of sound pictures, or a data.npy packed before.", exists=True)],
    out_: Annotated[
        Path, typer.Option("--out", help="Folder for checkpoint, weights, curve and log.", file_okay=False)
    ],
    device: Annotated[str, typer.Option(help="What computes: cpu, cuda, cuda:1.")] = "cpu",
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from the checkpoint in --out, if there is one.")
    ] = False,
    minutes: Annotated[
        float | None, typer.Option(min=0, help="Stop after so long; to the last step if not given.")
    ] = None,
    steps: Annotated[
        int | None, typer.Option(min=1, help="Steps to plan for; of own-damage, pictures to learn from.")
    ] = None,
    workers: Annotated[int, typer.Option(min=0, help="Processes that make pairs ahead; 0 makes them in between.")] = 0,
    data_mib: Annotated[int, typer.Option(min=1, help="Most size of the packed data; pictures shrink to fit.")] = 256,
    given: Annotated[
        list[str] | None,
        typer.Option(
            "--with",
            metavar="NAME=FILE",
            help="Weights to build on. own-latent: old=, clean=, perceptual= (own-texture, VGG-19, or none); "
            "own-damage: scratch=.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Train one network on pairs made by ageing; Ctrl-C saves, --resume goes on exactly there."""
    from tasks.training.damage import train_damage
    from tasks.training.train import TrainRequest, train_network

    request = TrainRequest(
        name=name,
        data=data,
        out=out_,
        device=device,
        resume=resume,
        minutes=minutes,
        steps=steps,
        workers=workers,
        most_mib=data_mib,
        given=_files(given or []),
    )
    with plain_errors(), bar(name, _SHARES, err) as advance:
        learn = train_damage if name == "own-damage" else train_network
        trained = learn(request, told=_shown(advance))
    if as_json:
        print_json(asdict(trained) | {"out": str(trained.out)})
        return
    _print_trained(trained)


def _files(given: list[str]) -> dict[str, Path]:
    """Return the files by the names they were given for."""
    pairs = [one.partition("=") for one in given]
    wrong = [one for one, (name, _, file) in zip(given, pairs, strict=True) if not (name and file)]
    if wrong:
        raise typer.BadParameter(f"expected --with NAME=FILE, found {wrong[0]!r}")
    return {name: Path(file) for name, _, file in pairs}


def _shown(advance: Callable[[int], None]) -> "Callable[[Progress], None]":
    """Return what moves the bar, and writes a line at each judgement."""
    shown = 0

    def told(progress: "Progress") -> None:
        nonlocal shown
        here = round(_SHARES * progress.share)
        advance(here - shown)
        shown = here
        if progress.what == "judged":
            held_out = ", ".join(f"{name} {value:.3f}" for name, value in progress.scores.items())
            err.print(f"step {progress.step} ({progress.share:.0%}): {held_out}", markup=False)

    return told


def _print_trained(trained: "Trained") -> None:
    """Print what a run came to."""
    for line in trained.left_out:
        err.print(f"[yellow]left out:[/] {line}")
    rows = [(name, f"{trained.before.get(name, 0.0):.3f}", f"{value:.3f}") for name, value in trained.after.items()]
    print_table("held out", ("what", "before", "after"), rows)
    out.print(
        f"{trained.steps} of {trained.planned} steps, stopped by {trained.stopped_by} after {trained.seconds:.0f} s"
    )
    out.print(str(trained.out), markup=False)
