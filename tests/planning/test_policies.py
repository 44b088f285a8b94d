"""Policies: what jobs must be, must not be, and may cost at most; what cannot be checked blocks."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kling_cost as kc
from kling_cost.planning.applied_rules import AppliedRules, RulesInForce
from kling_cost.planning.limits import LimitChecker
from kling_cost.planning.policies.policy_results import PolicyChecker, policy_selectors
from kling_cost.planning.rules.selector_index import SelectorIndex, numbers_of
from kling_cost.planning.rules.selectors import CHARGE_FIELDS, Condition, Selector
from kling_cost.pricing.line_item import LineItem
from kling_cost.results.document_types import CHECK
from tests.schemas import validate

from .test_scopes import OFFICIAL, T2V, estimate, job, plans, rules

K3API = {"type": "std-text-to-video", "prompt": "Fog", "duration": 5, "sound": False}


def result(folder: Path, policy: str, *jobs: Any, **more: Any) -> tuple[str, list[str], str, int]:
    """Status and jobs of one policy, the verdict and the exit code."""
    found = rules(folder, f"policies:\n  - {{name: p, {policy}}}")
    verdict = kc.check(estimate(*jobs, **more), no_budget=True, rules=found)
    (policy_result,) = verdict.policies
    assert policy_result.job_count == len(policy_result.jobs)
    return policy_result.status, list(policy_result.jobs), verdict.verdict, verdict.exit_code


PASSES, FAILS = ("pass", [], "within", 0), ("fail", ["b"], "refused", 3)
LONG = {**T2V, "duration": 10, "quality": "1080p", "sound": "on"}


@pytest.mark.parametrize(
    ("policy", "b", "expected"),
    [
        ("require: {quality: 720p}", job("b", body=LONG), FAILS),
        ("require: {quality: [720p, 1080p]}", job("b", body=LONG), PASSES),
        ("require: {quality: 720p}", job("b", body=K3API), FAILS),
        ("require: {quality: [720p, absent]}", job("b", body=K3API), PASSES),
        ("require: {'tag:client': present}", job("b"), ("fail", ["a", "b"], "refused", 3)),
        ("where: {job_id: b}, require: {'tag:client': Acme}", job("b", client="Acme"), PASSES),
        ("where: {'tag:client': Acme}, require: {sound: off}", job("b", client="Beta", body=LONG), PASSES),
        ("where: {'tag:client': Acme}, require: {sound: off}", job("b", client="Acme", body=LONG), FAILS),
        ("forbid: {provider: kling3api}", job("b", body=K3API), FAILS),
        ("forbid: {seller: std-text-to-video}", job("b", body=K3API), FAILS),
        ("forbid: {seller: kling3api}, severity: warn", job("b", body=K3API), ("warn", ["b"], "within", 0)),
        ("forbid: {quality: 1080p, sound: off}", job("b", body=LONG), PASSES),
        ("forbid: {quality: 1080p, sound: on}", job("b", body=LONG), FAILS),
        ("forbid: {date: 2026-11-21}", job("b", "2026-11-21"), FAILS),
        ("forbid: {date: present}", job("b", "2026-11-21"), FAILS),
        ("forbid: {takes: 3}", job("b", takes=3), FAILS),
        ("forbid: {model: present}", job("b"), ("fail", ["a", "b"], "refused", 3)),
        ("at_most: {takes: 2}", job("b", takes=3), FAILS),
        ("at_most: {takes: 3}", job("b", takes=3), PASSES),
        ("at_most: {duration: 9}", job("b", body=LONG), FAILS),
        ("at_most: {duration: 10}", job("b", body=LONG), PASSES),
        ("at_most: {cost: 1.5 USD}", job("b", body=LONG), PASSES),
        ("at_most: {cost: 1.4999 USD}", job("b", body=LONG), FAILS),
        ("at_most: {cost: 0.42 USD}", job("b", takes=2), FAILS),
        ("at_most: {cost_per_take: 0.42 USD}", job("b", takes=2), PASSES),
        ("at_most: {cost_per_take: 27 EVOLINK_CREDIT}", job("b", body=LONG), FAILS),
        ("at_most: {total: 135 EVOLINK_CREDIT}", job("b", body=LONG), PASSES),
        ("at_most: {total: 134.9999 EVOLINK_CREDIT}", job("b", body=LONG), ("fail", ["a", "b"], "refused", 3)),
        ("at_most: {total: 108 EVOLINK_CREDIT, per: month}", job("b", "2026-12-01", body=LONG), PASSES),
        ("at_most: {total: 107 EVOLINK_CREDIT, per: month}", job("b", "2026-12-01", body=LONG), FAILS),
        ("at_most: {price_age: 1 day}", job("b"), PASSES),
        ("at_most: {cost: 5 USD}", job("b", body=K3API), ("unknown", ["b"], "blocked", 4)),
        ("at_most: {cost: 5 USD}, severity: warn", job("b", body=K3API), ("warn", ["b"], "within", 0)),
        ("at_most: {total: 5 USD}", job("b", body=K3API), ("unknown", ["a", "b"], "blocked", 4)),
        ("at_most: {cost: 500 EVOLINK_CREDIT}", job("b", body=OFFICIAL), ("unknown", ["b"], "blocked", 4)),
        ("at_most: {total: 0.374 USD}", job("b", body=K3API), ("fail", ["a", "b"], "refused", 3)),
        ("at_most: {total: 0.375 USD}", job("b", body=K3API), ("unknown", ["a", "b"], "blocked", 4)),
        ("at_most: {total: 26 EVOLINK_CREDIT}", job("b", body=OFFICIAL), ("fail", ["a", "b"], "refused", 3)),
        ("at_most: {total: 27 EVOLINK_CREDIT}", job("b", body=OFFICIAL), ("unknown", ["a", "b"], "blocked", 4)),
        ("at_most: {total: 0.3 USD, per: month}", job("b", "2026-12-01", body=K3API), ("fail", ["a"], "refused", 3)),
        ("at_most: {growth: 5 %}", job("b"), ("unknown", ["a", "b"], "blocked", 4)),
    ],
)
def test_a_policy_is_kept_broken_or_unknown(tmp_path: Path, policy: str, b: Any, expected: Any) -> None:
    assert result(tmp_path, policy, job("a"), b) == expected


@given(
    plans(),
    st.integers(0, 3),
    st.decimals("0.1", "3", places=2),
    st.decimals("0.01", "10000", places=2),
    st.sampled_from(["total", "cost", "cost_per_take"]),
)
def test_no_exchange_rate_changes_what_is_certain_without_it(
    tmp_path_factory: pytest.TempPathFactory, jobs: Any, sellers: int, most: Decimal, per_usd: Decimal, measure: str
) -> None:
    """A policy or limit that is broken or kept without a rate stays so with any; the others are in fact undecided."""
    made = [*jobs, *(job(f"k{number}", body=K3API) for number in range(sellers))]
    budget = f"budgets: [{{name: all, limit: {most} USD}}]"
    found = rules(
        tmp_path_factory.mktemp("r"), f"policies: [{{name: p, at_most: {{{measure}: {most} USD}}}}]\n{budget}"
    )

    def statuses(rates: list[str]) -> tuple[str, str]:
        book = kc.load_prices(rates=rates)
        verdict = kc.check(kc.estimate(made, book, as_of=date(2026, 11, 20)), rules=found)
        return verdict.policies[0].status, verdict.limits[0].status

    rate = [f"{per_usd} KLING3API_CREDIT/USD"]
    (policy, limit), (with_rate, limit_with_rate) = statuses([]), statuses(rate)
    assert policy in ("unknown", with_rate)
    assert limit in ("unknown", limit_with_rate)
    if not sellers:
        assert "unknown" not in (policy, limit)
    if policy == "unknown":
        dear, cheap = (statuses([f"{one} KLING3API_CREDIT/USD"])[0] for one in ("0.0001", "100000000000"))
        assert (dear, cheap) in (("fail", "pass"), ("fail", "fail"))


def test_a_policy_that_may_be_about_jobs_without_a_price_is_kept_by_no_total(tmp_path: Path) -> None:
    nothing = {"job_id": "n", "request": {"model": "nothing"}}
    assert result(tmp_path, "at_most: {total: 5 USD}", job("a"), nothing) == ("unknown", ["a"], "blocked", 4)
    assert result(tmp_path, "at_most: {total: 0.3 USD}", job("a"), nothing) == ("fail", ["a"], "blocked", 4)
    assert result(tmp_path, "at_most: {cost: 5 USD}", job("a"), nothing)[0] == "pass"
    verdict = kc.check(
        estimate(job("a"), nothing),
        no_budget=True,
        rules=rules(tmp_path, "policies: [{name: p, at_most: {total: 5 USD}}]"),
    )
    assert [p.message for p in verdict.problems if p.code == "cannot_check"] == [
        "the policy p cannot be checked: it may be about jobs that have no price"
    ]


def test_the_age_of_prices_needs_a_day_and_an_age(tmp_path: Path) -> None:
    assert result(tmp_path, "at_most: {price_age: 60 days}", job("a"), as_of=None)[0] == "unknown"
    assert result(tmp_path, "at_most: {price_age: 60 days}", job("a"), as_of=date(2027, 3, 1))[0] == "fail"


@pytest.mark.parametrize(
    ("approved", "status"),
    [
        ({"EVOLINK_CREDIT": "25.7142", "USD": "0.4"}, "fail"),
        ({"EVOLINK_CREDIT": "25.7143", "USD": "0.4"}, "pass"),
        ({"EVOLINK_CREDIT": "27", "USD": "0.3999"}, "fail"),
        ({"EVOLINK_CREDIT": "27"}, "fail"),
    ],
)
def test_growth_is_counted_from_what_was_approved_in_each_currency(
    tmp_path: Path, approved: dict[str, str], status: str
) -> None:
    """27 is 5 % above 25.7142…, and 0.42 is 5 % above 0.4; a currency that was not approved has grown."""
    found = RulesInForce(rules(tmp_path, "policies: [{name: p, at_most: {growth: 5 %}}]"))
    plan = estimate(job("a"), job("b", body=OFFICIAL))
    checker = LimitChecker(plan.summary, {"EVOLINK_CREDIT"}, {})
    amounts = {code: Decimal(text) for code, text in approved.items()}
    (policy,), problems = AppliedRules(plan, found, None, checker, amounts).policies()
    assert (policy.status, problems) == (status, [])


def test_a_price_that_nobody_is_known_to_have_checked_is_too_old(tmp_path: Path) -> None:
    found = RulesInForce(rules(tmp_path, "policies: [{name: p, at_most: {price_age: 60 days}}]"))
    plan = estimate(job("a"))
    applied = AppliedRules(plan, found, None, LimitChecker(plan.summary, {"EVOLINK_CREDIT"}, {}))
    bits, _ = policy_selectors(found.policies, 0)
    checker = PolicyChecker(applied.groups, LimitChecker(plan.summary, (), {}), plan.as_of, lambda group: None)
    assert [policy.status for policy in checker.results(bits)] == ["fail"]


def test_a_broken_policy_never_hides_a_limit_that_is_over_or_a_job_in_error(tmp_path: Path) -> None:
    found = rules(tmp_path, "policies: [{name: p, at_most: {takes: 1}, owner: Ann, message: one take}]")
    plan = estimate(job("a", takes=2))
    over = kc.check(plan, budget="0.5 USD", rules=found)
    assert (over.verdict, over.exit_code) == ("over", 3)
    blocked = kc.check(estimate(job("a", takes=2), {"model": "nothing"}), budget="5 USD", rules=found)
    assert (blocked.verdict, blocked.exit_code) == ("blocked", 4)
    refused = kc.check(plan, budget="5 USD", rules=found)
    assert (refused.verdict, refused.exit_code) == ("refused", 3)
    record = CHECK.json(refused)
    assert record["policies"] == [
        {"name": "p", "status": "fail", "jobs": ["a"], "job_count": 1, "message": "one take", "owner": "Ann"}
    ]
    validate(record, "check")


def test_policies_alone_need_a_budget_or_none(tmp_path: Path) -> None:
    found = rules(tmp_path, "policies: [{name: p, at_most: {takes: 1}}]")
    with pytest.raises(kc.UsageError, match="no budget"):
        kc.check(estimate(job("a")), rules=found)
    assert kc.check(estimate(job("a")), rules=found, no_budget=True).exit_code == 0


def test_a_policy_about_no_job_is_kept_and_says_so(tmp_path: Path) -> None:
    found = rules(tmp_path, "policies: [{name: p, where: {'tag:clas': draft}, require: {quality: 720p}}]")
    verdict = kc.check(estimate(job("a", **{"class": "draft"})), no_budget=True, rules=found)
    assert [(p.severity, p.message) for p in verdict.problems] == [("info", "no job matches the policy p")]


def test_a_result_names_a_thousand_jobs_and_counts_all(tmp_path: Path) -> None:
    found = rules(tmp_path, "policies: [{name: p, require: {'tag:client': present}}]")
    jobs = [job(f"j{number:04}") for number in range(1_500)]
    (policy,) = kc.check(estimate(*jobs), no_budget=True, rules=found).policies
    assert (policy.job_count, len(policy.jobs), policy.jobs[-1]) == (1_500, 1_000, "j0999")


VALUES = {
    "provider": ["evolink", "kling"],
    "seller": ["evolink", "kling-v3"],
    "quality": ["720p", "1080p"],
    "sound": ["on", "off"],
    "duration": ["5", "9"],
    "takes": ["1", "2", "3"],
    "date": ["2026-10-05", "2026-11-07"],
    "job_id": ["j0", "j1", "j2"],
    "tag:client": ["Acme", "Beta"],
    "tag:campaign": ["spring", "storm"],
}


@st.composite
def selectors(draw: st.DrawFn) -> Selector:
    fields = draw(st.lists(st.sampled_from(list(VALUES)), max_size=3, unique=True))
    return tuple(
        Condition(
            field,
            frozenset(draw(st.lists(st.sampled_from(VALUES[field]), max_size=2))),
            draw(st.booleans()),
            draw(st.booleans()),
        )
        for field in fields
    )


def texts(item: LineItem, field: str) -> tuple[str, ...]:
    """What a job answers for a field, looked up plainly."""
    if field in CHARGE_FIELDS:
        return CHARGE_FIELDS[field](item.charge)
    plain = {
        "takes": str(item.takes),
        "date": item.job.date and item.job.date.isoformat(),
        "job_id": item.job_id,
    }.get(field, item.tags.get(field.removeprefix("tag:")))
    return () if plain is None else (str(plain),)


@given(plans(), st.lists(selectors(), max_size=5))
def test_looking_up_is_the_same_as_trying_each_selector(jobs: Any, tried: list[Selector]) -> None:
    index = SelectorIndex([(selector, None) for selector in tried])
    for item in estimate(*jobs).line_items:
        plainly = [
            number
            for number, selector in enumerate(tried)
            if all(condition.holds(texts(item, condition.field)) for condition in selector)
        ]
        assert numbers_of(index.of(item)) == plainly


@given(plans(), st.decimals("0.1", "3", places=2), st.decimals("0", "3", places=2))
def test_a_higher_bound_never_breaks_more(
    tmp_path_factory: pytest.TempPathFactory, jobs: Any, low: Decimal, more: Decimal
) -> None:
    plan, folder = estimate(*jobs), tmp_path_factory.mktemp("r")
    broken = []
    for most in (low, low + more):
        found = rules(folder, f"policies: [{{name: p, at_most: {{cost: {most} USD}}}}]")
        (policy,) = kc.check(plan, no_budget=True, rules=found).policies
        broken.append(set(policy.jobs))
        assert set(policy.jobs) == {
            item.job_id for item in plan.line_items if item.cost.value / (1 if item.currency == "USD" else 72) > most
        }
    assert broken[1] <= broken[0]


@given(plans(), st.permutations(range(6)))
def test_the_order_of_jobs_changes_no_result(
    tmp_path_factory: pytest.TempPathFactory, jobs: Any, order: list[int]
) -> None:
    policy = "{name: p, where: {sound: off}, require: {'tag:client': present}, at_most: {total: 1 USD, per: month}}"
    text = f"policies: [{policy}]"
    found = rules(tmp_path_factory.mktemp("r"), text)
    shuffled = [jobs[number] for number in order if number < len(jobs)]
    (one,), (other,) = (kc.check(estimate(*some), no_budget=True, rules=found).policies for some in (jobs, shuffled))
    assert (one.status, one.job_count, set(one.jobs)) == (other.status, other.job_count, set(other.jobs))
