"""A folder of generated copies whose groups are known, from clean photographs."""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from oldphoto_core.evaluation.copy_kinds import COPIES, OTHERS, copy_of
from oldphoto_core.scan.pictures import write_access_jpeg
from tasks.evaluation.data import CleanPicture

GENERATED = "generated"
SIDE_PX = 768
QUALITY = 90


def make_copies(pictures: Sequence[CleanPicture], folder: Path, *, seed: int) -> Path:
    """Write each picture, a copy of every kind, and what must not be merged with it; return the folder.

    ``groups.csv`` beside the pictures has the columns group, type, file. The back of a card and the next frame of a
    roll are groups of one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for number, picture in enumerate(pictures):
        photo = picture.read(SIDE_PX)
        made = {"original": photo}
        for place, (name, kind) in enumerate({**COPIES, **OTHERS}.items()):
            made[name] = copy_of(photo, kind, np.random.default_rng([seed, number, place]))
        for name, part in made.items():
            own = name in OTHERS
            rows.append(_row(f"{number:03}{f' {name}' if own else ''}", name, _written(part, folder, number, name)))
    with (folder / "groups.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=("group", "type", "file"))
        writer.writeheader()
        writer.writerows(rows)
    return folder


def _row(group: str, kind: str, file: str) -> dict[str, str]:
    return {"group": group, "type": kind, "file": file}


def _written(photo: np.ndarray, folder: Path, number: int, name: str) -> str:
    file = f"{number:03}-{name.replace(' ', '-')}.jpg"
    write_access_jpeg(photo, folder / file, max_side_px=2 * SIDE_PX, quality=QUALITY)
    return file
