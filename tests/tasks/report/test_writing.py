"""Reports of real nights: pictures of one size to compare, the same bytes when written again, nothing left over."""

from pathlib import Path

import numpy as np
import pytest
import small_scans
from html_pages import Page
from nights import night
from PIL import Image

from catalogs.read import open_catalog
from catalogs.schema import DuplicateRow
from tasks.layout import derivative_path
from tasks.report.writing import report_again
from tasks.storage import open_store

NAME = "\"><script>alert(1)<b>&'.png"


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    source = folder / "scans"
    content = small_scans.write(source / "cat.png", "cat").read_bytes()
    (source / "<b>").mkdir()
    (source / "<b>" / "copy.png").write_bytes(content)
    (source / f"bad{NAME}").write_bytes(b"no picture")
    small_scans.write(source / "cup.png", "cup").rename(source / NAME)
    Image.fromarray((130 + small_scans.pixels("rocket") * 0.3).astype(np.uint8)).save(source / "faded.png")
    night(source, folder / "out", folder / "work")
    return folder / "out"


def contents(report: Path) -> dict[str, bytes]:
    return {path.relative_to(report).as_posix(): path.read_bytes() for path in report.rglob("*") if path.is_file()}


def test_a_night_reports_every_file_it_names(out: Path) -> None:
    report = out / "reports" / "run-000001"
    pages = [Page(path) for path in report.rglob("*.html")]
    assert len(pages) > 8
    assert [path for page in pages for path, _ in page.targets() if not path.is_file()] == []
    assert {NAME, f"bad{NAME}", "<b>/copy.png"} <= {text for page in pages for text in page.text}


def test_a_copy_is_shown_beside_the_best(out: Path) -> None:
    report = out / "reports" / "run-000001"
    copies = [row for row in open_catalog(open_store(str(out))).rows("duplicates") if isinstance(row, DuplicateRow)]
    assert len(copies) == 1
    assert f"small/before/{copies[0].asset_id}.jpg" in Page(report / "copies.html").values("src")


def test_before_and_after_are_of_one_size(out: Path) -> None:
    report = out / "reports" / "run-000001"
    changed = sorted(path.name for path in (report / "after").iterdir())
    assert changed
    for folder in ("", "small"):
        for name in changed:
            with (
                Image.open(report / folder / "before" / name) as before,
                Image.open(report / folder / "after" / name) as after,
            ):
                assert before.size == after.size
                assert before.tobytes() != after.tobytes()


def test_what_was_kept_shows_the_master_and_the_result(out: Path) -> None:
    report = out / "reports" / "run-000001"
    for picture in (report / "after").iterdir():
        with Image.open(picture) as after, Image.open(out / derivative_path(picture.stem, "access")) as access:
            assert access.size == after.size  # the scans are small: neither was made smaller
            differences = [abs(a - b) for a, b in zip(after.tobytes(), access.tobytes(), strict=True)]
            assert sum(differences) / len(differences) < 3


def test_a_report_can_be_written_again(out: Path) -> None:
    report = out / "reports" / "run-000001"
    before = contents(report)
    for name in ("index.html", "report.css", "photographs/all.html"):
        (report / name).unlink()
    (report / "photographs" / "gone.html").write_text("of another version")
    assert report_again(str(out), None).endswith("run-000001/index.html")
    assert contents(report) == before


def test_what_was_treated_by_an_earlier_run_is_shown_with_what_was_done_then(out: Path, tmp_path: Path) -> None:
    (out.parent / "scans" / NAME).touch()
    night(out.parent / "scans", out, tmp_path / "work")
    report = out / "reports" / "run-000002"
    (page,) = [Page(path) for path in (report / "photograph").iterdir()]
    assert NAME in page.text
    assert "provenance.json" in page.text
    assert (report / "before" / f"{page.path.stem}.jpg").is_file()


def test_a_night_without_anything_new_says_so(out: Path, tmp_path: Path) -> None:
    night(out.parent / "scans", out, tmp_path / "work")
    newest = max((out / "reports").iterdir())
    for name in ("index.html", "photographs/all.html"):
        assert "were known" in " ".join(Page(newest / name).text)
