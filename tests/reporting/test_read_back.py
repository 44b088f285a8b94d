"""A workbook of a report is read back as jobs: unedited it is the same plan, edited the edited one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings

import kling_cost as kc
from kling_cost.pricing.plan_hash import plan_sha256
from kling_cost.reporting.report import Report
from kling_cost.reporting.write_report import report_bytes
from tests.planning.plans import plans
from tests.pricing.test_extras_and_factors import BOOK as BOOK_WITH_EXTRAS
from tests.pricing.test_extras_and_factors import rows as asked_for
from tests.reporting.office import edited
from tests.reporting.samples import AS_OF, hostile_estimate

CAMPAIGN = "examples/campaign.yaml"
LINES, PLAN = "Line items", "kling_cost"
TITLES = {name: name.capitalize() for name in ("job", "model", "seconds", "quality", "sound", "takes")}
TITLES |= {"day": "Priced on", "price": "Unit price", "extras": "Extras"}
T2V, I2V = "kling-v3-text-to-video", "kling-v3-image-to-video"


def written(path: Path, estimate: kc.Estimate, verdict: kc.Verdict | None = None, locale: str = "en") -> Path:
    path.write_bytes(report_bytes(".xlsx", Report(estimate, verdict, locale)))
    return path


def sample(path: Path, locale: str = "en") -> Path:
    estimate = kc.estimate(kc.read_jobs(CAMPAIGN), as_of=AS_OF)
    return written(path, estimate, kc.check(estimate), locale)


def again(path: Path) -> kc.Estimate:
    return kc.estimate(kc.read_jobs(str(path)), as_of=AS_OF)


def facts(estimate: kc.Estimate) -> list[Any]:
    """What two plans share that are the same to the digit."""
    items = [
        (i.job_id, i.job.ask, i.job.date, dict(i.tags), dict(i.job.needs), i.job.locked, i.job.task_ids, i.cost)
        for i in estimate.line_items
    ]
    return [items, estimate.totals, estimate.left_out, plan_sha256(estimate.line_items)]


def edit(path: Path, change: Callable[[Any], object], sheet: str = LINES) -> Path:
    """The workbook as a program saves it that stores no values of formulas."""
    book = openpyxl.load_workbook(path)
    change(book[sheet])
    book.save(path)
    return path


def cell(sheet: Any, job: str, column: str) -> Any:
    """The cell of a job under a heading."""
    header = next(row for row in sheet.iter_rows() if row[0].value == "Job")
    at = [one.value for one in header].index(TITLES[column])
    row = next(row for row in sheet.iter_rows() if row[0].value == job)
    return row[at]


def put(job: str, column: str, value: Any) -> Callable[[Any], object]:
    return lambda sheet: setattr(cell(sheet, job, column), "value", value)


@pytest.mark.parametrize("locale", ["en", "ko", "ja", "zh"])
def test_the_sample_campaign_comes_back_from_a_workbook_in_any_language(tmp_path: Path, locale: str) -> None:
    before = kc.estimate(kc.read_jobs(CAMPAIGN), as_of=AS_OF)
    jobs = kc.read_jobs(str(sample(tmp_path / "budget.xlsx", locale)))
    after = kc.estimate(jobs, as_of=AS_OF)
    assert facts(after) == facts(before)
    assert [c.limits for c in after.campaigns] == [c.limits for c in before.campaigns]
    assert {p.key for p in after.problems} == {p.key for p in before.problems}
    assert kc.check(after).verdict == kc.check(before).verdict


@settings(max_examples=25, deadline=None)
@given(plan=plans())
def test_whatever_is_planned_comes_back_to_the_digit(plan: kc.Estimate, tmp_path_factory: Any) -> None:
    path = written(tmp_path_factory.mktemp("plan") / "budget.xlsx", plan)
    after = again(path)
    assert facts(after) == facts(plan)
    assert {(p.key, p.job_id) for p in after.problems if p.severity == "warning"} == {
        (p.key, p.job_id) for p in plan.problems if p.severity == "warning"
    }


def test_hostile_texts_come_back_as_they_were(tmp_path: Path) -> None:
    before = hostile_estimate()
    after = kc.read_jobs(str(written(tmp_path / "budget.xlsx", before)))
    found = {job.job_id: dict(job.tags) for job in after if job.readable}
    short = [item for item in before.line_items if max(map(len, (item.job_id or "", *item.tags.values()))) < 9_000]
    assert {item.job_id: dict(item.tags) for item in short} == found
    assert len(after) == len(before.line_items) + before.left_out


EDITS: list[tuple[str, str, Any, dict[str, Any]]] = [
    ("hero-01", "takes", 7, {"takes": 7}),
    ("hero-01", "seconds", 5, {"duration": 5}),
    ("hero-01", "quality", "720p", {"quality": "720p"}),
    ("hero-01", "sound", "off", {"sound": "off"}),
    ("hero-01", "day", "2026-11-01", {"date": "2026-11-01"}),
]


@pytest.mark.parametrize(("job", "column", "value", "changes"), EDITS)
def test_an_edit_is_the_plan_with_the_job_changed(
    tmp_path: Path, job: str, column: str, value: Any, changes: dict[str, Any]
) -> None:
    found = again(edit(sample(tmp_path / "budget.xlsx"), put(job, column, value)))
    item = next(item for item in found.line_items if item.job_id == job)
    before = {"duration": 10, "quality": "1080p", "sound": "on", "takes": 4, "date": None, **changes}
    body = {"model": item.model, "prompt": "Fog", **{n: before[n] for n in ("duration", "quality", "sound")}}
    wanted = kc.estimate([{"takes": before["takes"], "date": before["date"] or "2026-11-20", "request": body}])
    assert item.cost == wanted.line_items[0].cost
    assert not any(p.severity == "error" for p in found.problems)


@pytest.mark.parametrize(
    ("job", "column", "value", "key"),
    [
        ("hero-01", "takes", "=2+2", "unreadable.cell_formula"),
        ("hero-01", "takes", None, "missing.cell"),
        ("hero-01", "takes", 0, "wrong_type.cell_takes"),
        ("hero-01", "takes", "many", "wrong_type.cell_takes"),
        ("hero-01", "takes", 2.5, "wrong_type.cell_takes"),
        ("hero-01", "seconds", "long", "wrong_type.cell_seconds"),
        ("hero-01", "seconds", None, "missing.cell"),
        ("hero-01", "seconds", 99, "out_of_range.between"),
        ("hero-01", "seconds", "=5", "unreadable.cell_formula"),
        ("hero-01", "quality", "5k", "not_allowed.choice"),
        ("hero-01", "quality", None, "missing.cell"),
        ("hero-01", "sound", None, "missing.cell"),
        ("hero-01", "model", None, "missing.cell"),
        ("hero-01", "model", I2V, "mismatch.cell_model"),
        ("hero-01", "day", "soon", "wrong_type.cell_day"),
        ("cast-keeper", "seconds", 5, "mismatch.cell_seconds"),
    ],
)
def test_junk_in_a_cell_is_an_error_that_names_it(tmp_path: Path, job: str, column: str, value: Any, key: str) -> None:
    places: list[str] = []

    def change(sheet: Any) -> None:
        places.append(f"{LINES}!{cell(sheet, job, column).coordinate}")
        put(job, column, value)(sheet)

    found = again(edit(sample(tmp_path / "budget.xlsx"), change))
    problem = next(p for p in found.problems if p.key == key)
    assert found.left_out == 1
    assert problem.job_id == job
    assert problem.row == int("".join(c for c in places[0] if c.isdigit()))
    assert dict(problem.params).get("cell", places[0]) == places[0]


def test_prices_of_the_workbook_never_count_and_that_is_said(tmp_path: Path) -> None:
    def cheaper(book: Any) -> None:
        book["Price book"]["E8"] = Decimal("0.01")
        cell(book[LINES], "hero-01", "price").value = Decimal("0.01")

    path = sample(tmp_path / "budget.xlsx")
    before = again(path)
    book = openpyxl.load_workbook(path)
    cheaper(book)
    book.save(path)
    after = again(path)
    assert facts(after) == facts(before)
    keys = {p.key: p for p in after.problems}
    assert dict(keys["has_no_effect.report_price"].params)["cell"] == "Price book!E8"
    assert keys["has_no_effect.over_formula"].severity == "warning"


def test_what_is_charged_beside_never_counts_from_the_workbook_and_that_is_said(tmp_path: Path) -> None:
    prices = tmp_path / "beside.yaml"
    prices.write_text(BOOK_WITH_EXTRAS, encoding="utf-8")
    book = kc.load_prices(prices)
    plan = kc.estimate(kc.read_jobs(pd.DataFrame(asked_for()), book=book), book, as_of=AS_OF)
    path = written(tmp_path / "budget.xlsx", plan)

    def read() -> kc.Estimate:
        return kc.estimate(kc.read_jobs(str(path), book=book), book, as_of=AS_OF)

    assert [item.cost for item in read().line_items] == [item.cost for item in plan.line_items]
    assert [p for p in read().problems if p.key == "has_no_effect.report_price"] == []
    edit(path, lambda sheet: setattr(cell(sheet, "j2", "extras"), "value", 9))
    place = cell(openpyxl.load_workbook(path)[LINES], "j2", "extras")
    told = [(p.row, dict(p.params)) for p in read().problems if p.key == "has_no_effect.report_price"]
    assert told == [(place.row, {"cell": f"{LINES}!{place.coordinate}", "now": "9", "before": "0.033"})]
    assert read().totals == plan.totals


def test_an_edited_limit_is_a_limit_of_the_plan(tmp_path: Path) -> None:
    path = edit(sample(tmp_path / "budget.xlsx"), lambda sheet: setattr(sheet["B14"], "value", 3000), "Summary")
    found = again(path)
    assert [str(limit) for limit in found.campaigns[0].limits] == ["3000 EVOLINK_CREDIT", "12000 KLING3API_CREDIT"]
    assert kc.check(found).verdict == "over"


@pytest.mark.parametrize(
    ("sheet", "place", "value", "key"),
    [
        ("Summary", "B14", None, "missing.cell_amount"),
        ("Summary", "B14", "=9999", "unreadable.cell_formula"),
        ("Summary", "B14", "lots", "wrong_type.cell_amount"),
        ("Summary", "F14", 100, "cannot_check.report_committed"),
        ("Assumptions", "B14", 0.1, "cannot_check.report_contingency"),
        ("Assumptions", "B8", 60, "mismatch.report_rate"),
    ],
)
def test_what_a_plan_cannot_hold_keeps_the_gate_shut(
    tmp_path: Path, sheet: str, place: str, value: Any, key: str
) -> None:
    path = edit(sample(tmp_path / "budget.xlsx"), lambda one: setattr(one[place], "value", value), sheet)
    found = again(path)
    assert key in {p.key for p in found.problems}
    assert kc.check(found, no_budget=True).exit_code in (4, 5)


def test_an_exchange_rate_that_is_passed_settles_that_of_the_workbook(tmp_path: Path) -> None:
    path = edit(sample(tmp_path / "budget.xlsx"), lambda one: setattr(one["B8"], "value", 60), "Assumptions")
    book = kc.load_prices(rates=["60 EVOLINK_CREDIT/USD"])
    found = kc.estimate(kc.read_jobs(str(path)), book, as_of=AS_OF)
    assert "mismatch.report_rate" not in {p.key for p in found.problems}


def test_rows_and_columns_move_and_are_found_again(tmp_path: Path) -> None:
    path = sample(tmp_path / "budget.xlsx")
    before = again(path)
    book = openpyxl.load_workbook(path)
    sheet = book[LINES]
    sheet.title = "Our plan"
    rows = [[one.value for one in row] for row in sheet.iter_rows(min_row=8, max_row=32)]
    for number, row in enumerate(reversed(rows), 8):
        for at, value in enumerate(row, 1):
            sheet.cell(number, at).value = value
    sheet.insert_cols(3)
    sheet["C7"], sheet["C9"] = "Remark", "ask Kim"
    sheet.row_dimensions[9].hidden = True
    book.save(path)
    after = again(path)
    assert facts(after)[1:] == facts(before)[1:]
    assert {"unknown_field.column", "has_no_effect.hidden_rows"} <= {p.key for p in after.problems}


def test_a_row_that_is_typed_is_a_job_and_one_that_is_deleted_is_none(tmp_path: Path) -> None:
    def change(sheet: Any) -> None:
        sheet.delete_rows(cell(sheet, "hero-02", "takes").row)
        row = sheet.max_row + 1
        texts = {1: "new-01", 3: T2V, 4: 5, 5: "720p", 6: "off", 7: 2}
        for at, value in texts.items():
            sheet.cell(row, at).value = value

    found = again(edit(sample(tmp_path / "budget.xlsx"), change))
    costs = {item.job_id: item.cost for item in found.line_items}
    assert "hero-02" not in costs
    assert costs["new-01"] == kc.Amount("54", "EVOLINK_CREDIT")
    assert "has_no_effect.removed_lines" in {p.key for p in found.problems}


def test_a_row_that_is_cleared_and_one_that_is_copied_are_errors(tmp_path: Path) -> None:
    def clear(sheet: Any) -> None:
        row = cell(sheet, "hero-02", "takes").row
        for at in range(2, 19):
            sheet.cell(row, at).value = None

    def copy(sheet: Any) -> None:
        row, below = cell(sheet, "hero-01", "takes").row, sheet.max_row + 1
        for at in range(1, sheet.max_column + 1):
            sheet.cell(below, at).value = sheet.cell(row, at).value

    for change, key in ((clear, "missing.report_row"), (copy, "duplicate.job_id")):
        found = again(edit(sample(tmp_path / f"{key}.xlsx"), change))
        assert key in {p.key for p in found.problems}
        assert found.left_out == 1


def test_a_job_that_was_left_out_is_left_out_again(tmp_path: Path) -> None:
    bodies = [{"model": T2V, "prompt": "Fog"}, {"model": T2V, "prompt": 5}]
    before = kc.estimate(bodies)
    after = kc.estimate(kc.read_jobs(str(written(tmp_path / "budget.xlsx", before))))
    assert (after.left_out, after.exit_code) == (1, 5)


def test_another_schema_and_a_damaged_row_are_refused(tmp_path: Path) -> None:
    path = sample(tmp_path / "budget.xlsx")

    def later(sheet: Any) -> None:
        found = next(row for row in sheet.iter_rows() if row[0].value == "schema")
        found[1].value = "2"

    with pytest.raises(kc.ReadError, match="unknown schema version 2"):
        kc.read_jobs(str(edit(path, later, PLAN)))
    path = sample(path)
    with pytest.raises(kc.ReadError, match="Takes"):
        kc.read_jobs(str(edit(path, lambda sheet: setattr(sheet["G7"], "value", "Anzahl"))))
    path = sample(path)

    def damage(sheet: Any) -> None:
        sheet["AO8"].value = sheet["AO8"].value.replace("cast", "CAST")

    assert "unreadable.report_row" in {p.key for p in again(edit(path, damage)).problems}


def test_elements_and_shots_stay_counted_whatever_is_edited(tmp_path: Path) -> None:
    elements = {"element_list": [{"element_id": "u_1"}]}
    shots = {
        "multi_shot": True,
        "shot_type": "customize",
        "multi_prompt": [
            {"index": 1, "prompt": "a", "duration": "4"},
            {"index": 2, "prompt": "b", "duration": "6"},
        ],
    }
    one = {"model": T2V, "duration": 10, "quality": "720p", "sound": "off"}
    cast = {"model": I2V, "prompt": "x", "image_start": "https://example.com/a.png", "model_params": elements}
    jobs = [
        {"job_id": "shots", "request": {**one, "model_params": shots}},
        {"job_id": "cast", "request": {**cast, "duration": 5}},
    ]
    before = kc.estimate(jobs)
    assert before.left_out == 0
    path = written(tmp_path / "budget.xlsx", before)
    found = again(edit(path, put("shots", "seconds", 5)))
    assert found.left_out == 1
    assert "mismatch.shots" in {p.key for p in found.problems}
    made = next(item for item in found.line_items if item.job_id == "cast")
    assert dict(made.job.needs) == {"image": 1, "elements": 1}


def test_a_workbook_that_libreoffice_edited_is_the_edited_plan(tmp_path: Path) -> None:
    path = sample(tmp_path / "budget.xlsx")
    steps = {
        "saved": [],
        "takes": [("number", LINES, "G10", "7"), ("number", LINES, "D11", "5")],
        "sorted": [("sort", LINES, "A8:AO32", "0")],
        "deleted": [("delete", LINES, "A10")],
        "added": [
            ("insert", LINES, "A12"),
            *[("text", LINES, place, text) for place, text in {"A12": "new-01", "C12": T2V}.items()],
            ("number", LINES, "G12", "2"),
        ],
    }
    made = edited(path, steps, tmp_path)
    before = again(path)
    found = {name: again(file) for name, file in made.items()}
    assert facts(found["saved"]) == facts(before)
    assert facts(found["sorted"])[1:] == facts(before)[1:]
    assert [item.job_id for item in found["sorted"].line_items] != [item.job_id for item in before.line_items]
    changes = {item.job_id: item for item in found["takes"].line_items}
    assert (changes["hero-01"].takes, changes["hero-02"].options["duration"]) == (7, "5")
    assert len(found["deleted"].line_items) == len(before.line_items) - 1
    assert "new-01" in {item.job_id for item in found["added"].line_items}


def test_the_command_says_what_finance_changed(tmp_path: Path) -> None:
    path = edit(sample(tmp_path / "budget.xlsx"), put("hero-01", "takes", 2))
    command = [sys.executable, "-m", "kling_cost", "plan", "diff", CAMPAIGN, str(path), "--as-of", "2026-11-20"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "takes" in done.stdout
    assert "-216" in done.stdout.replace("−", "-")


def test_verbs_that_would_take_it_for_another_sheet_say_what_it_is(tmp_path: Path) -> None:
    path = sample(tmp_path / "budget.xlsx")
    with pytest.raises(kc.ReadError, match="a report's workbook is not changed"):
        kc.apply(kc.fit(again(path), "2900 EVOLINK_CREDIT", may="quality"), path, tmp_path / "fitted.xlsx")
    with pytest.raises(kc.UsageError, match="a report's workbook"):
        kc.read_jobs(str(path), model=T2V)
