"""A real Chromium for the tests of pages."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

CHROMIUM, DRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")
FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"),
    *("--no-first-run", "--disable-component-update", "--disable-sync", "--disable-quic", "--hide-scrollbars"),
)


@contextmanager
def chromium(profile: Path, *, window: str) -> Iterator[Chrome]:
    """Give a browser with a profile of its own; a machine without one skips the test and says so.

    Args:
        profile: An empty folder.
        window: Its size in pixels: ``1200,1000``.
    """
    if missing := [str(path) for path in (CHROMIUM, DRIVER) if not path.exists()]:
        pytest.skip(f"NOT TESTED in a browser: no {', '.join(missing)}; apt-get install chromium chromium-driver")
    options = ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in (*FLAGS, f"--window-size={window}", f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    with Chrome(options=options, service=Service(str(DRIVER))) as browser:
        yield browser
