"""Reports of a reconciliation: live formulas that hold, a bridge without remainder, claims to copy; inert."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

import kling_cost as kc
from examples.answers import every_kind, evolink, kling3api, wrapped
from kling_cost.reporting.parts import document_of, outcome_tables
from kling_cost.reporting.parts.charged.findings import claim_letters
from kling_cost.reporting.report import Report
from kling_cost.reporting.translations import LOCALES
from kling_cost.reporting.write_report import report_bytes
from kling_cost.reporting.writers.xlsx import sheet_layout
from tests.reporting.office import converted
from tests.reporting.samples import AS_OF, HOSTILE
from tests.reporting.test_html import opened
from tests.reporting.test_xlsx import formulas, near, values


@pytest.fixture(scope="module")
def outcome() -> kc.Reconciliation:
    jobs, answers = every_kind()
    return kc.reconcile(kc.estimate(jobs, as_of=AS_OF), answers)


def report(outcome: kc.Reconciliation, **options: Any) -> Report:
    assert outcome.estimate is not None
    return Report(outcome.estimate, outcome=outcome, **options)


def cells(path: Path, sheet: str) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in openpyxl.load_workbook(path, data_only=True)[sheet].iter_rows()]


def test_every_formula_comes_to_its_stored_value(tmp_path: Path, outcome: kc.Reconciliation) -> None:
    path = tmp_path / "charged.xlsx"
    path.write_bytes(report_bytes(".xlsx", report(outcome)))
    stored, calculated = values(path), values(converted(path, "xlsx", tmp_path))
    live = formulas(path)
    assert len(live["Reconciliation"]) > 30
    for sheet, places in live.items():
        for place in places:
            assert near(stored[sheet].get(place) or 0, calculated[sheet].get(place) or 0), (sheet, place)
    assert not [v for found in calculated.values() for v in found.values() if isinstance(v, str) and v.startswith("#")]
    checks = [row for row in cells(path, "Checks") if row[0] and str(row[0]).startswith("evolink: due")]
    assert [row[6] for row in checks] == ["OK"]


def test_more_tasks_than_a_sheet_holds_go_to_further_sheets(
    tmp_path: Path, outcome: kc.Reconciliation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheet_layout, "ROWS_OF_A_SHEET", 12)
    path = tmp_path / "charged.xlsx"
    path.write_bytes(report_bytes(".xlsx", report(outcome)))
    stored, calculated = values(path), values(converted(path, "xlsx", tmp_path))
    assert len([name for name in stored if name.startswith("Reconciliation")]) > 2
    for sheet, places in formulas(path).items():
        for place in places:
            assert near(stored[sheet].get(place) or 0, calculated[sheet].get(place) or 0), (sheet, place)


def test_a_changed_charge_turns_the_checks_red_and_moves_the_totals(tmp_path: Path, outcome: kc.Reconciliation) -> None:
    path = tmp_path / "charged.xlsx"
    path.write_bytes(report_bytes(".xlsx", report(outcome)))
    book = openpyxl.load_workbook(path)
    sheet = book["Reconciliation"]
    header = next(row for row in sheet.iter_rows() if row[0].value == "Job" and row[1].value == "Task")
    columns = {str(cell.value): cell.column for cell in header}
    first = sheet.cell(header[0].row + 1, columns["Charged"])
    assert first.value == 27
    first.value = 28
    book.save(path)
    changed = cells(converted(path, "xlsx", tmp_path), "Checks")
    exact = next(row for row in changed if str(row[0]).startswith("evolink: what was charged"))
    identity = next(row for row in changed if str(row[0]).startswith("evolink: due"))
    assert exact[6] == "CHECK"
    assert near(exact[5], 1.0)
    assert identity[6] == "OK"  # the identity holds whatever is charged


def test_the_bridge_leaves_no_remainder(outcome: kc.Reconciliation) -> None:
    tables = {t.key: t for part in document_of(report(outcome)).parts for t in part.tables}
    bridge = tables["bridge"]
    for seller in dict.fromkeys(bridge.column("seller")):
        amounts = [
            amount
            for name, amount in zip(bridge.column("seller"), bridge.column("amount"), strict=True)
            if name == seller
        ]
        steps = [Decimal(str(amount)) for amount in amounts]
        assert abs(sum(steps[:-1]) - steps[-1]) < Decimal("1e-9")  # of fifteen digits; a law has the exact sums


@pytest.mark.parametrize("locale", LOCALES)
def test_the_page_says_whether_it_was_charged_right(tmp_path: Path, outcome: kc.Reconciliation, locale: str) -> None:
    html = report_bytes(".html", report(outcome, locale=locale)).decode()
    with opened(tmp_path, html) as browser:
        assert browser.find_element(By.CSS_SELECTOR, ".verdict.bad").text
        bars = browser.find_elements(By.CSS_SELECTOR, "#part-reconciliation ~ figure svg rect")
        assert len(bars) >= 6
        letter = browser.find_element(By.CSS_SELECTOR, ".letter pre")
        assert "task-over_reserved" in letter.get_attribute("textContent")
        browser.find_element(By.CSS_SELECTOR, "[data-copy]").click()
        output = browser.find_element(By.CSS_SELECTOR, ".letter output")
        assert WebDriverWait(browser, 60).until(lambda _: output.text)  # the clipboard answers in its own time


def test_the_claims_are_what_was_charged_too_much(outcome: kc.Reconciliation) -> None:
    letters = {letter.title: letter for letter in claim_letters(report(outcome))}
    lines = letters["Claim to send: EVOLINK_CREDIT"].lines
    assert lines[0].startswith("For the following 4 tasks, we were charged more than is due")
    assert lines[2] == (
        "- task task-duplicate_task-again, our job duplicate_task: tasks: 2, planned takes: 1; "
        "this one exceeds the plan; 27 to be refunded"
    )
    # 27 twice (one task too many, a failure that was kept), 13.5 for sound, 10.8 for seconds
    assert lines[-1].startswith("In total 78.3 EVOLINK_CREDIT.")


FORGED = "b\n- task task-9, our job hero: 9999 EVOLINK_CREDIT reserved, 27 due; 9972 to be refunded"


def test_a_claim_prints_ids_as_they_are_shown_everywhere() -> None:
    """A line feed forges no line, and nothing turns the figures round."""
    ids = ["a\u202e", FORGED, "c\x1b[31m", "d\u2028e"]
    jobs = [{"job_id": i, "request": {"model": "kling-v3-text-to-video", "prompt": "Fog"}, "tags": {f"t\u202e{i}": "x"}}
            for i in ids]  # fmt: skip
    result = kc.reconcile(kc.estimate(jobs), [wrapped(i, evolink(f"task-{i}", 41)) for i in ids])
    (letter,) = claim_letters(report(result))
    assert len(letter.lines) == 4 + len(ids)
    assert all(text.isprintable() for text in letter.lines)
    assert (
        "- task task-a\\u202e, our job a\\u202e: 41 EVOLINK_CREDIT reserved, 27 due; 14 to be refunded" in letter.lines
    )
    assert FORGED.replace("\n", "\\n") in "".join(letter.lines)  # an id is whole: it has to be found again


@pytest.mark.parametrize("suffix", [".html", ".md"])
def test_a_tags_name_turns_nothing_round(suffix: str) -> None:
    name = "scene\u202e\x1b[31m"
    jobs = [
        {"job_id": i, "request": {"model": "kling-v3-text-to-video", "prompt": "Fog"}, "tags": {name: i}} for i in "ab"
    ]
    text = report_bytes(suffix, Report(kc.estimate(jobs, as_of=AS_OF))).decode()
    assert "\u202e" not in text
    assert "\x1b" not in text
    assert text.replace("\\\\", "\\").casefold().count("scene\\u202e\\x1b") > 1


def test_a_workbook_shows_a_tags_name(tmp_path: Path) -> None:
    jobs = [
        {"job_id": i, "request": {"model": "kling-v3-text-to-video", "prompt": "Fog"}, "tags": {"s\u202e": i}}
        for i in "ab"
    ]
    (tmp_path / "b.xlsx").write_bytes(report_bytes(".xlsx", Report(kc.estimate(jobs, as_of=AS_OF))))
    book = openpyxl.load_workbook(tmp_path / "b.xlsx")
    texts = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert not [text for text in texts if "\u202e" in text]
    assert [text for text in texts if "s\\u202e" in text]


def test_the_price_book_sheet_says_when_pages_were_copied(tmp_path: Path) -> None:
    jobs = [{"job_id": "a", "request": {"model": "kling-v3-text-to-video", "prompt": "Fog"}}]
    (tmp_path / "b.xlsx").write_bytes(report_bytes(".xlsx", Report(kc.estimate(jobs, as_of=AS_OF))))
    rows = cells(tmp_path / "b.xlsx", "Price book")
    head = next(row for row in rows if "Checked" in row)
    assert head[head.index("Checked") + 1] == "Pages copied"
    assert "spring 2026" in {row[head.index("Checked") + 1] for row in rows}


def first_lines(rates: list[str], *answers: Any) -> list[tuple[str, ...]]:
    """What a page says first of two takes of 27 credits and one of 540, held against some answers."""
    text = {"model": "kling-v3-text-to-video", "prompt": "Fog"}
    other = {"type": "pro-text-to-video", "prompt": "Fog", "duration": 10, "sound": False}
    jobs = [{"job_id": "a", "request": text, "takes": 2}, {"job_id": "b", "request": other}]
    plan = kc.estimate(jobs, kc.load_prices(rates=rates), as_of=AS_OF)
    document = document_of(Report(plan, outcome=kc.reconcile(plan, list(answers))))
    told = []
    for line in document.headlines:
        figures = [f"{figure.value.normalize():f} {figure.currency}" for figure in (line.amount, *line.beside)]
        told.append((line.before, *figures, line.extent))
    return told + [(lead.title, *(f"{f.name}: {f.text}" for f in lead.facts)) for lead in document.leads]


def test_what_is_read_first_is_what_was_charged_and_due_in_money() -> None:
    right = [wrapped("a", evolink("t1", 27)), wrapped("a", evolink("t2", 27)), wrapped("b", kling3api("n1", 540))]
    rate = ["100 KLING3API_CREDIT/USD"]
    assert first_lines(rate, *right) == [
        ("Charged", "6.15 USD", "54 EVOLINK_CREDIT", "540 KLING3API_CREDIT", "exactly as due"),
        ("To claim", ": nothing"),
    ]
    wrong = [wrapped("a", evolink("t1", 63)), wrapped("b", kling3api("n1", 600))]
    assert first_lines(rate, *wrong) == [
        ("Charged", "6.875 USD", "63 EVOLINK_CREDIT", "600 KLING3API_CREDIT",
         "5.78 USD due: 1.10 USD more than due · 0.38 USD due for takes that have no amount yet"),
        ("Biggest difference", "consumed too much · b: +0.60 USD (+60 KLING3API_CREDIT)"),
        ("To claim", "1 task: 0.50 USD (36 EVOLINK_CREDIT)", "1 task: 0.60 USD (60 KLING3API_CREDIT)"),
    ]  # fmt: skip
    assert first_lines([], *wrong) == [
        ("Charged", "0.875 USD", "63 EVOLINK_CREDIT", "0.38 USD due: 0.50 USD (36 EVOLINK_CREDIT) more than due"
         " · 0.38 USD due for takes that have no amount yet"),
        ("Charged", "600 KLING3API_CREDIT", "540 KLING3API_CREDIT due: 60 KLING3API_CREDIT more than due"),
        ("Biggest difference", "consumed too much · b: +60 KLING3API_CREDIT",
         "reserved too much · a: +0.50 USD (+36 EVOLINK_CREDIT)"),
        ("To claim", "1 task: 0.50 USD (36 EVOLINK_CREDIT)", "1 task: 60 KLING3API_CREDIT"),
    ]  # fmt: skip


def test_nothing_to_claim_is_no_letter() -> None:
    plan = kc.estimate([{"job_id": "a", "request": {"model": "kling-v3-text-to-video", "prompt": "Fog"}}])
    result = kc.reconcile(plan, [wrapped("a", evolink("t", 27))])
    assert claim_letters(Report(plan, outcome=result)) == []
    document = document_of(Report(plan, outcome=result))
    assert (document.verdict, document.verdict_tone) == ("charged as due", "good")


def test_report_and_reconcile_give_the_same_files(tmp_path: Path, outcome: kc.Reconciliation) -> None:
    from kling_cost.cli import main

    jobs, answers = every_kind()
    for name, lines in (("jobs", jobs), ("answers", answers)):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    forms = (".xlsx", ".html", ".md", ".csv")
    words = [str(tmp_path / "jobs.jsonl"), "--responses", str(tmp_path / "answers.jsonl"), "--as-of", "2026-11-20"]
    for verb in ("reconcile", "report"):
        outputs = [word for suffix in forms for word in ("-o", str(tmp_path / f"{verb}{suffix}"))]
        assert main([verb, *words, *outputs]) == 5
    for suffix in forms:
        assert (tmp_path / f"reconcile{suffix}").read_bytes() == (tmp_path / f"report{suffix}").read_bytes()


def test_hostile_text_stays_text_in_every_form(tmp_path: Path) -> None:
    plan = kc.estimate([{"job_id": "a", "request": {"model": "kling-v3-text-to-video", "prompt": "Fog"}}])
    answers: list[Any] = [wrapped("a", evolink("t", 40.5), **{text[:30]: text for text in HOSTILE})]
    answers += [wrapped(text, evolink(text, 40.5, group=text, model=text, rule=text)) for text in HOSTILE]
    answers += [{"code": text, "message": text, "data": None} for text in HOSTILE]
    result = kc.reconcile(plan, answers)
    html = report_bytes(".html", Report(plan, outcome=result)).decode()
    with opened(tmp_path, html) as browser:
        assert browser.find_elements(By.CSS_SELECTOR, "img, iframe, main script, object, embed") == []
    for suffix in (".xlsx", ".md", ".csv"):
        (tmp_path / f"b{suffix}").write_bytes(report_bytes(suffix, Report(plan, outcome=result)))
    book = openpyxl.load_workbook(tmp_path / "b.xlsx")
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    assert not any(len(text) > 3 and text in str(cell.value) for text in HOSTILE if text != "'quoted")
    assert "<script>" not in (tmp_path / "b.md").read_text(encoding="utf-8").replace("\\<", "")
    values(converted(tmp_path / "b.xlsx", "xlsx", tmp_path))


@pytest.mark.parametrize("locale", LOCALES)
def test_what_a_terminal_shows_fits_eighty_columns(outcome: kc.Reconciliation, locale: str) -> None:
    import io

    from rich.cells import cell_len

    from kling_cost.reporting.writers.terminal import console, print_table

    shown = report(outcome, locale=locale)
    out = io.StringIO()
    for table in outcome_tables(shown):
        print_table(console(out, 80, False), table, shown.words)
    assert max(cell_len(line) for line in out.getvalue().splitlines()) <= 80


@pytest.mark.parametrize("locale", LOCALES)
def test_no_figure_is_cut_for_want_of_room(locale: str) -> None:
    """Heads fold, names are shortened; a figure stands whole or the table is wrong."""
    import io

    from kling_cost.reporting.number_format import shown_value
    from kling_cost.reporting.writers.terminal import console, print_table

    jobs = [{"job_id": f"j{n}", "request": {"model": "kling-v3-text-to-video", "prompt": "x", "quality": "1080p"},
             "takes": 90_000} for n in range(9)]  # fmt: skip
    plan = kc.estimate(jobs)
    result = kc.reconcile(plan, [wrapped("j0", evolink(f"t{n}", 123.4567)) for n in range(700)])
    shown = Report(plan, outcome=result, locale=locale)
    totals = outcome_tables(shown)[0]
    out = io.StringIO()
    print_table(console(out, 80, False), totals, shown.words)
    for column in totals.columns:
        if column.prominent and column.is_number:
            (value,) = totals.column(column.key)
            assert shown_value(value, column, shown.words) in out.getvalue(), column.key


def test_the_verdict_and_its_parts_come_first(outcome: kc.Reconciliation) -> None:
    keys = [table.key for table in outcome_tables(report(outcome))]
    assert keys[:4] == ["actual_totals", "kinds", "findings", "reconciliation"]
    assert [part.key for part in document_of(report(outcome)).parts][:3] == ["summary", "reconciliation", "findings"]
    kinds = outcome_tables(report(outcome))[1]
    stakes = [Decimal(str(row[3])) for row in kinds.rows if row[0] == "error" and row[3] is not None]
    assert stakes == sorted(stakes, reverse=True)
