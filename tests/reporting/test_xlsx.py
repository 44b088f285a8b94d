"""The workbook: live formulas with stored values that agree when recalculated; inert; the same bytes every time."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
import python_calamine
from openpyxl.utils.escape import unescape

import kling_cost as kc
from kling_cost.reporting.parts import PARTS, document_of
from kling_cost.reporting.report import Report
from kling_cost.reporting.translations import words_of
from kling_cost.reporting.write_report import report_bytes
from kling_cost.reporting.writers.xlsx import sheet_layout
from kling_cost.reporting.writers.xlsx.cell_styles import BAD
from kling_cost.reporting.writers.xlsx.workbook_file import xlsx_bytes
from tests.reporting.office import converted
from tests.reporting.samples import AS_OF, HOSTILE, hostile_estimate, mixed_estimate

HARD_TO_COMPARE = ["1", "01", "1e3", "Acme", "ACME", "*", "?", "~", ">0", "<>", "=x", "TRUE", "5 May", "1/2", ""]


def workbook(estimate: kc.Estimate, verdict: kc.Verdict | None = None) -> bytes:
    return report_bytes(".xlsx", Report(estimate, verdict))


def written(tmp_path: Path, estimate: kc.Estimate, verdict: kc.Verdict | None = None) -> Path:
    path = tmp_path / "budget.xlsx"
    path.write_bytes(workbook(estimate, verdict))
    return path


def values(path: Path) -> dict[str, dict[str, object]]:
    book = openpyxl.load_workbook(path, data_only=True)
    return {s.title: {c.coordinate: c.value for row in s.iter_rows() for c in row if c.value is not None} for s in book}


def formulas(path: Path) -> dict[str, list[str]]:
    book = openpyxl.load_workbook(path)
    return {s.title: [c.coordinate for row in s.iter_rows() for c in row if c.data_type == "f"] for s in book}


def near(one: object, other: object) -> bool:
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return abs(one - other) <= 1e-9 * max(1, abs(one))
    return one == other


def test_every_formula_comes_to_its_stored_value(tmp_path: Path) -> None:
    estimate = mixed_estimate()
    path = written(
        tmp_path, estimate, kc.check(estimate, budget=["2000 EVOLINK_CREDIT", "5000 KLING3API_CREDIT", "9 USD"])
    )
    stored, calculated = values(path), values(converted(path, "xlsx", tmp_path))
    count = 0
    for sheet, cells in formulas(path).items():
        for place in cells:
            count += 1
            assert near(stored[sheet].get(place) or "", calculated[sheet].get(place) or ""), (sheet, place)
    assert count > 100
    assert not [v for cells in calculated.values() for v in cells.values() if isinstance(v, str) and v.startswith("#")]


def header_row(sheet: Any, first: str = "Job") -> int:
    """The row of a sheet's header, found by the first column's title."""
    return next(cell.row for cell in sheet["A"] if cell.value == first)


def test_the_figures_are_there_without_calculating(tmp_path: Path) -> None:
    estimate = mixed_estimate()
    path = written(tmp_path, estimate)
    header = header_row(openpyxl.load_workbook(path)["Line items"])
    frame = pd.read_excel(path, sheet_name="Line items", header=header - 1, engine="openpyxl")
    priced = frame[frame["Job"].notna()]
    for total in estimate.totals:
        mine = priced[priced["Currency"] == total.currency]["Cost"]
        assert Decimal(str(round(mine.sum(), 4))) == total.cost.quantize(Decimal("0.0001"))
    rows = python_calamine.load_workbook(str(path)).get_sheet_by_name("Summary").to_python()
    assert any(row[0] == "EVOLINK_CREDIT" and row[3] == float(estimate.totals[0].cost) for row in rows)


def changed(path: Path, tmp_path: Path, change: Callable[[Any], None]) -> dict[str, dict[str, object]]:
    """What LibreOffice makes of a workbook after somebody changed it."""
    book = openpyxl.load_workbook(path)
    change(book)
    book.save(tmp_path / "changed.xlsx")
    return values(converted(tmp_path / "changed.xlsx", "xlsx", tmp_path))


def total_of(cells: dict[str, object], currency: str) -> dict[str, object]:
    """Takes, cost and dollars on Summary."""
    row = next(place[1:] for place, value in cells.items() if value == currency and place[0] == "A")
    return {"takes": cells[f"C{row}"], "cost": cells[f"D{row}"], "usd": cells.get(f"E{row}")}


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Path:
    estimate = kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "x"}] * 3, as_of=AS_OF)
    return written(
        tmp_path_factory.mktemp("three"), estimate, kc.check(estimate, budget=["2 USD", "90 EVOLINK_CREDIT"])
    )


def test_changing_a_line_changes_every_total(three: Path, tmp_path: Path) -> None:
    def change(book: Any) -> None:
        sheet = book["Line items"]
        header = header_row(sheet)
        heads = {cell.value: cell.column for cell in sheet[header]}
        sheet.cell(header + 1, heads["Sound"]).value = "on"
        sheet.cell(header + 2, heads["Quality"]).value = "1080p"
        sheet.cell(header + 3, heads["Model"]).value = "kling-v3-image-to-video"
        sheet.cell(header + 3, heads["Seconds"]).value = 10
        sheet.cell(header + 3, heads["Takes"]).value = 4

    calculated = changed(three, tmp_path, change)
    bodies = [
        {"request": {"model": "kling-v3-text-to-video", "prompt": "x", "sound": "on"}},
        {"request": {"model": "kling-v3-text-to-video", "prompt": "x", "quality": "1080p"}},
        {"request": {"model": "kling-v3-text-to-video", "prompt": "x", "duration": 10}, "takes": 4},
    ]
    wanted = kc.estimate(bodies).totals[0]
    found = total_of(calculated["Summary"], "EVOLINK_CREDIT")
    assert wanted.usd is not None
    assert near(found["cost"], float(wanted.cost))
    assert near(found["takes"], wanted.takes)
    assert near(found["usd"], float(wanted.usd))
    summary = calculated["Summary"].values()
    assert "OVER BUDGET" in summary
    assert "edited" in summary  # this is no longer what was calculated, but it adds up
    assert "CHECK" not in summary
    assert [v for v in calculated["By tag"].values() if near(v, float(wanted.cost))]


def test_changing_a_price_a_rate_of_exchange_and_the_contingency_changes_every_total(
    three: Path, tmp_path: Path
) -> None:
    def change(book: Any) -> None:
        prices = book["Price book"]
        header = header_row(prices, "Provider")
        heads = {cell.value: cell.column for cell in prices[header]}
        for row in range(header + 1, prices.max_row):
            if [prices.cell(row, heads[name]).value for name in ("Quality", "Sound")] == ["720p", "off"]:
                prices.cell(row, heads["Unit price"]).value = 6.6667
        assumptions = book["Assumptions"]
        row = next(c.row for c in assumptions["A"] if c.value == "EVOLINK_CREDIT")
        assumptions.cell(row, 2).value = 50
        row = next(c.row for c in assumptions["A"] if c.value == "Contingency rate")
        assumptions.cell(row, 2).value = 0.1

    calculated = changed(three, tmp_path, change)
    found = total_of(calculated["Summary"], "EVOLINK_CREDIT")
    assert near(found["cost"], 3 * 33.3335)
    assert near(found["usd"], 3 * 33.3335 / 50)
    assert [v for v in calculated["Summary"].values() if near(v, 2 - 1.1 * 3 * 33.3335 / 50)]


def test_a_line_whose_combination_nobody_sells_has_no_cost_and_blocks_the_plan(three: Path, tmp_path: Path) -> None:
    def change(book: Any) -> None:
        sheet = book["Line items"]
        header = header_row(sheet)
        sheet.cell(header + 1, next(c.column for c in sheet[header] if c.value == "Quality")).value = "8k"

    calculated = changed(three, tmp_path, change)
    assert near(total_of(calculated["Summary"], "EVOLINK_CREDIT")["cost"], 54)
    assert "–" in calculated["Line items"].values()
    assert "BLOCKED" in calculated["Summary"].values()
    assert "CHECK" not in calculated["Summary"].values()
    assert not [v for cells in calculated.values() for v in cells.values() if str(v).startswith("#")]


def test_every_combination_of_the_book_is_rounded_by_formula_as_by_the_rule(tmp_path: Path) -> None:
    jobs: list[dict[str, Any]] = []
    book = kc.load_prices()
    for provider, sku in book.skus():
        low, high = sku.seconds or (5, 5)
        for options in sku.rates[-1].unit_prices:
            for model in sku.models[:1]:
                jobs += [
                    {"provider": provider.id, "model": model, "duration": seconds if sku.seconds else None}
                    | dict(zip(sku.rates[-1].by, options, strict=True))
                    for seconds in range(low, high + 1)
                ]
    frame = pd.DataFrame(jobs, dtype=object)
    estimate = kc.estimate(kc.read_jobs(frame), as_of=AS_OF)
    assert len(estimate.line_items) == len(jobs)
    path = written(tmp_path, estimate)
    calculated = values(converted(path, "xlsx", tmp_path))["Line items"]
    sheet = openpyxl.load_workbook(path)["Line items"]
    header = header_row(sheet)
    letter = next(c.column_letter for c in sheet[header] if c.value == "Cost per take")
    for row, item in enumerate(estimate.line_items, header + 1):
        assert calculated[f"{letter}{row}"] == float(item.charge.cost), item


def test_streamed_rows_are_what_openpyxl_would_write() -> None:
    document = document_of(Report(mixed_estimate()))
    slow = [replace(p, tables=[replace(t, uniform=False) for t in p.tables]) for p in document.parts]
    one, other = (openpyxl.load_workbook(io.BytesIO(xlsx_bytes(d))) for d in (document, replace(document, parts=slow)))
    count = 0
    for row in other["Line items"].iter_rows():
        for cell in row:
            mine = one["Line items"][cell.coordinate]
            assert (mine.value, mine.data_type) == (cell.value, cell.data_type), cell.coordinate
            if cell.row > 7 and cell.value is not None and cell.row < other["Line items"].max_row - 1:
                count += 1
                assert (mine.number_format, mine.font.color.rgb, mine.fill.fgColor.rgb) == (
                    cell.number_format, cell.font.color.rgb, cell.fill.fgColor.rgb,
                ), cell.coordinate  # fmt: skip
    assert count > 300


def test_more_lines_than_a_sheet_holds_go_to_further_sheets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet_layout, "ROWS_OF_A_SHEET", 8)
    estimate = mixed_estimate()
    path = written(tmp_path, estimate, kc.check(estimate, budget="9 USD"))
    stored, calculated = values(path), values(converted(path, "xlsx", tmp_path))
    assert [name for name in stored if name.startswith("Line")] == ["Line items", "Line items 2", "Line items 3"]
    for sheet, cells in formulas(path).items():
        for place in cells:
            assert near(stored[sheet].get(place) or "", calculated[sheet].get(place) or ""), (sheet, place)


def test_drop_downs_offer_what_the_book_sells_for_the_model_of_the_line() -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook(mixed_estimate())))
    sheet = book["Line items"]
    header = header_row(sheet)
    heads = {cell.column_letter: cell.value for cell in sheet[header]}
    rules = {heads[str(r.sqref).split(":")[0].rstrip("0123456789")]: r for r in sheet.data_validations.dataValidation}
    assert set(rules) == {"Provider", "Model", "Seconds", "Quality", "Sound", "Takes", "Priced on"}
    for name in ("Model", "Quality", "Sound"):
        formula = rules[name].formula1
        assert formula.startswith("INDEX(")
        assert len(formula) <= 255
        ranges = re.findall(r"'Price book'!(\$[A-Z]+\$\d+:\$[A-Z]+\$\d+)", formula)
        offered, groups = ([c.value for (c,) in book["Price book"][ranges[at].replace("$", "")]] for at in (0, 1))
        assert groups == sorted(groups)  # equal ones stand together, as INDEX:INDEX needs it
        sold = {(g, o) for g, o in zip(groups, offered, strict=True)}
        assert sold <= {
            ({"Model": p.id}.get(name, model), {"Model": model}.get(name, option))
            for p, sku in kc.load_prices().skus()
            for model in sku.models
            for rate in sku.rates
            for option in rate.options.get(name.lower(), ("",))
        }
    assert rules["Takes"].type == "whole"


def test_tags_that_a_conditional_sum_would_confuse_add_up_all_the_same(tmp_path: Path) -> None:
    body = {"model": "kling-v3-text-to-video", "prompt": "x"}
    jobs = [{"request": body, "takes": n, "tags": {"t": tag}} for n, tag in enumerate(HARD_TO_COMPARE, 1)]
    jobs += [{"request": body, "takes": 40}, {"request": body, "tags": {"client": "Acme"}}]
    path = written(tmp_path, kc.estimate(jobs, as_of=AS_OF))
    stored, calculated = values(path), values(converted(path, "xlsx", tmp_path))
    for sheet, cells in formulas(path).items():
        for place in cells:
            assert near(stored[sheet].get(place) or "", calculated[sheet].get(place) or ""), (sheet, place)


def test_money_in_further_currencies_follows(tmp_path: Path) -> None:
    book = kc.load_prices(rates=["1400 KRW/USD", "100 KLING3API_CREDIT/USD"])
    estimate = kc.estimate(kc.read_jobs("examples/campaign.yaml"), book, as_of=AS_OF)
    report = Report(estimate, kc.check(estimate, budget=["200000 KRW"]), currencies=("KRW",))
    path = tmp_path / "b.xlsx"
    path.write_bytes(report_bytes(".xlsx", report))
    stored, calculated = values(path), values(converted(path, "xlsx", tmp_path))
    for sheet, cells in formulas(path).items():
        for place in cells:
            assert near(stored[sheet].get(place) or "", calculated[sheet].get(place) or ""), (sheet, place)
    usd = sum(total.usd for total in estimate.totals if total.usd is not None)
    assert [v for v in calculated["Summary"].values() if near(v, float(usd) * 1400)]


@pytest.mark.parametrize("locale", ["ko", "ja", "zh"])
def test_it_calculates_in_every_language(tmp_path: Path, locale: str) -> None:
    estimate = mixed_estimate()
    verdict = kc.check(estimate, budget=["2000 EVOLINK_CREDIT", "5000 KLING3API_CREDIT", "9 USD"])
    path = tmp_path / "b.xlsx"
    path.write_bytes(report_bytes(".xlsx", Report(estimate, verdict, locale=locale)))
    stored, calculated = values(path), values(converted(path, "xlsx", tmp_path))
    assert words_of(locale)("part.line_items") in stored
    for sheet, cells in formulas(path).items():
        for place in cells:
            assert near(stored[sheet].get(place) or "", calculated[sheet].get(place) or ""), (sheet, place)


def test_every_sheet_says_what_it_rests_on_and_prints_on_paper() -> None:
    estimate = mixed_estimate()
    book = openpyxl.load_workbook(io.BytesIO(workbook(estimate, kc.check(estimate, no_budget=True))))
    assert book.sheetnames == [
        "Summary",
        "By tag",
        "Line items",
        "Problems",
        "Assumptions",
        "Price book",
        "Checks",
        "kling_cost",
    ]
    for sheet in book:
        assert sheet["A1"].value == f"Kling 3.0 videos — {sheet.title}"
        top = " ".join(str(sheet.cell(row, 1).value) for row in range(2, 6))
        assert "As of Nov 20, 2026 · Price book 2026-11-19 (" in top
        assert estimate.price_book.oldest_checked is not None
        assert f"Oldest price checked {words_of('en').day(estimate.price_book.oldest_checked)}" in top
        alarms = [
            sheet.cell(row, 1) for row in range(2, 6) if "PARTIAL: 1 job excluded" in str(sheet.cell(row, 1).value)
        ]
        assert alarms
        assert alarms[0].font.color.rgb.endswith(BAD)
        assert sheet.print_title_rows
        assert sheet.page_setup.fitToWidth == 1
        assert "&P" in sheet.oddFooter.right.text
    assert "contingency_rate" in book.defined_names


OUR_FUNCTIONS = set(
    "ABS AND CHOOSE COUNT COUNTIF COUNTIFS EXACT IF INDEX INT ISBLANK ISERROR ISNUMBER LEN MATCH MAX REPT ROUND ROW "
    "ROWS SUM SUMIF SUMIFS SUMPRODUCT SUMSQ T TEXT TRIM VALUE _xlfn.ISFORMULA".split()
)


def test_hostile_text_is_text(tmp_path: Path) -> None:
    path = written(tmp_path, hostile_estimate())
    book = openpyxl.load_workbook(path)
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    body = re.sub(r'"(?:[^"]|"")*"', "", str(cell.value))  # what stands in it as text is text
                    assert set(re.findall(r"([\w.]+)\(", body)) <= OUR_FUNCTIONS, cell.value
                    assert re.findall(r"[|\[\]]|cmd", body) == [], cell.value
                assert cell.data_type != "e"
                if cell.hyperlink is not None:  # to a sheet of its own
                    assert cell.hyperlink.target is None
                    assert cell.hyperlink.location in {f"'{name}'!A1" for name in book.sheetnames}
                if isinstance(cell.value, str) and cell.data_type == "s":
                    assert len(cell.value.encode("utf-16-le")) // 2 <= 32_767
                    if cell.value[:1] in ("=", "+", "-", "@"):
                        assert cell.quotePrefix
    ids = [cell.value for cell in book["Line items"]["A"]]
    assert f"{HOSTILE[0]} 0" in ids
    calculated = values(converted(path, "xlsx", tmp_path))
    assert f"{HOSTILE[1]} 1" in calculated["Line items"].values()


def test_a_cut_text_says_so(tmp_path: Path) -> None:
    estimate = kc.estimate([{"job_id": "y" * 40_000, "request": {"model": "kling-v3-text-to-video", "prompt": "x"}}])
    ids = [v for v in values(written(tmp_path, estimate))["Line items"].values() if str(v).startswith("yyy")]
    assert str(ids[0]).endswith("(cut; the JSON contains the whole text)")


def test_the_same_input_gives_the_same_bytes() -> None:
    assert workbook(mixed_estimate()) == workbook(mixed_estimate())


def test_the_package_carries_no_time_macro_link_or_hidden_sheet(tmp_path: Path) -> None:
    package = zipfile.ZipFile(io.BytesIO(workbook(mixed_estimate())))
    assert {item.date_time for item in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    names = package.namelist()
    assert not [name for name in names if "vba" in name.lower() or "externalLink" in name]
    text = b"".join(package.read(name) for name in names)
    for word in (
        b'state="hidden"',
        b"OFFSET(",
        b"INDIRECT(",
        b"NOW()",
        b"TODAY()",
        b"RAND",
        b"<mergeCell",
        b"http://evil",
    ):
        assert word not in text


def test_figures_beyond_fifteen_digits_are_refused(tmp_path: Path) -> None:
    book = tmp_path / "p.yaml"
    book.write_text(
        "schema: 1\nversion: x\ncurrencies: {CRD: {name: c, quantum: 0.0001}}\nproviders: {p: {name: p, currency: CRD, "
        "skus: {s: {models: [m], billing_rule: per_call, rates: {2026-01-01: "
        "{unit_price: 123456789.1234, source: s, checked: 2026-01-01}}}}}}",
        encoding="utf-8",
    )
    estimate = kc.estimate([{"request": {"model": "m"}, "takes": 10_000}], kc.load_prices(book))
    assert estimate.totals[0].cost == Decimal("1234567891234")
    assert workbook(estimate)
    dollars = kc.estimate([{"request": {"model": "m"}, "takes": 10}], kc.load_prices(book, rates=["71 CRD/USD"]))
    assert workbook(dollars)  # converted, so rounded
    estimate = kc.estimate([{"request": {"model": "m"}, "takes": 9_999}], kc.load_prices(book))
    with pytest.raises(kc.UsageError, match="more than 15 digits"):
        workbook(estimate)


def test_an_empty_estimate_is_a_workbook_without_errors(tmp_path: Path) -> None:
    path = written(tmp_path, kc.estimate([]))
    calculated = values(converted(path, "xlsx", tmp_path))
    assert not [v for cells in calculated.values() for v in cells.values() if str(v).startswith("#")]


def test_a_stored_estimate_makes_a_workbook_that_calculates(tmp_path: Path) -> None:
    kc.write_report(tmp_path / "lines.csv", mixed_estimate())
    again = kc.read_estimate(tmp_path / "lines.csv")
    path = written(tmp_path, again)
    stored, calculated = values(path), values(converted(path, "xlsx", tmp_path))
    for sheet, cells in formulas(path).items():
        for place in cells:
            assert near(stored[sheet].get(place) or "", calculated[sheet].get(place) or ""), (sheet, place)


def test_it_prints(tmp_path: Path) -> None:
    pdf = converted(written(tmp_path, mixed_estimate()), "pdf", tmp_path)
    assert pdf.read_bytes().startswith(b"%PDF")
    assert pdf.stat().st_size > 10_000


def contents(path: Path) -> list[list[str]]:
    """The links of the first sheet, with what each leads to, and the head above them."""
    sheet = openpyxl.load_workbook(path)["Summary"]
    header = header_row(sheet, "Sheet")
    rows = [[str(cell.value) for cell in row[:2]] for row in sheet.iter_rows(min_row=header - 1)]
    rows[0].pop()
    return rows[: next(at for at, row in enumerate(rows) if row[0] == "None")]


def test_the_first_sheet_leads_to_every_other_and_names_its_inputs(tmp_path: Path) -> None:
    estimate = mixed_estimate()
    path = written(tmp_path, estimate, kc.check(estimate, budget="9 USD"))
    book = openpyxl.load_workbook(path)
    assert [row[0] for row in contents(path)[2:]] == book.sheetnames[1:]
    links = {cell.value: cell.hyperlink for row in book["Summary"].iter_rows() for cell in row if cell.hyperlink}
    assert {name: link.location for name, link in links.items()} == {n: f"'{n}'!A1" for n in book.sheetnames[1:]}
    told = dict(row for row in contents(path)[2:])
    assert "inputs: Provider, Model, Seconds, Quality, Sound, Takes, …" in told["Line items"]
    assert told["Price book"].endswith("inputs: Unit price")
    assert "inputs" not in told["Problems"]


def test_no_line_is_cut_where_a_sheet_goes_over_several_pages() -> None:
    sheets = openpyxl.load_workbook(io.BytesIO(workbook(mixed_estimate())))
    for name in ("Line items", "Price book"):
        sheet = sheets[name]
        first, *others = [area.split("!")[1].replace("$", "") for area in sheet.print_area.split(",")]
        header = header_row(sheet, {"Line items": "Job", "Price book": "Provider"}[name])
        assert others, name
        assert first.startswith("A1:")
        assert sheet.print_title_cols == "$A:$A"
        for area in others:  # no title, no note: they are longer than the first column, which is repeated
            shown = [row[0] for row in sheet[area]]
            assert shown[0].row == header
            assert all(len(str(sheet.cell(cell.row, 1).value)) <= 60 for cell in shown)
            assert not str(sheet.cell(shown[-1].row, 1).value).endswith(".")


#: Parts that need more than a plan, a budget and answers have tests of their own.
NEED_MORE = ("scopes", "policies", "changes", "risk", "fit", "compare")


@pytest.mark.parametrize("part", [maker.key for maker in PARTS if maker.key not in NEED_MORE])
def test_a_part_alone_is_a_workbook_without_errors(tmp_path: Path, part: str) -> None:
    estimate = mixed_estimate()
    verdict = kc.check(estimate, budget=["2000 EVOLINK_CREDIT", "9 USD"])
    outcome = kc.reconcile(estimate, [])
    path, entire = tmp_path / "b.xlsx", tmp_path / "budget.xlsx"
    path.write_bytes(report_bytes(".xlsx", Report(estimate, verdict, only=(part,), outcome=outcome)))
    entire.write_bytes(report_bytes(".xlsx", Report(estimate, verdict, outcome=outcome)))
    book = openpyxl.load_workbook(path)
    assert len(book.sheetnames) == 1
    stored, whole = values(path), values(entire)
    links = {value for row in contents(entire) for value in row} if part == "summary" else set()
    assert set(stored[book.sheetnames[0]].values()) == set(whole[book.sheetnames[0]].values()) - links
    for row in book[book.sheetnames[0]].iter_rows():
        for cell in row:
            if cell.data_type == "f":
                assert set(re.findall(r"'([^']+)'!", str(cell.value))) <= set(book.sheetnames)
                if "contingency_rate" in str(cell.value):
                    assert "contingency_rate" in book.defined_names


def test_very_many_problems_are_listed_one_row_each(tmp_path: Path) -> None:
    body = {"model": "kling-v3-text-to-video", "prompt": "x", "duration": 99, "=1+1": 1}
    path = written(tmp_path, kc.estimate([body] * 1500 + [{**body, "duration": 5}]))
    sheet = openpyxl.load_workbook(path)["Problems"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=header_row(sheet, "Severity") + 1)]
    assert len(rows) == 3001
    assert [row[0] for row in rows] == ["error"] * 1500 + ["warning"] * 1501
    assert rows[0][6] == "99 is outside the range 3 to 15"
    calculated = values(converted(path, "xlsx", tmp_path))
    assert "=1+1" in calculated["Problems"].values()


@pytest.mark.parametrize(
    "make",
    [mixed_estimate, hostile_estimate, lambda: kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "x"}])],
)
def test_the_table_s_own_description_agrees_with_its_cells(make: Callable[[], kc.Estimate]) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(workbook(make())))["Line items"]
    (table,) = sheet.tables.values()
    cells = sheet[table.ref]
    names = [column.name for column in table.tableColumns]
    assert [unescape(cell.value) for cell in cells[0]] == names  # openpyxl does so for names only
    assert len({name.casefold() for name in names}) == len(names)
    assert all(0 < len(name) <= 255 and "\n" not in name for name in names)
    first, last = table.autoFilter.ref.split(":")
    assert (first, last) == (cells[0][0].coordinate, cells[-2][-1].coordinate)
    for column, cell in zip(table.tableColumns, cells[-1], strict=True):
        expected = column.totalsRowFormula.attr_text if column.totalsRowFormula else column.totalsRowLabel
        assert (cell.value or None) == (f"={expected}" if column.totalsRowFormula else expected)


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_every_block_is_a_table_with_a_head_of_its_own(locale: str) -> None:
    estimate = mixed_estimate()
    verdict, outcome = kc.check(estimate, budget=["2000 EVOLINK_CREDIT", "9 USD"]), kc.reconcile(estimate, [])
    report = Report(estimate, verdict, locale=locale, outcome=outcome)
    book = openpyxl.load_workbook(io.BytesIO(report_bytes(".xlsx", report)))
    places = {
        segment.table.key: segment
        for sheet in sheet_layout.Layout(document_of(report)).sheets
        for segment in sheet.segments
    }
    tables = [(sheet, table) for sheet in book for table in sheet.tables.values()]
    assert len(tables) == len([segment for segment in places.values() if segment.table.rows])
    assert len({table.displayName.casefold() for _, table in tables}) == len({table.id for _, table in tables})
    for sheet, table in tables:
        assert not re.fullmatch(r"[A-Za-z]{1,3}[0-9]+|[RrCc]", table.displayName)  # which would be a cell
        heads = [str(cell.value) for cell in sheet[table.ref][0]]
        assert heads == [unescape(column.name) for column in table.tableColumns], (sheet.title, table.name)
        assert len({head.casefold() for head in heads}) == len(heads)
        assert sheet.auto_filter.ref is None  # a table has its own


def test_limits_of_several_campaigns_hold_their_own_jobs_in_the_workbook_too(tmp_path: Path) -> None:
    job = "{model: kling-v3-text-to-video, prompt: x}"
    (tmp_path / "a.yaml").write_text(f"campaign: A\nbudget: 5 USD\njobs: [{job}]\n", encoding="utf-8")
    (tmp_path / "b.yaml").write_text(
        "campaign: B\nbudget: 500 KLING3API_CREDIT\njobs: [{model: pro-text-to-video, prompt: x}]\n", encoding="utf-8"
    )
    (tmp_path / "c.jsonl").write_text('{"model": "kling-v3-text-to-video", "prompt": "x"}\n', encoding="utf-8")
    for files in (["a.yaml", "b.yaml"], ["a.yaml", "b.yaml", "c.jsonl"], ["a.yaml"], ["a.yaml", "c.jsonl"]):
        estimate = kc.estimate(kc.read_jobs(*(tmp_path / name for name in files)), as_of=AS_OF)
        path = written(tmp_path, estimate, kc.check(estimate))
        stored, calculated = values(path), values(converted(path, "xlsx", tmp_path))
        for sheet, cells in formulas(path).items():
            for place in cells:
                assert near(stored[sheet].get(place) or "", calculated[sheet].get(place) or ""), (files, sheet, place)


def test_odd_names_in_a_price_book_cost_the_same_in_the_workbook(tmp_path: Path) -> None:
    names = ['say "hi"', "{cost}", "{line_items.cost}", "it's", "5 May"]
    skus = ", ".join(
        f"s{n}: {{models: [{json.dumps(name)}], billing_rule: per_call, rates: "
        f"{{2026-01-01: {{unit_price: {n + 2}, source: s, checked: 2026-11-01}}}}}}"
        for n, name in enumerate(names)
    )
    overlay = tmp_path / "o.yaml"
    overlay.write_text(
        f"schema: 1\nversion: o\nproviders: {{odd: {{name: o, currency: USD, skus: {{{skus}}}}}}}\n", encoding="utf-8"
    )
    estimate = kc.estimate(
        [{"request": {"model": name}} for name in names], kc.load_prices(overlay=overlay), as_of=AS_OF
    )
    assert estimate.left_out == 0
    path = written(tmp_path, estimate, kc.check(estimate, budget="100 USD"))
    stored, calculated = values(path), values(converted(path, "xlsx", tmp_path))
    for sheet, cells in formulas(path).items():
        for place in cells:
            assert near(stored[sheet].get(place) or "", calculated[sheet].get(place) or ""), (sheet, place)


def test_very_many_values_of_a_tag_are_summed_up_in_one_row(tmp_path: Path) -> None:
    body = {"model": "kling-v3-text-to-video", "prompt": "x"}
    jobs = [{"request": body, "takes": 1 + n % 7, "tags": {"shot": f"{n:04}"}} for n in range(260)] + [
        {"request": body}
    ]
    estimate = kc.estimate(jobs, as_of=AS_OF)
    path = written(tmp_path, estimate)
    calculated = values(converted(path, "xlsx", tmp_path))
    cells = list(calculated["By tag"].values())
    assert "others" in cells
    assert "The 200 most expensive are shown as calculated; 61 others are combined in one row." in cells
    assert "CHECK" not in calculated["Checks"].values()


def test_sheets_never_share_a_name(tmp_path: Path) -> None:
    words = "{summary: 'a/b', checks: 'a b', problems: 'A:B'}"
    (tmp_path / "style.yaml").write_text(f"words: {{en: {{part: {words}}}}}\n", encoding="utf-8")
    estimate = mixed_estimate()
    kc.write_report(tmp_path / "b.xlsx", estimate, kc.check(estimate, budget="9 USD"), style=tmp_path)
    stored = values(tmp_path / "b.xlsx")
    assert [name for name in stored if name.casefold().startswith("a b")] == ["a b", "A B 2", "a b 3"]
    calculated = values(converted(tmp_path / "b.xlsx", "xlsx", tmp_path))
    for sheet, cells in formulas(tmp_path / "b.xlsx").items():
        for place in cells:
            assert near(stored[sheet].get(place) or "", calculated[sheet].get(place) or ""), (sheet, place)


@pytest.fixture(scope="module")
def sample() -> Any:
    """The sample campaign against a limit in money."""
    estimate = kc.estimate(kc.read_jobs("examples/campaign.yaml"), as_of=AS_OF)
    return openpyxl.load_workbook(
        io.BytesIO(workbook(estimate, kc.check(estimate, budget=["60 USD", "9 KLING3API_CREDIT"])))
    )


def test_sheets_are_protected_without_password_but_for_inputs(sample: Any) -> None:
    unlocked = {}
    for sheet in sample:
        assert sheet.protection.password is None
        assert bool(sheet.protection.sheet) == (sheet.title != "Line items")
        unlocked[sheet.title] = {
            sheet.cell(1, cell.column).column_letter + str(cell.row)
            for row in sheet.iter_rows() for cell in row if not cell.protection.locked
        }  # fmt: skip
    places = {name: sample.defined_names[name].attr_text.rsplit("!", 1) for name in sample.defined_names}
    for name, (sheet, cell) in places.items():
        is_input = name.startswith(("limit_", "rate_", "contingency"))
        assert (cell.replace("$", "") in unlocked[sheet.strip("'")]) == is_input, name
    assert not unlocked["By tag"]


def test_cells_that_others_link_to_have_names(sample: Any) -> None:
    assert {
        "verdict", "total_usd", "total_evolink_credit", "total_kling3api_credit", "limit_1", "limit_2",
        "contingency_rate", "rate_EVOLINK_CREDIT", "rate_KLING3API_CREDIT", "lines_without_price",
        "adds_up", "as_calculated",
    } <= set(sample.defined_names)  # fmt: skip


def test_a_new_row_of_the_table_takes_the_formulas_of_the_first(sample: Any) -> None:
    sheet = sample["Line items"]
    (table,) = sheet.tables.values()
    header, first = sheet[table.ref][0], sheet[table.ref][1]
    filled = {c.name: c.calculatedColumnFormula.attr_text for c in table.tableColumns if c.calculatedColumnFormula}
    assert {h.value: str(c.value)[1:] for h, c in zip(header, first, strict=True) if c.data_type == "f"} == filled
    assert {"Cost", "Currency", "USD", "Rates as of", "Price key", "Priced", "Counted"} <= set(filled)


@pytest.mark.parametrize("locale", ["en", "ko", "ja", "zh"])
def test_charts_are_described_and_sheets_print_at_a_size_to_read(locale: str) -> None:
    book = kc.load_prices(rates=["100 KLING3API_CREDIT/USD"])
    estimate = kc.estimate(kc.read_jobs("examples/campaign.yaml"), book, as_of=AS_OF)
    data = report_bytes(".xlsx", Report(estimate, kc.check(estimate, budget="60 USD"), locale=locale))
    package = zipfile.ZipFile(io.BytesIO(data))
    drawing = package.read("xl/drawings/drawing1.xml").decode()
    assert len(re.findall(r'<cNvPr id="\d+" name="[^"]+" descr="[^"]{10,}"', drawing)) == 2
    words = words_of(locale)
    for sheet in openpyxl.load_workbook(io.BytesIO(data)):
        assert sheet.page_setup.scale >= 62
        assert not sheet.sheet_properties.pageSetUpPr.fitToPage
        for row in sheet.iter_rows():
            for cell in row:
                if cell.is_date and cell.value is not None:
                    shown = words.day(cell.value.date())
                    assert sheet.column_dimensions[cell.column_letter].width > len(shown) + len(
                        re.findall("[年月日]", shown)
                    )
        for at in sheet.row_breaks.brk:
            above, below = sheet.cell(at.id, 1).value, sheet.cell(at.id + 1, 1)
            if above is not None:
                assert not sheet.cell(at.id, 1).font.bold, (sheet.title, at.id)
            if below.value is not None:
                assert below.font.bold, (sheet.title, at.id)


def test_its_properties_say_of_which_day_it_is_and_what_it_rests_on() -> None:
    estimate = mixed_estimate()
    made = openpyxl.load_workbook(io.BytesIO(workbook(estimate, kc.check(estimate, budget="9 USD")))).properties
    assert (made.created.date(), made.modified.date(), made.creator) == (AS_OF, AS_OF, "kling_cost")
    assert f"Price book 2026-11-19 ({estimate.price_book.sha256[:12]})" in made.description
    latest = kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "x"}])
    undated = openpyxl.load_workbook(io.BytesIO(workbook(latest))).properties
    assert undated.created.date() == latest.price_book.oldest_checked


@pytest.mark.parametrize(
    ("budget", "shown"),
    [(["6000 EVOLINK_CREDIT"], "#,##0.0000"), (["60 USD"], "#,##0.00"), (["0.449999 USD"], "#,##0.000000")],
)
def test_a_limit_has_the_decimals_of_what_is_planned_and_left(budget: list[str], shown: str) -> None:
    estimate = kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "x", "duration": 6}], as_of=AS_OF)
    sheet = openpyxl.load_workbook(io.BytesIO(workbook(estimate, kc.check(estimate, budget=budget))))["Summary"]
    header = header_row(sheet, "Scope")
    heads = {cell.value: cell.column for cell in sheet[header]}
    for name in ("Limit", "Planned", "Contingency", "Committed", "Headroom"):
        assert sheet.cell(header + 1, heads[name]).number_format == shown, name


@pytest.mark.parametrize(
    ("locale", "other"), [("en", r"\d{4}-\d\d-\d\d|\d{4}/"), ("ja", r"\d{4}-\d\d-\d\d|[A-Z][a-z]{2} \d")]
)
def test_days_have_one_form_in_a_workbook(locale: str, other: str) -> None:
    estimate = kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "x"}] * 2, as_of=AS_OF)
    report = Report(estimate, kc.check(estimate, budget="9 USD"), locale=locale)
    version = estimate.price_book.version  # a name, although it is a day
    for sheet in openpyxl.load_workbook(io.BytesIO(report_bytes(".xlsx", report)), data_only=True):
        texts = [str(c.value) for row in sheet.iter_rows() for c in row if isinstance(c.value, str)]
        assert not [text for text in texts if re.search(other, text.replace(f"{version} (", ""))], sheet.title
