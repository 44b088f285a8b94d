"""The job sheet template shows what a row costs while it is filled in: what the estimate of the same row says."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kling_cost as kc
from kling_cost.reporting.job_template import JobTemplate, job_template
from tests.reporting.office import converted, edited
from tests.reporting.samples import AS_OF

BOOKS = {name: kc.load_prices(name) for name in (None, "evolink-2026-10-10", "market-2026-11")}
TEMPLATES = {name: job_template(book, AS_OF) for name, book in BOOKS.items()}
CELLS = {"model": "B", "duration": "C", "quality": "D", "sound": "E", "takes": "F"}


def row_of(template: JobTemplate, key: str) -> dict[str, Any]:
    chosen = dict(zip(template.chosen, key.split("|"), strict=True))
    return {name: text for name, text in chosen.items() if text}


@pytest.mark.parametrize("name", BOOKS)
def test_what_is_shown_is_what_a_row_costs(name: str | None) -> None:
    template, book = TEMPLATES[name], BOOKS[name]

    @settings(max_examples=60, deadline=None)
    @given(cost=st.sampled_from(template.costs))
    def law(cost: Any) -> None:
        import pyarrow as pa

        row = row_of(template, cost.key)
        table = pa.table({column: [value] for column, value in row.items()})
        item = kc.estimate(table, book, as_of=AS_OF).line_items
        for found in item:
            assert (found.cost_value, found.currency) == (cost.cost, cost.currency)

    law()
    assert len({cost.key for cost in template.costs}) == len(template.costs)


def test_the_price_list_has_every_model_that_is_offered() -> None:
    for template in TEMPLATES.values():
        assert {row[0] for row in template.prices[1:]} == set(template.offered["model"])


def test_a_book_that_counts_elements_has_a_column_for_them() -> None:
    for name, book in BOOKS.items():
        columns = [column for column, _ in TEMPLATES[name].columns]
        assert set(book.own_inputs) <= set(columns)


def test_libreoffice_shows_the_cost_while_a_row_is_filled_in(tmp_path: Path) -> None:
    path = tmp_path / "jobs.xlsx"
    kc.template(path, as_of=AS_OF)
    assert openpyxl.load_workbook(path, data_only=True)["Jobs"]["G2"].value == "48.6 EVOLINK_CREDIT"
    steps = [
        ("number", "Jobs", "C2", "10"), ("text", "Jobs", "D2", "1080p"), ("text", "Jobs", "E2", "on"),
        ("text", "Jobs", "B3", "kling-v3-text-to-video"), ("text", "Jobs", "I3", "Fog"),
        ("text", "Jobs", "B4", "nothing"),
    ]  # fmt: skip
    made = edited(path, {"filled in": steps}, tmp_path)["filled in"]
    sheet = openpyxl.load_workbook(made, data_only=True)["Jobs"]
    estimate = kc.estimate(kc.read_jobs(str(made)), as_of=AS_OF)
    costs = [f"{(item.cost_value or Decimal(0)).normalize():f} {item.currency}" for item in estimate.line_items]
    assert [sheet[f"G{row}"].value for row in (2, 3)] == costs
    assert sheet["G4"].value == "?"
    assert len(kc.read_jobs(str(made))) == 3
    assert "unknown_field" not in {p.code for p in estimate.problems}


def test_a_program_that_stores_no_values_adds_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "jobs.xlsx"
    kc.template(path, as_of=AS_OF)
    book = openpyxl.load_workbook(path)
    book.save(path)
    assert len(kc.read_jobs(str(path))) == 1


def test_an_empty_template_prints_on_two_pages_with_lines_to_write_on(tmp_path: Path) -> None:
    kc.template(tmp_path / "jobs.xlsx", as_of=AS_OF)
    pdf = converted(tmp_path / "jobs.xlsx", "pdf", tmp_path).read_bytes()
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 2
    sheet = openpyxl.load_workbook(tmp_path / "jobs.xlsx")["Jobs"]
    printed = sheet.print_area.rpartition("$")[2]
    assert f"Rows 1 to {printed}." in sheet.oddFooter.left.text, "who prints a longer sheet is told what is missing"
    assert sheet.print_options.gridLines
