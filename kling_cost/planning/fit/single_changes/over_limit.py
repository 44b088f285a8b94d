"""A limit that a plan exceeds: which jobs it holds, what they need of it, and what is left when one is changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from kling_cost.amounts import EXACT, Amount
from kling_cost.planning.applied_rules import AppliedRules
from kling_cost.planning.fit.alternatives import Alternative
from kling_cost.planning.limits import LimitChecker, Standing
from kling_cost.planning.rules.job_groups import month_of
from kling_cost.planning.rules.selector_index import SelectorIndex
from kling_cost.planning.scopes.held import Held, PlannedSums
from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.line_item import Charge, LineItem


class OverLimit:
    """The limit that a plan exceeds.

    Args:
        standing: where it stands.
        limit: the limit, without what is carried over.
        held: what it holds.
        checker: compares costs with limits.
        applied: the rules, as they were applied; None without any.
        place: of a budget by scope, its place among these and the month for which it holds, None for all of them.
        estimate: the plan.

    Attributes:
        standing: where it stands.
    """

    def __init__(
        self,
        standing: Standing,
        limit: Amount,
        held: Held,
        checker: LimitChecker,
        applied: AppliedRules | None,
        place: tuple[int, str | None] | None,
        estimate: Estimate,
    ) -> None:
        self.standing, self._limit, self._held, self._checker = standing, limit, held, checker
        self._applied, self._place, self._as_of = applied, place, estimate.as_of
        scopes = applied.limits.scopes if applied else []
        self._index = SelectorIndex([(scope.budget.where, scope.budget.source) for scope in scopes])

    def scopes(self, item: LineItem) -> int:
        """The budgets by scope that a job is in, as bits."""
        return self._index.of(item)

    def holds(self, item: LineItem) -> bool:
        """Whether it holds all takes of a job that may change, of which none is submitted."""
        job = item.job
        if job.task_ids or job.locked or (self._applied and self._applied.submitted.get(job.job_id or "")):
            return False
        if self.standing.source not in (None, job.source):
            return False
        return self._place is None or self._is_in_scope(item, *self._place)

    def _is_in_scope(self, item: LineItem, at: int, month: str | None) -> bool:
        assert self._applied is not None
        is_in = at in self._applied.limits.places_of(self.scopes(item))
        return is_in and (month is None or month == month_of(item.job.date or self._as_of))

    def amount(self, charge: Charge, takes: int) -> Fraction | None:
        """What takes need of it; None where it does not hold them, or where that is not known."""
        if not self._checker.covers(self._limit, charge.currency):
            return None
        costs = {charge.currency: EXACT.multiply(charge.due, Decimal(takes))}
        amount, *lacking = self._checker.converted(self._limit.currency, costs)
        return None if lacking else amount

    def may_cost(self, currency: str) -> bool:
        """Whether it holds what costs something in a currency."""
        is_covered = self._checker.covers(self._limit, currency)
        return is_covered and len(self._checker.converted(self._limit.currency, {currency: Decimal(1)})) == 1

    def headroom(self, item: LineItem, to: Alternative) -> Decimal | None:
        """What is left of it when a job becomes something else."""
        planned = PlannedSums()
        planned.add_all(self._held.planned)
        planned.add_charge(item.charge, -item.takes)
        planned.add_charge(to.charge, to.takes)
        held = replace(self._held, planned=planned)
        return self._checker.standing(self._limit, self.standing.scope, self.standing.source, held).headroom


def over_limit(
    over: Standing,
    standings: Sequence[Standing],
    checker: LimitChecker,
    applied: AppliedRules | None,
    estimate: Estimate,
) -> OverLimit:
    """The limit with what it holds."""
    if over.base_limit is None or applied is None:
        limit = Amount(over.limit or Decimal(0), over.currency)
        held = checker.held(over.source) if applied is None else applied.held(limit, over.source)
        return OverLimit(over, limit, held, checker, applied, None, estimate)
    limits = applied.limits
    number = [id(one) for one in standings if one.base_limit is not None].index(id(over))
    scope, month, _ = limits.places[number]
    place = [id(one) for one in limits.scopes].index(id(scope)), month if scope.is_monthly else None
    return OverLimit(over, scope.budget.limit, limits.held_there[number], checker, applied, place, estimate)
