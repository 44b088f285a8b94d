"""What a verdict says in one word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from kling_cost.planning.approval.approved_plan import ApprovalCheck
from kling_cost.planning.limits import Standing
from kling_cost.planning.policies.policy_results import PolicyResult
from kling_cost.pricing.totals import Totals

Word = Literal["within", "over", "refused", "blocked"]


def statuses_of(standings: Sequence[Standing], policies: Sequence[PolicyResult]) -> set[str]:
    """The status of every limit and policy."""
    return {found.status for found in standings} | {found.status for found in policies}


def word_of(
    standings: Sequence[Standing],
    totals: Totals,
    policies: Sequence[PolicyResult],
    approved: ApprovalCheck | None,
) -> Word:
    """The verdict: what cannot be checked comes before what is over a limit, and that before what is refused."""
    statuses = statuses_of(standings, policies)
    if totals.exit_code or "unknown" in statuses:
        return "blocked"
    if "over" in statuses:
        return "over"
    return "refused" if is_refused(policies, approved) else "within"


def is_refused(policies: Sequence[PolicyResult], approved: ApprovalCheck | None) -> bool:
    """Whether a policy fails, or the plan is no longer the approved one."""
    is_reopened = approved is not None and approved.status == "reopened"
    return is_reopened or any(policy.status == "fail" for policy in policies)
