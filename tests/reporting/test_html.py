"""The page: one file, no request, inert text, useful with and without script."""

from __future__ import annotations

import base64
import json
import random
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

import kling_cost as kc
from kling_cost.reporting.parts.prices.what_if import what_if
from kling_cost.reporting.report import Report
from kling_cost.reporting.write_report import report_bytes
from tests.reporting.browser import barriers, chromium
from tests.reporting.samples import AS_OF, HOSTILE, hostile_estimate, mixed_estimate


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


@pytest.fixture(scope="module")
def mixed() -> kc.Estimate:
    return mixed_estimate()


@contextmanager
def opened(tmp_path: Path, html: str, **options: Any) -> Iterator[Any]:
    path = tmp_path / "budget.html"
    path.write_text(html, encoding="utf-8")
    with chromium(**options) as browser:
        browser.get(path.as_uri())
        yield browser
        assert loud(browser) == []
        assert [url for url in requests(browser) if url != path.as_uri()] == []


def test_the_page_opens_sorts_and_finds_without_a_request_or_a_word_of_complaint(
    tmp_path: Path, mixed: kc.Estimate
) -> None:
    with opened(tmp_path, page(mixed, kc.check(mixed, budget="9 USD"))) as browser:
        assert browser.find_element(By.TAG_NAME, "h1").text == "Kling 3.0 videos"
        assert browser.find_element(By.CLASS_NAME, "verdict").text == "BLOCKED"
        rows = browser.find_elements(By.CSS_SELECTOR, "#table-line_items tbody tr")
        assert len(rows) == len(mixed.line_items)
        box = browser.find_element(By.CSS_SELECTOR, "input[type=search]")
        box.send_keys("o3-pro-video-edit")
        assert len([row for row in rows if row.is_displayed()]) == 1
        box.clear()
        box.send_keys(" ")
        tag = Select(browser.find_element(By.CSS_SELECTOR, "[data-filters] select"))
        tag.select_by_visible_text("桜屋")
        assert len([row for row in rows if row.is_displayed()]) == 8
        tag.select_by_index(0)
        heads = browser.find_elements(By.CSS_SELECTOR, "#table-line_items th")
        at = [head.text for head in heads].index("Cost")
        heads[at].find_element(By.TAG_NAME, "button").click()
        costs = browser.execute_script(
            "return [...document.querySelectorAll('#table-line_items tbody tr')]"
            ".map(row => Number(row.cells[arguments[0]].textContent.replaceAll(',', '')))",
            at,
        )
        assert costs == sorted(costs)
        row = browser.find_element(By.CSS_SELECTOR, "#table-line_items details")
        row.find_element(By.TAG_NAME, "summary").click()
        assert re.search(r"\d+ s × .* = [\d.]+ \w+", row.text)
        pdf = base64.b64decode(browser.execute_cdp_cmd("Page.printToPDF", {})["data"])
        assert pdf.startswith(b"%PDF")


def test_without_script_everything_is_still_there(tmp_path: Path, mixed: kc.Estimate) -> None:
    path = tmp_path / "budget.html"
    path.write_text(page(mixed), encoding="utf-8")
    with chromium(script=False) as browser:
        browser.get(path.as_uri())
        assert len(browser.find_elements(By.CSS_SELECTOR, "#table-line_items tbody tr")) == len(mixed.line_items)
        assert not browser.find_element(By.CSS_SELECTOR, "input[type=search]").is_displayed()
        assert not browser.find_elements(By.CLASS_NAME, "what-if")


CHANGE = """
const [kind, option, value] = arguments;
const row = document.querySelectorAll(".what-if tbody tr")[kind];
const select = row && row.querySelector(`select[data-option="${option}"]`);
if (!select || ![...select.options].some((o) => o.value === value)) return null;
select.value = value;
select.dispatchEvent(new Event("change"));
return Number(row.dataset.kind);
"""


def test_what_if_is_what_the_library_says(tmp_path: Path, seed: int) -> None:
    rnd = random.Random(seed)
    book = kc.load_prices(rates=["100 KLING3API_CREDIT/USD"])
    estimate = kc.estimate(kc.read_jobs("examples/campaign.yaml"), book, as_of=AS_OF)
    report = Report(estimate, kc.check(estimate, budget=["60 USD", "3500 EVOLINK_CREDIT"]))
    plan = what_if(report)
    assert plan is not None
    groups = [dict(group) for group in plan.groups]
    with opened(tmp_path, report_bytes(".html", report).decode()) as browser:
        for _ in range(30):
            option, value = rnd.choice(
                [
                    ("sound", "on"),
                    ("sound", "off"),
                    ("quality", "720p"),
                    ("quality", "1080p"),
                    ("seconds", "3"),
                    ("seconds", "15"),
                ]
            )
            at = browser.execute_script(CHANGE, rnd.randrange(len(groups)), option, value)
            if at is not None:
                groups[at][option] = value
        results = {
            r["name"]: r["text"] for r in browser.execute_script("return klingCostPlan.results()") if "over" in r
        }
        totals = [r["text"] for r in browser.execute_script("return klingCostPlan.results()") if "over" not in r]
        csv = browser.execute_script("return klingCostPlan.csv()")
    rows = [
        {
            "provider": plan.models[group["model"]]["provider"],
            "model": plan.models[group["model"]]["name"],
            "takes": group["takes"],
            "duration": group["seconds"] and int(group["seconds"]),
            "quality": group["quality"],
            "sound": group["sound"],
        }
        for group in groups
    ]
    wanted = kc.estimate(kc.read_jobs(pd.DataFrame(rows, dtype=object)), book, as_of=AS_OF)
    assert not wanted.left_out
    for total, text in zip(wanted.totals, totals, strict=True):
        assert text.startswith(f"{total.cost.normalize():,f} {total.currency} = {total.usd:,.2f}"), (text, total)
    verdict = kc.check(wanted, budget=["60 USD", "3500 EVOLINK_CREDIT"])
    for standing in verdict.limits:
        assert standing.headroom is not None
        shown = Decimal(results[f"Headroom (Spring launch · {standing.currency})"].split()[0].replace(",", ""))
        assert shown == standing.headroom.quantize(Decimal("0.0001"), ROUND_HALF_UP)
    (tmp_path / "plan.csv").write_text(csv, encoding="utf-8")
    again = kc.estimate(kc.read_jobs(tmp_path / "plan.csv"), book, as_of=AS_OF)
    assert [total.cost for total in again.totals] == [total.cost for total in wanted.totals]


FINE_BOOK = """schema: 1
version: v1
currencies:
  ACME_CREDIT: {{name: Acme credit, quantum: {quantum}}}
providers:
  acme:
    name: Acme
    currency: ACME_CREDIT
    skus:
      acme-video:
        models: [acme-m]
        billing_rule: per_second
        seconds: {{minimum: 3, maximum: 15}}
        options: {{sound: [off, on]}}
        rates:
          2026-02-01:
            by: [sound]
            unit_price: {{off: {off}, on: {on}}}
            minimum_charge: {charge}
            source: contract
            checked: 2026-11-19
"""


def test_what_if_carries_a_price_that_is_finer_than_the_currency(tmp_path: Path, seed: int) -> None:
    rnd = random.Random(seed)
    books = [{"quantum": "1", "off": "0.1", "on": "0.2", "charge": "1.9"}]
    for _ in range(2):
        finer = {name: f"{rnd.randrange(1, 10**6)}e-{rnd.randrange(7)}" for name in ("off", "on", "charge")}
        prices = {name: f"{Decimal(text):f}" for name, text in finer.items()}
        books.append({"quantum": rnd.choice(["1", "0.1", "0.0001"]), **prices})
    for at, figures in enumerate(books):
        file = tmp_path / f"{at}.yaml"
        file.write_text(FINE_BOOK.format(**figures))
        sounds = [(rnd.choice(["on", "off"]), rnd.randrange(3, 16), rnd.randrange(1, 2000)) for _ in range(5)]
        rows = [{"model": "acme-m", "duration": 5, "sound": "off", "takes": 1000}]
        rows += [{"model": "acme-m", "duration": d, "sound": s, "takes": t} for s, d, t in sounds]
        book, frame = kc.load_prices(file), pd.DataFrame(rows if at else rows[:1])
        estimate = kc.estimate(frame, book, as_of=AS_OF)
        (total,) = estimate.totals
        if at == 0:
            assert total.cost == 1900
        assert kc.totals(kc.price_frame(frame, book, as_of=AS_OF))["cost"].tolist() == [total.cost]
        verdict = kc.check(estimate, budget=f"{total.cost - Decimal('0.000001'):f} ACME_CREDIT")
        (tmp_path / str(at)).mkdir()
        with opened(tmp_path / str(at), page(estimate, verdict)) as browser:
            whole, headroom = browser.execute_script("return klingCostPlan.results()")
            rows_shown = browser.find_elements(By.CSS_SELECTOR, ".what-if tbody tr td:last-child")
            costs = [Decimal(row.text.replace(",", "")) for row in rows_shown]
        assert whole["text"] == f"{total.cost.normalize():,f} ACME_CREDIT", figures
        assert (verdict.verdict, headroom["over"]) == ("over", True), figures
        assert sum(costs) == total.cost, figures


def test_what_if_for_one_job_and_back_to_the_plan(tmp_path: Path) -> None:
    body = {"model": "kling-v3-text-to-video", "prompt": "x"}
    estimate = kc.estimate([{"request": body, "takes": 2}, {"request": body}], as_of=AS_OF)
    with opened(tmp_path, page(estimate, kc.check(estimate, budget="100 EVOLINK_CREDIT"))) as browser:
        details = browser.find_elements(By.CSS_SELECTOR, "#table-line_items details")
        details[0].find_element(By.TAG_NAME, "summary").click()
        WebDriverWait(browser, 60).until(lambda _: details[0].find_elements(By.TAG_NAME, "select"))
        Select(details[0].find_element(By.CSS_SELECTOR, "[data-option=sound]")).select_by_value("on")
        outcome = browser.find_element(By.CLASS_NAME, "outcome")
        assert "1.50 USD" in outcome.text
        assert "108 EVOLINK_CREDIT" in outcome.text
        assert "8.00 EVOLINK_CREDIT over" in outcome.text
        browser.find_element(By.CSS_SELECTOR, "[data-do=reset]").click()
        assert "81 EVOLINK_CREDIT" in outcome.text
        text = browser.execute_script("return klingCostPlan.markdown()")
        assert text.startswith("# Kling 3.0 videos\n")


@pytest.mark.parametrize("look", ["light", "dark", "print"])
@pytest.mark.parametrize("width", [390, 1100])
def test_it_is_accessible_and_not_blank_in_light_dark_and_print_on_phone_and_desk(
    tmp_path: Path, mixed: kc.Estimate, width: int, look: str
) -> None:
    with opened(tmp_path, page(mixed, kc.check(mixed, budget="9 USD")), width=width) as browser:
        scheme = {"name": "prefers-color-scheme", "value": "dark" if look == "dark" else "light"}
        media = "print" if look == "print" else "screen"
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": [scheme]})
        width = max(width, 1030) if look == "print" else width  # paper is no phone
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600,
        })  # fmt: skip
        browser.find_element(By.CSS_SELECTOR, "#table-line_items summary").click()
        assert not browser.execute_script("return document.documentElement.scrollWidth > innerWidth")
        picture = base64.b64decode(browser.get_screenshot_as_base64())
        assert len(set(zlib_rows(picture))) > 50
        assert barriers(browser) == []


def zlib_rows(png: bytes) -> list[bytes]:
    """The rows of a picture, unpacked but still filtered: a blank one has next to no different rows."""
    data, at = b"", 8
    while at < len(png):
        length = int.from_bytes(png[at : at + 4], "big")
        data += png[at + 8 : at + 8 + length] if png[at + 4 : at + 8] == b"IDAT" else b""
        at += 12 + length
    width, depth = int.from_bytes(png[16:20], "big"), {2: 3, 6: 4}[png[25]]
    raw = zlib.decompress(data)
    step = 1 + width * depth
    return [raw[i : i + step] for i in range(0, len(raw), step)]


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    path = tmp_path / "budget.html"
    path.write_text(page(hostile_estimate()), encoding="utf-8")
    with chromium() as browser:
        browser.get(path.as_uri())
        assert loud(browser) == []
        assert [url for url in requests(browser) if url != path.as_uri()] == []
        assert (
            browser.find_elements(
                By.CSS_SELECTOR, "main a:not([href^='#']), main img, main script, main iframe, main svg svg"
            )
            == []
        )
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
    assert not re.findall(r'(?:src|href)="(?!#)', html)


def test_the_same_input_gives_the_same_bytes() -> None:
    assert page(mixed_estimate()) == page(mixed_estimate())


def test_every_chart_carries_a_title_and_a_table_stands_beside_it() -> None:
    html = page(mixed_estimate())
    charts = re.findall(r"<figure>(.*?)</figure>\s*(.*?)\n", html, re.DOTALL)
    assert len(charts) >= 4
    assert all(re.match(r"\s*<figcaption>\w", inside) for inside, _ in charts)
    assert all(after.startswith(('<div class="wide"', "<p", "<figure>")) for _, after in charts)


def test_a_page_never_grows_beyond_its_limit() -> None:
    body = {"model": "kling-v3-text-to-video", "prompt": "A lighthouse at dawn, slow pan", "duration": 3}
    dear = {**body, "duration": 15, "quality": "1080p", "sound": "on"}
    bodies = [body] * 4000 + [dear] * 10
    jobs = [{"request": b, "tags": {"client": "Acme", "scene": f"{n % 99}"}} for n, b in enumerate(bodies)]
    html = page(kc.estimate(jobs, as_of=AS_OF))
    assert len(html.encode()) < 2_000_000
    assert "1,010 more line items, 16,362 EVOLINK_CREDIT in total, are in the workbook and the CSV." in html
    assert html.count("<details>") == 3000
    assert html.count("162.0000") >= 10
    hostile = [
        {"job_id": f"{'&<안' * 90}{n}", "request": {**b, f"{'z' * 60}{n}": 1}, "tags": {"c": f"{'<' * 200}{n}"}}
        for n, b in enumerate(bodies)
    ]
    html = page(kc.estimate(hostile, as_of=AS_OF))
    assert len(html.encode()) < 2_000_000
    assert "more line items" in html


def test_an_empty_estimate_is_a_page() -> None:
    assert "no priced jobs" in page(kc.estimate([]))


@pytest.mark.parametrize("text", HOSTILE)
def test_no_hostile_text_is_ever_markup(text: str) -> None:
    html = page(kc.estimate([{"job_id": text, "request": {"model": "kling-v3-text-to-video", "prompt": "x"}}]))
    if "<" in text:
        assert text not in html
    assert "\x1b" not in html
    assert "\u202e" not in html


def test_a_limit_whose_jobs_are_all_left_out_is_on_the_page(tmp_path: Path) -> None:
    good, bad = (
        "{model: kling-v3-text-to-video, prompt: x}",
        "{model: kling-v3-text-to-video, prompt: x, duration: 99}",
    )
    for name, job in (("a", good), ("b", bad)):
        (tmp_path / f"{name}.yaml").write_text(f"campaign: {name}\nbudget: 5 USD\njobs: [{job}]\n", encoding="utf-8")
    estimate = kc.estimate(kc.read_jobs(tmp_path / "a.yaml", tmp_path / "b.yaml"), as_of=AS_OF)
    html = page(estimate, kc.check(estimate))
    assert "b · USD" in html
    plan = json.loads(re.findall(r'id="plan">(.*?)</script>', html)[0])
    assert [(limit["name"], limit["source"]) for limit in plan["limits"]] == [("a · USD", 0), ("b · USD", 1)]
    assert [group["source"] for group in plan["groups"]] == [0]


def test_a_book_that_allows_very_long_videos_makes_no_huge_page(tmp_path: Path) -> None:
    overlay = tmp_path / "o.yaml"
    overlay.write_text(
        "schema: 1\nversion: o\nproviders: {long: {name: l, currency: USD, skus: {s: {models: [m], "
        "billing_rule: per_second, seconds: {minimum: 1, maximum: 900000}, "
        "rates: {2026-01-01: {unit_price: 2, source: s, checked: 2026-11-01}}}}}}\n",
        encoding="utf-8",
    )
    jobs = [{"request": {"model": "m", "duration": seconds}} for seconds in (7, 900_000)]
    html = page(kc.estimate(jobs, kc.load_prices(overlay=overlay), as_of=AS_OF))
    (model,) = json.loads(re.findall(r'id="plan">(.*?)</script>', html)[0])["models"]
    assert model["seconds"] == ["7", "900000"]
    assert model["prices"] == {"||7": "14000000", "||900000": "1800000000000"}


def test_suggestions_are_buttons_that_change_a_shot_and_show_how_much_that_hurts(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(
        "{schema: 1, fit: {weights: {tag:scene: {opening: 5}}, may: ["
        "{change: takes, down_to: 3, pain: 2}, {change: sound, from: on, to: off, pain: 4}]}}"
    )
    book = kc.load_prices(rates=["100 KLING3API_CREDIT/USD"])
    estimate = kc.estimate(kc.read_jobs("examples/campaign.yaml"), book, as_of=AS_OF)
    verdict = kc.check(estimate, budget="60 USD", rules=tmp_path / "rules.yaml")
    first = verdict.suggestions[0]
    with opened(tmp_path, report_bytes(".html", Report(estimate, verdict)).decode()) as browser:
        buttons = browser.find_elements(By.CSS_SELECTOR, "[data-suggestion]")
        assert len(buttons) == len(verdict.suggestions) == 3
        assert buttons[0].accessible_name.startswith(f"{first.job_id}: {first.change} {first.before} → {first.to}")

        def state() -> tuple[list[str | None], str, int]:
            result = next(r for r in browser.execute_script("return klingCostPlan.results()") if "over" in r)
            pressed = [button.get_attribute("aria-pressed") for button in buttons]
            return pressed, result["text"], browser.execute_script("return klingCostPlan.pain().points")

        planned = state()
        press = "arguments[0].click()"
        browser.execute_script(press, buttons[0])
        assert first.headroom is not None
        assert state() == (["true", "false", "false"], f"{round(first.headroom, 4):,f} USD", first.pain)
        outcome = browser.find_element(By.CSS_SELECTOR, ".outcome[aria-live]").text
        assert f"Pain {first.pain} A plan hurts the sum of its changes." in outcome
        browser.execute_script(press, buttons[1])
        assert state()[2] == first.pain + verdict.suggestions[1].pain
        browser.execute_script(CHANGE, 0, "quality", "720p")  # no rule says how much that hurts
        assert "(changes that no rule gives points: 1)" in browser.find_element(By.CSS_SELECTOR, ".outcome").text
        browser.find_element(By.CSS_SELECTOR, "[data-do=reset]").click()
        assert state() == planned
        browser.execute_script(press, buttons[2])
        browser.execute_script(press, buttons[2])  # once more takes it back
        assert state() == planned
        assert "Pain" not in browser.find_element(By.CSS_SELECTOR, ".outcome").text
        assert not browser.get_log("browser")
