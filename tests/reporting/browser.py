"""A real browser without network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from tests.conftest import need

_FLAGS = [
    "",
    "--headless=new --no-sandbox --disable-gpu --disable-quic --disable-dev-shm-usage --no-first-run --disable-sync",
    "--disable-background-networking --disable-component-update",
    "--host-resolver-rules=MAP\\ *\\ ~NOTFOUND,EXCLUDE\\ 127.0.0.1",
    "",
]


@contextmanager
def chromium(folder: Path, width: int = 1100, height: int = 900, script: bool = True) -> Iterator[webdriver.Chrome]:
    """Chromium on a fresh profile; every request beyond the file itself, and this machine, fails and is logged."""
    options = webdriver.ChromeOptions()
    options.binary_location = need("chromium")
    driver = need("chromedriver")
    for flag in " ".join(_FLAGS).replace("\\ ", "\0").split():
        options.add_argument(flag.replace("\0", " "))
    options.add_argument(f"--user-data-dir={folder / 'chromium'}")
    options.add_argument(f"--window-size={width},{height}")
    if not script:
        options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = webdriver.Chrome(options=options, service=Service(driver))
    try:
        yield browser
    finally:
        browser.quit()
