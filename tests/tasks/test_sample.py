"""The sample collection is what its truth says, and the same for the same seed."""

import csv
import hashlib
from collections import Counter
from pathlib import Path

import imagehash
import numpy as np
import pyarrow.parquet as pq
import pytest
import pyvips
from PIL import Image

from oldphoto_core.errors import ScanError
from oldphoto_core.image import from_bytes8, is_monochrome
from oldphoto_core.scan.read import read_scan
from tasks.sample import FEWEST_PHOTOGRAPHS, SampleSummary, write_bad_set, write_sample
from tasks.sample_pictures import BUNDLED, bundled
from tasks.sample_truth import TRUTH_SCHEMA

Row = dict[str, object]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> SampleSummary:
    return write_sample(tmp_path_factory.mktemp("sample"), photos=12, seed=5)


@pytest.fixture(scope="module")
def rows(sample: SampleSummary) -> dict[str, dict[str, object]]:
    return {row["path"]: row for row in pq.read_table(sample.truth).to_pylist()}


def upright(path: Path) -> Image.Image:
    """Return the first page as it is meant to be seen, in sRGB."""
    image = pyvips.Image.new_from_file(str(path), fail_on="error").autorot()
    if image.get_typeof("icc-profile-data"):
        image = image.icc_transform("srgb", depth=8)
    return Image.fromarray(image.colourspace("srgb").numpy().astype(np.uint8))


def digests(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_truth_has_one_row_for_each_file_and_describes_itself(sample: SampleSummary, rows: dict[str, Row]) -> None:
    assert set(rows) == set(digests(sample.scans))
    schema = pq.read_schema(sample.truth)
    assert schema.equals(TRUTH_SCHEMA)
    assert all({b"description", b"unit"} <= set(field.metadata) for field in schema)


def test_every_promised_kind_of_file_is_there(sample: SampleSummary) -> None:
    facts = []
    for path in sorted(sample.scans.rglob("*")):
        if path.is_file() and path.name not in {"scan-0004.tif", "scan-0005.tif"}:
            image = pyvips.Image.new_from_file(str(path))
            icc = image.get_typeof("icc-profile-data") != 0
            pages = image.get("n-pages") if image.get_typeof("n-pages") else 1
            turned = image.get("orientation") if image.get_typeof("orientation") else 1
            facts.append((path.suffix, image.format, image.interpretation, icc, pages, turned))
    assert (".tif", "ushort", "rgb16", True, 1, 1) in facts
    assert (".tif", "uchar", "cmyk", True, 1, 1) in facts
    assert (".tif", "uchar", "srgb", False, 2, 1) in facts
    assert (".jpg", "uchar", "srgb", False, 1, 6) in facts
    assert (".png", "uchar", "b-w", False, 1, 1) in facts
    assert {".tif", ".jpg", ".png"} == {fact[0] for fact in facts}


def test_the_wide_profile_is_not_srgb_and_the_deep_file_is_truly_deep(sample: SampleSummary) -> None:
    image = pyvips.Image.new_from_file(str(sample.scans / "box-01/print-0003.tif"))
    assert image.get("icc-profile-data") == pyvips.Image.profile_load("p3")
    values = image.numpy()
    assert len(np.unique(values)) > 10_000  # 8-bit values spread over 16 bits would be a few hundred


def test_statuses_are_counted_and_a_sixth_is_sound(sample: SampleSummary, rows: dict[str, Row]) -> None:
    counted = Counter(row["expected_status"] for row in rows.values())
    assert counted == sample.expected == {"published": 10, "untouched": 2, "duplicate": 3, "quarantined": 2}
    for row in rows.values():
        assert bool(row["damage"]) == (row["expected_status"] in {"published", "duplicate"})
        assert (row["reason"] is not None) == (row["expected_status"] == "quarantined")
        assert (row["copy_of"] is not None) == (row["expected_status"] == "duplicate")
        assert (row["licence"] is None) == (row["expected_status"] == "quarantined")


def test_copies_are_copies_and_strangers_are_not(sample: SampleSummary, rows: dict[str, Row]) -> None:
    seen = [path for path, row in rows.items() if row["expected_status"] != "quarantined"]
    hashes = {}
    for path in seen:
        small = upright(sample.scans / path).convert("L").resize((128, 128))
        turns = (None, *Image.Transpose)
        hashes[path] = [imagehash.phash(small.transpose(t) if t is not None else small) for t in turns]
    for k, path in enumerate(seen):
        for other in seen[k + 1 :]:
            distance = min(hashes[path][0] - turned for turned in hashes[other])
            related = path == rows[other]["copy_of"] or other == rows[path]["copy_of"]
            assert distance <= 8 if related else distance > 12, (path, other, distance)


def test_the_exact_copy_has_the_same_bytes_and_rescans_are_smaller(sample: SampleSummary, rows: dict[str, Row]) -> None:
    relations = Counter(row["relation"] for row in rows.values())
    assert relations == {None: 14, "bytes": 1, "near": 2}
    for path, row in rows.items():
        if row["copy_of"] is None:
            continue
        copy, first = sample.scans / path, sample.scans / str(row["copy_of"])
        same = copy.read_bytes() == first.read_bytes()
        assert same == (row["relation"] == "bytes")
        areas = [image.width * image.height for image in map(upright, (copy, first))]
        assert same or areas[0] < 0.85 * areas[1]


def test_monochrome_is_what_the_pictures_are(sample: SampleSummary, rows: dict[str, Row]) -> None:
    for path, row in rows.items():
        if row["expected_status"] in {"published", "untouched"}:
            shown = from_bytes8(np.asarray(upright(sample.scans / path).reduce(4)))
            # Stains and the press profile colour single places of a toned print, so its tolerance is wider.
            tolerance = 0.045 if row["monochrome"] else 0.02
            assert is_monochrome(shown, tolerance=tolerance) == row["monochrome"], path


def test_pages_are_counted(sample: SampleSummary, rows: dict[str, Row]) -> None:
    for path, row in rows.items():
        if row["page_count"] is not None:
            image = pyvips.Image.new_from_file(str(sample.scans / path))
            pages = image.get("n-pages") if image.get_typeof("n-pages") else 1
            assert pages == row["page_count"], path


def test_broken_files_give_the_reason_in_the_truth(sample: SampleSummary, rows: dict[str, Row]) -> None:
    for path, row in rows.items():
        if row["reason"] is None:
            read_scan(sample.scans / path)
        else:
            with pytest.raises(ScanError) as caught:
                read_scan(sample.scans / path)
            assert caught.value.problem == row["reason"]


def test_references_are_sound_licensed_and_not_among_the_scans(sample: SampleSummary, rows: dict[str, Row]) -> None:
    with (sample.references / "LICENCES.csv").open(encoding="utf-8", newline="") as table:
        lines = list(csv.DictReader(table))
    assert {line["file"] for line in lines} == {path.name for path in sample.references.glob("*.jpg")}
    assert len(lines) == 6
    assert all(line["licence"] in {"CC0-1.0", "public domain"} for line in lines)
    assert "coffee" not in " ".join(str(row["source"]) for row in rows.values())
    assert any("coffee" in line["source"] for line in lines)
    for line in lines:
        assert not is_monochrome(from_bytes8(np.asarray(Image.open(sample.references / line["file"]).reduce(4))))


def test_the_same_seed_gives_the_same_bytes_and_more_photographs_change_none(
    sample: SampleSummary, tmp_path: Path
) -> None:
    smaller = write_sample(tmp_path / "fewer", photos=7, seed=5)
    few, many = digests(smaller.scans), digests(sample.scans)
    assert len(few) == 7 + 5
    assert few.items() <= many.items()
    assert digests(smaller.references) == digests(sample.references)
    # The tables differ only in the rows of the photographs left out.
    table = pq.read_table(sample.truth).to_pylist()
    assert pq.read_table(smaller.truth).to_pylist() == [row for row in table if row["path"] in few]


def test_too_few_photographs_and_a_used_folder_are_refused(sample: SampleSummary, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="found 5 and 0"):
        write_sample(tmp_path, photos=FEWEST_PHOTOGRAPHS - 1)
    with pytest.raises(ValueError, match="found 12 and -1"):
        write_sample(tmp_path, seed=-1)
    with pytest.raises(FileExistsError, match="is not empty"):
        write_sample(sample.truth.parent)
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_photographs_are_in_the_wheel_and_as_colourful_as_stated(name: str) -> None:
    picture = bundled(name)
    assert min(picture.photo.shape[:2]) >= 300
    assert is_monochrome(picture.photo) == picture.monochrome


def test_the_bad_set_is_refused_for_the_stated_reasons_and_stays_small(tmp_path: Path) -> None:
    written = write_bad_set(tmp_path / "bad")
    assert {bad.reason for bad in written} == {
        "empty",
        "truncated",
        "not-an-image",
        "too-many-pixels",
        "too-small",
        "decode-error",
    }
    for bad in written:
        assert bad.path.parent == tmp_path / "bad"
        assert bad.path.stat().st_size < 100_000
        with pytest.raises(ScanError) as caught:
            read_scan(bad.path)
        assert caught.value.problem == bad.reason, bad.path.name
    write_bad_set(tmp_path / "again")
    assert digests(tmp_path / "again") == digests(tmp_path / "bad")
