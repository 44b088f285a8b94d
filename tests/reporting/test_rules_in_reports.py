"""Budgets by scope and policies in reports: tables, bars, formulas and words."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import kling_cost as kc
from kling_cost.reporting.parts import document_of
from kling_cost.reporting.parts.key_figures import gauges
from kling_cost.reporting.report import Report
from kling_cost.reporting.table import Formula, Table
from kling_cost.reporting.translations import LOCALES
from kling_cost.results.document_types import CHECK
from tests.planning.test_scopes import CARRIED, OFFICIAL, estimate, job, outcome, rules, task
from tests.reporting.office import converted
from tests.reporting.test_xlsx import near, values

TEXT = f"""\
{CARRIED}
    parts: [{{name: P, where: {{tag:campaign: spring}}, limit: 60 EVOLINK_CREDIT}}]
  - {{name: rest, where: {{tag:client: absent}}, limit: 9 USD, per: month}}
policies:
  - {{name: dear, at_most: {{cost: 0.5 USD}}, owner: Ann, message: too dear}}
  - {{name: kept, at_most: {{takes: 9}}}}
"""


@pytest.fixture
def report(tmp_path: Path) -> Report:
    """October is spent, November half, December and February are planned."""
    plan = estimate(
        job("a", "2026-10-05", 2, OFFICIAL, client="Acme"),
        job("b", "2026-11-05", 3, client="Acme", campaign="spring"),
        job("c", None, 2, client="Acme"),
        job("d", "2027-02-01", 4, client="Acme"),
        job("e", "2026-12-01"),
    )
    spent = outcome(
        plan, task("a", "430", "succeeded", "USD", "t1"), task("b", "40", "open", "EVOLINK_CREDIT", "t2", "27")
    )
    return Report(plan, kc.check(plan, rules=rules(tmp_path, TEXT), actuals=spent))


def table(report: Report, key: str) -> Table:
    return next(found for part in document_of(report).parts for found in part.tables if found.key == key)


def rows(found: Table, *columns: str) -> list[tuple[Any, ...]]:
    return list(zip(*(found.column(column) for column in columns), strict=True))


def test_a_table_has_every_scope_and_month(report: Report) -> None:
    assert rows(table(report, "scopes"), "scope", "month", "limit", "planned", "carried_over", "status") == [
        ("Acme", "2026-10", 500, Decimal("0.42"), 0, "warn"),
        ("Acme", "2026-11", Decimal("569.58"), Decimal("1.5"), Decimal("69.58"), "within"),
        ("Acme", "2027-02", 600, Decimal("1.5"), 100, "within"),
        ("Acme / P", "2026-11", 60, 54, 0, "over"),
        ("rest", "2026-12", 9, Decimal("0.375"), 0, "within"),
    ]


@pytest.mark.parametrize("locale", LOCALES)
def test_an_unknown_carry_over_is_called_so_wherever_it_stands(tmp_path: Path, locale: str) -> None:
    """In text, on the page and in the workbook; a known one stands in the workbook only."""
    plan = estimate(job("a", "2026-11-05", client="Acme"), job("b", "2026-12-05", client="Acme"))
    report = Report(plan, kc.check(plan, rules=rules(tmp_path, CARRIED)), locale=locale)
    scopes = table(report, "scopes")
    word = report.words("status.unknown")
    assert scopes.column("carried_over") == [word, word]
    assert next(column for column in scopes.columns if column.key == "carried_over").prominent
    kc.write_report(tmp_path / "r.html", plan, report.verdict, locale=locale)
    assert f">{word}</td>" in (tmp_path / "r.html").read_text("utf-8")


def test_what_is_planned_and_carried_over_follows_in_a_workbook(report: Report) -> None:
    scopes = table(report, "scopes")
    cells = [dict(zip((c.key for c in scopes.columns), row, strict=True)) for row in scopes.rows]
    assert all(isinstance(row["planned"], Formula) for row in cells)
    assert [isinstance(row["carried_over"], Formula) for row in cells] == [False, True, True, False, False]
    assert 'EXACT({line_items.tag_1}&"","Acme")' in cells[1]["planned"].text
    assert "DATE(2026,11,1)" in cells[1]["planned"].text


def test_months_are_columns_with_totals(report: Report) -> None:
    months = table(report, "scope_months")
    assert [column.title for column in months.columns][2:] == ["2026-10", "2026-11", "2026-12", "2027-02", "Total"]
    assert rows(months, "key", "month_0", "total")[0][:2] == ("Acme", Decimal("430.42"))
    clients = table(report, "tag_months_1")
    assert rows(clients, "key", "currency", "month_1", "total") == [
        ("Acme", "USD", Decimal("1.875"), Decimal("4.215")),
        ("(none)", "USD", 0, Decimal("0.375")),
    ]
    assert clients.totals is not None
    whole = report.estimate.total("USD").amount
    last = clients.totals[-1]
    assert isinstance(last, Formula)
    assert last.value == whole


def test_policies_are_told_with_the_broken_ones_first(report: Report) -> None:
    assert rows(table(report, "policies"), "policy", "kept", "message", "owner", "job_count", "job_ids") == [
        ("dear", "BROKEN", "too dear", "Ann", 4, "a, b, c, d"),
        ("kept", "kept", None, None, 0, None),
    ]


def test_a_page_has_one_bar_a_scope_in_one_money(report: Report) -> None:
    bars = gauges(report)
    assert [bar.name for bar in bars] == ["Acme / 2026-11 · USD", "Acme / P / 2026-11 · USD", "rest / 2026-12 · USD"]
    assert bars[1].text == "1.31 of 0.83 planned, set aside or committed, 0.47 over"
    assert bars[0].share is not None


def test_a_refused_plan_is_called_so_in_every_language(report: Report, tmp_path: Path) -> None:
    found = rules(tmp_path, "policies: [{name: p, at_most: {takes: 1}}]")
    verdict = kc.check(report.estimate, no_budget=True, rules=found)  # type: ignore[arg-type]
    words = set()
    for locale in LOCALES:
        document = document_of(Report(report.estimate, verdict, locale))
        assert document.verdict_tone == "bad"
        words.add(document.verdict)
    assert len(words) == len(LOCALES)


def test_limits_without_scopes_stay_in_their_own_table(report: Report, tmp_path: Path) -> None:
    assert report.verdict is not None
    verdict = kc.check(report.estimate, budget="50 USD", rules=rules(tmp_path, TEXT.replace("carry_over", "#")))  # type: ignore[arg-type]
    both = replace(report, verdict=verdict)
    assert rows(table(both, "limits"), "scope", "limit") == [("campaign", 50)]
    assert len(table(both, "scopes").rows) == 5


def test_the_workbook_and_the_markdown_have_them(report: Report, tmp_path: Path) -> None:
    for name in ("o.xlsx", "o.md", "o.html"):
        kc.write_report(tmp_path / name, report.estimate, report.verdict)
    book = openpyxl.load_workbook(tmp_path / "o.xlsx")
    assert {"Scopes", "Policies"} <= set(book.sheetnames)
    for name in ("o.md", "o.html"):
        text = (tmp_path / name).read_text("utf-8")
        assert "Acme / P" in text
        assert "too dear" in text


@pytest.mark.parametrize("text", [TEXT, TEXT.replace("10 USD", "7.5 %"), f"contingency: 12.5 %\n{TEXT}"])
def test_a_spreadsheet_comes_to_the_same_figures(report: Report, tmp_path: Path, text: str) -> None:
    assert report.verdict is not None
    assert isinstance(report.estimate, kc.Estimate)
    path = tmp_path / "budget.xlsx"
    spent = outcome(
        report.estimate, task("a", "430", "succeeded", "USD", "t1"), task("b", "40", "open", "EVOLINK_CREDIT", "t2")
    )
    for budget in (None, "700 USD"):
        verdict = kc.check(report.estimate, budget=budget, rules=rules(tmp_path, text), actuals=spent)
        kc.write_report(path, report.estimate, verdict)
        stored, calculated = values(path), values(converted(path, "xlsx", tmp_path))
        assert stored.keys() == calculated.keys()
        for sheet, cells in stored.items():
            for place, value in cells.items():
                assert near(value, calculated[sheet].get(place, "")), f"{sheet}!{place}"


def test_a_checked_plan_is_broken_down_by_month(report: Report) -> None:
    found = CHECK.json(report.verdict)["estimate"]["breakdowns"]
    assert [(one["key"], one["cost"]) for one in found["month"]] == [
        ("2026-10", "0.84"),
        ("2026-11", "135"),
        ("2026-12", "27"),
        ("2027-02", "108"),
    ]
    assert [one["key"] for one in found["month,scope"]] == [
        "2026-10,Acme",
        "2026-11,Acme",
        "2026-11,Acme / P",
        "2026-12,rest",
        "2027-02,Acme",
    ]
    for name in ("month", "month,tag:client", "month,tag:campaign"):
        for currency, cost in (("EVOLINK_CREDIT", 270), ("USD", Decimal("0.84"))):
            assert sum(Decimal(one["cost"]) for one in found[name] if one["currency"] == currency) == cost
