"""A small data folder as an evaluation of modernizing reads it: clean scenes, some labelled, and old photographs."""

import csv
from pathlib import Path

import numpy as np
from skimage import data

from oldphoto_core.image import from_bytes8
from oldphoto_core.scan.pictures import write_mask_png, write_photo_png
from oldphoto_core.synthesis.scenes import scene

KINDS = ("hills", "sea", "facade", "skyline")
SIDE = 80


def write_style_pictures(folder: Path, *, open_terms: bool = True) -> Path:
    """Write six clean pictures, two of them labelled, and two old photographs, one without colours."""
    clean, labels, old = (folder / "dev_test" / name for name in ("clean/made", "clean_labels/made", "real_old/attic"))
    for place in (clean, labels, old):
        place.mkdir(parents=True)
    for number in range(6):
        photo = scene(KINDS[number % 4], (SIDE, SIDE + 8 * number), np.random.default_rng(number))
        write_photo_png(photo, clean / f"{number}.png")
        if number < 2:
            left = np.arange(photo.shape[1])[None] < photo.shape[1] // 3
            write_mask_png(np.repeat(left, SIDE, axis=0), labels / f"{number}__label.png")
    cup = from_bytes8(np.ascontiguousarray(data.coffee()[::3, ::3]))
    write_photo_png(cup, old / "cup.png")
    write_photo_png(np.ascontiguousarray(cup[..., :1].repeat(3, axis=2)), old / "grey.png")
    terms = ("CC0", "open") if open_terms else ("for research", "research_only")
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.png"))
    with (folder / "SOURCES.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("file", "licence", "licence_class"), *((name, *terms) for name in files)])
    return folder
