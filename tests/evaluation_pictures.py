"""A small data folder as an evaluation reads it: made-up scenes and the list of their terms."""

import csv
from pathlib import Path

import numpy as np

from oldphoto_core.scan.pictures import write_photo_png
from oldphoto_core.synthesis.scenes import scene

SOURCES = {"meadow": ("hills", "sea"), "street": ("facade", "skyline")}
TERMS = {"meadow": ("CC0", "open"), "street": ("for research", "research_only")}


def write_pictures(data: Path, side_px: int = 96) -> Path:
    """Write two pictures of each of two sources, and return the folder."""
    rows = []
    for source, kinds in SOURCES.items():
        folder = data / "dev_test" / "clean" / source
        folder.mkdir(parents=True)
        for number, kind in enumerate(kinds):
            photo = scene(kind, (side_px, side_px + 16 * number), np.random.default_rng(number))
            write_photo_png(photo, folder / f"{kind}.png")
            licence, licence_class = TERMS[source]
            rows.append((f"dev_test/clean/{source}/{kind}.png", licence, licence_class))
    with (data / "SOURCES.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("file", "licence", "licence_class"), *rows])
    return data
