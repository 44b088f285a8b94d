"""Discounts on volume: what was charged in a month prices what is still to be submitted in it, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kling_cost as kc
from kling_cost.cli import main
from kling_cost.reconciliation.result import Task
from tests.planning.test_scopes import outcome, rules
from tests.reporting.office import converted
from tests.reporting.test_xlsx import formulas, near, values

AS_OF = date(2026, 11, 20)
BOOK = """\
schema: 2
version: 2026-11-01
currencies:
  USD: {name: US dollar, quantum: 0.0001}
  CRD: {name: credit, quantum: 0.01}
providers:
  seller:
    name: Seller
    currency: CRD
    exchange: {2026-01-01: {per_usd: 10, source: p, checked: 2026-11-01, date_basis: stated}}
    defaults: {duration: 5}
    terms:
      factors:
        2026-02-01:
          list:
            - {group: vip, factor: 0.5}
            - {above: 10 USD, per: month, factor: 0.9}
            - {above: 20 USD, per: month, factor: 0.8}
          source: p
          checked: 2026-11-01
    skus:
      video:
        models: [vid]
        quantity: {of: output_seconds, minimum: 3, maximum: 15}
        rates: {2026-01-01: {unit_price: 1, minimum_charge: 2.5, source: a page, checked: 2026-11-01}}
  other:
    name: Other
    currency: USD
    skus:
      clip:
        models: [clip]
        quantity: {of: call}
        rates: {2026-01-01: {unit_price: 7, source: a page, checked: 2026-11-01}}
"""
MONTHLY = "budgets: [{name: all, limit: 900 USD, per: month}]"


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> kc.PriceBook:
    path = tmp_path_factory.mktemp("b") / "volume.yaml"
    path.write_text(BOOK, encoding="utf-8")
    return kc.load_prices(path)


def row(name: str, day: str | None = None, takes: int = 1, model: str = "vid", seconds: int = 5) -> dict[str, Any]:
    about = {"model": model, "duration": seconds} if model == "vid" else {"model": model}
    return {"job_id": name, "takes": takes, "request": about, **({} if day is None else {"date": day})}


def plan(book: kc.PriceBook, *jobs: dict[str, Any], group: str | None = None) -> kc.Estimate:
    return kc.estimate(kc.read_jobs(list(jobs), book=book), book, as_of=AS_OF, group=group)


def paid(job_id: str, amount: str, number: int = 0, state: str = "succeeded", seller: str = "seller") -> Task:
    name, currency = f"{job_id}-{number}", "CRD" if seller == "seller" else "USD"
    reported = Decimal(amount)
    return Task(job_id, name, seller, state, state, Decimal(0), None, None, None, reported, currency, "job_id", (), {})


def planned(verdict: kc.Verdict) -> tuple[Decimal | None, str]:
    """What a limit in credits has planned, and how certain that is."""
    (limit,) = (limit for limit in verdict.limits if limit.currency == "CRD")
    return limit.planned, limit.certainty


@pytest.mark.parametrize(
    ("charged", "expected"),
    [
        ("0", (5, "range")),
        ("100", (5, "range")),
        ("100.01", (Decimal("4.5"), "range")),
        ("200", (Decimal("4.5"), "range")),
        ("200.01", (4, "exact")),
    ],
)
def test_what_was_charged_in_the_month_decides(
    book: kc.PriceBook, tmp_path: Path, charged: str, expected: tuple[Decimal, str]
) -> None:
    """100 credits are 10 dollars, and a discount begins above them."""
    made = plan(book, row("sent", "2026-11-02"), row("next", "2026-11-25"))
    spent = outcome(made, paid("sent", charged))
    verdict = kc.check(made, budget="900 CRD", rules=rules(tmp_path, MONTHLY), actuals=spent)
    assert planned(verdict) == expected
    scope = next(limit for limit in verdict.limits if limit.scope == "all / 2026-11")
    assert (scope.planned, scope.actual) == (expected[0] / Decimal(10), Decimal(charged) / 10)
    told = [found.message for found in verdict.problems if found.key == "price_unknown.volume"]
    why = "takes of seller that are still to be submitted in 2026-11 count × {}, its discount on volume"
    assert told == [why.format(expected[0] / Decimal(5))] * (expected[0] < 5)
    assert verdict.estimate is made, "the lines of the plan say the most that they may cost"


@pytest.mark.parametrize(
    ("job", "expected"),
    [
        (row("next", "2026-11-25", takes=3), 12),
        (row("next", takes=3), 12),
        (row("next", "2026-10-30"), 5),
        (row("next", "2026-12-01"), 5),
        (row("next", seconds=3), Decimal("2.5")),
        (row("half", "2026-11-03", takes=3), 8),
    ],
)
def test_only_takes_of_that_month_that_are_not_submitted_have_the_discount(
    book: kc.PriceBook, job: dict[str, Any], expected: Decimal
) -> None:
    """One of the takes of `half` has been submitted; 2.5 is the minimum charge."""
    made = plan(book, row("sent", "2026-11-02"), job)
    tasks = [paid("sent", "300"), *[paid("half", "5")] * (job["job_id"] == "half")]
    assert planned(kc.check(made, budget="900 CRD", actuals=outcome(made, *tasks)))[0] == expected


def test_another_seller_has_its_own_prices(book: kc.PriceBook) -> None:
    made = plan(book, row("sent", "2026-11-02"), row("other", "2026-11-02", model="clip"))
    (limit,) = kc.check(made, budget="900 USD", actuals=outcome(made, paid("sent", "300"))).limits
    assert limit.planned == 7


@pytest.mark.parametrize(
    "task", [paid("sent", "300", state="open"), paid("sent", "300", seller="other"), paid("unknown", "300")]
)
def test_what_is_not_charged_by_that_seller_on_a_known_day_gives_no_discount(book: kc.PriceBook, task: Task) -> None:
    made = plan(book, row("sent", "2026-11-02"), row("next", "2026-11-25"))
    assert planned(kc.check(made, budget="900 CRD", actuals=outcome(made, task)))[0] == 5 + 5 * (task.job_id != "sent")


def test_a_task_without_a_date_of_its_job_counts_on_the_day_of_its_answers(book: kc.PriceBook) -> None:
    made = plan(book, row("sent"), row("next", "2026-10-25"))
    task = paid("sent", "300")._replace(created=date(2026, 10, 3))
    assert planned(kc.check(made, budget="900 CRD", actuals=outcome(made, task))) == (4, "exact")
    unknown = outcome(made, task._replace(created=None))
    assert planned(kc.check(made, budget="900 CRD", actuals=unknown)) == (5, "range")


def test_a_group_keeps_its_own_price(book: kc.PriceBook) -> None:
    made = plan(book, row("sent", "2026-11-02"), row("next"), group="vip")
    spent = outcome(made, paid("sent", "300"))
    assert planned(kc.check(made, budget="900 CRD", actuals=spent)) == (Decimal("2.5"), "range")


def test_a_policy_counts_what_a_plan_may_cost_at_most(book: kc.PriceBook, tmp_path: Path) -> None:
    """What was submitted before had no discount."""
    made = plan(book, row("sent", "2026-11-02"), row("next", "2026-11-25"))
    spent = outcome(made, paid("sent", "300"))
    for most, status in (("10", "pass"), ("9.99", "fail")):
        found = rules(tmp_path, f"policies: [{{name: p, at_most: {{total: {most} CRD}}}}]")
        (policy,) = kc.check(made, budget="900 CRD", rules=found, actuals=spent).policies
        assert policy.status == status


def test_the_command_has_the_same_and_a_workbook_recalculates_to_it(
    book: kc.PriceBook, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    jobs = [row("sent", "2026-11-02", takes=2), row("next", "2026-11-25", takes=2), row("later", "2026-12-01")]
    (tmp_path / "volume.yaml").write_text(BOOK, encoding="utf-8")
    (tmp_path / "jobs.jsonl").write_text("".join(json.dumps(job) + "\n" for job in jobs), encoding="utf-8")
    (tmp_path / "rules.yaml").write_text(f"schema: 1\n{MONTHLY}\n", encoding="utf-8")
    made, path = plan(book, *jobs), tmp_path / "plan.xlsx"
    kc.write_report(tmp_path / "spent.json", outcome(made, paid("sent", "300")))
    words = ["check", str(tmp_path / "jobs.jsonl"), "--prices", str(tmp_path / "volume.yaml"), "--budget", "900 CRD"]
    words += ["--rules", str(tmp_path / "rules.yaml"), "--actuals", str(tmp_path / "spent.json"), "-o", str(path)]
    assert main([*words, "--as-of", "2026-11-20", "--format", "json"]) == 0
    limits = {limit["scope"]: limit["planned"] for limit in json.loads(capsys.readouterr().out)["limits"]}
    assert limits == {"campaign": "17", "all / 2026-11": "1.2", "all / 2026-12": "0.5"}
    stored, calculated = values(path), values(converted(path, "xlsx", tmp_path))
    for sheet, cells in formulas(path).items():
        for place in cells:
            assert near(stored[sheet].get(place) or "", calculated[sheet].get(place) or ""), (sheet, place)


@given(st.lists(st.tuples(st.decimals("0", "150", places=2), st.sampled_from(["10", "11"])), max_size=4))
def test_the_discount_is_that_of_the_sum_of_the_month(
    book: kc.PriceBook, charges: Sequence[tuple[Decimal, str]]
) -> None:
    sent = [row(f"s{at}", f"2026-{month}-03") for at, (_, month) in enumerate(charges)]
    made = plan(book, *sent, row("next", "2026-11-25", seconds=10))
    tasks = [paid(f"s{at}", str(amount)) for at, (amount, _) in enumerate(charges)]
    total = sum((amount for amount, month in charges if month == "11"), Decimal(0))
    factor = Decimal("0.8") if total > 200 else Decimal("0.9") if total > 100 else Decimal(1)
    found = planned(kc.check(made, budget="900 CRD", actuals=outcome(made, *tasks)))
    assert found == (10 * factor, "exact" if total > 200 else "range")
