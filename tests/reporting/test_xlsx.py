"""The workbook: live formulas with stored values that agree when recalculated; inert; the same bytes every time."""

from __future__ import annotations

import io
import zipfile
from decimal import Decimal
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import python_calamine

import kling_cost as kc
from kling_cost.reporting.report import Report
from kling_cost.reporting.write import report_bytes
from tests.reporting.office import converted
from tests.reporting.samples import HOSTILE, hostile_estimate, mixed_estimate

HEADER = 4  # the row of the header on the sheet of line items


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


def test_the_figures_are_there_without_calculating(tmp_path: Path) -> None:
    estimate = mixed_estimate()
    path = written(tmp_path, estimate)
    frame = pd.read_excel(path, sheet_name="Line items", header=HEADER - 1, engine="openpyxl")
    priced = frame[frame["Job"].notna()]
    for total in estimate.totals:
        mine = priced[priced["Currency"] == total.currency]["Cost"]
        assert Decimal(str(round(mine.sum(), 4))) == total.cost.quantize(Decimal("0.0001"))
    rows = python_calamine.load_workbook(str(path)).get_sheet_by_name("Summary").to_python()
    assert any(row[0] == "EVOLINK_CREDIT" and row[3] == float(estimate.totals[0].cost) for row in rows)


def test_changing_a_line_changes_every_total(tmp_path: Path) -> None:
    path = written(tmp_path, kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "x"}] * 3))
    book = openpyxl.load_workbook(path)
    sheet = book["Line items"]
    heads = {cell.value: cell.column for cell in sheet[HEADER]}
    sheet.cell(HEADER + 1, heads["Sound"]).value = "on"
    sheet.cell(HEADER + 2, heads["Quality"]).value = "1080p"
    sheet.cell(HEADER + 3, heads["Seconds"]).value = 10
    sheet.cell(HEADER + 3, heads["Takes"]).value = 4
    changed = tmp_path / "changed.xlsx"
    book.save(changed)
    calculated = values(converted(changed, "xlsx", tmp_path))
    bodies = [
        {"request": {"model": "kling-v3-text-to-video", "prompt": "x", "sound": "on"}},
        {"request": {"model": "kling-v3-text-to-video", "prompt": "x", "quality": "1080p"}},
        {"request": {"model": "kling-v3-text-to-video", "prompt": "x", "duration": 10}, "takes": 4},
    ]
    wanted = kc.estimate(bodies).totals[0]
    summary = calculated["Summary"]
    (row,) = [place[1:] for place, value in summary.items() if value == "EVOLINK_CREDIT"]
    assert near(summary[f"D{row}"], float(wanted.cost))
    assert near(summary[f"C{row}"], wanted.takes)
    assert wanted.usd is not None
    assert near(summary[f"E{row}"], float(wanted.usd))


def test_hostile_text_is_text(tmp_path: Path) -> None:
    path = written(tmp_path, hostile_estimate())
    book = openpyxl.load_workbook(path)
    ours = ("IF(", "MAX(", "INDEX(", "SUM", "COUNTIF(")
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    body = str(cell.value)[1:]
                    assert body.startswith(ours) or body[0].isupper(), cell.value
                    assert "cmd" not in body
                    assert "HYPERLINK" not in body
                assert cell.data_type != "e"
                assert cell.hyperlink is None
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
    assert str(ids[0]).endswith("(cut; the JSON holds the whole)")


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
    estimate = kc.estimate([{"request": {"model": "m"}, "takes": 1_000_000}], kc.load_prices(book))
    assert estimate.totals[0].cost == Decimal("123456789123400")
    assert workbook(estimate)
    estimate = kc.estimate([{"request": {"model": "m"}, "takes": 999_999}], kc.load_prices(book))
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
