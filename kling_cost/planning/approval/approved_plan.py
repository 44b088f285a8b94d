"""Whether a plan is still the one that was approved; growth is always counted from what was approved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, NamedTuple

from kling_cost.amounts import EXACT, plain_text
from kling_cost.planning.approval.approval import Approval, ApprovedJob
from kling_cost.planning.changes.change import Change
from kling_cost.planning.changes.compare_plans import diff
from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.plan_hash import plan_sha256
from kling_cost.problems import Listed, Problem, problem

ApprovalStatus = Literal["approved", "reopened"]
#: Why an approval no longer holds, as a closed list.
REASONS = (
    "expired", "day_unknown", "partial", "other_plan", "job_added", "seller_changed", "new_currency", "grown",
    "plan_changed",
)  # fmt: skip
#: What is said of reasons that need no amount.
_KEYS = {
    "day_unknown": "not_approved.day_unknown",
    "partial": "not_approved.partial",
    "other_plan": "not_approved.other_plan",
    "job_added": "not_approved.job_added",
    "seller_changed": "not_approved.seller_changed",
    "plan_changed": "not_approved.plan_changed",
}
_NOTHING = Decimal(0)


class Growth(NamedTuple):
    """How far a plan has grown in one currency.

    Attributes:
        currency: of every amount.
        approved: what was approved.
        now: what the plan costs.
        allowed: the most that it may cost.
    """

    currency: str
    approved: Decimal
    now: Decimal
    allowed: Decimal

    @property
    def grown(self) -> Decimal:
        """Now less approved; negative where it has become cheaper."""
        return EXACT.subtract(self.now, self.approved)


class ApprovedChange(NamedTuple):
    """A job that was not approved as it is planned now.

    Attributes:
        job_id: its id.
        status: `added`, `removed`, or `changed` where its seller or model is another one.
        old, new: who was to make it, and who is now.
    """

    job_id: str | None
    status: Literal["added", "removed", "changed"]
    old: ApprovedJob | None
    new: ApprovedJob | None


@dataclass(frozen=True, slots=True)
class ApprovalCheck:
    """What has become of an approval.

    Attributes:
        approval: what was approved.
        status: `approved` or `reopened`.
        why: the reasons, from `REASONS`; empty where it still holds.
        growth: how far the plan has grown, by currency.
        jobs: the jobs that differ from the approved ones.
        change: what changed since, step by step; None where it still holds, nothing changed, or the approval is of an
            earlier version, which does not say what its jobs cost.
    """

    approval: Approval
    status: ApprovalStatus
    why: tuple[str, ...]
    growth: tuple[Growth, ...]
    jobs: tuple[ApprovedChange, ...]
    change: Change | None = None

    @property
    def problems(self) -> Iterator[Problem]:
        """The reasons in words."""
        return (self._told(reason) for reason in self.why)

    def _told(self, reason: str) -> Problem:
        if reason == "expired":
            return problem("not_approved.expired", until=self.approval.until)
        if reason == "grown":
            return problem("not_approved.grown", growth=Listed([_growth_text(g) for g in self.growth if _is_over(g)]))
        if reason == "new_currency":
            codes = [growth.currency for growth in self.growth if _is_new(self.approval, growth)]
            return problem("not_approved.new_currency", currencies=Listed(codes))
        if reason in ("job_added", "seller_changed"):
            status = "added" if reason == "job_added" else "changed"
            return problem(_KEYS[reason], jobs=Listed([j.job_id for j in self.jobs if j.status == status]))
        return problem(_KEYS[reason])


def check_approval(approval: Approval, estimate: Estimate, today: date | None) -> ApprovalCheck:
    """Whether an approval holds for a plan on a day; an approval with an end holds on no unknown day.

    >>> import kling_cost as kc
    >>> shot = {"job_id": "a", "request": {"model": "kling-v3-text-to-video", "prompt": "Fog"}}
    >>> plan, larger = (kc.estimate([{**shot, "takes": takes}], as_of="2026-11-20") for takes in (1, 2))
    >>> given = kc.approve(kc.check(plan, budget="1 USD"), by="Ada")
    >>> check_approval(given, plan, plan.as_of).status, check_approval(given, larger, plan.as_of).why
    ('approved', ('grown',))
    """
    estimate = estimate.with_upper_ends()
    growth = tuple(_growth(approval, estimate))
    jobs = tuple(_changes(approval, estimate))
    why = tuple(_reasons(approval, estimate, growth, jobs, today))
    change = _change(approval, estimate) if why else None
    return ApprovalCheck(approval, "reopened" if why else "approved", why, growth, jobs, change)


def _change(approval: Approval, estimate: Estimate) -> Change | None:
    """What changed from the approved plan, where its lines are known."""
    plan, book = approval.plan, estimate.book
    if plan is None:
        return None
    is_same_book = book is not None and book.sha256 == approval.price_book.sha256
    change = diff(plan, estimate, old_book=book if is_same_book else None)
    return None if change.is_empty else change


def _growth(approval: Approval, estimate: Estimate) -> Iterator[Growth]:
    approved = {total.currency: total.cost for total in approval.totals}
    now = {total.currency: total.due for total in estimate.totals}
    for code in sorted(approved.keys() | now.keys()):
        before = approved.get(code, _NOTHING)
        allowed = EXACT.multiply(before, EXACT.add(Decimal(1), approval.growth))
        yield Growth(code, before, now.get(code, _NOTHING), allowed)


def _changes(approval: Approval, estimate: Estimate) -> Iterator[ApprovedChange]:
    now = {item.job_id: ApprovedJob(item.job_id, item.provider, item.model) for item in estimate.line_items}
    for job in approval.jobs:
        found = now.pop(job.job_id, None)
        if found is None:
            yield ApprovedChange(job.job_id, "removed", job, None)
        elif found != job:
            yield ApprovedChange(job.job_id, "changed", job, found)
    yield from (ApprovedChange(job.job_id, "added", None, job) for job in now.values())


def _reasons(
    approval: Approval,
    estimate: Estimate,
    growth: Sequence[Growth],
    jobs: Sequence[ApprovedChange],
    today: date | None,
) -> Iterator[str]:
    """Every reason why it no longer holds, in the order of `REASONS`."""
    if approval.until is not None:
        yield from _of_day(approval.until, today)
    if estimate.partial:
        yield "partial"
    if approval.bind != "total":
        yield from _of_jobs(approval, estimate, {job.status for job in jobs})
    yield from _of_totals(approval, growth)
    if approval.bind == "exact" and plan_sha256(estimate.line_items) != approval.plan_sha256:
        yield "plan_changed"


def _of_totals(approval: Approval, growth: Sequence[Growth]) -> Iterator[str]:
    if any(_is_new(approval, found) for found in growth):
        yield "new_currency"
    if any(_is_over(found) for found in growth):
        yield "grown"


def _of_day(until: date, today: date | None) -> Iterator[str]:
    if today is None:
        yield "day_unknown"
    elif today > until:
        yield "expired"


def _of_jobs(approval: Approval, estimate: Estimate, statuses: set[str]) -> Iterator[str]:
    """What is wrong with the jobs: none of them is approved, some are new, or somebody else is to make them."""
    approved = {job.job_id for job in approval.jobs}
    if estimate.line_items and approved.isdisjoint(item.job_id for item in estimate.line_items):
        yield "other_plan"
    if "added" in statuses:
        yield "job_added"
    if "changed" in statuses:
        yield "seller_changed"


def _is_new(approval: Approval, growth: Growth) -> bool:
    """Whether a currency occurs in which nothing was approved."""
    return growth.currency not in {total.currency for total in approval.totals}


def _is_over(growth: Growth) -> bool:
    return growth.now > growth.allowed


def _growth_text(growth: Growth) -> str:
    return f"{plain_text(growth.now)} {growth.currency}, {plain_text(growth.allowed)} allowed"
