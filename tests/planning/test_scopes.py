"""Budgets by scope and month: what each holds, what is carried over, and that nothing is counted in two ways."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kling_cost as kc
from kling_cost.cli import main
from kling_cost.planning.limits import Standing
from kling_cost.reconciliation.result import Task
from kling_cost.results.document_types import CHECK

AS_OF = date(2026, 11, 20)
T2V = {"model": "kling-v3-text-to-video", "prompt": "Fog"}
OFFICIAL = {"model": "kling-v3", "duration": 5, "quality": "720p", "sound": "off", "prompt": "Fog"}


def job(name: str, day: str | None = None, takes: int = 1, body: Any = None, **tags: str) -> dict[str, Any]:
    made = {"job_id": name, "request": body or T2V, "takes": takes, "tags": tags}
    return made if day is None else {**made, "date": day}


def estimate(*jobs: Any, as_of: date | None = AS_OF) -> kc.Estimate:
    return kc.estimate(list(jobs), as_of=as_of)


def rules(folder: Path, text: str, name: str = "rules.yaml") -> kc.Rules:
    path = folder / name
    path.write_text(f"schema: 1\n{text}", encoding="utf-8")
    return kc.read_rules(path)


def task(job_id: str, reported: str | None, state: str, currency: str, task_id: str, due: str = "0") -> Task:
    amount = None if reported is None else Decimal(reported)
    seller = "kling" if currency == "USD" else "evolink"
    return Task(
        job_id, task_id, seller, state, state, Decimal(due), None, None, None, amount, currency, "job_id", (), {}
    )


def outcome(plan: kc.Estimate, *tasks: Task) -> kc.Reconciliation:
    return replace(kc.reconcile(plan, []), tasks=list(tasks))


def limits(verdict: kc.Verdict) -> dict[str, Standing]:
    return {limit.scope: limit for limit in verdict.limits}


CARRIED = """\
budgets:
  - name: Acme
    where: {tag:client: Acme}
    limit: 500 USD
    per: month
    carry_over: {at_most: 100 USD}
    contingency: 10 USD
"""


def test_a_month_has_what_the_month_before_left(tmp_path: Path, project: Path) -> None:
    """October spent 430 of 500, so November has 570: of them 200 charged, 30.375 open, 10 set aside."""
    sample = kc.estimate(project / "examples" / "campaign.json", as_of=AS_OF).line_items
    ours = [item.job for item in sample if item.provider == "evolink"]
    moved = [one._replace(date=date(2026, 11, 5), tags={"client": "Acme"}) for one in ours]
    old = kc.read_jobs([job("oct", "2026-10-05", body=OFFICIAL, client="Acme")])
    sent = kc.read_jobs([job("paid", "2026-11-02", body=OFFICIAL, client="Acme"), job("open", None, client="Acme")])
    plan = kc.estimate(kc.Jobs([*old, *sent, *moved]), as_of=AS_OF)
    spent = outcome(
        plan,
        task("oct", "430", "succeeded", "USD", "t1"),
        task("paid", "200", "failed", "USD", "t2"),
        task("open", "2187", "open", "EVOLINK_CREDIT", "t3"),
    )
    verdict = kc.check(plan, rules=rules(tmp_path, CARRIED), actuals=spent)
    october, november = verdict.limits
    assert (october.scope, october.limit, october.carried_over, october.committed) == ("Acme / 2026-10", 500, 0, 430)
    record = CHECK.json(verdict)["limits"][1]
    assert record == {
        "scope": "Acme / 2026-11",
        "limit": "570",
        "currency": "USD",
        "planned": "43.874127777778",
        "contingency": "10",
        "committed": "230.375",
        "headroom": "285.750872222222",
        "status": "within",
        "base_limit": "500",
        "carried_over": "70",
        "actual": "200",
        "open": "30.375",
    }
    assert november.status == "within"
    assert (verdict.verdict, verdict.exit_code) == ("within", 0)


@pytest.mark.parametrize(
    ("spent", "carried"),
    [("430", "70"), ("500", "0"), ("350", "100"), ("640.5", "-140.5"), ("1200", "-700")],
)
def test_what_is_overspent_is_carried_in_full_and_what_is_left_up_to_its_bound(
    tmp_path: Path, spent: str, carried: str
) -> None:
    plan = estimate(job("a", "2026-10-05", body=OFFICIAL, client="Acme"), job("b", "2026-11-05", client="Acme"))
    spent_already = outcome(plan, task("a", spent, "succeeded", "USD", "t"))
    november = limits(kc.check(plan, rules=rules(tmp_path, CARRIED), actuals=spent_already))["Acme / 2026-11"]
    assert november.carried_over == Decimal(carried)
    assert november.limit == 500 + Decimal(carried)
    assert november.status == ("over" if Decimal(carried) < -480 else "within")


@pytest.mark.parametrize(("second", "carried"), [("2026-12-05", "80"), ("2027-02-05", "100"), ("2027-10-01", "100")])
def test_months_with_nothing_in_them_pass_on_what_they_have(tmp_path: Path, second: str, carried: str) -> None:
    plan = estimate(job("a", "2026-11-05", body=OFFICIAL, client="Acme"), job("b", second, client="Acme"))
    spent = outcome(plan, task("a", "420", "succeeded", "USD", "t"))
    verdict = kc.check(plan, rules=rules(tmp_path, CARRIED), actuals=spent)
    assert [limit.scope for limit in verdict.limits] == ["Acme / 2026-11", f"Acme / {second[:7]}"]
    assert verdict.limits[1].carried_over == Decimal(carried)


def test_what_is_carried_over_is_unknown_without_actuals_and_blocks(tmp_path: Path) -> None:
    plan = estimate(job("a", "2026-11-05", client="Acme"), job("b", "2026-12-05", takes=2_000, client="Acme"))
    verdict = kc.check(plan, rules=rules(tmp_path, CARRIED))
    assert [(limit.status, limit.headroom, limit.carried_over) for limit in verdict.limits] == [
        ("unknown", None, None),
        ("over", None, None),
    ]
    assert (verdict.verdict, verdict.exit_code) == ("blocked", 4)
    assert [p.key for p in verdict.problems if p.severity == "error"] == ["cannot_check.carry_over"]
    records = CHECK.json(verdict)["limits"]
    assert [(record["base_limit"], record["carried_over"]) for record in records] == [("500", None)] * 2
    no_carry = CARRIED.replace("    carry_over: {at_most: 100 USD}\n", "")
    assert CHECK.json(kc.check(plan, rules=rules(tmp_path, no_carry)))["limits"][0]["carried_over"] == "0"
    assert kc.check(plan, rules=rules(tmp_path, no_carry)).exit_code == 3


def test_a_take_with_a_task_is_committed_and_the_others_are_planned(tmp_path: Path) -> None:
    plan = estimate(job("a", takes=4), job("b"))
    spent = outcome(
        plan,
        task("a", "30", "succeeded", "EVOLINK_CREDIT", "t1"),
        task("a", None, "failed", "EVOLINK_CREDIT", "t2", due="27"),
        task("a", "0", "failed", "EVOLINK_CREDIT", "t3"),
        task("a", None, "missing", "EVOLINK_CREDIT", "t4", due="27"),
    )
    for given_budget, text in (("500 EVOLINK_CREDIT", ""), (None, "budgets: [{name: all, limit: 500 EVOLINK_CREDIT}]")):
        applied = rules(tmp_path, text) if text else None
        (limit,) = kc.check(plan, budget=given_budget, rules=applied, actuals=spent).limits
        assert (limit.planned, limit.actual, limit.open, limit.committed) == (54, 30, 27, 57)
        assert limit.headroom == 500 - 54 - 57


def test_parts_hold_jobs_of_the_whole_and_each_limit_is_checked_by_itself(tmp_path: Path) -> None:
    text = """\
budgets:
  - name: Acme
    where: {tag:client: Acme}
    limit: 2 USD
    parts:
      - {name: Spring, where: {tag:campaign: spring}, limit: 0.5 USD}
      - {name: Credits, limit: 100 EVOLINK_CREDIT}
  - {name: rest, where: {tag:client: absent}, limit: 27 EVOLINK_CREDIT}
"""
    plan = estimate(
        job("a", client="Acme", campaign="spring"),
        job("b", client="Acme"),
        job("c", campaign="spring"),
        job("d", client="Acme", body=OFFICIAL),
    )
    found = kc.check(plan, rules=rules(tmp_path, text))
    assert {scope: (limit.planned, limit.status) for scope, limit in limits(found).items()} == {
        "Acme": (Decimal("1.17"), "within"),
        "Acme / Spring": (Decimal("0.375"), "within"),
        "Acme / Credits": (54, "within"),
        "rest": (27, "warn"),
    }
    assert found.verdict == "within"


def test_what_no_budget_covers_blocks_and_is_named(tmp_path: Path) -> None:
    text = "budgets: [{name: Acme, where: {tag:client: Acme}, limit: 500 USD}]"
    plan = estimate(job("a", client="Acme"), job("b"), job("c", takes=2, body=OFFICIAL))
    verdict = kc.check(plan, rules=rules(tmp_path, text))
    assert [(limit.limit, limit.planned, limit.currency) for limit in verdict.limits[1:]] == [
        (None, 27, "EVOLINK_CREDIT"),
        (None, Decimal("0.84"), "USD"),
    ]
    assert (verdict.verdict, verdict.exit_code) == ("blocked", 4)
    (why,) = [p for p in verdict.problems if p.severity == "error"]
    assert why.message == "no budget covers costs of 27 EVOLINK_CREDIT, 0.84 USD, the first job is b"
    assert kc.check(plan, budget="500 USD", rules=rules(tmp_path, text)).exit_code == 0, "the flag covers the rest"
    assert kc.check(plan, no_budget=True, rules=rules(tmp_path, text)).limits == []


def test_a_budget_in_credits_does_not_cover_jobs_in_another_currency(tmp_path: Path) -> None:
    plan = estimate(job("a"), job("b", body=OFFICIAL))
    verdict = kc.check(plan, rules=rules(tmp_path, "budgets: [{name: all, limit: 500 EVOLINK_CREDIT}]"))
    assert [limit.planned for limit in verdict.limits] == [27, Decimal("0.42")]
    assert verdict.verdict == "blocked"


def test_warnings_about_scopes(tmp_path: Path) -> None:
    text = """\
budgets:
  - name: all
    limit: 500 USD
    parts:
      - {name: one, limit: 300 USD}
      - {name: two, limit: 14400.0072 EVOLINK_CREDIT}
      - {name: three, where: {tag:client: Nobody}, limit: 100 USD, per: month}
"""
    verdict = kc.check(estimate(job("a")), rules=rules(tmp_path, text))
    told = {p.key: p.message for p in verdict.problems}
    assert told == {
        "overallotted.parts": "the parts of all may spend 500.0001 USD, more than its limit of 500 USD",
        "has_no_effect.scope": "no job matches the budget all / three",
    }
    assert limits(verdict)["all / three / 2026-11"].planned == 0
    assert verdict.exit_code == 0
    fitting = text.replace("14400.0072", "14400")
    assert [p.key for p in kc.check(estimate(job("a")), rules=rules(tmp_path, fitting)).problems] == [
        "has_no_effect.scope"
    ]


@pytest.mark.parametrize(
    ("contingency", "planned", "set_aside", "status"),
    [
        ("10 %", "27", "2.7", "within"),
        ("11.112 %", "27", "3.0003", "over"),
        ("3 EVOLINK_CREDIT", "27", "3", "warn"),
        ("3.0001 EVOLINK_CREDIT", "27", "3.0001", "over"),
        ("3 USD", "27", "0", "warn"),
    ],
)
def test_a_contingency_is_set_aside_under_every_limit(
    tmp_path: Path, contingency: str, planned: str, set_aside: str, status: str
) -> None:
    """A share is rounded up to the currency's quantum; an amount holds in its own currency."""
    plan = estimate(job("a"))
    top = rules(tmp_path, f"contingency: {contingency}")
    limit = "33.75 EVOLINK_CREDIT" if contingency == "10 %" else "30 EVOLINK_CREDIT"
    (flag,) = kc.check(plan, budget=limit, rules=top).limits
    own = rules(tmp_path, f"budgets: [{{name: a, limit: {limit}, contingency: {contingency}}}]", "own.yaml")
    (scope,) = kc.check(plan, rules=own).limits
    campaign = tmp_path / "campaign.yaml"
    campaign.write_text(f"budget: {limit}\ncontingency: {contingency}\njobs: [{json.dumps(T2V)}]", encoding="utf-8")
    (of_campaign,) = kc.check(kc.estimate(campaign, as_of=AS_OF)).limits
    for found in (flag, scope, of_campaign):
        assert (found.planned, found.contingency) == (Decimal(planned), Decimal(set_aside))
        expected = "warn" if contingency == "10 %" and found.headroom is not None and found.headroom < 6 else status
        assert found.status == expected, found
        assert found.limit is not None
        assert found.headroom == found.limit - found.contingency - 27


def test_a_campaign_has_rules_for_its_own_jobs(tmp_path: Path) -> None:
    for name, limit in (("one", "1 USD"), ("two", "0.3 USD")):
        (tmp_path / f"{name}.yaml").write_text(
            f"campaign: {name}\nbudgets: [{{name: Acme, limit: {limit}}}]\n"
            f"policies: [{{name: short, at_most: {{duration: 4}}, severity: warn}}]\njobs: [{json.dumps(T2V)}]",
            encoding="utf-8",
        )
    both = kc.estimate(kc.read_jobs(tmp_path / "one.yaml", tmp_path / "two.yaml"), as_of=AS_OF)
    verdict = kc.check(both)
    assert {scope: (limit.planned, limit.status) for scope, limit in limits(verdict).items()} == {
        "one / Acme": (Decimal("0.375"), "within"),
        "two / Acme": (Decimal("0.375"), "over"),
    }
    assert [(policy.status, list(policy.jobs)) for policy in verdict.policies] == [
        ("warn", ["one.yaml:1"]),
        ("warn", ["two.yaml:1"]),
    ]
    (tmp_path / "bad.yaml").write_text("budgets: [{name: A, limit: 5}]\njobs: []", encoding="utf-8")
    with pytest.raises(kc.RulesError, match=r"^bad.yaml:1:28: budgets.0.limit: 5: a limit needs a currency"):
        kc.check(kc.estimate(tmp_path / "bad.yaml"), budget="5 USD")


def test_limits_come_in_the_order_flags_rules_campaign(tmp_path: Path) -> None:
    text = f"budget: 1 USD\nbudgets: [{{name: own, limit: 3 USD}}]\njobs: [{json.dumps(T2V)}]"
    (tmp_path / "c.yaml").write_text(text, encoding="utf-8")
    plan, top = kc.estimate(tmp_path / "c.yaml", as_of=AS_OF), rules(tmp_path, "budgets: [{name: top, limit: 2 USD}]")
    assert [limit.scope for limit in kc.check(plan, rules=top).limits] == ["top", "own", "campaign"]
    assert [limit.limit for limit in kc.check(plan, budget="9 USD", rules=top).limits] == [9, 2, 3]


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (
            lambda plan, found: kc.check(plan.summary, rules=found),
            "rules, actuals, an approval or another plan need every job",
        ),
        (lambda plan, found: kc.check(plan, rules=5), "rules must be a path or Rules"),
        (lambda plan, found: kc.check(plan, rules=found, actuals=5), "actuals must be a path or a reconciliation"),
        (lambda plan, found: kc.check(estimate(job("a"), as_of=None), rules=found), "rules by month need a day"),
    ],
)
def test_what_rules_cannot_be_applied_to_is_refused(tmp_path: Path, make: Any, why: str) -> None:
    found = rules(tmp_path, "budgets: [{name: all, limit: 5 USD, per: month}]")
    with pytest.raises(kc.UsageError, match=why):
        make(estimate(job("a")), found)


def test_a_stored_estimate_has_no_months(tmp_path: Path) -> None:
    stored = tmp_path / "estimate.json"
    kc.write_report(stored, estimate(job("a")))
    plan = kc.read_estimate(stored)
    with pytest.raises(kc.UsageError, match="a stored estimate has no dates of its jobs"):
        kc.check(plan, rules=rules(tmp_path, "budgets: [{name: all, limit: 5 USD, per: month}]"))
    assert kc.check(plan, rules=rules(tmp_path, "budgets: [{name: all, limit: 5 USD}]")).exit_code == 0


def test_an_unknown_currency_is_refused_at_its_place(tmp_path: Path) -> None:
    found = rules(tmp_path, "budgets: [{name: all, limit: 5 XYZ}]")
    with pytest.raises(kc.UsageError, match=r"rules\.yaml:2:11: unknown currency XYZ"):
        kc.check(estimate(job("a")), rules=found)


def test_a_job_without_a_price_leaves_scopes_unknown(tmp_path: Path) -> None:
    found = rules(tmp_path, "budgets: [{name: all, limit: 5 USD}, {name: little, limit: 0.3 USD}]")
    verdict = kc.check(estimate(job("a"), {"model": "nothing"}), rules=found)
    assert [limit.status for limit in verdict.limits] == ["unknown", "over"]
    assert (verdict.verdict, verdict.exit_code) == ("blocked", 4)


def test_amounts_of_jobs_that_are_not_in_the_plan_leave_scopes_unknown(tmp_path: Path) -> None:
    plan = estimate(job("a", client="Acme"))
    spent = outcome(plan, task("b", "5", "succeeded", "EVOLINK_CREDIT", "t"))
    verdict = kc.check(plan, budget="50 EVOLINK_CREDIT", actuals=spent)
    assert (verdict.limits[0].committed, verdict.exit_code) == (5, 0), "a limit for everything holds them"
    verdict = kc.check(plan, rules=rules(tmp_path, CARRIED), actuals=spent)
    assert (verdict.limits[0].status, verdict.exit_code) == ("unknown", 4)


def test_a_limit_of_one_file_is_unknown_where_amounts_are_of_no_known_file(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(f"budget: 5 USD\njobs: [{json.dumps(job('a'))}]", encoding="utf-8")
    plan = kc.estimate(tmp_path / "c.yaml", as_of=AS_OF)
    spent = outcome(plan, task("b", "5", "succeeded", "EVOLINK_CREDIT", "t"))
    verdict = kc.check(plan, actuals=spent)
    assert (verdict.limits[0].status, verdict.exit_code) == ("unknown", 4)


def test_a_task_in_two_actuals_is_refused() -> None:
    plan = estimate(job("a"))
    spent = outcome(plan, task("a", "27", "succeeded", "EVOLINK_CREDIT", "t"))
    with pytest.raises(kc.UsageError, match="the task t is in two of the actuals"):
        kc.check(plan, budget="50 EVOLINK_CREDIT", actuals=[spent, spent])


def test_actuals_are_stored_reconciliations_or_answers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = estimate(job("a", takes=2))
    usage = {"credits_reserved": 27, "billing_rule": "per_second"}
    answers = [{"job_id": "a", "response": {"id": "t", "status": "pending", "usage": usage}}]
    jobs, stored, given_answers = (tmp_path / name for name in ("jobs.jsonl", "stored.json", "answers.jsonl"))
    jobs.write_text(json.dumps(job("a", takes=2)) + "\n", encoding="utf-8")
    given_answers.write_text("".join(json.dumps(answer) + "\n" for answer in answers), encoding="utf-8")
    kc.write_report(stored, kc.reconcile(plan, answers))
    found = []
    for file in (stored, given_answers):
        words = ["check", str(jobs), "--budget", "60 EVOLINK_CREDIT", "--actuals", str(file)]
        assert main([*words, "--as-of", "2026-11-20", "--format", "json"]) == 0
        found.append(json.loads(capsys.readouterr().out)["limits"])
    assert found[0] == found[1]
    assert [found[0][0][name] for name in ("planned", "open", "actual", "committed", "headroom")] == [
        "27", "27", "0", "27", "6",
    ]  # fmt: skip


CLIENTS, CAMPAIGNS = ["Acme", "Beta", None], ["spring", "storm", None]
DAYS = ["2026-10-05", "2026-11-07", "2026-11-30", "2026-12-01", None]


@st.composite
def plans(draw: st.DrawFn) -> list[dict[str, Any]]:
    made = []
    for number in range(draw(st.integers(1, 6))):
        tags = {"client": draw(st.sampled_from(CLIENTS)), "campaign": draw(st.sampled_from(CAMPAIGNS))}
        body = draw(st.sampled_from([T2V, {**T2V, "duration": 9}, OFFICIAL]))
        kept = {name: value for name, value in tags.items() if value is not None}
        made.append(job(f"j{number}", draw(st.sampled_from(DAYS)), draw(st.integers(1, 3)), body, **kept))
    return made


def planned(verdict: kc.Verdict, scope: str) -> Decimal:
    return sum((limit.planned or Decimal(0) for limit in verdict.limits if limit.scope.startswith(scope)), Decimal(0))


@given(plans())
def test_disjoint_parts_and_the_rest_make_the_whole(tmp_path_factory: pytest.TempPathFactory, jobs: Any) -> None:
    parts = "".join(f"      - {{name: {name}, where: {{tag:client: {name}}}, limit: 9 USD}}\n" for name in CLIENTS[:2])
    text = f"budgets:\n  - name: whole\n    limit: 99 USD\n    parts:\n{parts}"
    text += "      - {name: rest, where: {tag:client: absent}, limit: 9 USD}\n"
    verdict = kc.check(estimate(*jobs), rules=rules(tmp_path_factory.mktemp("r"), text))
    found = limits(verdict)
    exact = [found[f"whole / {name}"].planned or Decimal(0) for name in ("Acme", "Beta", "rest")]
    assert abs(sum(exact, Decimal(0)) - (found["whole"].planned or Decimal(0))) <= Decimal("2e-12")


@given(plans(), st.data())
def test_a_job_moved_to_another_month_moves_exactly_its_cost(
    tmp_path_factory: pytest.TempPathFactory, jobs: Any, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("r")
    text = "budgets: [{name: c, limit: 9999 EVOLINK_CREDIT, per: month}, {name: d, limit: 99 USD, per: once}]"
    applied = rules(folder, text)
    before, number = estimate(*jobs), data.draw(st.integers(0, len(jobs) - 1))
    moved = [{**one, "date": "2027-03-03"} if at == number else one for at, one in enumerate(jobs)]
    after = estimate(*moved)
    cost = before.line_items[number].cost
    old, new = limits(kc.check(before, rules=applied)), limits(kc.check(after, rules=applied))
    amount = cost.value if cost.currency == "EVOLINK_CREDIT" else Decimal(0)
    month = f"c / {(jobs[number].get('date') or AS_OF.isoformat())[:7]}"
    left = new[month].planned if month in new else Decimal(0)
    assert old[month].planned - (left or 0) == amount  # type: ignore[operator]
    assert new["c / 2027-03"].planned == amount
    assert planned(kc.check(after, rules=applied), "d") == planned(kc.check(before, rules=applied), "d")


@given(plans(), st.data())
def test_a_take_is_in_exactly_one_of_planned_open_and_actual(
    tmp_path_factory: pytest.TempPathFactory, jobs: Any, data: st.DataObject
) -> None:
    """With tasks that cost what is due, what is planned, open and charged always adds up to the plan."""
    plan = estimate(*jobs)
    tasks: list[Task] = []
    for item in plan.line_items:
        for number in range(data.draw(st.integers(0, item.takes))):
            due, state = str(item.charge.cost), data.draw(st.sampled_from(["open", "succeeded"]))
            tasks.append(task(item.job_id or "", due, state, item.currency, f"{item.job_id}-{number}", due))
    text = (
        "budgets: [{name: c, limit: 9999 EVOLINK_CREDIT, per: month}, {name: u, limit: 99 USD, where: {currency: USD}}]"
    )
    verdict = kc.check(plan, rules=rules(tmp_path_factory.mktemp("r"), text), actuals=outcome(plan, *tasks))
    whole = {total.currency: total.cost for total in plan.totals}
    for scope, currency in (("c", "EVOLINK_CREDIT"), ("u", "USD")):
        held = [limit for limit in verdict.limits if limit.scope.startswith(scope)]
        parts = [part for limit in held for part in (limit.planned, limit.open, limit.actual) if part is not None]
        assert sum(parts, Decimal(0)) == whole.get(currency, Decimal(0))


@given(plans(), st.sampled_from(["500 USD", "5 USD", ["500 EVOLINK_CREDIT", "1 USD"]]))
def test_without_scopes_the_verdict_is_what_it_is_without_rules(jobs: Any, budget: str | Sequence[str]) -> None:
    plan = estimate(*jobs)
    alone = CHECK.json(kc.check(plan, budget=budget))
    assert CHECK.json(kc.check(plan, budget=budget, rules=kc.Rules())) == alone
    assert not {"base_limit", "carried_over", "actual", "open"} & {key for limit in alone["limits"] for key in limit}
    assert alone["policies"] == []
