"""A real browser without network."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import axe_core_python
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from tests.conftest import AT_THE_END, need

_FLAGS = [
    "",
    "--headless=new --no-sandbox --disable-gpu --disable-quic --disable-dev-shm-usage --no-first-run --disable-sync",
    "--disable-background-networking --disable-component-update",
    "--host-resolver-rules=MAP\\ *\\ ~NOTFOUND,EXCLUDE\\ 127.0.0.1",
    "",
]


@contextmanager
def chromium(width: int = 1100, height: int = 900, script: bool = True) -> Iterator[webdriver.Chrome]:
    """Chromium with a tab of its own and nothing stored; every request beyond the file itself, and this
    machine, fails and is logged.

    The browser is the same for all tests of a process, since it takes seconds to start; one that a test has left in
    the middle of something is not used again.
    """
    browser = _started(script)
    try:
        before = browser.current_window_handle
        browser.switch_to.new_window("tab")
        fresh = browser.current_window_handle
        browser.switch_to.window(before)
        browser.close()
        browser.switch_to.window(fresh)
        browser.set_window_size(width, height)
        for kind in ("browser", "performance"):
            browser.get_log(kind)  # which empties it
        yield browser
        browser.execute_cdp_cmd("Storage.clearDataForOrigin", {"origin": "*", "storageTypes": "all"})
    except BaseException:
        _started.cache_clear()
        raise


@cache
def _started(script: bool) -> webdriver.Chrome:
    folder = tempfile.mkdtemp(prefix="kling-cost-chromium-")
    options = webdriver.ChromeOptions()
    options.binary_location = need("chromium")
    driver = need("chromedriver")
    for flag in " ".join(_FLAGS).replace("\\ ", "\0").split():
        options.add_argument(flag.replace("\0", " "))
    options.add_argument(f"--user-data-dir={folder}")
    if not script:
        options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = webdriver.Chrome(options=options, service=Service(driver))
    AT_THE_END.callback(shutil.rmtree, folder, ignore_errors=True)
    AT_THE_END.callback(browser.quit)
    return browser


#: Leaves two rows of each shape in every table: what is wrong with a part or a row is wrong with all of its shape, and
#: what must not stand twice on a page is seen in two. The search goes through every element, again and again.
_FEWER_ROWS = """
for (const body of document.querySelectorAll("tbody")) {
  const seen = {};
  for (const row of [...body.rows]) {
    const shape = [row, ...row.querySelectorAll("*")]
      .map((node) => `${node.tagName} ${node.getAttribute("class")} ${!node.textContent.trim()}`).join();
    seen[shape] = (seen[shape] || 0) + 1;
    if (seen[shape] > 2) row.remove();
  }
}
"""


def barriers(browser: webdriver.Chrome) -> Any:
    """What axe finds that keeps somebody from using the page: rules, each with the elements that break it."""
    browser.execute_script(_FEWER_ROWS)
    browser.execute_script((Path(axe_core_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8"))
    return browser.execute_async_script(
        "axe.run(document).then(r => arguments[0](r.violations.map(v => [v.id, v.nodes.map(n => n.html)])))"
    )
