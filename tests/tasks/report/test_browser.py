"""The report as people use it: in Chromium, from a file, over HTTP, by keyboard, on a narrow screen, without script."""

import io
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from catalog_rows import sha
from chromium import chromium
from PIL import Image
from report_archive import MARKUP, TURNED, ReportArchive
from selenium.webdriver import Chrome
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

FOCUSABLE = "a[href], input, summary, button, select, textarea, [tabindex='0']"
PICTURE = ".after .frame"
"""Where both pictures lie, one on the other."""

MAGENTA_AT_LEAST = 60
"""By how much red exceeds green where damage is tinted; the pictures are grey."""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    with chromium(tmp_path_factory.mktemp("chromium"), window="1200,1000") as driver:
        yield driver


@pytest.fixture
def page(browser: Chrome, report: Path) -> Iterator[Callable[[str], Chrome]]:
    """Opens a page of the report from its file; whatever a test changes in the browser is put back."""

    def opened(name: str) -> Chrome:
        browser.get((report / name).as_uri())
        return browser

    yield opened
    for command in ("Emulation.clearDeviceMetricsOverride", "Emulation.setEmulatedMedia"):
        browser.execute_cdp_cmd(command, {"media": "", "features": []} if command.endswith("Media") else {})
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def photo(key: str) -> str:
    return f"photograph/{sha(key)}.html"


def pixel(browser: Chrome, selector: str, x: float, y: float) -> tuple[int, ...]:
    """Return the colour seen at a place of an element, given as shares of its width and height."""
    element = browser.find_element("css selector", selector)
    browser.execute_script("arguments[0].scrollIntoView()", element)
    seen = Image.open(io.BytesIO(element.screenshot_as_png)).convert("RGB")
    colour = seen.getpixel((int(x * (seen.width - 1)), int(y * (seen.height - 1))))
    assert isinstance(colour, tuple)
    return colour


def problems(browser: Chrome) -> list[str]:
    """Return what the console says and every picture that cannot be shown, those far down and hidden included."""
    broken = browser.execute_async_script("""
        const done = arguments[0], pictures = [...document.images];
        for (const one of pictures) one.loading = "eager";
        Promise.allSettled(pictures.map((one) => one.decode()))
          .then(() => done(pictures.filter((one) => !one.naturalWidth).map((one) => one.src)));
    """)
    return [*broken, *(entry["message"] for entry in browser.get_log("browser"))]


def names(report: Path) -> list[str]:
    return sorted(path.relative_to(report).as_posix() for path in report.rglob("*.html"))


def test_no_page_complains_when_opened_from_a_file(page: Any, report: Path) -> None:
    assert {name: said for name in names(report) if (said := problems(page(name)))} == {}


def test_a_broken_picture_and_a_script_of_others_would_be_seen(page: Any, report: Path) -> None:
    source = (report / "index.html").read_text("utf-8")
    spoilt = source.replace('<img src="', '<img src="no-', 1).replace("<main", "<script>1</script><main", 1)
    (report / "spoilt.html").write_text(spoilt, "utf-8")
    said = " ".join(problems(page("spoilt.html")))
    (report / "spoilt.html").unlink()
    assert "no-" in said
    assert "Content Security Policy" in said


def test_no_page_complains_when_served(browser: Chrome, reported: ReportArchive, report: Path) -> None:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(reported.root))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            for name in ("index.html", "photographs/all.html", photo(MARKUP), "copies.html"):
                browser.get(f"http://127.0.0.1:{server.server_port}/reports/{report.name}/{name}")
                assert problems(browser) == []
        finally:
            server.shutdown()
            thread.join()


def test_the_slider_moves_with_the_keys(page: Any) -> None:
    browser = page(photo(MARKUP))
    slider = browser.find_element("css selector", "input[type=range]")
    assert slider.accessible_name == "How much of the picture shows the master before treatment"
    before_shade, after_shade = 40, 200
    for key, left, right in ((Keys.HOME, after_shade, after_shade), (Keys.END, before_shade, before_shade)):
        slider.send_keys(key)
        assert pixel(browser, PICTURE, 0.4, 0.9)[0] == pytest.approx(left, abs=6)
        assert pixel(browser, PICTURE, 0.6, 0.9)[0] == pytest.approx(right, abs=6)
    slider.send_keys(Keys.ARROW_LEFT * 50)
    assert slider.get_attribute("value") == "50"
    assert slider.get_attribute("aria-valuetext") == "50 % before, 50 % after"
    assert pixel(browser, PICTURE, 0.4, 0.9)[0] == pytest.approx(before_shade, abs=6)
    assert pixel(browser, PICTURE, 0.6, 0.9)[0] == pytest.approx(after_shade, abs=6)


def test_the_line_can_be_pulled_on_the_picture(page: Any) -> None:
    browser = page(photo(MARKUP))
    frame = browser.find_element("css selector", ".after .frame").rect
    for kind, share in (("mousePressed", 0.2), ("mouseMoved", 0.8), ("mouseReleased", 0.8)):
        where = {"x": frame["x"] + share * frame["width"], "y": frame["y"] + 30}
        browser.execute_cdp_cmd("Input.dispatchMouseEvent", {"type": kind, "button": "left", "clickCount": 1, **where})
    assert browser.find_element("css selector", "input[type=range]").get_attribute("value") == "80"


def test_the_damage_is_laid_over_the_picture_and_taken_off(page: Any) -> None:
    browser = page(photo(MARKUP))
    switch = browser.find_element("id", "show-damage")

    def tint() -> int:
        red, green, _ = pixel(browser, PICTURE, 0.375, 0.375)
        return red - green

    assert tint() < MAGENTA_AT_LEAST
    switch.send_keys(Keys.SPACE)
    WebDriverWait(browser, 20).until(lambda _: tint() > MAGENTA_AT_LEAST)
    red, green, _ = pixel(browser, PICTURE, 0.1, 0.9)
    assert abs(red - green) < 3, "only the damage is tinted"
    switch.send_keys(Keys.SPACE)
    assert tint() < MAGENTA_AT_LEAST


def test_regions_are_drawn_where_the_catalog_says(page: Any) -> None:
    browser = page(photo(MARKUP))
    browser.find_element("css selector", "input[type=range]").send_keys(Keys.HOME)
    grey = [pixel(browser, PICTURE, x, y) for x, y in ((0.15, 0.15), (0.8, 0.9))]
    browser.find_element("id", "show-regions").send_keys(Keys.SPACE)
    inside, outside = (pixel(browser, PICTURE, x, y) for x, y in ((0.15, 0.15), (0.8, 0.9)))
    assert inside[2] > inside[0], "region 0 is blue"
    assert outside[0] > outside[2], "region 1 is not"
    assert [inside, outside] != grey


def focused(browser: Chrome) -> Any:
    return browser.switch_to.active_element


@pytest.mark.parametrize("name", ["index.html", "photographs/all-2.html", photo(MARKUP), "copies.html", "figures.html"])
def test_the_tab_key_reaches_everything_in_order_and_shows_where_it_is(page: Any, name: str) -> None:
    browser = page(name)
    wanted = browser.execute_script(
        "return [...document.querySelectorAll(arguments[0])].filter((e) => e.checkVisibility())", FOCUSABLE
    )
    assert len(wanted) > 7
    for expected in wanted:
        browser.find_element("css selector", "body").send_keys(Keys.TAB) if expected == wanted[0] else focused(
            browser
        ).send_keys(Keys.TAB)
        assert focused(browser) == expected
        outline = browser.execute_script("return getComputedStyle(arguments[0]).outline", expected)
        assert "solid 3px" in outline, outline


def test_the_first_key_offers_to_skip_the_menu(page: Any) -> None:
    browser = page("index.html")
    link = browser.find_element("css selector", ".skip")
    assert link.rect["x"] < 0
    browser.find_element("css selector", "body").send_keys(Keys.TAB)
    assert link.rect["x"] >= 0
    link.send_keys(Keys.ENTER)
    assert focused(browser).get_attribute("id") == "content"


def test_nothing_scrolls_sideways_on_a_narrow_screen(page: Any, report: Path) -> None:
    size = {"width": 360, "height": 780, "deviceScaleFactor": 1, "mobile": False}
    page("index.html").execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    too_wide = {
        name: width
        for name in names(report)
        if (width := page(name).execute_script("return document.documentElement.scrollWidth")) > 360
    }
    assert too_wide == {}


def test_pictures_that_are_not_there_yet_keep_their_room(page: Any) -> None:
    browser = page(photo(MARKUP))
    heights = "return [...document.querySelectorAll('.frame > img:first-child, .mat')].map((e) => e.clientHeight)"
    loaded = browser.execute_script(heights)
    browser.execute_script("for (const one of document.images) one.src = 'nothing.jpg'")
    assert browser.execute_script(heights) == loaded
    assert all(height > 100 for height in loaded)


def test_without_script_both_pictures_stand_side_by_side(page: Any) -> None:
    browser = page("index.html")
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    page(photo(MARKUP))
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})  # for the driver, not the page
    assert browser.find_elements("css selector", "input[type=range]") == []
    before, after = (browser.find_element("css selector", f".{side} img").rect for side in ("before", "after"))
    assert before["x"] + before["width"] <= after["x"]
    assert (before["y"], before["height"]) == (after["y"], after["height"])
    assert [one.text for one in browser.find_elements("css selector", "figcaption")] == [
        "Before: the master",
        "After: as treated",
    ]
    assert pixel(browser, ".before .frame", 0.05, 0.9)[0] == pytest.approx(40, abs=6)
    browser.find_element("id", "show-damage").click()
    assert browser.find_element("css selector", ".layer.damage").is_displayed()


def test_on_paper_both_pictures_stand_side_by_side(page: Any) -> None:
    browser = page(photo(MARKUP))
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    before, after = (browser.find_element("css selector", f".{side} img").rect for side in ("before", "after"))
    assert before["x"] + before["width"] <= after["x"]
    assert not browser.find_element("css selector", "input[type=range]").is_displayed()


@pytest.mark.parametrize(("scheme", "dark"), [("dark", True), ("light", False)])
def test_pages_follow_the_scheme_of_the_system(page: Any, scheme: str, dark: bool) -> None:  # noqa: FBT001 - a case
    browser = page("index.html")
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    assert (sum(pixel(browser, "body", 0.001, 0.001)) < 3 * 128) is dark


def test_names_that_turn_the_writing_round_do_not_turn_the_page(page: Any) -> None:
    browser = page(photo(TURNED))
    assert browser.title.startswith(TURNED)
    assert browser.execute_script("return getComputedStyle(document.querySelector('h1 bdi')).unicodeBidi") == "isolate"


def test_filters_are_plain_links(page: Any) -> None:
    browser = page("photographs/all.html")
    browser.find_element("link text", "tear 4").click()
    assert browser.current_url.endswith("/photographs/tear.html")
    assert len(browser.find_elements("css selector", ".card")) == 4
