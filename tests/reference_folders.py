"""Small folders of references for tests: good photographs, a licence for each, and what a gate should refuse."""

import csv
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import small_scans
from PIL import Image

GOOD = ("cat", "cup", "rocket")
SIDE_PX = 340


def write_licences(folder: Path, names: Iterable[str]) -> None:
    with (folder / "LICENCES.csv").open("w", encoding="utf-8", newline="") as table:
        csv.writer(table).writerows([("file", "licence"), *((name, "CC0 1.0") for name in names)])


def good(folder: Path, subjects: Iterable[str] = GOOD) -> Path:
    """Write a folder in which every picture may be a reference."""
    for subject in subjects:
        small_scans.write(folder / f"{subject}.png", subject, side_px=SIDE_PX)  # type: ignore[arg-type]
    write_licences(folder, [path.name for path in sorted(folder.glob("*.png"))])
    return folder


def mixed(folder: Path) -> Path:
    """Write a folder with one picture for each reason of the gate, beside the good ones."""
    good(folder)
    cup = Image.open(folder / "cup.png")
    cup.resize((322, 258)).save(folder / "smaller.jpg", quality=85)
    (folder / "same.png").write_bytes((folder / "cat.png").read_bytes())
    Image.fromarray(np.asarray(cup.convert("L"))).save(folder / "grey.png")
    cup.resize((160, 128)).save(folder / "tiny.png")
    cup.rotate(180).save(folder / "nobodys.png")
    (folder / "notes.txt").write_text("no picture", "utf-8")
    names = {path.name for path in folder.iterdir()} - {"nobodys.png", "LICENCES.csv"}
    write_licences(folder, sorted(names))
    return folder
