"""The month that an actual counts in: its job's, else that of its answers; where neither says, it is never lost."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kling_cost as kc
from kling_cost.planning.limits import Standing

AS_OF = date(2026, 11, 20)
OCTOBER, NOVEMBER = "2026-10-07T10:00:00Z", "2026-11-03T10:00:00Z"
MONTHLY = "schema: 1\nbudgets: [{name: all, limit: 100 EVOLINK_CREDIT, per: month}]\n"
FINE = ("within", "warn")


def job(name: str, day: str | None = None, takes: int = 1) -> dict[str, Any]:
    body = {"model": "kling-v3-text-to-video", "prompt": "Fog"}
    return {"job_id": name, "request": body, "takes": takes, **({} if day is None else {"date": day})}


def plan(*jobs: dict[str, Any]) -> kc.Estimate:
    return kc.estimate(list(jobs), as_of=AS_OF)


def answer(name: str, amount: int, created: str | None, task: str = "", status: str = "completed") -> dict[str, Any]:
    body: dict[str, Any] = {"id": task or f"t-{name}", "status": status, "usage": {"credits_reserved": amount}}
    if created is not None:
        body["created"] = int(datetime.fromisoformat(created).timestamp())
    return {"job_id": name, "response": body}


def rules(folder: Path, text: str = MONTHLY) -> kc.Rules:
    path = folder / "rules.yaml"
    path.write_text(text, encoding="utf-8")
    return kc.read_rules(path)


def checked(folder: Path, made: kc.Estimate, answers: Sequence[Any], text: str = MONTHLY) -> kc.Verdict:
    return kc.check(made, rules=rules(folder, text), actuals=kc.reconcile(made, answers))


def committed(verdict: kc.Verdict) -> dict[str, Decimal]:
    return {limit.scope.rpartition(" / ")[2]: limit.committed for limit in verdict.limits}


def by_month(verdict: kc.Verdict) -> dict[str, Standing]:
    return {limit.scope.rpartition(" / ")[2]: limit for limit in verdict.limits}


@pytest.mark.parametrize("is_stored", [False, True])
def test_without_a_date_of_its_job_a_task_counts_on_the_day_of_its_answers(tmp_path: Path, is_stored: bool) -> None:
    made = plan(job("a"), job("b", takes=2), job("c", "2026-11-09"))
    answers = [
        answer("a", 27, OCTOBER),
        answer("b", 27, OCTOBER, "one"),
        answer("b", 28, NOVEMBER, "two", "pending"),
        answer("c", 29, OCTOBER),
    ]
    outcome: Any = kc.reconcile(made, answers)
    if is_stored:
        kc.write_report(tmp_path / "outcome.json", outcome)
        outcome = tmp_path / "outcome.json"
    verdict = kc.check(made, rules=rules(tmp_path), actuals=outcome)
    assert committed(verdict) == {"2026-10": 54, "2026-11": 57}, "the date of a job comes first"
    november = by_month(verdict)["2026-11"]
    assert (november.actual, november.open, november.planned) == (29, 28, 0)
    assert [found.key for found in verdict.problems if "spent_day" in found.key] == []


def test_the_earliest_answer_says_when_a_task_was_created(tmp_path: Path) -> None:
    made = plan(job("a"))
    answers = [answer("a", 27, NOVEMBER), answer("a", 27, OCTOBER, status="pending")]
    assert committed(checked(tmp_path, made, answers)) == {"2026-10": 27, "2026-11": 0}
    (task,) = kc.reconcile(made, answers).tasks
    assert task.created == date(2026, 10, 7)


def test_a_stored_reconciliation_keeps_the_day_where_there_is_one(tmp_path: Path) -> None:
    made, file = plan(job("a"), job("b")), tmp_path / "outcome.json"
    kc.write_report(file, kc.reconcile(made, [answer("a", 27, "2026-10-31T23:59:59Z"), answer("b", 27, None)]))
    first, second = json.loads(file.read_text("utf-8"))["reconciliation"]["tasks"]
    assert first["created"] == "2026-10-31"
    assert "created" not in second
    assert [task.created for task in kc.read_reconciliation(file).tasks] == [date(2026, 10, 31), None]


def test_what_was_spent_on_an_unknown_day_is_told_and_counts_in_the_month_of_its_job(tmp_path: Path) -> None:
    made = plan(job("old", "2026-10-05"), job("a"), job("b"))
    answers = [answer("old", 30, None), answer("a", 27, None), answer("b", 27, None)]
    verdict = checked(tmp_path, made, answers)
    assert committed(verdict) == {"2026-10": 30, "2026-11": 54}
    (told,) = [found for found in verdict.problems if found.code != "old_price"]
    assert (told.severity, told.message) == (
        "warning",
        "the day of what was spent on these jobs is not known, so it counts in 2026-11: 2, the first is a",
    )
    assert (verdict.verdict, verdict.exit_code) == ("within", 0), "either month holds all of it"


def test_a_month_that_it_may_have_been_spent_in_instead_is_unknown_where_that_would_be_too_much(
    tmp_path: Path,
) -> None:
    made = plan(job("old", "2026-10-05"), job("a"), job("later", "2026-12-01"))
    answers = [answer("old", 74, None), answer("a", 27, None), answer("later", 90, None)]
    verdict = checked(tmp_path, made, answers)
    assert {month: limit.status for month, limit in by_month(verdict).items()} == {
        "2026-10": "unknown",
        "2026-11": "within",
        "2026-12": "warn",
    }
    assert (verdict.verdict, verdict.exit_code) == ("blocked", 4)
    (why,) = [found for found in verdict.problems if found.severity == "error"]
    assert why.message == "all / 2026-10 may be over: the day of some of what was spent is not known"
    assert checked(tmp_path, made, [answer("old", 73, None), *answers[1:]]).exit_code == 0, "73 and 27 are the limit"
    known = checked(tmp_path, made, [answers[0], answer("a", 27, NOVEMBER), answers[2]])
    assert (known.verdict, by_month(known)["2026-10"].status) == ("within", "within")


def test_a_month_that_is_over_only_by_what_may_have_been_spent_before_is_unknown(tmp_path: Path) -> None:
    made = plan(job("old", "2026-10-05"), job("a", takes=4), job("b"))
    spent = [answer("old", 30, None), *(answer("a", 27, None, f"t{at}") for at in range(4))]
    verdict = checked(tmp_path, made, spent)
    november = by_month(verdict)["2026-11"]
    assert (november.status, november.committed, november.planned, november.headroom) == ("unknown", 108, 27, -35)
    assert (verdict.verdict, verdict.exit_code) == ("blocked", 4)
    why = [found.message for found in verdict.problems if found.severity == "error"]
    assert why == [
        f"all / 2026-{month} may be over: the day of some of what was spent is not known" for month in (10, 11)
    ]
    dated = checked(tmp_path, made, [spent[0], *(answer("a", 27, NOVEMBER, f"t{at}") for at in range(4))])
    assert (by_month(dated)["2026-11"].status, dated.exit_code) == ("over", 3)
    alone = checked(tmp_path, plan(job("a"), job("b", takes=4)), [answer("a", 27, None)])
    assert (by_month(alone)["2026-11"].status, alone.exit_code) == ("over", 3), "108 are over without it"


def test_a_budget_for_all_time_needs_no_day(tmp_path: Path) -> None:
    text = MONTHLY.replace("per: month", "per: once")
    verdict = checked(tmp_path, plan(job("a")), [answer("a", 27, None)], text)
    assert (committed(verdict), verdict.problems) == ({"all": 27}, [])


AMOUNTS = st.lists(st.integers(0, 60), max_size=3)


@given(AMOUNTS, AMOUNTS, AMOUNTS, st.data())
def test_what_is_told_of_a_month_holds_whatever_the_days_are(
    tmp_path_factory: pytest.TempPathFactory,
    october: list[int],
    november: list[int],
    unknown: list[int],
    data: st.DataObject,
) -> None:
    """Wherever the tasks of unknown days were created, a month that was fine is fine, one that was over is over, and
    nothing is lost."""
    folder = tmp_path_factory.mktemp("r")
    dated = [("2026-10-05", amount) for amount in october] + [("2026-11-05", amount) for amount in november]
    spent = [*dated, *((None, amount) for amount in unknown)]
    made = plan(*(job(f"j{at}", day) for at, (day, _) in enumerate(spent)), job("last", "2026-10-09"))
    told = checked(folder, made, [answer(f"j{at}", amount, None) for at, (_, amount) in enumerate(spent)])
    assert sum(committed(told).values()) == sum(amount for _, amount in spent)
    days = [data.draw(st.sampled_from([OCTOBER, NOVEMBER])) for _ in spent]
    really = checked(folder, made, [answer(f"j{at}", spent[at][1], day) for at, day in enumerate(days)])
    for month, limit in by_month(told).items():
        if limit.status in FINE and month in by_month(really):
            assert by_month(really)[month].status in FINE
        if limit.status == "over":
            assert by_month(really)[month].status == "over"


@given(st.lists(st.tuples(st.integers(0, 90), st.sampled_from([OCTOBER, NOVEMBER])), min_size=1, max_size=4), st.data())
def test_a_task_created_in_another_month_moves_exactly_its_amount(
    tmp_path_factory: pytest.TempPathFactory, tasks: list[tuple[int, str]], data: st.DataObject
) -> None:
    folder, made = tmp_path_factory.mktemp("r"), plan(job("a", takes=len(tasks)), job("o", "2026-10-01"))
    at = data.draw(st.integers(0, len(tasks) - 1))
    amount, day = tasks[at]
    moved = [*tasks]
    moved[at] = amount, NOVEMBER if day == OCTOBER else OCTOBER
    before, after = (
        committed(checked(folder, made, [answer("a", n, when, f"t{k}") for k, (n, when) in enumerate(some)]))
        for some in (tasks, moved)
    )
    sign = 1 if day == OCTOBER else -1
    assert before["2026-10"] - after["2026-10"] == sign * amount == after["2026-11"] - before["2026-11"]
