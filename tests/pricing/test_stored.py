"""Stored estimates are taken as they are, and refused where they do not add up."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kling_cost as kc
from kling_cost.io.csv_injection import unescape_formula
from kling_cost.io.json_text import json_bytes
from kling_cost.results.document_types import ESTIMATE, estimate_sha256
from kling_cost.results.line_item_csv import checksum

JOBS = [
    {
        "job_id": "a",
        "request": {"model": "kling-v3-text-to-video", "prompt": "x", "duration": 7, "quality": "1080p"},
        "takes": 3,
        "tags": {"scene": "=1+1", "client": "'x"},
    },
    {"job_id": "b", "request": {"type": "pro-text-to-video", "prompt": "x"}},
    {"job_id": "c", "request": {"model": "kling-v9", "prompt": "x"}},
    {"job_id": "d", "request": {"model": "kling-v3", "duration": 3, "quality": "4k", "sound": "on"}},
]


@pytest.fixture
def estimate() -> kc.Estimate:
    return kc.estimate(JOBS, as_of=date(2026, 11, 20))


def stored(tmp_path: Path, record: Any) -> Path:
    path = tmp_path / "estimate.json"
    path.write_text(json.dumps(record), encoding="utf-8")
    return path


def test_a_stored_estimate_is_the_estimate(tmp_path: Path, estimate: kc.Estimate) -> None:
    record = ESTIMATE.json(estimate)
    again = kc.read_estimate(stored(tmp_path, record))
    assert ESTIMATE.json(again) == record
    assert again.exit_code == estimate.exit_code == 4
    assert next(i.arithmetic() for i in again.line_items).startswith("7 s × 7.1982 = 50.3874 EVOLINK_CREDIT × 3 takes")


def test_a_book_that_changes_does_not_price_it_again(tmp_path: Path, estimate: kc.Estimate) -> None:
    record = ESTIMATE.json(estimate)
    record["line_items"][0] |= {"unit_price": "1", "cost_per_take": "7", "cost": "21", "usd": "0.291666666667"}
    record["totals"][0] |= {"cost": "21", "usd": "0.291666666667"}
    again = kc.read_estimate(stored(tmp_path, record))
    assert again.line_items[0].cost.value == 21


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["line_items", 0, "cost"], "151.1621", "does not add up a"),
        (["line_items", 0, "usd"], "2", "does not add up a"),
        (["line_items", 0, "takes"], 4, "does not add up a"),
        (["totals", 0, "cost"], "151.1623", "does not add up"),
        (["totals"], [], "does not add up"),
        (
            ["line_items", 0, "cost"],
            151.1622,
            "line_items.0.cost: the stored estimate is damaged: must be decimal text",
        ),
        (["line_items", 0, "cost"], "1e2", "cost: the stored estimate is damaged: must be decimal text"),
        (["line_items", 0, "cost"], "-151.1622", "must be decimal text"),
        (["line_items", 0, "currency"], "evil\x1b[31m", "damaged"),
        (["line_items", 0, "takes"], 0, "damaged"),
        (["line_items", 0, "takes"], "3", "damaged"),
        (["line_items", 0, "model"], None, "damaged"),
        (["line_items", 0], None, "damaged"),
        (["line_items"], {}, "damaged"),
        (["as_of"], "yesterday", "damaged"),
        (["price_book"], {}, "damaged"),
        (["left_out"], -1, "damaged"),
        (["left_out"], 0, "does not add up"),
        (["totals", 0, "usd"], "2", "does not add up"),
        (["problems", 0, "severity"], "fatal", "damaged"),
    ],
)
def test_a_damaged_one_is_refused(
    tmp_path: Path, estimate: kc.Estimate, path: list[Any], value: Any, message: str
) -> None:
    record = json.loads(json.dumps(ESTIMATE.json(estimate)))
    holder = record
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    with pytest.raises(kc.ReadError, match=message):
        kc.read_estimate(stored(tmp_path, record))


def test_money_that_it_did_not_know_can_be_given(tmp_path: Path, estimate: kc.Estimate) -> None:
    path = stored(tmp_path, ESTIMATE.json(estimate))
    again = kc.read_estimate(path, rates=["100 KLING3API_CREDIT/USD"])
    assert {t.currency: t.usd for t in again.totals}["KLING3API_CREDIT"] == 4
    assert "no_exchange_rate" not in [p.code for p in again.problems]
    with pytest.raises(kc.UsageError, match="already has an exchange rate for EVOLINK_CREDIT"):
        kc.read_estimate(path, rates=["70 EVOLINK_CREDIT/USD"])


def test_line_items_as_csv_are_read_back_to_the_same_figures(tmp_path: Path, estimate: kc.Estimate) -> None:
    path = tmp_path / "lines.csv"
    kc.write_report(path, estimate)
    again = kc.read_estimate(path)
    assert (again.totals, again.breakdowns, again.left_out, again.as_of) == (
        estimate.totals,
        estimate.breakdowns,
        estimate.left_out,
        estimate.as_of,
    )
    assert [i.job_id for i in again.line_items] == ["a", "b", "d"]
    assert dict(again.line_items[0].tags) == {"scene": "=1+1", "client": "'x"}


def test_a_spreadsheet_finds_nothing_to_run_in_the_csv(tmp_path: Path, estimate: kc.Estimate) -> None:
    path = tmp_path / "lines.csv"
    kc.write_report(path, estimate)
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    for row in csv.reader(io.StringIO(data.decode("utf-8-sig"))):
        assert not [cell for cell in row if cell[:1] in ("=", "+", "-", "@", "\t", "\r")]


@pytest.mark.parametrize("start", "=+-@\t\r'")
def test_what_a_spreadsheet_would_run_is_inert_in_csv_and_read_back(tmp_path: Path, start: str) -> None:
    live = f"{start}1+1"
    path = tmp_path / "lines.csv"
    kc.write_report(path, kc.estimate([{**JOBS[1], "tags": {"scene": live}}], as_of=date(2026, 11, 20)))
    rows = list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))
    assert f"'{live}" in [cell for row in rows for cell in row]
    assert dict(kc.read_estimate(path).line_items[0].tags) == {"scene": live}


def test_the_hash_of_an_estimate_is_that_of_its_json() -> None:
    """Also of jobs that share one price, whose text is put together once."""
    jobs = [{"job_id": f"j{n}", "request": JOBS[1]["request"], "takes": n} for n in (1, 3, 2, 3)]
    for items in (JOBS, jobs):
        estimate = kc.estimate(items, as_of=date(2026, 11, 20))
        assert estimate_sha256(estimate) == hashlib.sha256(json_bytes(ESTIMATE.json(estimate))).hexdigest()


def outcome(path: Path) -> Any:
    """What the gate says of a stored plan: None where it is refused."""
    try:
        plan = kc.read_estimate(path)
        verdict = kc.check(plan, budget=BUDGET)
    except kc.ReadError:
        return None
    totals = [(total.currency, total.jobs, total.takes, total.cost, total.usd) for total in plan.totals]
    return verdict.verdict, verdict.exit_code, plan.left_out, plan.partial, totals


def rows_of(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline="")))


def keep(path: Path, rows: list[list[str]]) -> Path:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


BUDGET = ["1000 EVOLINK_CREDIT", "1000 KLING3API_CREDIT", "10 USD"]
GOOD = JOBS[0]
TASKS = {"job_id": "t", "task_id": ["t-1", "t 2"], "request": {"model": "kling-v3-text-to-video", "prompt": "y"}}
UNPRICED: dict[str, Any] = {"model": "kling-v9", "prompt": "x"}
INVALID = {"model": "kling-v3-text-to-video", "prompt": "x", "duration": 99}
PLANS: list[list[dict[str, Any]]] = [
    [GOOD],
    [GOOD, TASKS, {**GOOD, "job_id": "e"}],
    [GOOD, UNPRICED],
    [GOOD, INVALID],
    [GOOD, UNPRICED, INVALID],
    [UNPRICED],
    [INVALID],
    JOBS,
]


@pytest.mark.parametrize("jobs", PLANS)
def test_a_plan_says_the_same_in_whatever_form_it_was_stored(tmp_path: Path, jobs: list[dict[str, Any]]) -> None:
    plan = kc.estimate(jobs, as_of=date(2026, 11, 20))
    direct = kc.check(plan, budget=BUDGET)
    for name, results in (("plan.csv", [plan]), ("report.json", [plan]), ("checked.json", [plan, direct])):
        kc.write_report(tmp_path / name, *results)
        again = kc.read_estimate(tmp_path / name)
        verdict = kc.check(again, budget=BUDGET)
        assert (verdict.verdict, verdict.exit_code) == (direct.verdict, direct.exit_code), name
        assert (again.totals, again.breakdowns, again.left_out) == (plan.totals, plan.breakdowns, plan.left_out)
        assert (again.exit_code, again.as_of) == (plan.exit_code, plan.as_of)
        assert [i.job.task_ids for i in again.line_items] == [i.job.task_ids for i in plan.line_items]
        codes = {(p.severity, p.code) for p in again.problems}
        assert codes == {(p.severity, p.code) for p in plan.problems}
        assert again.strictly().exit_code == plan.strictly().exit_code
    assert ESTIMATE.json(kc.read_estimate(tmp_path / "report.json")) == ESTIMATE.json(plan)
    assert estimate_sha256(kc.read_estimate(tmp_path / "report.json")) == estimate_sha256(plan)


@given(st.data())
def test_a_stored_sheet_with_any_change_is_refused_or_says_the_same(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("sheet")
    kc.write_report(folder / "plan.csv", kc.estimate(data.draw(st.sampled_from(PLANS)), as_of=date(2026, 11, 20)))
    rows, message = rows_of(folder / "plan.csv"), outcome(folder / "plan.csv")
    assert message is not None
    at = data.draw(st.integers(0, len(rows) - 1))
    column = data.draw(st.integers(0, len(rows[0]) - 1))
    cell = rows[at][column]
    value = data.draw(st.sampled_from(["", "0", "1", "2", "error:no_rate=1", cell + "0", cell[:-1], rows[0][column]]))
    change = data.draw(st.sampled_from(["cell", "delete", "double", "shuffle", "column"]))
    if change == "cell":
        rows[at][column] = value
    elif change == "delete":
        del rows[at]
    elif change == "double":
        rows.insert(data.draw(st.integers(1, len(rows))), rows[at])
    elif change == "shuffle":
        rows = [rows[0], *data.draw(st.permutations(rows[1:]))]
    else:
        rows = [row[:column] + row[column + 1 :] for row in rows]
    again = outcome(keep(folder / "changed.csv", rows))
    assert again in (None, message), (change, at, rows[0][min(column, len(rows[0]) - 1)], cell, value)
    if change == "shuffle":
        assert again == message


def test_a_line_may_not_take_the_place_of_another(tmp_path: Path) -> None:
    like = [{**GOOD, "job_id": name} for name in "abc"]
    kc.write_report(tmp_path / "plan.csv", kc.estimate(like, as_of=date(2026, 11, 20)))
    kc.write_report(tmp_path / "other.csv", kc.estimate([*like[:2], TASKS], as_of=date(2026, 11, 20)))
    rows, others = rows_of(tmp_path / "plan.csv"), rows_of(tmp_path / "other.csv")
    costlier = dict(zip(rows[0], rows[3], strict=True)) | {"plan_cost": "82"}
    costlier["checksum"] = checksum(rows[0][:-1], [unescape_formula(cell) for cell in list(costlier.values())[:-1]])
    cases = [
        ([*rows[:3], rows[2]], "b"),
        ([*rows[:3], others[3]], "plan_cost"),
        ([*rows[:3], list(costlier.values())], "plan_cost"),
        (rows[:3], "2 ≠ 3"),
    ]
    for changed, why in cases:
        with pytest.raises(kc.ReadError, match=f"missing, duplicated or from another plan: {why} "):
            kc.read_estimate(keep(tmp_path / "changed.csv", changed))
    with pytest.raises(kc.ReadError):
        kc.read_estimate(keep(tmp_path / "changed.csv", rows[:1]))


@pytest.mark.parametrize(
    "column", ["cost", "takes", "usd", "unit_price", "billed_quantity", "cost_per_take", "per_usd"]
)
def test_a_csv_that_was_changed_by_hand_is_refused(tmp_path: Path, estimate: kc.Estimate, column: str) -> None:
    path = tmp_path / "lines.csv"
    kc.write_report(path, estimate)
    rows = rows_of(path)
    rows[1][rows[0].index(column)] = "51.1622"
    with pytest.raises(kc.ReadError, match=r"lines.csv:2: the line was changed after it was stored \(store it again"):
        kc.read_estimate(keep(path, rows))


def test_a_csv_that_says_no_count_and_totals_is_refused(tmp_path: Path, estimate: kc.Estimate) -> None:
    path = tmp_path / "lines.csv"
    kc.write_report(path, estimate)
    rows = rows_of(path)
    old = rows[0].index("problems")
    with pytest.raises(kc.ReadError, match="store them again from their jobs"):
        kc.read_estimate(keep(path, [row[:old] for row in rows]))


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_line_items_alone_are_neither_jobs_nor_a_plan(tmp_path: Path, estimate: kc.Estimate, form: str) -> None:
    path = tmp_path / f"lines.{form}"
    if form == "csv":
        estimate.to_frame().to_csv(path, index=False)
    else:
        kc.write_report(path, estimate)
    for read in (kc.read_estimate, kc.estimate, kc.summarize):
        with pytest.raises(kc.ReadError, match="line items without their count and totals"):
            read(path)


@pytest.mark.parametrize("version", ["99", "", None, 1, "1.0"])
def test_a_version_that_is_not_known_is_refused(tmp_path: Path, estimate: kc.Estimate, version: Any) -> None:
    record = ESTIMATE.json(estimate) | {"schema_version": version}
    report = {"schema_version": version, "kind": "report", "estimate": ESTIMATE.json(estimate)}
    kc.write_report(tmp_path / "outcome.json", kc.reconcile(estimate, []))
    told = json.loads((tmp_path / "outcome.json").read_text()) | {"schema_version": version}
    told["reconciliation"] = {**told["reconciliation"], "schema_version": version}
    for document, read in ((record, kc.read_estimate), (report, kc.read_estimate), (told, kc.read_reconciliation)):
        with pytest.raises(kc.ReadError, match="unknown schema version"):
            read(stored(tmp_path, document))


@pytest.mark.parametrize(
    ("change", "ok"),
    [
        ({}, True),
        ({"unit_price": "7.1983"}, False),
        ({"billed_quantity": "8"}, False),
        ({"billed_quantity": "6"}, False),
        ({"requested_quantity": "6"}, False),
        ({"options": {"duration": "6", "quality": "1080p", "sound": "off"}}, False),
        ({"cost_per_take": "50.3875", "cost": "151.1625", "usd": "2.099479166667"}, False),
        ({"cost_per_take": "60", "cost": "180", "usd": "2.5"}, False),
        ({"cost_per_take": "60", "cost": "180", "usd": "2.5", "notes": ["minimum charge of 60 EVOLINK_CREDIT"]}, True),
        ({"requested_quantity": "2", "options": {"duration": "2"}, "notes": ["7 s minimum"]}, True),
    ],
)
def test_every_figure_that_enters_the_cost_is_held_to_the_others(
    tmp_path: Path, change: dict[str, Any], ok: bool
) -> None:
    record = json.loads(json.dumps(ESTIMATE.json(kc.estimate([GOOD], as_of=date(2026, 11, 20)))))
    record["line_items"][0] |= change
    record["totals"][0] |= {name: change[name] for name in ("cost", "usd") if name in change}
    if ok:
        assert kc.read_estimate(stored(tmp_path, record)).line_items
    else:
        with pytest.raises(kc.ReadError, match="does not add up a"):
            kc.read_estimate(stored(tmp_path, record))


def test_a_plan_that_left_jobs_out_is_blocked_whatever_its_problems_say(estimate: kc.Estimate) -> None:
    for problems in ([], [p for p in estimate.problems if p.severity != "error"]):
        verdict = kc.check(replace(estimate, problems=problems), no_budget=True)
        assert (verdict.verdict, verdict.exit_code) == ("blocked", 5)


def test_what_is_no_estimate_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "jobs.json"
    path.write_text("[]", encoding="utf-8")
    with pytest.raises(kc.ReadError, match="not a stored estimate"):
        kc.read_estimate(path)


def test_jobs_and_a_stored_estimate_are_not_mixed_up(tmp_path: Path, estimate: kc.Estimate) -> None:
    with pytest.raises(kc.ReadError, match="stored estimate, not a list of jobs"):
        kc.read_jobs(stored(tmp_path, ESTIMATE.json(estimate)))
