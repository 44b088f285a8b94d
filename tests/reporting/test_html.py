"""The page: one file, no request, inert text, useful with and without script."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.by import By

import kling_cost as kc
from kling_cost.reporting.report import Report
from kling_cost.reporting.write import report_bytes
from tests.reporting.browser import chromium
from tests.reporting.samples import HOSTILE, hostile_estimate, mixed_estimate


def page(estimate: kc.Estimate, verdict: kc.Verdict | None = None) -> str:
    return report_bytes(".html", Report(estimate, verdict)).decode("utf-8")


def requests(browser: Any) -> list[str]:
    entries = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    sent = [e["params"] for e in entries if e["method"] == "Network.requestWillBeSent"]
    return [
        s["request"]["url"] for s in sent if s["documentURL"].startswith("file:")
    ]  # not the browser's own first page


def loud(browser: Any) -> list[Any]:
    return [entry for entry in browser.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]


def test_the_page_opens_without_a_request_or_a_word_of_complaint(tmp_path: Path) -> None:
    estimate = mixed_estimate()
    path = tmp_path / "budget.html"
    path.write_text(page(estimate, kc.check(estimate, budget="9 USD")), encoding="utf-8")
    with chromium(tmp_path) as browser:
        browser.get(path.as_uri())
        assert loud(browser) == []
        assert [url for url in requests(browser) if url != path.as_uri()] == []
        assert browser.find_element(By.TAG_NAME, "h1").text == "Kling 3.0 videos"
        assert browser.find_element(By.CLASS_NAME, "verdict").text == "BLOCKED"
        rows = browser.find_elements(By.CSS_SELECTOR, "#table-line_items tbody tr")
        assert len(rows) == len(estimate.line_items)
        box = browser.find_element(By.CSS_SELECTOR, "input[type=search]")
        box.send_keys("o3-pro-video-edit")
        assert len([row for row in rows if row.is_displayed()]) == 1
        box.clear()
        box.send_keys(" ")
        heads = browser.find_elements(By.CSS_SELECTOR, "#table-line_items th")
        at = [head.text for head in heads].index("Cost")
        heads[at].find_element(By.TAG_NAME, "button").click()
        costs = browser.execute_script(
            "return [...document.querySelectorAll('#table-line_items tbody tr')]"
            ".map(row => Number(row.cells[arguments[0]].dataset.v))",
            at,
        )
        assert costs == sorted(costs)
        pdf = base64.b64decode(browser.execute_cdp_cmd("Page.printToPDF", {})["data"])
        assert pdf.startswith(b"%PDF")


def test_without_script_everything_is_still_there(tmp_path: Path) -> None:
    estimate = mixed_estimate()
    path = tmp_path / "budget.html"
    path.write_text(page(estimate), encoding="utf-8")
    with chromium(tmp_path, script=False) as browser:
        browser.get(path.as_uri())
        assert len(browser.find_elements(By.CSS_SELECTOR, "#table-line_items tbody tr")) == len(estimate.line_items)
        assert not browser.find_element(By.CSS_SELECTOR, "input[type=search]").is_displayed()


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    path = tmp_path / "budget.html"
    path.write_text(page(hostile_estimate()), encoding="utf-8")
    with chromium(tmp_path) as browser:
        browser.get(path.as_uri())
        assert loud(browser) == []
        assert [url for url in requests(browser) if url != path.as_uri()] == []
        assert browser.find_elements(By.CSS_SELECTOR, "main a, main img, main script, main iframe, main svg svg") == []
        text = browser.find_element(By.TAG_NAME, "body").text
    for part in (
        "<script>alert(1)</script>",
        "{{7*7}}",
        "=1+1",
        "a\\x00b",
        "a\\u202egnp.exe",
        "\\ufffe\\uffff",
        "http://evil.example/",
    ):
        assert part in text, part
    assert "49" not in re.findall(r"\{\{7\*7\}\} \d+|^49$", text)


def test_the_policy_allows_exactly_the_style_and_script_of_the_page() -> None:
    html = page(mixed_estimate())
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)
    assert policy
    assert policy[1].startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy[1]
    assert " style=" not in html
    assert not re.findall(r"\son\w+=", html)
    assert not re.findall(r"(?:src|href)=", html)


def test_the_same_input_gives_the_same_bytes() -> None:
    assert page(mixed_estimate()) == page(mixed_estimate())


def test_the_chart_carries_a_title_and_a_table_stands_beside_it() -> None:
    html = page(mixed_estimate())
    assert html.count("<svg") == 1
    assert re.search(r'<svg[^>]*role="img" aria-labelledby="[^"]+"', html)
    assert "<title id=" in html
    assert "By model" in html


def test_a_page_never_grows_beyond_its_limit() -> None:
    body = {"model": "kling-v3-text-to-video", "prompt": "A lighthouse at dawn", "duration": 3}
    dear = {**body, "duration": 15, "quality": "1080p", "sound": "on"}
    estimate = kc.estimate([body] * 4000 + [dear] * 10)
    html = page(estimate)
    assert len(html) < 2_000_000
    assert "1,010 more line items, 16362 EVOLINK_CREDIT together, are in the workbook and the CSV." in html
    assert html.count("162.0000") >= 10


def test_an_empty_estimate_is_a_page() -> None:
    assert "no job is priced" in page(kc.estimate([]))


@pytest.mark.parametrize("text", HOSTILE)
def test_no_hostile_text_is_ever_markup(text: str) -> None:
    html = page(kc.estimate([{"job_id": text, "request": {"model": "kling-v3-text-to-video", "prompt": "x"}}]))
    if "<" in text:
        assert text not in html
    assert "\x1b" not in html
    assert "\u202e" not in html
