"""A small output that people can decide about: one published photograph, two untouched pages, a copy, a broken file."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from review_desks import Desk, night_without_pages

from tasks.sample import write_sample

TAKEN = ("box-01/print-0003.tif", "box-01/print-0005.tif", "loose/scan-0003.jpg", "loose/scan-0005.tif")


@pytest.fixture(scope="session")
def reviewed_source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("review")
    write_sample(folder / "sample", photos=6, seed=3)
    for name in TAKEN:
        target = folder / "scans" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(folder / "sample" / "scans" / name, target)
    shutil.copytree(folder / "sample" / "references", folder / "references")
    night_without_pages(folder / "scans", folder / "out", folder / "work", references=folder / "references")
    return folder


@pytest.fixture
def desk(reviewed_source: Path, tmp_path: Path) -> Desk:
    shutil.copytree(reviewed_source / "out", tmp_path / "out")
    return Desk(source=reviewed_source / "scans", references=reviewed_source / "references", root=tmp_path)


@pytest.fixture
def own_source(reviewed_source: Path, tmp_path: Path) -> Callable[[], Desk]:
    """A desk whose masters may be changed: its night has run on a copy of them."""

    def make() -> Desk:
        shutil.copytree(reviewed_source / "scans", tmp_path / "scans")
        night_without_pages(tmp_path / "scans", tmp_path / "out", tmp_path / "work")
        return Desk(source=tmp_path / "scans", references=None, root=tmp_path)

    return make
