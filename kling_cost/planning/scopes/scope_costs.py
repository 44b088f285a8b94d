"""What jobs cost in each scope and month: planned, open and charged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from kling_cost.amounts import EXACT
from kling_cost.planning.rules.job_groups import Group, JobGroups
from kling_cost.planning.rules.rule_types import Budget, Contingency
from kling_cost.planning.rules.selector_index import numbers_of
from kling_cost.planning.scopes.actuals import Actuals, Spent
from kling_cost.planning.scopes.held import CostSums, PlannedSums

_NOTHING = Decimal(0)


class Scope(NamedTuple):
    """A budget with its place among the others; the bit of its selector has the number of its place.

    Attributes:
        budget: the budget.
        path: its name after those of the budgets that it is a part of.
        above: the place of the budget that it is a part of; None for a whole one.
        contingency: what is set aside.
    """

    budget: Budget
    path: str
    above: int | None
    contingency: Contingency

    @property
    def is_monthly(self) -> bool:
        """Whether its limit holds for each month."""
        return self.budget.per == "month"


def scopes_of(budgets: Iterable[Budget], contingency: Contingency, within: str = "", start: int = 0) -> list[Scope]:
    """Budgets and all of their parts, each after the budget that it is a part of.

    Args:
        budgets: the budgets.
        contingency: that of budgets without one of their own.
        within: what their paths begin with.
        start: how many scopes come before them.
    """
    found: list[Scope] = []

    def add(budget: Budget, path: str, above: int | None, contingency: Contingency) -> None:
        path = f"{path} / {budget.name}" if path else budget.name
        own = budget.contingency or contingency
        at = start + len(found)
        found.append(Scope(budget, path, above, own))
        for part in budget.parts:
            add(part, path, at, own)

    for budget in budgets:
        add(budget, within, None, contingency)
    return found


@dataclass(slots=True)
class ScopeCosts:
    """What is counted in a scope, in one month or in all.

    Attributes:
        planned, actual, open: by currency.
        submitted: what is due for takes that are no longer planned.
        undated: what was spent on a day that nobody knows and may be of this month; it is in another one.
        doubtful: what of `actual` and `open` was spent on such a day, and may be of another month.
        jobs: how many it holds, those that are submitted among them.
    """

    planned: PlannedSums = field(default_factory=PlannedSums)
    actual: CostSums = field(default_factory=CostSums)
    open: CostSums = field(default_factory=CostSums)
    submitted: CostSums = field(default_factory=CostSums)
    undated: CostSums = field(default_factory=CostSums)
    doubtful: CostSums = field(default_factory=CostSums)
    jobs: int = 0


class CostsByScope:
    """The costs of a plan by scope and month.

    Args:
        scopes: the scopes, in order.
        groups: the jobs.
        actuals: what has been submitted; None where that is not known.

    Attributes:
        costs: by scope, and within it by month; a scope that holds for all time has the month None.
        other_jobs: jobs with amounts that are not in the plan.
        undated_jobs: jobs with amounts of a day that nobody knows, in a budget by month.
    """

    def __init__(self, scopes: Sequence[Scope], groups: JobGroups, actuals: Actuals | None) -> None:
        self._scopes, self._groups = scopes, groups
        self._mask = (1 << len(scopes)) - 1
        self._known: dict[int, list[int]] = {}
        self._undated: list[tuple[str, Group, str, Spent]] = []
        self.costs: list[dict[str | None, ScopeCosts]] = [{} for _ in scopes]
        self.other_jobs: list[str] = []
        self.undated_jobs: dict[str, None] = {}
        for (bits, month, currency), (planned, sent, jobs) in _sums(groups).items():
            for costs in self._costs_of(bits, month):
                costs.jobs += jobs
                costs.planned.add_all(planned)
                if sent:
                    costs.submitted.add(currency, sent)
        if actuals is not None:
            self._add_actuals(groups, actuals)

    def scopes_of(self, bits: int) -> list[int]:
        """The places of the scopes that hold jobs with some bits; those of a part are in its whole, too."""
        bits &= self._mask
        found = self._known.get(bits)
        if found is None:
            held: dict[int, None] = {}
            for number in numbers_of(bits):
                above = self._scopes[number].above
                if above is None or above in held:
                    held[number] = None
            found = self._known[bits] = list(held)
        return found

    def _costs_of(self, bits: int, month: str | None) -> Iterator[ScopeCosts]:
        for number in self.scopes_of(bits):
            by_month, key = self.costs[number], month if self._scopes[number].is_monthly else None
            costs = by_month.get(key)
            if costs is None:
                costs = by_month[key] = ScopeCosts()
            yield costs

    def _add_actuals(self, groups: JobGroups, actuals: Actuals) -> None:
        for job, by_currency in actuals.by_job.items():
            group = groups.by_job.get(job)
            if group is None:
                self.other_jobs.append(job)
                continue
            for (currency, created), spent in by_currency.items():
                month = group.month if job in groups.dated else created
                for costs in self._costs_of(group.bits, month or group.month):
                    costs.actual.add(currency, spent.actual)
                    costs.open.add(currency, spent.open)
                if month is None:
                    self._undated.append((job, group, currency, spent))
        self._add_undated()

    def _add_undated(self) -> None:
        """Add to each month before that of such jobs what may have been spent in it instead of in theirs."""
        for job, group, currency, spent in self._undated:
            for number in self.scopes_of(group.bits):
                if not self._scopes[number].is_monthly:
                    continue
                self.undated_jobs[job] = None
                for month, costs in self.costs[number].items():
                    if month is not None and month <= (group.month or ""):
                        sums = costs.doubtful if month == group.month else costs.undated
                        sums.add(currency, max(_NOTHING, spent.actual))
                        sums.add(currency, max(_NOTHING, spent.open))

    def of_source(self, source: str | None, actuals: Actuals | None) -> tuple[PlannedSums, tuple[CostSums, CostSums]]:
        """What all jobs, or those of one file, come to: planned, and charged and open."""
        planned, actual, open_ = PlannedSums(), CostSums(), CostSums()
        for group, jobs in zip(self._groups.groups, self._groups.jobs, strict=True):
            if source in (None, group.source):
                planned.add_charge(group.charge, group.left * jobs)
        for job, by_currency in ({} if actuals is None else actuals.by_job).items():
            group_of_job = self._groups.by_job.get(job)
            if source is None or (group_of_job is not None and group_of_job.source == source):
                for (currency, _), spent in by_currency.items():
                    actual.add(currency, spent.actual)
                    open_.add(currency, spent.open)
        return planned, (actual, open_)


def _sums(groups: JobGroups) -> dict[tuple[int, str | None, str], tuple[PlannedSums, Decimal, int]]:
    """What is planned, what is due for submitted takes, and how many jobs there are: by bits, month and currency."""
    found: dict[tuple[int, str | None, str], tuple[PlannedSums, Decimal, int]] = {}
    for group, jobs in zip(groups.groups, groups.jobs, strict=True):
        key = (group.bits, group.month, group.charge.currency)
        planned, sent, count = found.get(key) or (PlannedSums(), _NOTHING, 0)
        if group.left < group.takes:
            sent = EXACT.add(sent, EXACT.multiply(group.charge.due, Decimal((group.takes - group.left) * jobs)))
        planned.add_charge(group.charge, group.left * jobs)
        found[key] = planned, sent, count + jobs
    return found
