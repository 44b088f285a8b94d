"""Breakdowns by month: of the whole plan, by scope, and by tag."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date

from kling_cost.planning.rules.job_groups import JobGroups, month_of
from kling_cost.planning.scopes.scope_limits import ScopeLimits
from kling_cost.pricing.cost_sums import Sums, Total, sum_of
from kling_cost.pricing.line_item import LineItem
from kling_cost.pricing.totals import Totals

MONTH, BY_SCOPE, BY_TAG = "month", "month,scope", "month,tag:"


def month_breakdowns(
    groups: JobGroups, limits: ScopeLimits, totals: Totals, as_of: date | None
) -> dict[str, list[Total]]:
    """The totals by month, by month and scope, and by month and each tag.

    Jobs without such a value share the key None, so that each adds up to the totals; but for scopes, where a job
    counts in each one that it matches.

    Args:
        groups: the jobs of the plan.
        limits: the scopes.
        totals: what all jobs come to.
        as_of: the day of jobs without a date.
    """
    months, scopes = Sums(), Sums()
    for group, jobs in zip(groups.groups, groups.jobs, strict=True):
        months.add(group.month, group.charge, jobs, jobs * group.takes)
        for path in limits.paths_of(group):
            scopes.add(_joined(group.month, path), group.charge, jobs, jobs * group.takes)
    found = {MONTH: months.totals(), BY_SCOPE: scopes.totals()}
    whole = sum_of(totals.by_charge)
    by_tag = {name: _by_tag(groups.items, name, as_of).completed(whole) for name in sorted(totals.by_tag)}
    return found | {f"{BY_TAG}{name}": sums.totals() for name, sums in by_tag.items()}


def _by_tag(items: Iterable[LineItem], name: str, as_of: date | None) -> Sums:
    """The sums of jobs with a tag, by month and its value."""
    counted: dict[tuple[str, str | None, int], tuple[LineItem, int, int]] = {}
    month = _months(as_of)
    for item in items:
        text = item.job.tags.get(name)
        if text is not None:
            key = (text, month(item.job.date), id(item.charge))
            _, jobs, takes = counted.get(key, (item, 0, 0))
            counted[key] = item, jobs + 1, takes + item.job.takes
    sums = Sums()
    for (text, of, _), (item, jobs, takes) in counted.items():
        sums.add(_joined(of, text), item.charge, jobs, takes)
    return sums


def _months(as_of: date | None) -> Callable[[date | None], str | None]:
    known: dict[date | None, str | None] = {}

    def month(day: date | None) -> str | None:
        if day not in known:
            known[day] = month_of(day or as_of)
        return known[day]

    return month


def _joined(month: str | None, name: str) -> str | None:
    return None if month is None else f"{month},{name}"
