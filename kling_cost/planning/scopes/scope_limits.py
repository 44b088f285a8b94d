"""Where budgets by scope stand: each limit in each month, with what is carried over from the month before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from kling_cost.amounts import Amount, divide_half_up, plain_text
from kling_cost.planning.limits import LimitChecker, Standing, uncovered_standing
from kling_cost.planning.rules.job_groups import Group, JobGroups, months_apart
from kling_cost.planning.rules.rule_types import Contingency
from kling_cost.planning.scopes.actuals import Actuals
from kling_cost.planning.scopes.held import CostSums, Enough, Held, PlannedSums
from kling_cost.planning.scopes.scope_costs import CostsByScope, Scope, ScopeCosts
from kling_cost.problems import Listed, Problem, problem

_NOTHING = Decimal(0)


class ScopeLimits:
    """Checks the limits of scopes.

    Args:
        scopes: the scopes, in order.
        groups: the jobs of the plan, by an index in which selector n is that of scope n.
        actuals: what has been submitted; None where that is not known.
        checker: compares costs with limits.
        quantum: the smallest unit of a currency.
        month: of the day whose rates count; None without one.

    Attributes:
        scopes: the scopes.
        places: the scope and month of each limit, once they are checked, and what of its jobs has been submitted.
        held_there: what each of these limits holds.
    """

    def __init__(
        self,
        scopes: Sequence[Scope],
        groups: JobGroups,
        actuals: Actuals | None,
        checker: LimitChecker,
        quantum: Callable[[str], Decimal],
        month: str | None,
    ) -> None:
        self.scopes = self._scopes = scopes
        self.places: list[tuple[Scope, str | None, Decimal]] = []
        self.held_there: list[Held] = []
        self._groups, self._actuals = groups, actuals
        self._checker, self._quantum, self._month = checker, quantum, month
        self._by_scope = CostsByScope(scopes, groups, actuals)
        self._perhaps_over: list[str] = []

    def standings(self, enough: Enough | None = None) -> Iterator[Standing]:
        """Every limit, the months of a scope in order.

        Args:
            enough: says what has to be there with a confidence; without it, what rules set aside is.
        """
        for at, by_month in enumerate(self._by_scope.costs):
            yield from self._of_scope(at, by_month, enough)

    def held(self, source: str | None, contingency: Contingency, quantum: Decimal) -> Held:
        """What a limit for all jobs, or for those of one file, holds."""
        planned, (actual, open_) = self._by_scope.of_source(source, self._actuals)
        return Held(
            planned,
            None if self._actuals is None else actual.costs,
            open_.costs,
            self._checker.lacks_prices(source),
            source is not None and bool(self._by_scope.other_jobs),
            contingency=contingency,
            quantum=quantum,
        )

    def _of_scope(self, at: int, by_month: dict[str | None, ScopeCosts], enough: Enough | None) -> Iterator[Standing]:
        scope = self._scopes[at]
        empty: str | None = self._month if scope.is_monthly else None
        before: tuple[str, Fraction | None] | None = None
        for month in sorted(by_month, key=lambda month: month or "") or [empty]:
            costs = by_month.get(month) or ScopeCosts()
            self.places.append((scope, month, self._submitted(scope, costs)))
            carried = self._carried(scope, before, month)
            needed = enough and enough(scope.budget.limit.currency, scope.budget.source, (at, month))
            yield self._standing(scope, month, costs, carried, needed)
            before = (month or "", self._unspent(scope, costs, carried))

    def _submitted(self, scope: Scope, costs: ScopeCosts) -> Decimal:
        """What the takes that have been submitted are due, as far as that can be told in the limit's currency."""
        amount, *_ = self._checker.converted(scope.budget.limit.currency, costs.submitted.costs)
        return divide_half_up(amount or Fraction(0), Decimal(1))

    def _carried(self, scope: Scope, before: tuple[str, Fraction | None] | None, month: str | None) -> Fraction | None:
        """What a month has from those before it; None where that is not known."""
        most = scope.budget.carry_over
        if most is None:
            return Fraction(0)
        if self._actuals is None:
            return None
        if before is None:
            return Fraction(0)
        last, unspent = before
        if unspent is None or month is None:
            return None
        empty = months_apart(last, month) - 1
        return min(Fraction(most), unspent + empty * Fraction(scope.budget.limit.value))

    def _unspent(self, scope: Scope, costs: ScopeCosts, carried: Fraction | None) -> Fraction | None:
        """What is left of a limit, nothing set aside; None where that is not known."""
        if scope.budget.carry_over is None or carried is None or costs.planned.open_ended:
            return None
        used = [self._checker.converted(scope.budget.limit.currency, c.costs) for c in _all(costs)]
        if any(amount is None or unknown for amount, *unknown in used):
            return None
        return Fraction(scope.budget.limit.value) + carried - sum((amount for amount, *_ in used), Fraction(0))

    def _standing(
        self, scope: Scope, month: str | None, costs: ScopeCosts, carried: Fraction | None, enough: Fraction | None
    ) -> Standing:
        budget = scope.budget
        held = Held(
            costs.planned,
            costs.actual.costs,
            costs.open.costs,
            self._checker.lacks_prices(budget.source),
            bool(self._by_scope.other_jobs),
            costs.undated.costs,
            costs.doubtful.costs,
            budget.limit.value,
            carried,
            _NOTHING if carried is not None or budget.carry_over is None else budget.carry_over,
            scope.contingency,
            self._quantum(budget.limit.currency),
            enough,
        )
        self.held_there.append(held)
        name = scope.path if month is None else f"{scope.path} / {month}"
        found = self._checker.standing(budget.limit, name, budget.source, held)
        if (costs.undated.costs or costs.doubtful.costs) and found.status == "unknown":
            dated = self._checker.standing(budget.limit, name, budget.source, replace(held, undated={}, doubtful={}))
            self._perhaps_over += [name] * (dated.status != "unknown")
        return found

    def uncovered(self, is_covered: Callable[[str, str | None], bool]) -> tuple[list[Standing], list[Problem]]:
        """What costs no limit covers.

        Args:
            is_covered: whether a limit of another kind covers costs in a currency in a file.
        """
        rest, first = PlannedSums(), None
        known: dict[tuple[int, str, str | None], bool] = {}
        for number, (group, jobs) in enumerate(zip(self._groups.groups, self._groups.jobs, strict=True)):
            key = (group.bits, group.charge.currency, group.source)
            covered = known.get(key)
            if covered is None:
                covered = known[key] = is_covered(*key[1:]) or self._is_covered(group)
            if not covered:
                rest.add_charge(group.charge, group.takes * jobs)
                first = number if first is None else first
        if first is None:
            return [], []
        costs = sorted(rest.costs.items())
        standings = [
            uncovered_standing(code, None if code in rest.open_ended else cost, rest.least[code])
            for code, cost in costs
        ]
        told = Listed([f"{plain_text(cost)} {code}" for code, cost in costs])
        (job,) = self._groups.ids(frozenset({first}), 1)
        return standings, [problem("cannot_check.uncovered", "", cost=told, job=job)]

    def _is_covered(self, group: Group) -> bool:
        scopes = (self._scopes[at] for at in self.places_of(group.bits))
        return any(self._checker.covers(scope.budget.limit, group.charge.currency) for scope in scopes)

    def paths_of(self, group: Group) -> list[str]:
        """The scopes that hold a group of jobs."""
        return [self.scopes[at].path for at in self.places_of(group.bits)]

    def places_of(self, bits: int) -> list[int]:
        """The places of the scopes that hold jobs for which these selectors hold."""
        return self._by_scope.scopes_of(bits)

    def problems(self) -> Iterator[Problem]:
        """What is wrong with the scopes themselves."""
        for scope, by_month in zip(self._scopes, self._by_scope.costs, strict=True):
            if not by_month:
                yield problem("has_no_effect.scope", "", scope=scope.path)
            if scope.budget.carry_over is not None and self._actuals is None:
                yield problem("cannot_check.carry_over", "", scope=scope.path)
            yield from self._overallotted(scope)
        undated = self._by_scope.undated_jobs
        if undated:
            count = f"{len(undated):,}"
            yield problem("missing.spent_day", "", month=self._month, count=count, job=next(iter(undated)))
        yield from (problem("cannot_check.spent_day", "", scope=name) for name in self._perhaps_over)
        if self._by_scope.other_jobs and self._scopes:
            yield problem("cannot_check.other_jobs", "", job=self._by_scope.other_jobs[0])

    def _overallotted(self, scope: Scope) -> Iterator[Problem]:
        whole, sums = scope.budget, CostSums()
        for part in whole.parts:
            if part.per == whole.per:
                sums.add(part.limit.currency, part.limit.value)
        total, *_ = self._checker.converted(whole.limit.currency, sums.costs)
        if total is not None and total > whole.limit.value:
            promised = Amount(divide_half_up(total, Decimal(1)), whole.limit.currency)
            yield problem("overallotted.parts", "", scope=scope.path, sum=promised, limit=whole.limit)


def _all(costs: ScopeCosts) -> tuple[CostSums, CostSums, CostSums]:
    return costs.planned, costs.actual, costs.open
