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
