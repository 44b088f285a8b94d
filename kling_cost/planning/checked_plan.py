"""What `check` is given beside the limits: the plan itself, its approval, the plan before it, and a confidence."""

from __future__ import annotations

import os
from datetime import date
from decimal import Decimal

from kling_cost.planning.approval.approval import Approval, read_approval
from kling_cost.planning.approval.approved_plan import ApprovalCheck, check_approval
from kling_cost.planning.changes.change import Change
from kling_cost.planning.changes.compare_plans import diff
from kling_cost.planning.risk.risk_figures import confidence_of
from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.totals import Totals
from kling_cost.problems import UsageError
from kling_cost.python_values import instance, path


def summary_of(plan: Estimate | Totals) -> Totals:
    """A plan without its line items."""
    return plan.summary if isinstance(plan, Estimate) else plan


def with_items(estimate: Estimate | Totals) -> Estimate:
    """A plan with its line items.

    Raises:
        UsageError: they are not known.
    """
    if not isinstance(estimate, Estimate):
        raise UsageError("rules, actuals, an approval or another plan need every job: pass an estimate, not totals")
    return estimate


def confidence_for(confidence: str | Decimal, estimate: Estimate | Totals, has_actuals: bool) -> Decimal:
    """A confidence for a plan.

    Raises:
        UsageError: it is no chance between 0 and 1, or the plan does not say how many takes are needed.
    """
    if not isinstance(estimate, Estimate):
        raise UsageError("a confidence needs every job: pass an estimate, not totals")
    if has_actuals:
        raise UsageError("a confidence needs a plan of which nothing is submitted: actuals do not say what is usable")
    return confidence_of(confidence)


def approval_check(
    given: Approval | str | os.PathLike[str] | None, estimate: Estimate | Totals, today: date | None
) -> ApprovalCheck | None:
    """Whether a plan is still the approved one; None where no approval is given.

    Raises:
        UsageError, ReadError: the plan has no line items, or the approval cannot be read.
    """
    approval = given if given is None or isinstance(given, Approval) else read_approval(path(given, "approval"))
    if approval is None:
        return None
    plan = with_items(estimate)
    return check_approval(approval, plan, plan.as_of if today is None else today)


def change_from(against: Estimate | Change, estimate: Estimate | Totals) -> Change:
    """What changed from another plan.

    Raises:
        UsageError: the plan has no line items, or it is a change to another plan.
    """
    plan = with_items(estimate)
    if isinstance(against, Change):
        if against.new is not plan.with_upper_ends():
            raise UsageError("against is a change to another plan than the one that is checked")
        return against
    return diff(instance(against, Estimate, "against", "an estimate, or a change from diff()"), plan)
