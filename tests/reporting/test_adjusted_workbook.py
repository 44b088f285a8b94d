"""A workbook brings extras, factors and rounding to a price, and recalculates all of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

import kling_cost as kc
from tests.pricing.test_extras_and_factors import BOOK, DAY, rows
from tests.reporting.office import converted
from tests.reporting.test_xlsx import formulas, header_row, near, values


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> kc.PriceBook:
    file = tmp_path_factory.mktemp("book") / "extras.yaml"
    file.write_text(BOOK, encoding="utf-8")
    return kc.load_prices(file, group="vip")


@pytest.mark.parametrize("is_stored", [False, True])
def test_it_recalculates_to_its_own_figures(is_stored: bool, tmp_path: Path, book: kc.PriceBook) -> None:
    made = kc.estimate(pd.DataFrame(rows()), book, as_of=DAY)
    if is_stored:
        kc.write_report(tmp_path / "plan.csv", made)
        made = kc.read_estimate(tmp_path / "plan.csv")
    kc.write_report(tmp_path / "plan.xlsx", made)
    path = tmp_path / "plan.xlsx"
    stored, calculated = values(path), values(converted(path, "xlsx", tmp_path))
    for sheet, cells in formulas(path).items():
        for place in cells:
            assert near(stored[sheet].get(place) or "", calculated[sheet].get(place) or ""), (sheet, place)
    assert costs_in(path, calculated["Line items"]) == [float(item.charge.cost) for item in made.line_items]


def costs_in(path: Path, cells: dict[str, Any]) -> list[Any]:
    sheet = openpyxl.load_workbook(path)["Line items"]
    header = header_row(sheet)
    letter = next(cell.column_letter for cell in sheet[header] if cell.value == "Cost per take")
    return [cells[f"{letter}{row}"] for row in range(header + 1, header + 1 + len(rows()))]


def test_other_seconds_and_another_voice_find_their_price(tmp_path: Path, book: kc.PriceBook) -> None:
    path = tmp_path / "plan.xlsx"
    kc.write_report(path, kc.estimate(pd.DataFrame(rows()), book, as_of=DAY))
    workbook = openpyxl.load_workbook(path)
    sheet = workbook["Line items"]
    header = header_row(sheet)
    at = {cell.value: cell.column for cell in sheet[header]}
    for row in range(header + 1, header + 6):
        sheet.cell(row, at["Seconds"]).value = 4
        sheet.cell(row, at["Voice"]).value = "on"
    workbook.save(tmp_path / "changed.xlsx")
    found = costs_in(path, values(converted(tmp_path / "changed.xlsx", "xlsx", tmp_path))["Line items"])
    changed = [{**row, "duration": 4, "voice": "on"} if row["model"] == "vid" else row for row in rows()]
    again = kc.estimate(pd.DataFrame(changed), book, as_of=DAY)
    assert found == [float(item.charge.cost) for item in again.line_items]


STEPS = """\
schema: 2
version: 2026-11-01
currencies: {USD: {name: US dollar, quantum: 0.0001}}
providers:
  atelier:
    name: Atelier
    currency: USD
    skus:
      edit:
        models: [edit]
        quantity: {of: input_seconds, step: 5, minimum: 5, maximum: 40}
        rates: {2026-01-01: {unit_price: 0.1, source: a page, checked: 2026-11-01}}
"""


@pytest.mark.parametrize(("seconds", "cost"), [(10, 1.0), (40, 4.0), (12, "–"), (45, "–")])
def test_a_length_between_two_steps_of_a_seller_has_no_price_that_is_too_low(
    tmp_path: Path, seconds: int, cost: Any
) -> None:
    (tmp_path / "steps.yaml").write_text(STEPS, encoding="utf-8")
    book = kc.load_prices(tmp_path / "steps.yaml")
    jobs = kc.read_jobs(pd.DataFrame({"job_id": ["a"], "model": ["edit"], "input_seconds": [7]}), book=book)
    path = tmp_path / "plan.xlsx"
    kc.write_report(path, kc.estimate(jobs, book, as_of=DAY))
    workbook = openpyxl.load_workbook(path)
    sheet = workbook["Line items"]
    header = header_row(sheet)
    at = {cell.value: cell for cell in sheet[header]}
    assert sheet.cell(header + 1, at["Seconds"].column).value == 10, "7 seconds are counted as 10"
    sheet.cell(header + 1, at["Seconds"].column).value = seconds
    workbook.save(tmp_path / "changed.xlsx")
    found = values(converted(tmp_path / "changed.xlsx", "xlsx", tmp_path))["Line items"]
    assert found[f"{at['Cost per take'].column_letter}{header + 1}"] == cost
