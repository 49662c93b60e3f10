"""Real and odd files outside the project, named by OLDPHOTO_DATA."""

import os
from pathlib import Path

import numpy as np
import pytest

from oldphoto_core.scan.carry import carry_change
from oldphoto_core.scan.colour import to_photo
from oldphoto_core.scan.probe import probe
from oldphoto_core.scan.read import read_scan
from oldphoto_core.scan.write import write_scan

ROOT = os.environ.get("OLDPHOTO_DATA")
pytestmark = pytest.mark.skipif(not ROOT, reason="OLDPHOTO_DATA is not set: no real files to read")


def real_files() -> list[Path]:
    groups = [Path(ROOT or ".") / "dev_test" / group for group in ("containers", "real_old_fullres")]
    found = [path for group in groups for path in sorted(group.rglob("*.*")) if path.is_file()]
    return [path for path in found if path.suffix in {".jpg", ".png", ".tif", ".webp"}] if ROOT else []


@pytest.mark.parametrize("path", real_files(), ids=lambda path: path.name)
def test_real_files_are_read_and_come_back_unchanged(tmp_path: Path, path: Path) -> None:
    scan = read_scan(path)
    assert scan.facts == probe(path)
    if scan.pixels.size < 4_000_000:
        photo = to_photo(scan)
        write_scan(carry_change(scan, photo, photo), tmp_path / "o.tif")
        again = read_scan(tmp_path / "o.tif")
        assert np.array_equal(again.pixels, scan.pixels)
        assert (again.icc, again.xmp) == (scan.icc, scan.xmp)
