"""Plans whose cost is not exact: the gate and what is built on it count the most that they may cost."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import kling_cost as kc
from kling_cost.planning.applied_rules import AppliedRules, RulesInForce
from kling_cost.planning.limits import LimitChecker

BOOK = """\
schema: 2
version: 2026-11-01
currencies: {USD: {name: US dollar, quantum: 0.0001}}
providers:
  atelier:
    name: Atelier
    currency: USD
    skus:
      edit:
        models: [edit]
        quantity: {of: input_seconds, minimum: 3, maximum: 10}
        rates: {2026-01-01: {unit_price: 0.1, source: a page, checked: 2026-11-01}}
      endless:
        models: [endless]
        quantity: {of: input_seconds, minimum: 3}
        rates: {2026-01-01: {unit_price: 0.1, source: a page, checked: 2026-11-01}}
      scene:
        models: [scene]
        quantity: {of: output_seconds, minimum: 3, maximum: 15}
        options: {quality: [720p, 1080p]}
        rates:
          2026-01-01:
            by: [quality]
            unit_price: {720p: 0.1, 1080p: 0.2}
            extra: [{per: reference_image, free: 1, unit_price: 0.5}]
            source: a page
            checked: 2026-11-01
"""


@pytest.fixture
def book(tmp_path: Path) -> kc.PriceBook:
    path = tmp_path / "atelier.yaml"
    path.write_text(BOOK, encoding="utf-8")
    return kc.load_prices(path)


def plan(book: kc.PriceBook, *rows: dict[str, Any]) -> kc.Estimate:
    jobs = kc.read_jobs(pd.DataFrame([{"job_id": f"j{at}", **row} for at, row in enumerate(rows)]), book=book)
    return kc.estimate(jobs, book, as_of="2026-11-20")


def rules(folder: Path, text: str) -> Path:
    path = folder / "rules.yaml"
    path.write_text(f"schema: 1\n{text}\n", encoding="utf-8")
    return path


def test_a_budget_by_scope_counts_the_most_of_a_range(book: kc.PriceBook, tmp_path: Path) -> None:
    edit = plan(book, {"model": "edit", "takes": 2})
    for limit, verdict in (("2 USD", "within"), ("1.9999 USD", "over")):
        found = kc.check(edit, rules=rules(tmp_path, f"budgets: [{{name: All, limit: {limit}}}]"))
        (standing,) = found.limits
        assert (found.verdict, standing.planned, standing.planned_least) == (verdict, 2, Decimal("0.6"))
        assert standing.certainty == "range"


@pytest.mark.parametrize(
    ("limit", "status", "code"), [("0.3 USD", "unknown", 4), ("0.2999 USD", "over", 3), ("900 USD", "unknown", 4)]
)
def test_a_budget_by_scope_without_an_upper_end_is_over_only_by_the_least(
    book: kc.PriceBook, tmp_path: Path, limit: str, status: str, code: int
) -> None:
    text = f"budgets: [{{name: All, limit: {limit}}}]"
    found = kc.check(plan(book, {"model": "endless"}), rules=rules(tmp_path, text))
    (standing,) = found.limits
    assert (standing.status, standing.planned, standing.headroom, found.exit_code) == (status, None, None, code)


@pytest.mark.parametrize(
    ("model", "most", "status"),
    [
        ("edit", "1 USD", "pass"),
        ("edit", "0.9999 USD", "fail"),
        ("endless", "0.2999 USD", "fail"),
        ("endless", "0.3 USD", "unknown"),
        ("endless", "900 USD", "unknown"),
    ],
)
@pytest.mark.parametrize("measure", ["cost", "total"])
def test_a_policy_about_money_holds_for_the_most(
    book: kc.PriceBook, tmp_path: Path, model: str, most: str, status: str, measure: str
) -> None:
    text = f"policies: [{{name: dear, at_most: {{{measure}: {most}}}}}]"
    found = kc.check(plan(book, {"model": model}), no_budget=True, rules=rules(tmp_path, text))
    assert [policy.status for policy in found.policies] == [status]
    assert found.exit_code == {"pass": 0, "fail": 3, "unknown": 4}[status]
    told = [p.message for p in found.problems if p.code == "cannot_check"]
    why = "the policy dear cannot be checked: nothing says how much its jobs cost at most"
    assert told == [why] * (status == "unknown")


@pytest.mark.parametrize(("approved", "status"), [("0.2999", "fail"), ("0.3", "unknown"), ("900", "unknown")])
def test_growth_without_an_upper_end_is_too_much_only_by_the_least(
    book: kc.PriceBook, tmp_path: Path, approved: str, status: str
) -> None:
    made = plan(book, {"model": "endless"})
    found = RulesInForce(kc.read_rules(rules(tmp_path, "policies: [{name: p, at_most: {growth: 0 %}}]")))
    checker = LimitChecker(made.summary, (), {})
    (policy,), _ = AppliedRules(made, found, None, checker, {"USD": Decimal(approved)}).policies()
    assert policy.status == status


@pytest.mark.parametrize(("limit", "status"), [("0.3299 USD", "over"), ("0.33 USD", "unknown")])
def test_what_is_set_aside_of_the_least_counts_where_there_is_no_upper_end(
    book: kc.PriceBook, tmp_path: Path, limit: str, status: str
) -> None:
    """0.3 is the least, and a tenth of it comes on top."""
    made, set_aside = plan(book, {"model": "endless"}), rules(tmp_path, "contingency: 10 %")
    (standing,) = kc.check(made, budget=limit, rules=set_aside).limits
    assert (standing.contingency, standing.headroom, standing.status) == (Decimal("0.03"), None, status)
    scopes = rules(tmp_path, f"contingency: 10 %\nbudgets: [{{name: all, limit: {limit}}}]")
    assert [found.status for found in kc.check(made, rules=scopes).limits] == [status]


def test_what_has_no_upper_end_is_in_no_change_and_passes_no_gate(book: kc.PriceBook) -> None:
    old, new = plan(book, {"model": "edit"}), plan(book, {"model": "edit"}, {"model": "endless"})
    change = kc.diff(old, new)
    assert (change.steps, change.partial, change.exit_code) == ([], True, 4)
    assert [problem.job_id for problem in change.problems if problem.key == "price_unknown.open_line"] == ["j1"]
    risk = kc.risk(new)
    assert (risk.exit_code, [total.planned for total in risk.totals]) == (4, [1])
    with pytest.raises(kc.UsageError, match="only a plan that passes its check can be approved"):
        kc.approve(kc.check(new, no_budget=True), by="Ada")
    given = kc.approve(kc.check(old, no_budget=True), by="Ada")
    found = kc.check(new, no_budget=True, approval=given)
    assert found.approval is not None
    assert (found.approval.status, found.exit_code) == ("reopened", 3)
    assert "partial" in found.approval.why


def test_what_is_counted_is_a_step_of_its_own(book: kc.PriceBook, tmp_path: Path) -> None:
    shot = {"model": "scene", "duration": 5, "takes": 2}
    old = plan(book, {**shot, "quality": "720p", "reference_image": 3})
    new = plan(book, {**shot, "quality": "1080p", "reference_image": 4})
    assert [(step.step, step.amount) for step in kc.diff(old, new).steps] == [("quality", 1), ("reference_image", 1)]
    for name, estimate in (("old.json", old), ("new.json", new)):
        kc.write_report(tmp_path / name, estimate)
    stored = kc.diff(kc.read_estimate(tmp_path / "old.json"), kc.read_estimate(tmp_path / "new.json"))
    assert [(step.step, step.amount) for step in stored.steps] == [("quality+reference_image", 2)]


def test_a_plan_is_fitted_by_the_most_of_a_range_and_changes_to_no_other_range(tmp_path: Path) -> None:
    both = "{options: {quality: [720p, 1080p]}, models: [edit], "
    both += "quantity: {of: input_seconds, minimum: 3, maximum: 10}, rates: {2026-01-01: {by: [quality], "
    both += "unit_price: {720p: 0.1, 1080p: 0.2}, source: a page, checked: 2026-11-01}}}"
    path = tmp_path / "atelier.yaml"
    path.write_text(f"{BOOK.split('      edit:')[0]}      edit: {both}\n", encoding="utf-8")
    edit = plan(kc.load_prices(path), {"model": "edit", "quality": "1080p", "takes": 3})
    assert (edit.line_items[0].certainty, edit.totals[0].cost) == ("range", 6)
    fitted = kc.fit(edit, "4 USD", may="quality,takes:1")
    assert [(change.change, change.to) for change in fitted.changes] == [("takes", "2")]
    assert (fitted.limits[0].after, fitted.next[0].limit) == (4, 6)
    assert kc.fit(edit, "3.9999 USD", may="quality").conflict[0].least == 6


def test_a_job_without_an_upper_end_fits_into_no_limit(book: kc.PriceBook) -> None:
    fitted = kc.fit(plan(book, {"model": "endless", "takes": 3}), "900 USD", may="takes:1")
    assert (fitted.exit_code, fitted.estimate.partial) == (4, True)
    assert "price_unknown" in {found.code for found in fitted.problems}
