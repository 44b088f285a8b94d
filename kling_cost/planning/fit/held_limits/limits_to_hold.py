"""The limits that a plan has to hold, in order, and which of them hold a job as it is and as it may become."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from kling_cost.amounts import Amount
from kling_cost.planning.applied_rules import RulesInForce, checker_of
from kling_cost.planning.fit.held_limits.limit_loads import LimitLoads
from kling_cost.planning.limits import Standing
from kling_cost.planning.risk.cohorts import TakesNeeded
from kling_cost.planning.rules.job_groups import month_of
from kling_cost.planning.rules.selector_index import SelectorIndex, changes_with_request
from kling_cost.planning.scopes.scope_limits import ScopeLimits
from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.line_item import Charge, LineItem

if TYPE_CHECKING:
    from kling_cost.planning.verdict import Verdict

_CENT = Decimal(1).scaleb(-2)  # the smallest unit of money that the book does not know


class LimitToHold(NamedTuple):
    """One limit.

    Attributes:
        standing: where it stands as things are planned.
        scope: the place of its budget among those of rules; None for one for all jobs, or for those of one file.
        month: the month that it is about; None for all time.
    """

    standing: Standing
    scope: int | None = None
    month: str | None = None

    @property
    def can_be_checked(self) -> bool:
        """Whether it is known what it holds, and what is left of it."""
        found = self.standing
        return found.planned is not None and found.headroom is not None and not found.unknown_currencies

    @property
    def without_contingency(self) -> LimitToHold:
        """The same with nothing set aside."""
        return self._replace(standing=replace(self.standing, contingency=Decimal(0), contingency_share=None))


def limits_to_hold(verdict: Verdict, are_given: bool) -> Iterator[LimitToHold]:
    """The limits of a plan: those that were given, then those of rules, then those of campaigns.

    Args:
        verdict: the check of the plan.
        are_given: whether the limits beside those of rules were given, and do not come from campaigns.
    """
    limits = [standing for standing in verdict.limits if standing.limit is not None]
    scoped = verdict.applied.limits if verdict.applied else None
    places = scoped.places if scoped else []
    start = len(limits) - len(places) if are_given else 0
    for number, standing in enumerate(limits):
        if scoped and start <= number < start + len(places):
            scope, month, _ = places[number - start]
            yield LimitToHold(standing, scoped.scopes.index(scope), month)
        else:
            yield LimitToHold(standing)


class HeldJobs:
    """Which limits hold which jobs.

    Args:
        limits: the limits.
        estimate: the plan.
        rules: all rules of the run.
        scoped: the limits by scope of its check; None without any.
        others: further currencies of the price book that jobs may come to cost.
        takes_needed: how many takes jobs need on average; None where they are made as often as planned.
    """

    def __init__(
        self,
        limits: Sequence[LimitToHold],
        estimate: Estimate,
        rules: RulesInForce,
        scoped: ScopeLimits | None,
        others: Iterable[str] = (),
        takes_needed: TakesNeeded | None = None,
    ) -> None:
        self.takes_needed = takes_needed
        self._limits, self._estimate, self._scoped = limits, estimate, scoped
        plain = [one.standing for one in limits if one.scope is None]
        given = [(Amount(one.limit or Decimal(0), one.currency), one.scope, one.source) for one in plain]
        self._checker = checker_of(estimate.summary, given, rules, others)
        selectors = [(scope.budget.where, scope.budget.source) for scope in rules.scopes]
        self._index = SelectorIndex(selectors)
        self._is_monthly = any(one.month is not None for one in limits)
        self._known: dict[tuple[Any, ...], tuple[int, ...]] = {}
        self._charges: dict[int, Charge] = {}  # the indexes know charges by identity, so they have to stay
        #: Whether a job may come under other limits when its request is changed.
        self.may_move = any(changes_with_request(selector) for selector, _ in selectors)
        #: Whether it may come under others, or into another class of takes.
        self.may_become_other = self.may_move or bool(takes_needed and takes_needed.may_move)

    def about(self, item: LineItem) -> tuple[Any, ...]:
        """All by which limits tell a job from another one with the same request and takes."""
        plain = [number for number, one in enumerate(self._limits) if one.standing.source == item.source]
        month = self._month(item) or "" if self._is_monthly else ""
        takes = self.takes_needed.about(item) if self.takes_needed else 0
        return self._index.of_job(item.job), month, takes, *plain

    def numbers(self, item: LineItem) -> tuple[int, ...]:
        """The numbers of the limits that hold a job."""
        self._charges.setdefault(id(item.charge), item.charge)
        key = (self._index.of(item), self._month(item), item.source, item.currency)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = tuple(self._numbers(*key))
        return found

    def _numbers(self, bits: int, month: str | None, source: str | None, currency: str) -> Iterator[int]:
        scopes = self._scoped.places_of(bits) if self._scoped else []
        for number, (standing, scope, of_month) in enumerate(self._limits):
            is_held = standing.source in (None, source) if scope is None else scope in scopes
            if is_held and of_month in (None, month) and self._checker.covers(standing.currency, currency):
                yield number

    def _month(self, item: LineItem) -> str | None:
        return month_of(item.job.date or self._estimate.as_of)

    def may_cost(self, currency: str) -> bool:
        """Whether some limit holds what costs something in a currency, so that a job may come to cost it."""
        held = [one.standing.currency for one in self._limits if self._checker.covers(one.standing.currency, currency)]
        return any(len(self._checker.converted(limit, {currency: _CENT})) == 1 for limit in held)

    def can_be_counted(self, number: int, charge: Charge) -> bool:
        """Whether a price can be told in the currency of a limit."""
        amount, *unknown = self._checker.converted(
            self._limits[number].standing.currency, {charge.currency: charge.due}
        )
        return amount is not None and not unknown

    def loads(self, number: int, charges: Iterable[Charge]) -> LimitLoads:
        """Costs under a limit.

        Args:
            number: of the limit.
            charges: all that may be charged under it.
        """
        standing = self._limits[number].standing
        assert self._estimate.book is not None
        known = self._estimate.book.currencies.get(standing.currency)
        return LimitLoads(standing, self._checker, known.quantum if known else _CENT, charges)
