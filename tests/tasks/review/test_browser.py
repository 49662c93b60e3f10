"""A person at a real browser: clicks, keys, and what the catalog holds afterwards."""

from collections.abc import Iterator

import pytest
from chromium import chromium
from review_desks import PUBLISHED, Desk
from review_visits import Visit, served
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

WAIT_S = 60


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    with chromium(tmp_path_factory.mktemp("chromium"), window="1280,1000") as driver:
        yield driver


def open_page(browser: Chrome, visit: Visit, path: str) -> None:
    browser.get(str(visit.client.base_url.join(path)))
    WebDriverWait(browser, WAIT_S).until(lambda one: one.execute_script("return document.readyState") == "complete")


def left(browser: Chrome, path: str) -> None:
    WebDriverWait(browser, WAIT_S).until(lambda one: not one.current_url.endswith(path))


def complaints(browser: Chrome) -> list[str]:
    logged = browser.get_log("browser")  # type: ignore[no-untyped-call]
    return [entry["message"] for entry in logged if "favicon" not in entry["message"]]


def test_a_click_on_reject_with_a_note_is_a_row_that_pandas_finds(browser: Chrome, desk: Desk) -> None:
    with served(desk) as visit:
        open_page(browser, visit, "/")
        browser.find_element(By.LINK_TEXT, "Begin with the first").click()
        WebDriverWait(browser, WAIT_S).until(lambda one: one.find_elements(By.ID, "note"))
        assert PUBLISHED in browser.title
        page = browser.current_url
        browser.find_element(By.ID, "note").send_keys("arr: the sky is green & <bold>")
        browser.find_element(By.CSS_SELECTOR, "button.reject").click()
        left(browser, page)
        assert "Nothing waits for review." in browser.page_source
        (row,) = visit.rows()
        assert (row["decision"], row["note"]) == ("reject", "arr: the sky is green & <bold>")
        open_page(browser, visit, visit.page_of(PUBLISHED))
        assert "rejected by Ada" in browser.find_element(By.CSS_SELECTOR, "section.decision").text
        assert complaints(browser) == []


def test_keys_decide_and_letters_in_a_note_do_not(browser: Chrome, desk: Desk) -> None:
    with served(desk) as visit:
        path = visit.page_of(PUBLISHED)
        open_page(browser, visit, path)
        browser.find_element(By.ID, "note").send_keys("a rare n")
        assert browser.current_url.endswith(path)
        assert visit.rows() == []
        browser.execute_script("document.activeElement.blur()")
        browser.find_element(By.TAG_NAME, "body").send_keys("a")
        left(browser, path)
        (row,) = visit.rows()
        assert (row["decision"], row["note"]) == ("accept", "a rare n")


def test_the_page_works_without_a_script(browser: Chrome, desk: Desk) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        with served(desk) as visit:
            path = visit.page_of(PUBLISHED)
            browser.get(str(visit.client.base_url.join(path)))
            browser.find_element(By.CSS_SELECTOR, "section.decision details summary").click()
            browser.find_element(By.CSS_SELECTOR, "input[name=without][value=denoise]").click()
            browser.find_element(By.CSS_SELECTOR, "button[value=redo]").click()
            WebDriverWait(browser, WAIT_S).until(lambda _: visit.rows())
            (row,) = visit.rows()
            assert (row["decision"], row["redo_with"]) == ("redo", '{"without":["denoise"]}')
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
