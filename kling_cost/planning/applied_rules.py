"""The rules of files and campaigns, applied to a plan: limits by scope, and policies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from kling_cost.amounts import Amount
from kling_cost.jobs.job import Campaign
from kling_cost.planning.limits import LimitChecker, Scoped, Standing, campaign_name, credits_of
from kling_cost.planning.policies.policy_results import PolicyChecker, PolicyResult, policy_selectors
from kling_cost.planning.rules.fitting.fit_rules import FitRules
from kling_cost.planning.rules.job_groups import Group, JobGroups, month_of
from kling_cost.planning.rules.rule_types import NO_CONTINGENCY, Budget, Contingency, Policy, Rules, every_budget
from kling_cost.planning.rules.selector_index import SelectorIndex
from kling_cost.planning.rules.take_types import TakeClass
from kling_cost.planning.scopes.actuals import Actuals
from kling_cost.planning.scopes.held import Enough, Held
from kling_cost.planning.scopes.month_breakdowns import month_breakdowns
from kling_cost.planning.scopes.scope_costs import Scope, scopes_of
from kling_cost.planning.scopes.scope_limits import ScopeLimits
from kling_cost.planning.scopes.volume_discounts import at_volume_prices
from kling_cost.pricebook.load import load_prices
from kling_cost.pricing.cost_sums import Total
from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.totals import Totals
from kling_cost.problems import Problem, UsageError, problem

_FINE = Decimal(1).scaleb(-2)  # the smallest unit of money that the book does not know


@dataclass(frozen=True)
class RulesInForce:
    """The rules of a run: those of rules files first, then those of campaigns.

    Attributes:
        files: those of rules files; None without any.
        campaigns: each campaign that has rules, with them.
        among: all campaigns.
        no_budget: leave the budgets out.
    """

    files: Rules | None
    campaigns: Sequence[tuple[Campaign, Rules]] = ()
    among: Sequence[Campaign] = ()
    no_budget: bool = False

    @cached_property
    def scopes(self) -> list[Scope]:
        """Every budget and part, in order."""
        if self.no_budget:
            return []
        own = self.files or Rules()
        found = scopes_of(own.budgets, self.contingency(None)) if own.budgets else []
        for campaign, rules in self.campaigns:
            within = campaign_name(campaign, self.among) if len(self.among) > 1 else ""
            found += scopes_of(rules.budgets, self.contingency(campaign.source), within, len(found))
        return found

    @cached_property
    def policies(self) -> list[Policy]:
        """Every policy, in order."""
        own = self.files or Rules()
        return [*own.policies, *(policy for _, rules in self.campaigns for policy in rules.policies)]

    @property
    def classes(self) -> list[TakeClass]:
        """Every class of takes, in order: of those that match a job, the first counts."""
        own = self.files or Rules()
        return [*own.takes, *(made for _, rules in self.campaigns for made in rules.takes)]

    @property
    def fit(self) -> FitRules:
        """What they allow to be changed so that a plan fits."""
        own = self.files or Rules()
        return sum((rules.fit for _, rules in self.campaigns), own.fit)

    @property
    def budgets(self) -> Iterator[Budget]:
        """Every budget and part, in no scope."""
        for rules in [self.files or Rules(), *(rules for _, rules in self.campaigns)]:
            yield from every_budget(rules.budgets)

    def contingency(self, source: str | None) -> Contingency:
        """What is set aside under a limit for the jobs of one file, or of all files.

        Raises:
            UsageError: campaigns disagree about all files.
        """
        files = (self.files or Rules()).contingency
        of_campaigns = {c.source: rules.contingency for c, rules in self.campaigns if rules.contingency is not None}
        if source is not None:
            return of_campaigns.get(source) or files or NO_CONTINGENCY
        return files or self._common(of_campaigns) or NO_CONTINGENCY

    def _common(self, of_campaigns: Mapping[str, Contingency]) -> Contingency | None:
        """The contingency that all campaigns have; None where none has one."""
        different = set(of_campaigns.values())
        if different and (len(different) > 1 or len(of_campaigns) < len(self.among)):
            raise UsageError("the campaigns have different contingencies; put one into a rules file")
        return next(iter(different), None)

    @property
    def has_contingency(self) -> bool:
        """Whether something is set aside."""
        return any(rules.contingency for rules in [self.files or Rules(), *(rules for _, rules in self.campaigns)])

    def currencies(self) -> Iterator[tuple[str, str]]:
        """The currencies of all rules, each with its place and a colon."""
        for scope in self.scopes:
            yield scope.budget.limit.currency, f"{scope.budget.place}: "
        for policy in self.policies:
            for measure in policy.at_most:
                if measure.currency is not None:
                    yield measure.currency, f"{policy.place}: "

    def __bool__(self) -> bool:
        return bool(self.scopes or self.policies)

    @property
    def needs_days(self) -> bool:
        """Whether a rule is about months or dates."""
        monthly = any(budget.per == "month" for budget in self.budgets)
        totals = any(measure.per == "month" for policy in self.policies for measure in policy.at_most)
        return monthly or totals or any(condition.field == "date" for condition in self._conditions())

    def _conditions(self) -> Iterator[Any]:
        for budget in self.budgets:
            yield from budget.where
        for policy in self.policies:
            for selector in (policy.where, policy.require or (), policy.forbid or ()):
                yield from selector


class AppliedRules:
    """Rules, applied to a plan.

    Args:
        estimate: the plan.
        rules: the rules.
        actuals: what has been submitted; None where that is not known.
        checker: compares costs with limits.
        approved: what was approved, by currency; None without an approval.

    Attributes:
        groups: the jobs of the plan, at its prices.
        limits: the scopes, in which takes that are still to be submitted have the discounts on volume.
        discounts: what is to be said of these.
        submitted: how many takes have been submitted, by job.

    Raises:
        UsageError: the plan does not say what the rules need.
    """

    def __init__(
        self,
        estimate: Estimate,
        rules: RulesInForce,
        actuals: Actuals | None,
        checker: LimitChecker,
        approved: Mapping[str, Decimal] | None = None,
    ) -> None:
        _check_days(estimate, rules)
        self._estimate, self._checker, self._approved, self._rules = estimate, checker, approved, rules
        scopes = rules.scopes
        self._policies, selectors = policy_selectors(rules.policies, len(scopes))
        index = SelectorIndex([*((scope.budget.where, scope.budget.source) for scope in scopes), *selectors])
        self.submitted = submitted = {} if actuals is None else actuals.submitted
        self.groups = JobGroups(estimate.line_items, index, estimate.as_of, submitted)
        items, self.discounts = (estimate.line_items, []) if actuals is None else at_volume_prices(estimate, actuals)
        planned = JobGroups(items, index, estimate.as_of, submitted) if self.discounts else self.groups
        month = month_of(estimate.as_of)
        self.limits = ScopeLimits(scopes, planned, actuals, checker, self.quantum, month)

    @property
    def rules_sha256(self) -> str | None:
        """The hash of the rules files; None without any."""
        files = self._rules.files
        return files.sha256 or None if files else None

    def plain_limits(self, limits: Sequence[Scoped], enough: Enough | None = None) -> Iterator[Standing]:
        """Where limits for all jobs, or for those of one file, stand; `enough` as of `ScopeLimits.standings`."""
        for limit, scope, source in limits:
            held = replace(self.held(limit, source), enough=enough and enough(limit.currency, source, None))
            yield self._checker.standing(limit, scope, source, held)

    def held(self, limit: Amount, source: str | None) -> Held:
        """What a limit for all jobs, or for those of one file, holds."""
        return self.limits.held(source, self._rules.contingency(source), self.quantum(limit.currency))

    def quantum(self, currency: str) -> Decimal:
        """The smallest unit of a currency."""
        known = self._estimate.book.currencies.get(currency) if self._estimate.book else None
        return known.quantum if known else _FINE

    @cached_property
    def breakdowns(self) -> dict[str, list[Total]]:
        """The totals by month, by month and scope, and by month and each tag."""
        return month_breakdowns(self.groups, self.limits, self._estimate.summary, self._estimate.as_of)

    def policies(self) -> tuple[list[PolicyResult], list[Problem]]:
        """Whether the plan keeps each policy, and what keeps one from being checked."""
        checker = PolicyChecker(self.groups, self._checker, self._estimate.as_of, self._checked, self._approved)
        return checker.results(self._policies), checker.problems

    def _checked(self, group: Group) -> date | None:
        """When a price was checked last; of a stored plan, the oldest of its prices."""
        rate = group.charge.rate
        return self._estimate.price_book.oldest_checked if rate is None else rate.checked


def _check_days(estimate: Estimate, rules: RulesInForce) -> None:
    """Refuse rules about days that the plan does not know.

    Raises:
        UsageError: it does not know them.
    """
    if not rules.needs_days:
        return
    if estimate.book is None:
        raise UsageError("a stored estimate has no dates of its jobs; for rules by month or date, pass the jobs")
    if estimate.as_of is None and any(item.job.date is None for item in estimate.line_items):
        raise UsageError("rules by month need a day for jobs without a date; pass as_of=date(…)")


def checker_of(
    totals: Totals, limits: Sequence[Scoped], in_force: RulesInForce, others: Iterable[str] = ()
) -> LimitChecker:
    """The checker of a plan. A stored one has its own exchange rates; the shipped book only names currencies.

    Args:
        totals: what is planned.
        limits, in_force: whose currencies are exchanged, too.
        others: further currencies of the price book that a plan may come to cost.
    """
    book = totals.book or load_prices()
    exchange = dict(totals.price_book.exchange)
    known = {*book.currencies, *exchange, *(total.currency for total in totals.totals)}
    wanted = [*((limit.currency, "") for limit, _, _ in limits), *in_force.currencies()]
    for currency, place in [*wanted, *((currency, "") for currency in others)]:
        if currency not in known:
            told = problem("no_exchange_rate.unknown_currency", "", currency=currency)
            raise UsageError(f'{place}unknown currency {currency}; pass rates=["NUMBER {currency}/USD"]', problem=told)
        rate = totals.book.exchange_rate(currency, totals.as_of) if totals.book else None
        if rate is not None:
            exchange[currency] = rate
    return LimitChecker(totals, credits_of(totals) - {"USD"}, exchange)
