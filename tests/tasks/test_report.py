"""The report of a run: from the catalog alone, and safe whatever the names in it."""

from html.parser import HTMLParser
from pathlib import Path

import pytest
import small_scans
from nights import night

from tasks.report import report_again

NAME = "\"><script>alert(1)<b>&'.png"


class Page(HTMLParser):
    """What a browser makes of the page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.alts: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in {"src", "href"}]
        self.alts += [value or "" for name, value in attrs if name == "alt"]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def page_of(report: Path) -> Page:
    page = Page()
    page.feed(report.read_text("utf-8"))
    return page


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    source = folder / "scans"
    content = small_scans.write(source / "cat.png", "cat").read_bytes()
    (source / "<b>").mkdir()
    (source / "<b>" / "copy.png").write_bytes(content)
    (source / f"bad{NAME}").write_bytes(b"no picture")
    small_scans.write(source / "cup.png", "cup").rename(source / NAME)
    night(source, folder / "out", folder / "work")
    return folder / "out"


def test_names_are_shown_and_never_obeyed(out: Path) -> None:
    page = page_of(out / "reports" / "run-000001" / "index.html")
    assert not {"script", "b"} & set(page.tags)
    assert any(text.startswith(NAME) for text in page.alts)
    assert {NAME, f"bad{NAME}", "<b>/copy.png"} <= set(page.text)


def test_every_link_leads_to_a_file(out: Path) -> None:
    report = out / "reports" / "run-000001" / "index.html"
    links = page_of(report).links
    assert len(links) > 4
    assert [link for link in links if not (report.parent / link).is_file()] == []


def test_a_report_can_be_written_again(out: Path) -> None:
    report = out / "reports" / "run-000001" / "index.html"
    before = report.read_bytes()
    report.unlink()
    assert report_again(str(out), None).endswith("run-000001/index.html")
    assert report.read_bytes() == before


def test_what_was_treated_by_an_earlier_run_is_shown_with_what_was_done_then(out: Path, tmp_path: Path) -> None:
    (out.parent / "scans" / NAME).touch()
    night(out.parent / "scans", out, tmp_path / "work")
    page = page_of(out / "reports" / "run-000002" / "index.html")
    assert NAME in page.text
    assert "provenance.json" in page.text
