"""How many pictures a second the ageing synthesis makes on one core: by mixture, by recipe, by operation.

  python benchmarks/synthesis.py [--pictures 400] [--side 256] [--against FOLDER] [--out FILE.json]

FOLDER is another checkout of this project; what both have is measured in both, in turns, and a ratio is printed.
Figures are pictures a second of processor time of one thread, the best of five rounds, so that other work on the
machine counts for little; wall time is printed beside those of the mixtures.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import cv2
import numpy as np

ROUNDS = 5
RECIPES = ("faded_colour_print", "scratched_print", "grainy_soft_print", "foxed_print", "torn_print", "mixed")
OPERATIONS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("softness", "Blur", {"sigma_px": 1.5}),
    ("softness", "LowResolution", {"factor": 2.5}),
    ("softness", "JpegBlocks", {"quality": 40}),
    ("grain", "FilmGrain", {"sigma": 0.05}),
    ("grain", "ScannerNoise", {"sigma": 0.02}),
    ("fading", "DyeLoss", {"cyan": 0.5, "magenta": 0.2, "yellow": 0.3}),
    ("fading", "SilverPrint", {"warmth": 0.5, "loss": 0.3, "yellowing": 0.1}),
    ("scratches", "Scratches", {"count": 20}),
    ("creases", "Creases", {"count": 2}),
    ("spots", "Dust", {"specks": 80, "hairs": 2}),
    ("spots", "Foxing", {"spots": 80}),
    ("spots", "TideLine", {}),
    ("tears", "TornCorners", {}),
    ("toning", "Toned", {"process": "sepia"}),
    ("toning", "Vignette", {}),
    ("mirroring", "SilverMirroring", {}),
    ("halftone", "Halftone", {}),
    ("losses", "FlakedEmulsion", {}),
    ("losses", "EdgeTears", {"count": 3}),
    ("published_bopbtl", "PublishedBopbtl", {}),
    ("published_mropm", "PublishedMropm", {}),
)


def module(name: str) -> Any:  # noqa: ANN401 another checkout may lack it
    """Return a module of the synthesis, or None where the checkout has none of that name."""
    try:
        return import_module(f"oldphoto_core.synthesis.{name}")
    except ModuleNotFoundError:
        return None


def makers(side: int) -> dict[str, Callable[[int], object]]:
    """Return what is measured: by its name, a call that makes the picture of a seed."""
    scenes, prints, recipe = module("scenes"), module("prints"), module("recipe")
    photos = [scenes.scene(kind, (side, side), np.random.default_rng(7)) for kind in scenes.SCENES]
    calls: dict[str, Callable[[int], object]] = {}
    mixture = module("mixture")
    for group in ("everything", "colour", "texture", "structured") if mixture else ():
        of_group = mixture.Mixture(group=group)
        calls[f"mixture {group}"] = lambda k, m=of_group: mixture.aged_for_training(photos[k % len(photos)], k, m)
    for name in RECIPES:

        def aged(k: int, name: str = name) -> object:
            rng = np.random.default_rng(k)
            made = prints.mixed(rng) if name == "mixed" else getattr(prints, name)(0.6)
            return recipe.age(photos[k % len(photos)], made, rng)

        calls[f"recipe {name}"] = aged
    for where, name, settings in OPERATIONS:
        found = module(where)
        if found is not None:
            step = getattr(found, name)(**settings)
            calls[name] = lambda k, s=step: s.apply(photos[k % len(photos)], np.random.default_rng(k))
    return calls


def measured(pictures: int, side: int) -> dict[str, dict[str, float]]:
    """Return pictures a second of processor time, and of wall time, for everything there is."""
    cv2.setNumThreads(1)
    results = {}
    for name, make in makers(side).items():
        count = pictures if name.startswith("mixture") else max(20, pictures // 8)
        for k in range(8):
            make(k)
        cpu, wall = [], []
        for _ in range(ROUNDS):
            began, ticked = time.process_time(), time.perf_counter()
            for k in range(count):
                make(k)
            cpu.append(time.process_time() - began)
            wall.append(time.perf_counter() - ticked)
        results[name] = {"cpu": count / min(cpu), "wall": count / min(wall)}
    return results


def elsewhere(folder: Path, pictures: int, side: int) -> dict[str, dict[str, float]]:
    """Return the figures of another checkout, from a process of its own."""
    command = [sys.executable, "-P", str(Path(__file__).resolve())]
    command += ["--pictures", str(pictures), "--side", str(side), "--raw"]
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, "PYTHONPATH": str(folder)}, check=True, capture_output=True, text=True
    )
    figures: dict[str, dict[str, float]] = json.loads(done.stdout)
    return figures


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=400)
    parser.add_argument("--side", type=int, default=256)
    parser.add_argument("--against", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--raw", action="store_true", help="print JSON only")
    options = parser.parse_args()
    if options.raw:
        print(json.dumps(measured(options.pictures, options.side)))
        return
    here = Path(__file__).resolve().parent.parent
    ours = elsewhere(here, options.pictures, options.side)
    theirs = elsewhere(options.against.resolve(), options.pictures, options.side) if options.against else {}
    machine = platform.machine()
    print(f"{options.side} x {options.side}, one thread, {machine}, OpenCV {cv2.__version__}")
    for name, figures in ours.items():
        line = f"{name:28s} {figures['cpu']:8.0f} a second"
        if name.startswith("mixture"):
            line += f"  ({figures['wall']:.0f} by the clock)"
        if name in theirs:
            line += f"  x {figures['cpu'] / theirs[name]['cpu']:.2f} (was {theirs[name]['cpu']:.0f})"
        print(line)
    if options.out:
        options.out.write_text(json.dumps({"here": ours, "against": theirs}, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
