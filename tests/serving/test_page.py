"""The page in a real browser: a producer's way from a messy sheet to a plan that fits, on desk and phone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import axe_core_python
import pytest
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

import kling_cost as kc
from kling_cost.reporting.translations import LOCALES
from kling_cost.serving.server import SheetServer
from tests.reporting.browser import chromium
from tests.serving.served import AS_OF, BOARD, MODEL, serving

AXE = (Path(axe_core_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
DROP = """
const [name, text] = arguments, bag = new DataTransfer();
bag.items.add(new File([text], name));
const drop = new DragEvent("drop", {dataTransfer: bag, bubbles: true, cancelable: true});
document.getElementById("drop").dispatchEvent(drop);
"""
#: The sellers that are chosen but not wholly seen.
WIDTHS = """
return [...document.querySelectorAll("#shots select.seller")].filter((one) => {
  const free = one.cloneNode(true);
  free.style.cssText = "position:absolute;width:auto;max-width:none";
  one.parentNode.append(free);
  const isCut = one.offsetWidth < free.offsetWidth;
  free.remove();
  return isCut;
}).map((one) => one.value);
"""


class Page:
    """The page in a browser, and what a person does there."""

    def __init__(self, browser: Any, server: SheetServer) -> None:
        self.browser, self.server = browser, server

    def open(self, lang: str, width: int) -> None:
        self.browser.get("about:blank")
        size = {"width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": width < 600}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        self.browser.get(f"{self.server.address}?lang={lang}")

    def one(self, selector: str) -> Any:
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def until(self, text: str) -> None:
        WebDriverWait(self.browser, 120).until(lambda _: text in self.text)

    def settle(self) -> None:
        waiting = "return document.querySelector('#sheet[aria-busy]') !== null"
        WebDriverWait(self.browser, 120).until(lambda _: not self.browser.execute_script(waiting))

    @property
    def text(self) -> str:
        return str(self.browser.execute_script("return document.getElementById('sheet').innerText"))

    @property
    def focus(self) -> str:
        return str(self.browser.execute_script("return document.activeElement.id"))

    def key(self, *keys: str) -> None:
        ActionChains(self.browser).send_keys(*keys).perform()

    def tab_to(self, ident: str) -> None:
        for _ in range(80):
            if self.focus == ident:
                return
            self.key(Keys.TAB)
        raise AssertionError(f"{ident} cannot be reached by keyboard")

    def hold_accessible(self) -> None:
        self.browser.execute_script(AXE)
        found = self.browser.execute_async_script(
            "axe.run(document).then(r => arguments[0](r.violations.map(v => [v.id, v.nodes.map(n => n.html)])))"
        )
        assert found == []
        assert not self.browser.execute_script("return document.documentElement.scrollWidth > innerWidth")

    def hold_quiet(self) -> None:
        """Nothing was complained of, and nothing asked for but this server."""
        assert [entry for entry in self.browser.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")] == []
        sent = [json.loads(entry["message"])["message"] for entry in self.browser.get_log("performance")]
        urls = {one["params"]["request"]["url"] for one in sent if one["method"] == "Network.requestWillBeSent"}
        ours = f"http://127.0.0.1:{self.server.server_port}/"
        assert {url for url in urls if not url.startswith((ours, "about:", "chrome:", "data:"))} == set()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    folder = tmp_path_factory.mktemp("page")
    (folder / "served").mkdir()
    with serving(folder / "served") as (server, _), chromium(width=1200) as browser:
        yield Page(browser, server)


def test_a_producer_with_a_messy_sheet_and_six_dollars_gets_a_plan_that_fits_by_keyboard_alone(
    page: Page, tmp_path: Path
) -> None:
    board = tmp_path / "storyboard.csv"
    board.write_bytes(BOARD)
    page.open("en", 1200)
    page.tab_to("budget")
    page.key("$6")
    page.tab_to("file")
    page.one("#file").send_keys(str(board))
    page.until("Nothing is priced")
    page.hold_accessible()
    page.tab_to("model")
    page.key(MODEL, Keys.TAB)
    page.key(Keys.ENTER)
    page.until("464.4 EVOLINK_CREDIT")
    page.settle()
    assert page.one("#state[role=status]").text == "Done. 464.4 EVOLINK_CREDIT · OVER BUDGET"
    assert "OVER BUDGET" in page.text
    page.tab_to("shot|4|sound")
    page.key(Keys.ARROW_UP)
    page.until("356.346 EVOLINK_CREDIT")
    assert page.focus == "shot|4|sound"
    page.key(Keys.ARROW_DOWN)
    page.until("464.4 EVOLINK_CREDIT")
    page.tab_to("fit")
    page.key(Keys.ENTER)
    page.until("Take this plan over")
    page.hold_accessible()
    page.tab_to("apply")
    page.key(Keys.ENTER)
    page.until("within budget")
    assert "356.346 EVOLINK_CREDIT" in page.text
    taken = tmp_path / "taken"
    taken.mkdir()
    page.browser.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(taken)})
    for link in page.browser.find_elements(By.CSS_SELECTOR, ".take a"):
        link.send_keys(Keys.ENTER)
    names = {
        "storyboard-budget.xlsx", "storyboard-budget.html", "storyboard.csv.columns.yaml",
        "storyboard-changed.csv", "storyboard-changed.csv.columns.yaml",
    }  # fmt: skip
    WebDriverWait(page.browser, 120).until(lambda _: {file.name for file in taken.iterdir()} == names)
    jobs = kc.read_jobs(taken / "storyboard-changed.csv")
    assert [f"{one.cost.normalize():f}" for one in kc.estimate(jobs, as_of=AS_OF).totals] == ["356.346"]
    page.hold_quiet()


@pytest.mark.parametrize("lang", LOCALES)
def test_a_sheet_is_dropped_and_read_on_a_phone_in_every_language(page: Page, lang: str) -> None:
    page.open(lang, 390)
    page.browser.execute_script(DROP, "콘티.csv", BOARD.decode())
    page.until("콘티.csv")
    page.hold_accessible()
    Select(page.one("#model")).select_by_value(MODEL)
    page.one("#budget").send_keys("$4", Keys.ENTER)
    page.settle()
    assert Select(page.one("#model")).first_selected_option.text == MODEL
    page.one("form[data-form=columns] button").click()
    page.until("464.4 EVOLINK_CREDIT")
    page.settle()
    assert page.browser.execute_script(WIDTHS) == []
    page.one("#fit").click()
    page.settle()
    assert page.one("#apply").is_displayed()
    page.hold_accessible()
    page.browser.refresh()
    page.until("464.4 EVOLINK_CREDIT")
    assert page.browser.execute_script("return document.documentElement.lang") == lang
    page.hold_quiet()
