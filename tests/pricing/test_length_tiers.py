"""A price by length: `duration` is an option, other lengths are not sold, and every form and engine says the same."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

import kling_cost as kc
from kling_cost.cli import main
from kling_cost.frames import price_frame
from kling_cost.pricebook.upkeep.price_diff import diff_prices
from kling_cost.pricing.book_sql import PRICED_JOBS, book_sql
from kling_cost.problems import PriceBookError
from kling_cost.reporting.parts.prices.what_if import what_if
from kling_cost.reporting.report import Report
from tests.engines import need_module
from tests.pricing.test_own_options import FORMS, column, engines, frame_of
from tests.reporting.office import converted
from tests.reporting.test_xlsx import header_row, values

DAY = "2026-11-20"
BOOK = """\
schema: 2
version: 2026-11-01
currencies: {USD: {name: US dollar, quantum: 0.0001}}
providers:
  atelier:
    name: Atelier
    currency: USD
    defaults: {duration: 5, quality: std}
    responses:
      task_id: [id]
      status: [state]
      amount: [cost]
      words: {open: [queued], succeeded: [done], failed: [failed]}
      source: a page
    skus:
      clip:
        models: [clip]
        quantity: {of: call}
        options: {quality: [std, pro], duration: ["5", "10"]}
        rates:
          2026-02-01:
            by: [quality, duration]
            unit_price: {std: {"5": 0.21, "10": 0.4}, pro: {"5": 0.35, "10": none}}
            source: a page
            checked: 2026-11-01
      timed:
        models: [timed]
        quantity: {of: output_seconds, minimum: 5, maximum: 15}
        rates:
          2026-02-01:
            by: [duration]
            unit_price: {"5": 0.1, "10": 0.09, "15": 0.08}
            source: a page
            checked: 2026-11-01
      fixed:
        models: [fixed]
        quantity: {of: output_seconds, minimum: 5, maximum: 10}
        options: {duration: ["5", "10"]}
        rates: {2026-02-01: {unit_price: 0.1, source: a page, checked: 2026-11-01}}
"""
#: Model, seconds, quality, and what the table of the book says of them; None where it sells nothing of the kind.
ASKED = [
    ("clip", 5, "std", "0.21"),
    ("clip", 10, "std", "0.4"),
    ("clip", None, "pro", "0.35"),
    ("clip", 10, "pro", None),
    ("clip", 7, "std", None),
    ("timed", 5, None, "0.5"),
    ("timed", 10, None, "0.9"),
    ("timed", 15, None, "1.2"),
    ("timed", 12, None, None),
    ("fixed", 10, None, "1"),
    ("fixed", 7, None, None),
]
COSTS = [None if cost is None else Decimal(cost) for *_, cost in ASKED]
SOLD = [cost for cost in COSTS if cost is not None]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("book") / "tiers.yaml"
    file.write_text(BOOK, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def book(path: Path) -> kc.PriceBook:
    return kc.load_prices(path)


def rows(sold_only: bool = False) -> list[dict[str, Any]]:
    asked = [found for found in ASKED if found[3] is not None or not sold_only]
    return [
        {"job_id": f"j{at:02}", "model": model, "duration": seconds, "quality": quality}
        for at, (model, seconds, quality, _) in enumerate(asked)
    ]


def frame(sold_only: bool = False) -> pd.DataFrame:
    return pd.DataFrame(rows(sold_only)).astype({"duration": "Int64"})


def written(folder: Path, form: str) -> Path:
    file = folder / f"jobs.{form}"
    told = [{name: value for name, value in row.items() if value is not None} for row in rows()]
    if form == "json":
        file.write_text(json.dumps(told), encoding="utf-8")
    elif form == "jsonl":
        file.write_text("\n".join(map(json.dumps, told)), encoding="utf-8")
    elif form == "yaml":
        file.write_text(json.dumps({"campaign": "c", "jobs": told}), encoding="utf-8")
    elif form == "xlsx":
        frame().to_excel(file, index=False)
    elif form == "parquet":
        frame().to_parquet(file)
    else:
        frame().to_csv(file, index=False, sep="\t" if form == "tsv" else ",")
    return file


@pytest.mark.parametrize("form", FORMS)
def test_every_form_has_the_price_of_its_length_and_refuses_others(
    form: str, tmp_path: Path, book: kc.PriceBook
) -> None:
    made = kc.estimate(written(tmp_path, form), book, as_of=DAY)
    assert [item.cost_value for item in made.line_items] == SOLD
    assert made.left_out == len(COSTS) - len(SOLD)
    assert {(found.field, found.code) for found in made.problems if found.severity == "error"} == {
        ("duration", "not_allowed")
    }
    assert kc.summarize(written(tmp_path, form), book, as_of=DAY).totals[0].cost == sum(SOLD)


@pytest.mark.parametrize("engine", engines())
def test_every_engine_has_it(engine: str, book: kc.PriceBook) -> None:
    priced = price_frame(frame_of(engine, frame()), book, as_of=DAY)
    costs = [None if pd.isna(cost) else cost for cost in column(engine, priced, "cost")]
    assert costs == COSTS
    problems = column(engine, priced, "price_problem")
    assert [found for found, cost in zip(problems, COSTS, strict=True) if cost is None] == ["duration:not_allowed"] * 4


def test_a_warehouse_looks_it_up(book: kc.PriceBook) -> None:
    connection = need_module("duckdb").connect()
    texts = ", ".join(f"{name} TEXT" for name in ("job_id", "provider", "model", "quality", "sound"))
    connection.execute(f"CREATE TABLE jobs({texts}, duration INT, takes INT, date DATE)")
    for row in rows():
        cells = [row["job_id"], None, row["model"], row["quality"], None, row["duration"], 1, None]
        connection.execute("INSERT INTO jobs VALUES (?, ?, ?, ?, ?, ?, ?, ?)", cells)
    connection.execute(book_sql(book, "duckdb", None))
    found = connection.execute(f"SELECT cost FROM {PRICED_JOBS} ORDER BY job_id").fetchall()
    assert [cost for (cost,) in found] == COSTS


def test_a_table_of_prices_has_a_row_for_each_length(book: kc.PriceBook) -> None:
    found = [
        (row["sku"], row["seconds_minimum"], row["seconds_maximum"], row["unit_price"]) for row in kc.price_table(book)
    ]
    assert found == [
        ("clip", 5, 5, "0.21"),
        ("clip", 10, 10, "0.4"),
        ("clip", 5, 5, "0.35"),
        ("timed", 5, 5, "0.1"),
        ("timed", 10, 10, "0.09"),
        ("timed", 15, 15, "0.08"),
        ("fixed", 5, 5, "0.1"),
        ("fixed", 10, 10, "0.1"),
    ]


def test_a_table_of_prices_makes_a_book_of_the_same_prices(tmp_path: Path, path: Path, book: kc.PriceBook) -> None:
    table, made = tmp_path / "list.csv", tmp_path / "made.yaml"
    assert main(["prices", "table", "--prices", str(path), "-o", str(table)]) == 0
    assert main(["prices", "import", str(table), "-o", str(made)]) == 0
    again = kc.estimate(frame(), kc.load_prices(made), as_of=DAY)
    without = [number for number, (_, seconds, *_) in enumerate(ASKED) if seconds is None]  # a table has no defaults
    assert {item.job.job_id: item.cost_value for item in again.line_items} == {
        f"j{at:02}": cost for at, cost in enumerate(COSTS) if cost is not None and at not in without
    }


def test_prices_are_shown_with_their_length(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prices", "show", "--prices", str(path)]) == 0
    assert re.search(r"clip +std +10 +0\.4000 USD", capsys.readouterr().out)


def test_what_moved_is_told_by_length(path: Path, tmp_path: Path, book: kc.PriceBook) -> None:
    other = tmp_path / "newer.yaml"
    other.write_text(BOOK.replace('"10": 0.4}', '"10": 0.42}'), encoding="utf-8")
    (moved,) = diff_prices(book, kc.load_prices(other)).moved
    assert (dict(moved.options), moved.old, moved.new) == (
        {"quality": "std", "duration": "10"},
        Decimal("0.4"),
        Decimal("0.42"),
    )


def test_a_charge_of_another_length_is_explained_by_it(book: kc.PriceBook) -> None:
    made = kc.estimate(frame().head(1), book, as_of=DAY)
    answers = [{"job_id": "j00", "response": {"id": "t", "state": "done", "cost": 0.4}}]
    found = kc.reconcile(made, answers, book=book).findings
    assert [(one.kind, tuple(one.explained_by)) for one in found if one.severity == "error"] == [
        ("over_consumed", ("duration=10",))
    ]


@pytest.mark.parametrize("is_stored", [False, True])
def test_a_workbook_recalculates_to_its_own_figures(is_stored: bool, tmp_path: Path, book: kc.PriceBook) -> None:
    made = kc.estimate(frame(sold_only=True), book, as_of=DAY)
    if is_stored:
        kc.write_report(tmp_path / "plan.csv", made)
        made = kc.read_estimate(tmp_path / "plan.csv")
    assert recalculated(tmp_path, made, {}) == list(map(float, SOLD))


def test_another_length_in_a_workbook_finds_its_price_or_none(tmp_path: Path, book: kc.PriceBook) -> None:
    made = kc.estimate(frame(sold_only=True), book, as_of=DAY)
    for seconds in (5, 10, 7):
        asked = frame(sold_only=True).assign(duration=seconds)
        costs = {item.job.job_id: float(item.cost_value) for item in kc.estimate(asked, book, as_of=DAY).line_items}
        assert recalculated(tmp_path, made, {"Seconds": seconds}) == [costs.get(job_id, "–") for job_id in asked.job_id]


def test_a_page_offers_the_lengths_that_are_sold(book: kc.PriceBook) -> None:
    plan = what_if(Report(kc.estimate(frame(sold_only=True), book, as_of=DAY)))
    assert plan is not None
    assert {model["name"]: model["seconds"] for model in plan.models} == {
        "clip": ["5", "10"],
        "timed": ["5", "10", "15"],
        "fixed": ["5", "10"],
    }
    assert plan.models[0]["prices"] == {"std||5": "2100", "std||10": "4000", "pro||5": "3500"}


def test_what_was_charged_is_gathered_by_length(book: kc.PriceBook) -> None:
    made = kc.estimate(frame().head(2), book, as_of=DAY)
    answers = [
        {"job_id": job_id, "response": {"id": job_id, "state": "done", "cost": cost}}
        for job_id, cost in (("j00", 0.21), ("j01", 0.5))
    ]
    seen = kc.observe_prices(kc.reconcile(made, answers, book=book), book)
    assert {dict(one.options)["duration"]: float(one.median) for one in seen.observed} == {"5": 0.21, "10": 0.5}
    (moved,) = kc.diff_observed(seen, book).few
    assert (dict(moved.options)["duration"], float(moved.listed or 0), float(moved.observed)) == ("10", 0.4, 0.5)


def recalculated(folder: Path, made: kc.Estimate, change: dict[str, Any]) -> list[Any]:
    """What every line costs after a change to all of them, by LibreOffice."""
    file = folder / "plan.xlsx"
    file.unlink(missing_ok=True)
    kc.write_report(file, made)
    workbook = openpyxl.load_workbook(file)
    sheet = workbook["Line items"]
    header = header_row(sheet)
    at = {cell.value: cell for cell in sheet[header]}
    lines = range(header + 1, header + 1 + len(made.line_items))
    for row in lines:
        for title, value in change.items():
            sheet.cell(row, at[title].column).value = value
    workbook.save(folder / "changed.xlsx")
    found = values(converted(folder / "changed.xlsx", "xlsx", folder))["Line items"]
    return [found[f"{at['Cost per take'].column_letter}{row}"] for row in lines]


FAULTS = {
    '"10": 0.4}|"ten": 0.4}': "ten is not one of the declared values",
    'duration: ["5", "10"]}|duration: ["5", "10.5"]}': "10.5 is not a length in whole seconds",
    '{"5": 0.1, "10": 0.09, "15": 0.08}|{"5": 0.1, "05": 0.09}': "05 is not a length in whole seconds",
    "{of: output_seconds, minimum: 5, maximum: 15}|{of: input_seconds, minimum: 5, maximum: 15}": "is not asked for",
    "unit_price: 0.1, source|unit_price: 0.1, settlement: request_then_actual, source": "is not asked for",
    'duration: ["5", "10"]}\n|duration: ["5", "10"]}\n        names: {duration: {a: "5"}}\n': "none of the SKU",
    "defaults: {duration: 5,|defaults: {duration: 6,": "6 is not one of the values of clip: 5, 10",
    "{duration: 5, quality: std}|{duration: 5, quality: std, seconds: 5}": "unknown option",
}


@pytest.mark.parametrize("change", FAULTS)
def test_what_does_not_fit_is_refused(change: str, tmp_path: Path) -> None:
    old, new = change.split("|")
    assert old in BOOK
    file = tmp_path / "book.yaml"
    file.write_text(BOOK.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PriceBookError, match=FAULTS[change]):
        kc.load_prices(file)
