"""Earlier estimates beside what was charged: a case by hand, laws, and what cannot be told."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kling_cost as kc
from examples.answers import evolink
from kling_cost.pricing.estimate import Estimate

FOG = {"model": "kling-v3-text-to-video", "prompt": "Fog"}  # 27 credits
ELSEWHERE = {"type": "pro-text-to-video", "prompt": "Fog", "duration": 5}  # another seller, in credits of its own
HEROES = "schema: 1\ntakes:\n  hero: {where: {tag:class: hero}, success: 1 in 2, at_most: 3}\n"


@pytest.fixture(scope="module")
def heroes(tmp_path_factory: pytest.TempPathFactory) -> kc.Rules:
    path = tmp_path_factory.mktemp("rules") / "rules.yaml"
    path.write_text(HEROES, encoding="utf-8")
    return kc.read_rules(path)


def plan(day: str | None, *jobs: dict[str, Any]) -> Estimate:
    return kc.estimate([{"request": FOG, **job} for job in jobs], as_of=day)


def hero(job_id: str, takes: int = 1, **more: Any) -> dict[str, Any]:
    return {"job_id": job_id, "takes": takes, "tags": {"class": "hero"}, **more}


def sheet(folder: Path, *rows: str, name: str = "log.csv") -> Path:
    path = folder / name
    path.write_text("\n".join(["job_id,task_id,status,kept,settled", *rows, ""]), encoding="utf-8")
    return path


def months(found: kc.Accuracy) -> list[tuple[str | None, str | None, str | None, str | None, int, int]]:
    return [(m.month, *map(_text, (m.planned, m.p80, m.actual)), m.jobs, m.charged) for m in found.months]


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else format(amount.normalize(), "f")


def told(found: kc.Accuracy) -> list[str]:
    return [p.key for p in found.problems]


def test_a_case_by_hand(tmp_path: Path, heroes: kc.Rules) -> None:
    """One hero of 27: 1, 2 or 3 takes with 1/2, 1/4, 1/4, so that 8 of 10 cost at most 81."""
    october = plan("2026-10-05", hero("a", 2), {"job_id": "b"})
    november = plan("2026-11-05", {"job_id": "b", "takes": 2}, {"job_id": "c"}, {"job_id": "d", "date": "2026-12-01"})
    log = sheet(
        tmp_path, "a,1,completed,no,27", "a,2,completed,yes,30.5", "b,3,completed,yes,27", "d,4,processing,,27",
        "d,5,pending,,",
    )  # fmt: skip
    found = kc.accuracy([november, october], log, heroes)
    assert months(found) == [
        ("2026-10", "54", "81", "57.5", 1, 1),
        ("2026-11", "81", None, "27", 2, 1),
        ("2026-12", "27", None, "27", 1, 0),
    ]
    assert told(found) == ["has_no_effect.earlier_estimates"]
    assert (
        found.problems[0].message
        == "jobs in more than one stored estimate: 1, the first is b; the last estimate counts"
    )
    assert (found.exit_code, found.partial, repr(found)) == (0, False, "<Accuracy: 3 months>")
    assert [month.is_whole for month in found.months] == [True, False, False]


def test_what_is_not_charged_yet_is_not_nothing(tmp_path: Path) -> None:
    october = plan("2026-10-05", {"job_id": "a"}, {"job_id": "b"})
    answer = {"id": "t", "status": "pending", "usage": {"credits_reserved": 27, "billing_rule": "per_second"}}
    reserved = kc.reconcile(october, [{"job_id": "a", "response": answer}])
    found = kc.accuracy(october, reserved)
    assert months(found) == [("2026-10", "54", None, None, 2, 0)], "a reservation is no charge, a price neither"
    assert told(found) == ["missing.charges"]
    found = kc.accuracy(october, sheet(tmp_path, "a,1,failed,no,0"))
    assert months(found) == [("2026-10", "54", None, "0", 2, 1)], "a charge of nothing is one"


def test_charges_in_another_currency_are_not_added(tmp_path: Path) -> None:
    jobs = [{"job_id": name, "request": {**FOG, "duration": 5}} for name in "ab"]
    october = kc.estimate(jobs, as_of="2026-10-05")
    elsewhere = kc.estimate([{"job_id": "a", "provider": "kling3api", "request": ELSEWHERE}], as_of="2026-10-05")
    log = sheet(tmp_path, "a,1,completed,yes,90", name="other.csv")
    outcome = kc.reconcile(elsewhere, kc.read_responses(log))
    assert outcome.tasks[0].currency != october.line_items[0].currency
    found = kc.accuracy(october, [outcome, sheet(tmp_path, "b,2,completed,yes,27")])
    assert months(found) == [("2026-10", "54", None, "27", 2, 1)]
    assert told(found) == ["mismatch.currency_of_plan"]


def test_each_currency_has_a_row_of_its_own(tmp_path: Path, heroes: kc.Rules) -> None:
    both = kc.estimate(
        [
            hero("a", request=FOG),
            hero("k", provider="kling3api", request=ELSEWHERE),
            {"job_id": "l", "provider": "kling3api", "request": ELSEWHERE},
        ],
        as_of="2026-10-05",
    )
    found = kc.accuracy(both, sheet(tmp_path, "a,1,completed,yes,27"), heroes)
    own = {total.currency: total.cost for total in both.totals}
    assert {m.currency: m.planned for m in found.months} == own
    assert len(own) == 2
    assert [m.actual is None for m in sorted(found.months, key=lambda m: m.currency != "EVOLINK_CREDIT")] == [
        False,
        True,
    ]
    alone = {m.currency: m.p80 for m in found.months}
    assert alone["EVOLINK_CREDIT"] == 81, "nothing of the other currency is in it"


def test_what_belongs_to_no_job_is_told(tmp_path: Path) -> None:
    october = plan("2026-10-05", {"job_id": "a"})
    found = kc.accuracy(october, sheet(tmp_path, "a,1,completed,yes,27", "z,2,completed,yes,3"))
    assert months(found) == [("2026-10", "27", None, "27", 1, 1)]
    assert [p.message for p in found.problems] == [
        "charges that belong to no job of the stored estimates: 3; they are not counted"
    ]
    found = kc.accuracy(october, sheet(tmp_path, "z,2,completed,yes,3"))
    assert told(found) == ["mismatch.no_overlap", "mismatch.charged_beside"]
    assert (found.exit_code, found.partial) == (5, True)


def test_what_a_reconciliation_lacks_makes_the_accuracy_partial() -> None:
    october = plan("2026-10-05", {"job_id": "a"})
    answer = [{"job_id": "a", "response": evolink("t", 27)}]
    whole, lacking = (kc.reconcile(replace(october, left_out=left_out), answer) for left_out in (0, 1))
    assert [kc.accuracy(october, outcome).partial for outcome in (whole, lacking)] == [False, True]


def test_rows_that_name_no_task_are_not_added_up(tmp_path: Path) -> None:
    october = plan("2026-10-05", {"job_id": "a"}, {"job_id": "b"})
    found = kc.accuracy(october, sheet(tmp_path, "a,,,no,27", "a,,,yes,27", "b,1,,yes,27"))
    assert months(found) == [("2026-10", "54", None, "27", 2, 1)], "two takes of 27, or one that was noted twice"
    assert told(found) == ["missing.task_ids"]


def test_jobs_without_a_month_or_an_id_or_a_cost_are_told(tmp_path: Path) -> None:
    log = sheet(tmp_path, "a,1,completed,yes,27")
    found = kc.accuracy(plan(None, {"job_id": "a"}, {}), log)
    assert months(found) == [(None, "27", None, "27", 1, 1)]
    assert {"missing.ids_of_stored", "missing.month"} <= set(told(found))
    lacking = plan("2026-10-05", {"job_id": "a"}, {"job_id": "b", "request": {"model": "nothing"}})
    found = kc.accuracy(lacking, log)
    assert (found.partial, told(found), found.strictly().exit_code) == (True, ["missing.planned_costs"], 5)


@pytest.mark.parametrize(
    ("days", "says"),
    [
        (("2026-10-05", "2026-10-05"), "both of 2026-10-05: estimates[1], estimates[2]; pass only the one that counts"),
        ((None, "2026-10-05"), "one without a day: estimates[1], estimates[2]; pass only the one that counts"),
    ],
)
def test_nobody_guesses_which_estimate_is_the_last(days: tuple[str | None, str], says: str, tmp_path: Path) -> None:
    plans = [plan(day, {"job_id": "a"}) for day in days]
    with pytest.raises(kc.UsageError, match="the job a is in two estimates") as stopped:
        kc.accuracy(plans, sheet(tmp_path, "a,1,completed,yes,27"))
    assert str(stopped.value).endswith(says)


@given(
    st.lists(st.tuples(st.integers(10, 12), st.integers(1, 4), st.booleans()), min_size=1, max_size=8),
    st.lists(st.tuples(st.integers(0, 7), st.integers(0, 99)), max_size=12),
    st.randoms(use_true_random=False),
)
def test_months_add_up_and_the_order_of_files_changes_nothing(
    heroes: kc.Rules, jobs: list[tuple[int, int, bool]], charges: list[tuple[int, int]], draw: Any
) -> None:
    by_day: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for number, (month, takes, is_hero) in enumerate(jobs):
        tags = {"tags": {"class": "hero"}} if is_hero else {}
        by_day[month].append({"job_id": f"j{number}", "takes": takes, **tags})
    plans = [plan(f"2026-{month:02}-05", *own) for month, own in by_day.items()]
    charges = [(at % len(jobs), cents) for at, cents in charges]
    answers = [
        {"job_id": f"j{at}", "response": {"id": f"t{number}", "status": "completed", "usage": {
            "credits_used": cents, "billing_rule": "per_second"}}}
        for number, (at, cents) in enumerate(charges)
    ]  # fmt: skip
    everything = kc.estimate([{"request": FOG, **job} for own in by_day.values() for job in own], as_of="2026-10-05")
    outcome = kc.reconcile(everything, answers)
    found = kc.accuracy(plans, outcome, heroes)
    assert sum(month.planned for month in found.months) == everything.totals[0].due
    known = [month.actual for month in found.months if month.actual is not None]
    assert sum(known) == sum(cents for _, cents in charges)
    assert sum(month.charged for month in found.months) == len({at for at, _ in charges})
    assert sum(month.jobs for month in found.months) == len(jobs)
    assert [m.month for m in found.months] == sorted(f"2026-{month:02}" for month in by_day)
    for month in found.months:
        own = plan(f"{month.month}-05", *by_day[int(str(month.month)[-2:])])
        risk = kc.risk(own, heroes)
        p80 = next(p.total for p in risk.totals[0].percentiles if p.level == Decimal("0.8"))
        assert month.p80 == (p80 if risk.classes else None)
    draw.shuffle(plans)
    assert kc.accuracy(plans, outcome, heroes).months == found.months


def test_a_task_that_names_no_job_is_nobodys() -> None:
    """A reconciliation may infer the job of an answer from what it is about; here only ids count."""
    october = plan("2026-10-05", {"job_id": "a"}, {"job_id": "b", "request": {**FOG, "duration": 9}})
    answers = [evolink("t", 27, status) for status in ("pending", "completed")]
    outcome = kc.reconcile(october, answers)
    assert [(t.job_id, t.matched_by) for t in outcome.tasks if t.task_id] == [("a", "alike")]
    found = kc.accuracy(october, outcome)
    assert [(m.actual, m.charged) for m in found.months] == [(None, 0)]
    assert told(found) == ["mismatch.no_overlap", "mismatch.charged_beside"]
    assert "stored estimates: 27 EVOLINK_CREDIT;" in found.problems[1].message
