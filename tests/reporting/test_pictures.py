"""What a reader sees before reading: pictures that do not mislead, and a first screen that answers."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.utils import range_boundaries
from selenium.webdriver.common.by import By

import kling_cost as kc
from examples.answers import every_kind
from kling_cost.reporting.parts import document_of
from kling_cost.reporting.report import Report
from kling_cost.reporting.table import plain
from kling_cost.reporting.translations import LOCALES
from kling_cost.reporting.write_report import report_bytes
from tests.reporting.browser import barriers, chromium
from tests.reporting.samples import AS_OF

THIRD = """schema: 1
version: v1
currencies: {ACME_CREDIT: {name: Acme credit, quantum: "0.01"}}
providers:
  acme:
    name: Acme
    currency: ACME_CREDIT
    skus:
      acme-video:
        models: [acme-m, acme-n]
        billing_rule: per_second
        seconds: {minimum: 3, maximum: 15}
        options: {sound: [off, on]}
        rates: {2026-02-01: {by: [sound], unit_price: {off: "70", on: "90"}, source: contract, checked: 2026-11-19}}
"""
SECOND, LAST = "100 KLING3API_CREDIT/USD", "1000 ACME_CREDIT/USD"
PLANS = {
    "one": (1, []),
    "two, one without a rate": (2, []),
    "two": (2, [SECOND]),
    "three, two without a rate": (3, []),
    "three, one without a rate": (3, [SECOND]),
    "three": (3, [SECOND, LAST]),
}


def plan(tmp_path: Path, sellers: int, rates: list[str], extra: tuple[Any, ...] = ()) -> kc.Estimate:
    (tmp_path / "third.yaml").write_text(THIRD)
    book = kc.load_prices(overlay=tmp_path / "third.yaml", rates=rates)
    image = "https://example.com/a.jpg"
    jobs: list[dict[str, Any]] = []
    for at, (quality, sound) in enumerate(product(("720p", "1080p"), ("off", "on"))):
        body = {"model": "kling-v3-text-to-video", "prompt": "Fog", "duration": 5 + at, "quality": quality}
        jobs.append({"job_id": f"SH0{at}", "request": {**body, "sound": sound}, "takes": 9 - at, "tags": {"s": sound}})
    if sellers > 1:
        jobs.append({"job_id": "K1", "request": {"type": "pro-text-to-video", "prompt": "Sea", "duration": 9}})
        jobs.append({"job_id": "K2", "request": {"type": "o3-pro-video-edit", "prompt": "Edit", "video": image}})
    if sellers > 2:
        jobs += [
            {"model": "acme-m", "duration": 5, "sound": "on", "tags": {"s": "on"}},
            {"model": "acme-n", "takes": 7},
        ]
    jobs = [job if "request" in job else {**job, "request": None} for job in jobs]
    requests = [
        {"request": {k: v for k, v in job.items() if k in ("model", "duration", "sound")}, "takes": job.get("takes", 1)}
        if job["request"] is None
        else job
        for job in jobs
    ]
    return kc.estimate([*requests, *extra], book, as_of=AS_OF)


@pytest.mark.parametrize("case", PLANS)
def test_no_picture_of_a_page_or_workbook_puts_two_currencies_on_one_axis(tmp_path: Path, case: str) -> None:
    estimate = plan(tmp_path, *PLANS[case])
    assert len(estimate.totals) == PLANS[case][0]
    report = Report(estimate, kc.check(estimate, budget="60 USD"))
    known = {total.currency for total in estimate.totals if report.per_usd(total.currency)}
    is_money = len(known) == len(estimate.totals)
    html = report_bytes(".html", report).decode()
    pictures = re.findall(r"<figure>(.*?)</figure>", html, re.DOTALL)
    assert pictures
    for picture in pictures:
        values = re.findall(r'class="bar-value">([^<]*)<', picture)
        units = {unit for value in values for unit in re.findall(r"[A-Z][A-Z0-9_]{2,}", value)}
        assert units == {"USD"} if is_money else len(units) == 1, picture
        assert all(re.findall(r'class="bar-name"><bdi>[^<]', li) for li in picture.split("<li>")[1:]), picture
        widths = [Decimal(width) for width in re.findall(r'<rect x="[\d.]+" width="([\d.]+)"', picture)]
        assert widths == sorted(widths, reverse=True)
    _workbook_charts_are_of_one_currency(report_bytes(".xlsx", report), is_money)


def _workbook_charts_are_of_one_currency(data: bytes, is_money: bool) -> None:
    book = openpyxl.load_workbook(BytesIO(data), data_only=True)
    drawn = 0
    for sheet in book.worksheets:
        for chart in sheet._charts:
            where = chart.series[0].val.numRef.f.rpartition("!")[2].replace("$", "")
            _, first, _, last = range_boundaries(where)
            head = next(row for row in range(first, 0, -1) if "Currency" in [cell.value for cell in sheet[row]])
            at = [cell.value for cell in sheet[head]].index("Currency") + 1
            codes = {sheet.cell(row, at).value for row in range(first, last + 1)}
            drawn += 1
            if not is_money and not _is_of_limits(sheet, head):
                assert len(codes) == 1, codes
    assert drawn >= 2


def _is_of_limits(sheet: Any, head: int) -> bool:
    """What is used of each limit may stand side by side."""
    return "Limit" in [cell.value for cell in sheet[head]]


@pytest.mark.parametrize("case", PLANS)
def test_charts_and_their_tables_have_the_same_order(tmp_path: Path, case: str) -> None:
    for part in document_of(Report(plan(tmp_path, *PLANS[case]))).parts:
        tables = {table.key: table for table in part.tables}
        for chart in part.charts:
            table = tables[chart.table]
            at = [column.key for column in table.columns].index(chart.value)
            values = [plain(row[at]) or Decimal(0) for row in chart.drawn(table.rows)]
            assert values == sorted(values, reverse=True), (chart.title, values)  # type: ignore[type-var]


@pytest.mark.parametrize(("limit", "share"), [("1.00", "planned"), ("0.5", "planned"), ("0.01", "planned")])
def test_a_bar_over_budget_shows_where_the_limit_lies(limit: str, share: str) -> None:
    estimate = kc.estimate([{"request": {"model": "kling-v3-text-to-video", "prompt": "x"}, "takes": 4}], as_of=AS_OF)
    html = report_bytes(".html", Report(estimate, kc.check(estimate, budget=f"{limit} USD"))).decode()
    line = re.findall(r'<line class="limit" x1="([\d.]+)"', html)
    assert estimate.totals[0].usd == Decimal("1.5"), share
    assert [Decimal(x) for x in line] == [(400 * Decimal(limit) / Decimal("1.5")).quantize(Decimal("0.1"))]
    assert f"{Decimal('1.5') - Decimal(limit):.2f} over" in html


def test_a_bridge_begins_its_axis_near_the_totals() -> None:
    body = {"model": "kling-v3-text-to-video", "prompt": "x"}
    jobs = [{"job_id": f"j{n}", "request": body, "task_id": f"task-{n}"} for n in range(100)]
    amounts = [30 if n == 1 else 27 for n in range(100)]
    answers = [
        {
            "job_id": f"j{n}",
            "response": {"id": f"task-{n}", "status": "completed", "usage": {"credits_reserved": amount}},
        }
        for n, amount in enumerate(amounts)
    ]
    plan_ = kc.estimate(jobs, as_of=AS_OF)
    outcome = kc.reconcile(plan_, kc.read_responses(answers))
    html = report_bytes(".html", Report(plan_, outcome=outcome)).decode()
    (picture,) = (f for f in re.findall(r"<figure>(.*?)</figure>", html, re.DOTALL) if 'class="up"' in f)
    assert re.search(r"The axis starts at 2,699 EVOLINK", picture)
    step = re.findall(r'class="up" x="[\d.]+" width="([\d.]+)"', picture)
    assert Decimal(step[0]) > 100  # of 400, where 3 of 2,703 would be a sliver


FIRST = """
const top = 650;
const seen = (node) => { const box = node.getBoundingClientRect(); return box.width > 0 && box.bottom <= top; };
const size = (node) => parseFloat(getComputedStyle(node).fontSize);
const all = [...document.querySelectorAll("body *")].filter((n) => n.children.length === 0 && n.textContent.trim());
return {
  big: [...document.querySelectorAll(".big")].every((n) => seen(n) && size(n) === Math.max(...all.map(size))),
  text: all.filter(seen).map((n) => n.textContent).join(" "),
  sideways: document.documentElement.scrollWidth > innerWidth,
};
"""


def test_the_first_screen_answers_on_desk_and_phone(tmp_path: Path) -> None:
    bad = {"job_id": "SH99", "request": {"model": "kling-v3-text-to-video", "prompt": "x", "duration": 99}}
    estimate = plan(tmp_path, 2, [SECOND], (bad,))
    path = tmp_path / "page.html"
    path.write_bytes(report_bytes(".html", Report(estimate, kc.check(estimate, budget="10 USD"))))
    with chromium() as browser:
        for width in (1200, 390):
            size = {"width": width, "height": 650, "deviceScaleFactor": 1, "mobile": width < 600}
            browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
            browser.get(path.as_uri())
            seen = browser.execute_script(FIRST)
            assert seen["big"]
            assert not seen["sideways"]
            total = estimate.total("USD").amount
            for text in (f"{total:.2f}", "BLOCKED", "SH99 · duration", "outside the range 3 to 15", "10.00 planned"):
                assert text in seen["text"], (width, text)
            assert re.search(r"kling-v3-text-to-video · 1080p · sound on [\d.]+ USD \(", seen["text"])
            assert "EVOLINK_CREDIT" in seen["text"]


COST = """
return [...document.querySelectorAll("table")].map((table) => {
  const heads = [...table.tHead.rows[0].cells], head = heads.find((h) => /^(Cost|비용|費用|费用)/.test(h.textContent));
  const box = head && head.getBoundingClientRect();
  return !head || (box.left >= 0 && box.right <= innerWidth);
});
"""


TOO_LOW = """
const seen = [".verdict", ".totals li", ".drivers dd"].flatMap((what) => [...document.querySelectorAll(what)]);
return seen.map((part) => part.getBoundingClientRect().bottom).filter((bottom) => bottom > 650);
"""


#: Each language once, and each width with each look: texts come with the language, sizes and colours with the rest, and
#: axe takes longer than all else here.
LOOKED_THROUGH = {("en", 1200, "light"), ("ko", 390, "light"), ("ja", 1200, "dark"), ("zh", 390, "dark")}


@pytest.mark.parametrize("kind", ["budget", "reconciliation"])
def test_the_page_is_accessible_in_every_language_look_and_width(tmp_path: Path, kind: str) -> None:
    assert {locale for locale, _, _ in LOOKED_THROUGH} == set(LOCALES)
    bad = {"job_id": "SH99", "request": {"model": "kling-v3-text-to-video", "prompt": "x", "duration": 99}}
    estimate = plan(tmp_path, 2, [SECOND], (bad,))
    report = Report(estimate, kc.check(estimate, budget=["10 USD", "9000 EVOLINK_CREDIT"]))
    if kind == "reconciliation":
        jobs, answers = every_kind()
        planned = kc.estimate(jobs, as_of=AS_OF)
        report = Report(planned, outcome=kc.reconcile(planned, answers))
    with chromium() as browser:
        for locale in LOCALES:
            path = tmp_path / f"{locale}.html"
            path.write_bytes(report_bytes(".html", replace(report, locale=locale)))
            for width, look in product((1200, 390), ("light", "dark")):
                size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
                browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
                scheme = {"name": "prefers-color-scheme", "value": look}
                browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "screen", "features": [scheme]})
                browser.get(path.as_uri())
                browser.find_element(By.CSS_SELECTOR, "#table-line_items summary").click()
                if kind == "budget":
                    assert all(browser.execute_script(COST)), (locale, width)
                else:
                    assert not browser.execute_script(TOO_LOW), (locale, width)
                if (locale, width, look) in LOOKED_THROUGH:
                    assert barriers(browser) == [], (locale, width, look)


def test_what_if_names_shots_changes_takes_and_keeps_prompt_and_tags(tmp_path: Path) -> None:
    estimate = plan(tmp_path, 2, [SECOND])
    path = tmp_path / "page.html"
    path.write_bytes(report_bytes(".html", Report(estimate, kc.check(estimate, budget="60 USD"))))
    with chromium() as browser:
        browser.get(path.as_uri())
        for summary in browser.find_elements(By.CSS_SELECTOR, "#table-line_items summary")[:2]:
            summary.click()
        controls = browser.find_elements(By.CSS_SELECTOR, "input, select, button")
        names = [control.accessible_name for control in controls if control.is_displayed()]
        assert all(names)
        assert len(set(names)) == len(names), sorted(name for name in names if names.count(name) > 1)
        assert {f"SH0{n}" for n in range(4)} <= set(re.findall(r"SH\d+", " ".join(names)))
        first = browser.find_element(By.CSS_SELECTOR, ".what-if tbody tr:first-child")
        shot = first.find_element(By.TAG_NAME, "th").text.split()[0]
        find = "const i = arguments[0].querySelector('input');"
        change = f"{find} i.value = arguments[1]; i.dispatchEvent(new Event('change'))"
        browser.execute_script(change, first, "0")  # is refused
        assert "from 1 to" in browser.find_element(By.CSS_SELECTOR, ".what-if output").text
        browser.execute_script(change, first, "2")
        text = browser.find_element(By.CSS_SELECTOR, ".outcome").text
        csv, total = browser.execute_script("return [klingCostPlan.csv(), klingCostPlan.total()]")
    (tmp_path / "plan.csv").write_text(csv, encoding="utf-8")
    again = kc.estimate(kc.read_jobs(tmp_path / "plan.csv"), kc.load_prices(rates=[SECOND]), as_of=AS_OF)
    assert {i.job.job_id: i.job.takes for i in again.line_items}[shot] == 2
    before = {i.job.job_id: (i.job.prompt, dict(i.job.tags)) for i in estimate.line_items}
    assert {i.job.job_id: (i.job.prompt, dict(i.job.tags)) for i in again.line_items} == before
    assert total["text"] == f"{again.total('USD').amount:,.2f} USD"
    assert total["text"] in text
    assert again.left_out == 0
