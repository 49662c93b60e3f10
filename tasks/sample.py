"""A small collection with known truth: aged, sound, doubled and broken scans, and references. No download.

The same number of photographs and the same seed give the same bytes of every file; each photograph draws from its own
stream, so asking for more of them does not change the first ones.
"""

import csv
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pyarrow.parquet as pq

from oldphoto_core.damage import DamageKind
from oldphoto_core.image import Photo
from oldphoto_core.synthesis import prints
from oldphoto_core.synthesis.recipe import Recipe, age
from oldphoto_core.synthesis.rescan import rescan
from tasks import sample_files as files
from tasks.sample_bad import BadFile, encoded, truncated, write_bad_set
from tasks.sample_pictures import Picture, bundled, made_up
from tasks.sample_truth import Truth, truth_table

__all__ = ["FEWEST_PHOTOGRAPHS", "BadFile", "SampleSummary", "write_bad_set", "write_sample"]

FEWEST_PHOTOGRAPHS = 6
"""So many are needed for every special container and every kind of copy."""

_BUNDLED = MappingProxyType(
    {0: "astronaut", 1: "chelsea", 2: "rocket", 4: "camera", 8: "hubble", 11: "grass", 14: "brick", 16: "gravel"}
)
_RECIPES = (
    prints.faded_colour_print,
    prints.foxed_print,
    prints.faded_colour_print,
    prints.foxed_print,
    prints.scratched_print,
    prints.torn_print,
    prints.faded_colour_print,
    prints.foxed_print,
    prints.scratched_print,
    prints.grainy_soft_print,
    prints.foxed_print,
    prints.torn_print,
)
_CONTAINERS = (
    ("tif", files.write_tiff),
    ("jpg", files.write_jpeg),
    ("tif", files.write_tiff16_wide),
    ("tif", files.write_cmyk_tiff),
    ("tif", files.write_tiff),
    ("png", files.write_png),
    ("jpg", files.write_turned_jpeg),
    ("jpg", files.write_jpeg),
    ("tif", files.write_tiff),
    ("png", files.write_grey_png),
    ("png", files.write_png),
)
_SOUND_CONTAINERS = (("jpg", files.write_jpeg), ("tif", files.write_tiff), ("png", files.write_png))
_BYTES_COPY, _TWO_PAGES, _CROPPED, _TURNED = 0, 4, 2, 5  # numbers of the photographs with something special
_REFERENCES = 6
_WORKERS = 4
_FIRST_REFERENCE = 1_000_000  # number of the first made-up reference: no photograph has it
_PRINT, _COPY, _PAGE, _REFERENCE = range(4)  # streams of chance, one per purpose


@dataclass(frozen=True, slots=True)
class SampleSummary:
    """What was written."""

    scans: Path
    """The folder of scans."""

    references: Path
    """The folder of modern photographs for the style, with ``LICENCES.csv``."""

    truth: Path
    """The Parquet file with one row per scan."""

    expected: Mapping[str, int]
    """How many scans are expected to end in each status."""


def write_sample(dest: Path, *, photos: int = 12, seed: int = 0) -> SampleSummary:
    """Write a sample collection under a folder.

    Args:
        dest: Gets ``scans``, ``references`` and ``truth.parquet``; it is made if missing.
        photos: How many photographs, from 6 on; doubles and broken files come on top of them.
        seed: Any number from 0 on.

    Returns:
        Where everything lies, and how many scans should end in which status.

    Raises:
        ValueError: Too few photographs are asked for, or the seed is negative.
        FileExistsError: The folder already holds scans or references.
    """
    if photos < FEWEST_PHOTOGRAPHS or seed < 0:
        raise ValueError(
            f"a sample needs {FEWEST_PHOTOGRAPHS} photographs or more and a seed from 0 on, found {photos} and {seed}"
        )
    scans, references = dest / "scans", dest / "references"
    for folder in (scans, references):
        if folder.exists() and any(folder.iterdir()):
            raise FileExistsError(f"{folder} is not empty; choose a new folder, or remove this one first")
        folder.mkdir(parents=True, exist_ok=True)
    # Threads help because the array libraries let go of the interpreter; each photograph has its own stream of chance.
    with ThreadPoolExecutor(_WORKERS) as pool:
        written = pool.map(partial(_write_with_copies, scans, seed=seed), range(photos))
        rows = [row for rows in written for row in rows]
    rows += _write_broken(scans)
    _write_references(references, seed=seed)
    pq.write_table(truth_table(rows), dest / "truth.parquet", compression="zstd")
    return SampleSummary(scans, references, dest / "truth.parquet", dict(Counter(row.expected_status for row in rows)))


def _write_with_copies(scans: Path, number: int, *, seed: int) -> list[Truth]:
    """Write one photograph, and its copy if it has one; return their rows."""
    photo, row = _write_photograph(scans, number, seed=seed)
    chance = np.random.default_rng([seed, _COPY, number])
    if number == _BYTES_COPY:
        copy = row.copied_to("loose/scan-0001.tif", relation="bytes")
        _room(scans / copy.path).write_bytes((scans / row.path).read_bytes())
        return [row, copy]
    if number == _TURNED:
        copy = row.copied_to("loose/scan-0002.jpg", relation="near")
        again = rescan(photo, chance, quarter_turns=1, kept_share=0.97, scale=0.85)
    elif number == _CROPPED:
        copy = row.copied_to("loose/scan-0003.jpg", relation="near")
        again = rescan(photo, chance, quarter_turns=0, kept_share=0.9, scale=0.9)
    else:
        return [row]
    files.write_jpeg(_room(scans / copy.path), again, dpi=200, quality=88)
    return [row, copy]


def _write_photograph(scans: Path, number: int, *, seed: int) -> tuple[Photo, Truth]:
    """Write one photograph, sound or aged, in a container that depends on its number; return it and its row."""
    chance = np.random.default_rng([seed, _PRINT, number])
    picture = bundled(_BUNDLED[number]) if number in _BUNDLED else made_up(number, chance)
    dpi = (300, 600)[number % 2]
    if number % 6 == 1:
        form, write = _SOUND_CONTAINERS[number // 6 % len(_SOUND_CONTAINERS)]
        row = _row(_print_path(number, form), picture)
        write(_room(scans / row.path), picture.photo, dpi=dpi)
        return picture.photo, row
    form, write = _CONTAINERS[number % len(_CONTAINERS)]
    photo, row = _aged(_print_path(number, form), picture, _recipe(number, chance), chance)
    if number == _TWO_PAGES:
        second, row = _second_page(row, seed=seed)
        files.write_pages(_room(scans / row.path), [photo, second], dpi=dpi)
        return photo, row
    if write is files.write_grey_png:
        seen: dict[DamageKind, float] = {**row.damage}
        seen.pop("colour-cast", None)
        row = replace(row, monochrome=True, damage=seen)
    write(_room(scans / row.path), photo, dpi=dpi)
    return photo, row


def _recipe(number: int, chance: np.random.Generator) -> Recipe:
    """Return what happens to a photograph: named recipes for the first dozen, then every second one at random."""
    if number >= len(_RECIPES) and number % 2 == 1:
        return prints.mixed(chance)
    return _RECIPES[number % len(_RECIPES)](float(chance.uniform(0.45, 0.9)))


def _aged(path: str, picture: Picture, recipe: Recipe, chance: np.random.Generator) -> tuple[Photo, Truth]:
    """Return a picture aged by a recipe, and its row."""
    aged = age(picture.photo, recipe, chance)
    row = replace(
        _row(path, picture),
        expected_status="published",
        damage=aged.severities,
        monochrome=picture.monochrome or prints.is_silver(recipe),
    )
    return aged.photo, row


def _second_page(front: Truth, *, seed: int) -> tuple[Photo, Truth]:
    """Return a second photograph for a two-page file, and the row of both pages together."""
    chance = np.random.default_rng([seed, _PAGE])
    photo, row = _aged(front.path, made_up(0, chance), prints.scratched_print(0.6), chance)
    kinds: list[DamageKind] = sorted(front.damage.keys() | row.damage.keys())
    return photo, replace(
        front,
        damage={kind: max(front.damage.get(kind, 0.0), row.damage.get(kind, 0.0)) for kind in kinds},
        monochrome=front.monochrome and row.monochrome,
        source=f"{front.source}; {row.source}",
        page_count=2,
    )


def _row(path: str, picture: Picture) -> Truth:
    """Return the row of a sound picture in a file of one page."""
    return Truth(
        path=path,
        expected_status="untouched",
        monochrome=picture.monochrome,
        source=picture.source,
        licence=picture.licence,
        page_count=1,
    )


def _print_path(number: int, form: str) -> str:
    """Return the path of a photograph below ``scans``: two dozen prints a box."""
    return f"box-{number // 24 + 1:02d}/print-{number + 1:04d}.{form}"


def _room(path: Path) -> Path:
    """Return the path, its folder made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _write_broken(scans: Path) -> list[Truth]:
    """Write a file cut short and one without a byte; return their rows."""
    _room(scans / "loose/scan-0004.tif").write_bytes(truncated(encoded("TIFF", side_px=320)))
    _room(scans / "loose/scan-0005.tif").write_bytes(b"")
    return [
        Truth(path="loose/scan-0004.tif", expected_status="quarantined", reason="truncated"),
        Truth(path="loose/scan-0005.tif", expected_status="quarantined", reason="empty"),
    ]


def _write_references(folder: Path, *, seed: int) -> None:
    """Write sound modern pictures, none of them among the scans, and a table of their terms."""
    pictures = {"coffee": bundled("coffee")}
    for k in range(1, _REFERENCES):
        chance = np.random.default_rng([seed, _REFERENCE, k])
        pictures[f"scene-{k}"] = made_up(_FIRST_REFERENCE + k, chance)
    with (folder / "LICENCES.csv").open("w", encoding="utf-8", newline="") as table:
        lines = csv.writer(table, lineterminator="\n")
        lines.writerow(("file", "source", "licence"))
        for name, picture in pictures.items():
            files.write_jpeg(folder / f"{name}.jpg", picture.photo, dpi=300, quality=95)
            lines.writerow((f"{name}.jpg", picture.source, picture.licence))
