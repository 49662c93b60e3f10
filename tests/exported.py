"""A small archive to export: published, untouched, a page, copies, and a broken file with a hostile name."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import small_scans
import tifffile
from nights import night
from PIL import Image

from catalogs.read import open_catalog
from catalogs.schema import RunRow
from catalogs.write import Commit, commit_run
from tasks.storage import open_store

HOSTILE = '<b>&"\x1b[2J;.tif'
"""Names a file that is no picture."""


def faded(subject: small_scans.Subject, side_px: int = 192) -> np.ndarray:
    """Return a photograph as a faded print: what the classical engine brings back."""
    return (small_scans.pixels(subject, side_px=side_px) * 0.3 + 110).astype(np.uint8)


def make_archive(folder: Path) -> Path:
    """Write scans and run a night on them; return the folder with ``scans`` and ``out``."""
    scans = folder / "scans"
    scans.mkdir(parents=True)
    deep = faded("cat").astype(np.uint16) * 257
    tifffile.imwrite(scans / "faded.tif", deep, photometric="rgb", resolution=(300, 300), resolutionunit=2)
    Image.fromarray(faded("rocket", 700)).save(scans / "large.png")
    with tifffile.TiffWriter(scans / "album.tif") as pages:
        pages.write(faded("astronaut"), photometric="rgb")
        pages.write(small_scans.pixels("astronaut"), photometric="rgb")
    turned = Image.fromarray(np.rot90(small_scans.pixels("cup")))  # and says so: EXIF orientation 6
    turned.save(scans / "cup.tif", tiffinfo={274: 6})
    (scans / "box").mkdir()
    (scans / "box" / "copy.tif").write_bytes((scans / "faded.tif").read_bytes())
    (scans / HOSTILE).write_bytes(b"no picture")
    night(scans, folder / "out", folder / "work")
    return folder


def spoilable(archive: Path, folder: Path) -> Path:
    """Copy the output for a test that changes it; its masters are still those of the other. Return the output."""
    shutil.copytree(archive / "out", folder / "own-out")
    return folder / "own-out"


@contextmanager
def unwatched(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Watch nothing, but fail if more or less is told of than there is."""
    del what
    told = [0]
    yield told.append
    assert sum(told) == total


def add_run(out: Path, **rows: Sequence[Any]) -> str:
    """Commit a run with these rows, whatever run they name, and return its id."""
    store = open_store(out)
    catalog = open_catalog(store)
    at = datetime(2026, 11, 30, tzinfo=UTC)
    run_id = catalog.next_run_id
    head = Commit(
        run_id=run_id,
        parent_run_id=catalog.head_run_id,
        parent_sha256=catalog.head_sha256,
        started_at=at,
        committed_at=at,
        code_version="-",
        config_hash="-",
    )
    runs = [replace(row, run_id=run_id) for row in catalog.rows("runs")[-1:] if isinstance(row, RunRow)]
    mine = {table: [replace(row, run_id=run_id) for row in table_rows] for table, table_rows in rows.items()}
    commit_run(store, head, {"runs": runs, **mine})
    return run_id
