"""From a drop to the number: a storyboard dropped in Chromium, beside the command on the same sheet."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from selenium.webdriver.support.ui import WebDriverWait

from benchmarks.measure import Figure, best_of, process
from tests.reporting.browser import chromium
from tests.serving.served import AS_OF, MODEL, serving

ROWS, ROUNDS, DAY = 200, 5, AS_OF.isoformat()
_DROP = """
const [name, text] = arguments, bag = new DataTransfer();
document.getElementById("sheet").textContent = "";
bag.items.add(new File([text], name));
document.getElementById("drop").dispatchEvent(new DragEvent("drop", {dataTransfer: bag, bubbles: true, cancelable: true}));
"""  # noqa: E501
_NUMBER = "return document.querySelector('#sheet .big')?.textContent"


def storyboard(rows: int) -> str:
    """A storyboard with headings of its own, and a model in each row."""
    lines = ["Shot,Scene,Description,Length (s),Res,Audio?,Versions,Model"]
    for at in range(1, rows + 1):
        options = f"{3 + at % 13},{('720p', '1080p')[at % 2]},{('yes', 'no')[at % 3 > 0]},{1 + at % 4}"
        lines.append(f"{at},Scene {at // 10},The lighthouse in fog no. {at},{options},{MODEL}")
    return "\n".join([*lines, ""])


def figures() -> Iterator[Figure]:
    """The time from a drop to the number on the page, beside that of the command."""
    with tempfile.TemporaryDirectory() as name:
        folder, text = Path(name), storyboard(ROWS)
        (folder / "served").mkdir()
        (folder / "board.csv").write_text(text, "utf-8")
        with serving(folder / "served") as (server, _), chromium(width=1200) as browser:
            browser.get(server.address)
            command = (sys.executable, "-m", "kling_cost", "estimate", str(folder / "board.csv"), "--as-of", DAY)
            ways = [lambda: _dropped(browser, text), process(*command)]
            page, alone = best_of(ways, ROUNDS)
    detail = f"{page:.2f} s beside {alone:.2f} s"
    yield Figure(f"drop of {ROWS} rows to the number, Chromium", "the command", page / alone, 3, detail=detail)


def _dropped(browser: Any, text: str) -> None:
    browser.execute_script(_DROP, "board.csv", text)
    WebDriverWait(browser, 120, 0.01).until(lambda _: browser.execute_script(_NUMBER))
