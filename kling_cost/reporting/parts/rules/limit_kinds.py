"""The limits of a verdict: those for all jobs or a file, and those of budgets by scope."""

from __future__ import annotations

from decimal import Decimal

from kling_cost.planning.limits import Standing
from kling_cost.planning.scopes.scope_costs import Scope
from kling_cost.reporting.report import Report

#: A limit of a budget by scope: its scope and month, and what is due for takes that have been submitted.
ScopeLimit = tuple[Standing, Scope, str | None, Decimal]


def plain_limits(report: Report) -> list[Standing]:
    """The limits for all jobs, or for those of a file."""
    return [limit for limit in (report.verdict.limits if report.verdict else ()) if limit.base_limit is None]


def scope_limits(report: Report) -> list[ScopeLimit]:
    """The limits of budgets by scope."""
    if report.verdict is None or report.verdict.applied is None:
        return []
    limits = (limit for limit in report.verdict.limits if limit.base_limit is not None)
    return [(limit, *place) for limit, place in zip(limits, report.verdict.applied.limits.places, strict=True)]
