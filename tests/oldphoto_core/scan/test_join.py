"""Pages joined into one TIFF are, read one by one, the files they came from; other readers see the same pages."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageSequence

from oldphoto_core.errors import ScanError
from oldphoto_core.scan.facts import Scan
from oldphoto_core.scan.join import join_tiffs
from oldphoto_core.scan.read import read_scan
from oldphoto_core.scan.write import write_scan

SIZES = ((40, 64), (129, 33), (64, 300))
"""Heights and widths: pages of one file differ."""


@pytest.fixture
def parts(tmp_path: Path) -> list[Path]:
    return [_part(tmp_path / f"{number}.tif", number) for number in range(3)]


def _part(path: Path, number: int) -> Path:
    """Write a page with a profile-free 8- or 16-bit picture, a resolution, and an EXIF directory of its own."""
    depth = np.uint16 if number == 1 else np.uint8
    pixels = np.random.default_rng(number).integers(0, np.iinfo(depth).max, (*SIZES[number], 3), dtype=depth)
    master = path.with_name(f"master-{number}.tif")
    if depth is np.uint16:
        tifffile.imwrite(master, pixels, photometric="rgb", resolution=(400, 400), resolutionunit=2)
    else:
        exif = Image.Exif()
        exif[0x010E] = f"Box 1, print {number}"
        exif.get_ifd(0x8769)[0x9003] = f"193{number}:05:01 00:00:00"
        Image.fromarray(pixels).save(master, dpi=(300, 300), exif=exif.tobytes())
    write_scan(read_scan(master), path)
    return path


def _alike(one: Scan, other: Scan) -> bool:
    same = replace(one.facts, pages=1) == replace(other.facts, pages=1)
    return same and np.array_equal(one.pixels, other.pixels) and (one.exif, one.icc) == (other.exif, other.icc)


def test_each_page_is_the_file_it_came_from(parts: list[Path], tmp_path: Path) -> None:
    whole = tmp_path / "whole.tif"
    join_tiffs(parts, whole)
    for page, part in enumerate(parts):
        found = read_scan(whole, page=page)
        assert found.facts.pages == 3
        assert _alike(found, read_scan(part))
    assert b"1932:05:01" in (read_scan(whole, page=2).exif or b"")


def test_other_readers_see_the_same_pages(parts: list[Path], tmp_path: Path) -> None:
    whole = tmp_path / "whole.tif"
    join_tiffs(parts, whole)
    masters = [read_scan(part).pixels for part in parts]
    for page, pixels in enumerate(masters):
        assert np.array_equal(tifffile.imread(whole, key=page), pixels)
    with Image.open(whole) as opened:
        found = [np.asarray(page) for number, page in enumerate(ImageSequence.Iterator(opened)) if number != 1]
    assert all(np.array_equal(one, masters[number]) for one, number in zip(found, (0, 2), strict=True))


def test_tiles_are_found_again(tmp_path: Path) -> None:
    pages = [np.random.default_rng(number).integers(0, 255, (64, 96), np.uint8) for number in range(2)]
    for number, page in enumerate(pages):
        tifffile.imwrite(tmp_path / f"{number}.tif", page, tile=(16, 32))
    join_tiffs([tmp_path / "0.tif", tmp_path / "1.tif"], tmp_path / "whole.tif")
    assert all(np.array_equal(tifffile.imread(tmp_path / "whole.tif", key=n), page) for n, page in enumerate(pages))


def test_one_part_is_copied(parts: list[Path], tmp_path: Path) -> None:
    join_tiffs(parts[:1], tmp_path / "whole.tif")
    assert (tmp_path / "whole.tif").read_bytes() == parts[0].read_bytes()


def test_files_with_other_offsets_are_refused(parts: list[Path], tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "big.tif", np.zeros((32, 32), np.uint8), bigtiff=True)
    with pytest.raises(ScanError, match="offset size"):
        join_tiffs([parts[0], tmp_path / "big.tif"], tmp_path / "whole.tif")


def test_big_offsets_are_raised_too(tmp_path: Path) -> None:
    pages = [np.full((32, 32 + number), 40 * number, np.uint8) for number in range(3)]
    for number, page in enumerate(pages):
        tifffile.imwrite(tmp_path / f"{number}.tif", page, bigtiff=True, rowsperstrip=5)
    join_tiffs([tmp_path / f"{number}.tif" for number in range(3)], tmp_path / "whole.tif")
    assert all(np.array_equal(tifffile.imread(tmp_path / "whole.tif", key=n), page) for n, page in enumerate(pages))
