"""Single stages on files: results keep names, formats and pages; one bad file costs only itself."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import small_scans
from PIL import Image

from oldphoto_core.scan.facts import Scan
from oldphoto_core.scan.read import read_scan
from tasks.settings import NightSettings
from tasks.single import Destination, OutputClashError, Picture, Refused, pictures
from tasks.stages import Page, change_each, copy_groups, judge, look_at_each
from tasks.storage import open_source

SETTINGS = NightSettings(workers=2)


def darker(page: Page) -> tuple[Scan, dict[str, Any]]:
    return replace(page.scan, pixels=page.scan.pixels // 2), {"path": page.label, "changed": True}


def only_first(page: Page) -> tuple[Scan, dict[str, Any]]:
    scan, what = darker(page)
    return (scan, what) if page.number == 1 else (page.scan, what | {"changed": False})


def unchanged(page: Page) -> tuple[Scan, dict[str, Any]]:
    return page.scan, {"path": page.label, "changed": False}


def changed(source: Path, output: Path | str, change: Any = darker) -> list[Any]:
    return change_each(pictures([str(source)]), change, Destination(str(output)), SETTINGS, told=lambda _: None)


@pytest.mark.parametrize("change", [darker, only_first])
def test_the_pages_of_one_tiff_stay_the_pages_of_one_tiff(tmp_path: Path, change: Any) -> None:
    album = small_scans.write_pages(tmp_path / "album.tif", ["cat", "cup", "rocket"])
    done = changed(album, tmp_path / "out.tif", change)
    assert [(one["path"], one["output"]) for one in done] == [
        (f"{album}#page={page}", f"{tmp_path}/out.tif") for page in (1, 2, 3)
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["album.tif", "out.tif"]
    for page in range(3):
        master, result = (read_scan(path, page=page) for path in (album, tmp_path / "out.tif"))
        assert result.facts.pages == 3
        expected = master.pixels // 2 if change is darker or page == 0 else master.pixels
        assert np.array_equal(result.pixels, expected)


def test_a_folder_keeps_its_albums_whole(tmp_path: Path) -> None:
    small_scans.write_pages(tmp_path / "in" / "box" / "album.tif", ["cat", "cup"])
    changed(tmp_path / "in", tmp_path / "out")
    assert [path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.*")] == [
        "box/album.tif"
    ]
    assert read_scan(tmp_path / "out" / "box" / "album.tif").facts.pages == 2


def test_pages_get_files_of_their_own_where_the_format_has_no_pages(tmp_path: Path) -> None:
    album = small_scans.write_pages(tmp_path / "album.tif", ["cat", "cup"])
    done = changed(album, tmp_path / "out.png")
    assert [one["output"] for one in done] == [f"{tmp_path}/out-p1.png", f"{tmp_path}/out-p2.png"]
    with Image.open(tmp_path / "out-p2.png") as opened:
        assert opened.format == "PNG"


def test_what_needs_no_change_is_copied_byte_for_byte(tmp_path: Path) -> None:
    for name in ("a.png", "b.jpg"):
        small_scans.write(tmp_path / "in" / name, "cat")
    small_scans.write_pages(tmp_path / "in" / "c.tif", ["cat", "cup"])
    changed(tmp_path / "in", tmp_path / "out", unchanged)
    for path in (tmp_path / "in").iterdir():
        assert (tmp_path / "out" / path.name).read_bytes() == path.read_bytes()


@pytest.mark.parametrize("change", [darker, unchanged])
def test_the_named_output_file_is_of_the_format_it_names(tmp_path: Path, change: Any) -> None:
    master = small_scans.write(tmp_path / "a.tif", "cat")
    changed(master, tmp_path / "out.png", change)
    assert read_scan(tmp_path / "out.png").facts.format == "PNG"


def test_a_mislabelled_master_is_written_in_its_true_format_under_its_own_name(tmp_path: Path) -> None:
    small_scans.write(tmp_path / "in" / "a.png", "cat").rename(tmp_path / "in" / "a.jpg")
    changed(tmp_path / "in", tmp_path / "out")
    assert read_scan(tmp_path / "out" / "a.jpg").facts.format == "PNG"


def test_a_file_with_a_broken_page_is_set_aside_whole_and_the_rest_goes_on(tmp_path: Path) -> None:
    small_scans.break_last_page(small_scans.write_pages(tmp_path / "in" / "a.tif", ["cat", "cup"]))
    small_scans.write(tmp_path / "in" / "b.png", "cat")
    first, second = changed(tmp_path / "in", tmp_path / "out")
    assert isinstance(first, Refused)
    assert first.reason == "truncated"
    assert second["output"] == f"{tmp_path}/out/b.png"
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["b.png"]


def test_a_photograph_on_which_a_stage_fails_costs_only_itself(tmp_path: Path) -> None:
    small_scans.write(tmp_path / "in" / "a.png", "cat")
    small_scans.write(tmp_path / "in" / "b.png", "cup")

    def defective(page: Page) -> tuple[Scan, dict[str, Any]]:
        if page.label.endswith("a.png"):
            raise ZeroDivisionError("on purpose")
        return darker(page)

    first, second = changed(tmp_path / "in", tmp_path / "out", defective)
    assert (first.reason, first.detail) == ("failed", "failed: ZeroDivisionError: on purpose")
    assert second["changed"]

    found, unread = look_at_each(
        pictures([str(tmp_path / "in")]),
        lambda page, _: dict(defective(page)[1]),
        SETTINGS,
        told=lambda _: None,
    )
    assert ([one["path"] for one in found], [one.path for one in unread]) == (
        [f"{tmp_path}/in/b.png"],
        [f"{tmp_path}/in/a.png"],
    )


def test_nothing_is_written_if_a_master_would_be_replaced(tmp_path: Path) -> None:
    small_scans.write(tmp_path / "in" / "a.png", "cat")
    before = (tmp_path / "in" / "a.png").read_bytes()
    with pytest.raises(OutputClashError):
        changed(tmp_path / "in", tmp_path / "in")
    assert (tmp_path / "in" / "a.png").read_bytes() == before


def test_a_name_from_a_bucket_leads_no_result_out_of_its_folder(tmp_path: Path) -> None:
    small_scans.write(tmp_path / "in" / "a.png", "cat")
    hostile = Picture("s3://b/../../x.png", "../../x.png", open_source(tmp_path / "in"), "a.png", is_alone=False)
    (done,) = change_each([hostile], darker, Destination(f"{tmp_path}/deep/out"), SETTINGS, told=lambda _: None)
    assert isinstance(done, Refused)
    assert done.reason == "unsafe-key"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in"]


def test_a_long_thin_scan_is_compared_like_any_other(tmp_path: Path) -> None:
    strip = np.tile(small_scans.pixels("cat")[:20], (1, 9, 1))
    for name in ("a.png", "b.tif"):
        Image.fromarray(strip).save(tmp_path / name)
    groups, unread = copy_groups(pictures([str(tmp_path)]), SETTINGS, told=lambda _: None)
    assert (len(groups), unread) == (1, [])
    assert groups[0]["members"][0]["relation"] == "pixels"


def test_each_page_is_judged(tmp_path: Path) -> None:
    album = small_scans.write_pages(tmp_path / "album.tif", ["cat", "cup"])
    found, _ = look_at_each(pictures([str(album)]), judge, SETTINGS, told=lambda _: None)
    assert [one["path"] for one in found] == [f"{album}#page=1", f"{album}#page=2"]
