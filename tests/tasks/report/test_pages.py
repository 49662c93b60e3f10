"""Every page of a report: well-formed, linked within itself, told in words, deaf to what names say."""

from collections import Counter
from pathlib import Path

import pytest
from catalog_rows import sha
from html_pages import Page
from report_archive import AGAIN, BROKEN, MARKUP, MISSING, REFERENCE, TURNED

from catalogs.errors import CatalogError
from tasks.report.site import Site

EXTENDED = (
    '{{% extends "{page}.html.jinja" %}}'
    "{{% block {block} %}}<form>{{{{ token }}}} {{{{ photo.asset_id }}}}</form>{{% endblock %}}"
)


@pytest.fixture(scope="module")
def pages(report: Path) -> dict[str, Page]:
    return {path.relative_to(report).as_posix(): Page(path) for path in sorted(report.rglob("*.html"))}


def page_of(pages: dict[str, Page], key: str) -> Page:
    return next(page for name, page in pages.items() if name.startswith("photograph/") and key in page.text)


def test_there_is_a_page_for_everything(pages: dict[str, Page]) -> None:
    kinds = Counter(name.split("/")[0] for name in pages)
    assert kinds["photograph"] == 10
    assert {"index.html", "copies.html", "copies-2.html", "quarantine.html", "references.html", "figures.html"} <= set(
        pages
    )
    lists = {name.split("/")[1] for name in pages if name.startswith("photographs/")}
    assert lists == {
        *("all.html", "all-2.html", "all-3.html", "published.html", "untouched.html", "untouched-2.html"),
        *("sound.html", "sound-2.html", "tear.html", "dust.html"),
    }


def test_elements_nest_and_ids_are_unique(pages: dict[str, Page]) -> None:
    assert {name: page.problems for name, page in pages.items() if page.problems} == {}
    for name, page in pages.items():
        assert [value for value, count in Counter(page.values("id")).items() if count > 1] == [], name


def test_every_address_is_relative_and_leads_to_a_file(pages: dict[str, Page], reported_root: Path) -> None:
    for name, page in pages.items():
        assert [one for one in page.addresses() if one.startswith(("/", "http:", "https:", "file:", "data:"))] == [], (
            name
        )
        for path, fragment in page.targets():
            assert path.is_relative_to(reported_root)
            assert path.is_file(), f"{name} names {path}"
            assert not fragment or fragment in Page(path).values("id"), f"{name} names {path}#{fragment}"


def test_every_page_can_be_reached_from_the_first(pages: dict[str, Page], report: Path) -> None:
    reached, waiting = {"index.html"}, ["index.html"]
    while waiting:
        for path, _ in pages[waiting.pop()].targets():
            name = path.relative_to(report).as_posix() if path.is_relative_to(report) else ""
            if name in pages and name not in reached:
                reached.add(name)
                waiting.append(name)
    assert reached == set(pages)


def test_every_page_has_the_landmarks_and_one_heading(pages: dict[str, Page]) -> None:
    for name, page in pages.items():
        tags = Counter(element.tag for element in page.elements)
        assert {tag: tags[tag] for tag in ("h1", "main", "header", "footer", "title")} == {
            "h1": 1, "main": 1, "header": 1, "footer": 1, "title": 1
        }, name  # fmt: skip
        first_link = page.all("a")[0]
        assert first_link["href"] == "#content"
        assert page.all("main")[0]["id"] == "content"
        assert page.all("html")[0]["lang"] == "en"


def test_pictures_say_what_they_show_and_how_large_they_are(pages: dict[str, Page]) -> None:
    for page in pages.values():
        for picture in page.all("img"):
            assert picture["alt"]
            assert "width" in picture or "layer" in (picture["class"] or "")
        assert all("aria-label" in svg or svg.get("aria-hidden") == "true" for svg in page.all("svg"))
    alts = page_of(pages, MARKUP).values("alt")
    assert f"{MARKUP}, the master before treatment, showing tear, dust" in alts
    assert f"{MARKUP}, after treatment" in alts


def test_lists_load_pictures_when_they_are_looked_at(pages: dict[str, Page]) -> None:
    pictures = pages["photographs/all.html"].all("img")
    assert len(pictures) >= 4
    assert {picture["loading"] for picture in pictures} == {"lazy"}


def test_only_own_files_may_be_loaded_and_nothing_stands_in_attributes(pages: dict[str, Page]) -> None:
    for page in pages.values():
        policy = next(
            meta["content"] for meta in page.all("meta") if meta.get("http-equiv") == "Content-Security-Policy"
        )
        assert policy is not None
        rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
        assert rules.pop("default-src") == rules.pop("base-uri") == "'none'"
        assert set(rules.values()) == {"'self'"}
        assert page.values("style") == []
        assert [script["src"] for script in page.all("script")] == [
            script["src"] for script in page.all("script") if script["src"]
        ]
        assert [name for element in page.elements for name in element.attributes if name.startswith("on")] == []


@pytest.mark.parametrize("name", [MARKUP, TURNED, BROKEN, MISSING, REFERENCE, AGAIN])
def test_names_are_shown_and_never_obeyed(pages: dict[str, Page], name: str) -> None:
    assert any(name in page.text for page in pages.values())
    for page in pages.values():
        assert len(page.all("script")) == 1
        assert not page.all("b") or "swatch" in "".join(page.values("class"))
        assert not page.all("i")
        assert not page.all("em")


def test_names_that_turn_the_writing_round_are_kept_apart(pages: dict[str, Page]) -> None:
    for page in pages.values():
        source = page.path.read_text("utf-8")
        if TURNED in page.text:
            assert f'<bdi class="key">{TURNED}</bdi>' in source


def test_the_page_of_a_photograph_says_what_the_catalog_says(pages: dict[str, Page]) -> None:
    text = " ".join(page_of(pages, MARKUP).text)
    for expected in ("tear", "0.90", "0.55", "rejected", "would lose <detail>", "because of tear", "psnr db", "31.5"):
        assert expected in text
    for expected in (REFERENCE, "keeps its own", "25.0 %", "0.81", "another scan of the same print", "rotate-90"):
        assert expected in text


def test_events_stand_in_the_order_they_happened(pages: dict[str, Page]) -> None:
    text = page_of(pages, MARKUP).text
    assert text.index("ingestion") < text.index("appraisal")


def test_what_was_treated_by_an_earlier_run_is_shown_with_what_was_done_then(pages: dict[str, Page]) -> None:
    page = page_of(pages, AGAIN)
    assert "../../run-000001/index.html" in page.values("href")
    assert "inpaint" in page.text
    assert "provenance.json" in page.text


def test_copies_whose_best_is_of_an_earlier_night_say_so(pages: dict[str, Page]) -> None:
    groups = " ".join(" ".join(pages[name].text) for name in ("copies.html", "copies-2.html"))
    assert "best of old.tif" in groups
    assert "from an earlier night" in groups
    assert f"small/before/{sha('copy of it.tif')}.jpg" in pages["copies-2.html"].values("src") + pages[
        "copies.html"
    ].values("src")


def test_what_was_set_aside_has_its_reason(pages: dict[str, Page]) -> None:
    for name in ("index.html", "quarantine.html"):
        text = " ".join(pages[name].text)
        assert MISSING in text
        assert "truncated" in text
        assert "<b>cut</b>" in text


def test_a_derived_template_may_add_to_pages(second_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    from jinja2 import ChoiceLoader, DictLoader  # noqa: PLC0415 - only here

    from tasks.report import site  # noqa: PLC0415 - only here

    environment = site.environment().overlay()
    added = {
        "one": EXTENDED.format(page="photo", block="decision"),
        "many": EXTENDED.format(page="photographs", block="card_extra"),
    }
    assert environment.loader is not None
    environment.loader = ChoiceLoader([DictLoader(added), environment.loader])
    monkeypatch.setattr(site, "environment", lambda: environment)
    asset_id = next(iter(second_site.photographs))
    assert f"<form>a&lt;b {asset_id}</form>" in second_site.photo_page(asset_id, template="one", token="a<b")
    cards = second_site.list_page(template="many", token="t")
    assert [f"<form>t {one}</form>" in cards for one in second_site.photographs] == [True] * 10


@pytest.mark.parametrize(
    ("ask", "complaint"),
    [
        (lambda site: site.photo_page("ab"), "shows no photograph ab"),
        (lambda site: site.list_page("rust"), "has no list 'rust'; it has all, published"),
        (lambda site: site.list_page("all", 2), "expected a page from 1 to 1, found 2"),
        (lambda site: site.copies_page(0), "expected a page from 1 to 1, found 0"),
    ],
)
def test_a_page_that_is_not_there_is_refused(second_site: Site, ask: object, complaint: str) -> None:
    assert callable(ask)
    with pytest.raises(CatalogError, match=complaint):
        ask(second_site)
