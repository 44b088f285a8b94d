"""Approve a plan that has passed the gate."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from kling_cost.planning.approval.approval import BINDS, Approval, ApprovedJob, ApprovedTotal, Bind
from kling_cost.planning.verdict import Verdict
from kling_cost.pricebook.upkeep.price_diff import percentage
from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.plan_hash import plan_sha256
from kling_cost.problems import UsageError
from kling_cost.python_values import day, instance, text, told, whole
from kling_cost.results.document_types import estimate_sha256

_PLACES = 2  # from a percentage to a share


def approve(
    verdict: Verdict,
    *,
    by: str,
    on: date | str | None = None,
    until: date | str | None = None,
    note: str | None = None,
    bind: Bind = "jobs",
    allow_growth: str = "0%",
    uses: int | None = None,
) -> Approval:
    """Approve a plan. `kc.check(…, approval=)` then tells whether a plan is still the approved one.

    Args:
        verdict: of the plan; it must be within its limits.
        by: who approves.
        on: the day of the approval; that of the estimate if omitted.
        until: the last day on which it holds, inclusive; None for no end.
        note: a remark.
        bind: what must stay as it is: `total` only the total, `jobs` also no job more and no other seller, `exact` all.
        allow_growth: by how much the total of each currency may grow, counted from what is approved now.
        uses: how many reservations a ledger lets it serve; None for any number.

    Returns:
        The approval; `to_json()` is what its file holds.

    Raises:
        UsageError: the plan is not within its limits, has no line items, or an argument is invalid.

    >>> import kling_cost as kc
    >>> plan = kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "Fog"}], as_of="2026-11-20")
    >>> approve(kc.check(plan, budget="1 USD"), by="Ada").totals
    (ApprovedTotal(currency='EVOLINK_CREDIT', cost=Decimal('27.0000')),)
    """
    estimate = _plan(instance(verdict, Verdict, "verdict", "a verdict from check()"))
    today = day(on, "on") or estimate.as_of
    if today is None:
        raise UsageError("an approval needs a day: pass on=, or make the estimate with as_of=")
    if text(bind, "bind") not in BINDS:
        raise UsageError(f"bind must be one of {', '.join(BINDS)}, not {told(bind)}")
    name = (text(by, "by") or "").strip()
    if not name:
        raise UsageError("by must name who approves")
    return Approval(
        name,
        today,
        _last_day(until, today),
        text(note, "note"),
        bind,
        _share(allow_growth),
        estimate_sha256(estimate),
        plan_sha256(estimate.line_items),
        estimate.price_book,
        tuple(ApprovedTotal(total.currency, total.due) for total in estimate.totals),
        tuple(ApprovedJob(item.job_id, item.provider, item.model) for item in estimate.line_items),
        verdict.applied.rules_sha256 if verdict.applied else None,
        _count(uses),
        estimate.line_items,
    )


def _plan(verdict: Verdict) -> Estimate:
    """The plan of a verdict, if it may be approved."""
    if not isinstance(verdict.estimate, Estimate):
        raise UsageError("only an estimate with its line items can be approved, not totals")
    plan = verdict.estimate.with_upper_ends()
    if (verdict.exit_code and not verdict.awaits_approval) or plan.partial:
        raise UsageError(f"the plan is {verdict.verdict}; only a plan that passes its check can be approved")
    if not verdict.estimate.line_items:
        raise UsageError("there are no jobs to approve")
    return plan


def _last_day(until: date | str | None, today: date) -> date | None:
    last = day(until, "until")
    if last is not None and last < today:
        raise UsageError(f"until {last} is before the day of the approval, {today}")
    return last


def _share(allow_growth: str) -> Decimal:
    try:
        return percentage(allow_growth).scaleb(-_PLACES)
    except UsageError as error:
        raise UsageError(f"allow_growth: {error}") from None


def _count(uses: int | None) -> int | None:
    count = whole(uses)
    if count is None:
        return None
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise UsageError(f"uses must be a whole number of at least 1, not {told(uses)}")
    return count
