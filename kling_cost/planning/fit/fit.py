"""`fit`: change a plan so that it fits into its limit and hurts least."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from kling_cost.amounts import Amount, plain_text
from kling_cost.planning.applied_rules import RulesInForce, checker_of
from kling_cost.planning.fit.alternatives import Alternative, AlternativeFinder
from kling_cost.planning.fit.changed_plan import changed_estimate, changed_jobs, changes_of
from kling_cost.planning.fit.choices import Choice, Group
from kling_cost.planning.fit.hull import Counts
from kling_cost.planning.fit.job_cohorts import Cohort, FitRuleIndex, cohorts_of
from kling_cost.planning.fit.kept_policies import KeptPolicies
from kling_cost.planning.fit.least_pain import Solution, least_load, least_pain, relief_for_less
from kling_cost.planning.fit.limit_loads import LimitLoads
from kling_cost.planning.fit.may_text import may_given
from kling_cost.planning.fit.plan import Conflict, NextLimit, Plan, PlanLimit, PlannedJob
from kling_cost.planning.fit.sellers.seller_moves import SellerMoves
from kling_cost.planning.limits import Standing
from kling_cost.planning.rules.fitting.fit_rules import QUALITY, SELLER, FitRules, MayChange
from kling_cost.planning.rules.read_rules import campaign_rules, rules_given
from kling_cost.planning.rules.rule_types import Rules
from kling_cost.planning.verdict import Verdict, check
from kling_cost.pricebook.book import PriceBook
from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.line_item import LineItem
from kling_cost.pricing.pricer import pricer
from kling_cost.problems import Listed, Problem, RulesError, UsageError, problem, shown
from kling_cost.python_values import instance

_CENT = Decimal(1).scaleb(-2)  # the smallest unit of money that the book does not know
_Budget = str | Amount | Sequence[str | Amount] | None


def fit(
    estimate: Estimate,
    budget: _Budget = None,
    rules: Rules | str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None = None,
    *,
    may: str | Sequence[str] | None = None,
) -> Plan:
    """Change a plan so that it fits into its limit and hurts least.

    Args:
        estimate: what is planned.
        budget: the limit, as of `check`; that of the campaign file counts where it is left out.
        rules: rules with the section `fit`, or the paths of their files; its policies are kept, too.
        may: changes that are allowed without rules, such as `"quality,sound,takes:2"`.

    Returns:
        The plan of least pain, of those the cheapest, and the least limit that would hurt less. Nothing is changed
        that no rule allows, and nothing gets a price that is not exact.

    Raises:
        ReadError, RulesError: rules cannot be read, or are not valid.
        UsageError: nothing may change, there is no limit or more than one, or the estimate was stored.

    >>> import kling_cost as kc
    >>> body = {"model": "kling-v3-text-to-video", "prompt": "Fog", "quality": "1080p", "sound": "on"}
    >>> plan = kc.fit(kc.estimate([body]), "0.5 USD", may="quality,sound")
    >>> [(change.change, change.to, change.pain) for change in plan.changes]
    [('sound', 'off', 2)]
    """
    estimate = instance(estimate, Estimate, "estimate", "an estimate from estimate() or read_estimate()")
    if estimate.book is None:
        raise UsageError("a stored estimate cannot be changed: pass the jobs")
    in_force = _in_force(rules_given(rules), estimate)
    allowed = _allowed(in_force, may, estimate.book)
    plan = estimate.with_upper_ends()
    verdict = _checked(plan, budget, in_force)
    standing = _one_limit(verdict)
    if standing.planned is None or standing.unknown_currencies:
        return _without_plan(verdict, plan, allowed, standing)
    return _Fitter(plan, verdict, standing, in_force, allowed).plan(budget)


def _in_force(rules: Rules | None, estimate: Estimate) -> RulesInForce:
    """The rules of a run.

    Raises:
        UsageError: they have budgets by scope.
    """
    found = RulesInForce(rules, campaign_rules(estimate.campaigns), estimate.campaigns)
    if found.scopes:
        raise UsageError(
            f"a plan is fitted into one limit for all jobs, and {shown(found.scopes[0].path)} is a budget of rules; "
            "use rules without `budgets`"
        )
    return found


def _allowed(rules: RulesInForce, may: str | Sequence[str] | None, book: PriceBook) -> FitRules:
    """What may change.

    Raises:
        UsageError: nothing may.
        RulesError: a quality or a seller that the price book does not have.
    """
    found = rules.files.fit if rules.files else FitRules()
    for _, more in rules.campaigns:
        found += more.fit
    found += FitRules(may_given(may))
    if not found.may:
        raise UsageError('nothing may be changed: write `fit` into the rules, or pass may="quality,sound,takes:2"')
    unsold = [rule for rule in found.may if rule.to is not None and not _is_sold(rule, book)]
    faults = [f"{rule.to_place}: fit.may: the price book has no price for {shown(rule.to or '')}" for rule in unsold]
    if faults:
        raise RulesError(faults)
    return found


def _is_sold(rule: MayChange, book: PriceBook) -> bool:
    """Whether somebody sells what a rule changes to."""
    if rule.change == SELLER:
        return SellerMoves(book).is_sold(rule.to or "")
    rates = (rate for _, sku in book.skus() for rate in sku.rates)
    return rule.change != QUALITY or any(rule.to in rate.options.get(QUALITY, ()) for rate in rates)


def _checked(estimate: Estimate, budget: _Budget, rules: RulesInForce) -> Verdict:
    """The check of a plan against its limit.

    Raises:
        UsageError: there is none.
    """
    if budget is None and not any(campaign.limits for campaign in estimate.campaigns):
        raise UsageError('no budget: pass budget="500 USD", or put `budget:` into the campaign')
    return check(estimate, budget=budget, rules=rules.files)


def _one_limit(verdict: Verdict) -> Standing:
    limits = [standing for standing in verdict.limits if standing.limit is not None]
    if len(limits) > 1:
        told = ", ".join(f"{plain_text(limit.limit or Decimal(0))} {limit.currency}" for limit in limits)
        raise UsageError(
            f"a plan is fitted into one limit, and there are {len(limits)}: {told}; pass the one that counts"
        )
    return limits[0]


def _without_plan(verdict: Verdict, estimate: Estimate, rules: FitRules, standing: Standing) -> Plan:
    """What is known where a limit cannot be checked."""
    limit = PlanLimit(
        standing.scope, standing.limit or Decimal(0), standing.currency, standing.planned, None, None, False, None
    )
    jobs = [PlannedJob(item, False) for item in estimate.line_items]
    problems = list(verdict.problems)
    return Plan("unknown", None, None, "none", [limit], [], jobs, [], [], rules.may, estimate, problems, verdict)


class _Choices(NamedTuple):
    """What one cohort may choose.

    Attributes:
        group: the choices in numbers, without those that another one is no worse than.
        alternatives: what each of them is.
    """

    group: Group
    alternatives: Sequence[Alternative]


class _Fitter:
    """Fits one plan into one limit.

    Args:
        estimate: the plan.
        verdict: its check.
        standing: the limit.
        rules: all rules of the run.
        allowed: what may change.
    """

    def __init__(
        self, estimate: Estimate, verdict: Verdict, standing: Standing, rules: RulesInForce, allowed: FitRules
    ) -> None:
        self._estimate, self._verdict, self._standing = estimate, verdict, standing
        self._rules, self._allowed = rules, allowed
        limit = Amount(standing.limit or Decimal(0), standing.currency)
        assert estimate.book is not None
        others = estimate.book.exchange if any(rule.change == SELLER for rule in allowed.may) else ()
        self._checker = checker_of(estimate.summary, [(limit, standing.scope, standing.source)], rules, others)
        self._pricer = pricer(estimate.book, estimate.as_of)
        self._finder = AlternativeFinder(self._pricer, KeptPolicies(rules.policies), self._may_cost)
        index = FitRuleIndex(allowed)
        self._cohorts = list(cohorts_of(estimate.line_items, self._holds, index, self._finder))
        known = estimate.book.currencies.get(standing.currency)
        held = [cohort for cohort in self._cohorts if self._holds(cohort.items[0])]
        shared = {id(cohort.alternatives): cohort.alternatives for cohort in held}.values()
        charges = (alternative.charge for alternatives in shared for alternative in alternatives)
        self._loads = LimitLoads(standing, self._checker, known.quantum if known else _CENT, charges)
        self._known: dict[tuple[int, int], _Choices] = {}
        self._choices = [self._choices_of(cohort) for cohort in held]
        self._held = held

    def _holds(self, item: LineItem) -> bool:
        """Whether the limit holds a job."""
        is_covered = self._checker.covers(self._standing.currency, item.currency)
        return is_covered and self._standing.source in (None, item.source)

    def _may_cost(self, currency: str) -> bool:
        """Whether the limit holds what costs something in a currency, so that a job may move to it."""
        limit = self._standing.currency
        return self._checker.covers(limit, currency) and len(self._checker.converted(limit, {currency: _CENT})) == 1

    def _choices_of(self, cohort: Cohort) -> _Choices:
        key = cohort.weight, id(cohort.alternatives)
        if key not in self._known:
            self._known[key] = self._undominated(cohort.weight, cohort.alternatives)
        known = self._known[key]
        return _Choices(known.group._replace(jobs=len(cohort.items)), known.alternatives)

    def _undominated(self, weight: int, alternatives: Sequence[Alternative]) -> _Choices:
        """What one job may choose."""
        load = self._loads.load
        found = sorted((one.pain, load(one.charge, one.takes), number) for number, one in enumerate(alternatives))
        choices: list[Choice] = []
        kept: list[Alternative] = []
        for pain, needed, number in found:
            if not choices or needed < choices[-1].load:
                choices.append(Choice(weight * pain, needed))
                kept.append(alternatives[number])
        return _Choices(Group(1, choices), kept)

    def plan(self, budget: _Budget) -> Plan:
        """The plan of least pain."""
        groups, allowed = [choices.group for choices in self._choices], self._loads.allowed
        before = sum(group.jobs * group.choices[0].load for group in groups)
        if before <= allowed:
            return self._fitted(Solution([{0: group.jobs} for group in groups], 0, before, 0, True), before, [], budget)
        if least_load(groups) > allowed:
            return self._infeasible(before, least_load(groups))
        found = least_pain(groups, allowed)
        relief = relief_for_less(groups, found.pain) if found.is_complete else None
        further = [] if relief is None else [NextLimit(self._loads.limit_for(relief.load), relief.pain)]
        return self._fitted(found, before, further, budget)

    def _fitted(self, found: Solution, before: int, further: list[NextLimit], budget: _Budget) -> Plan:
        changed = self._changed(found.counts)
        weights = {place: cohort.weight for cohort in self._cohorts for place in cohort.places}
        items = self._estimate.line_items
        changes = [
            change
            for place, to in sorted(changed.items())
            for change in changes_of(items[place], to, weights[place], self._finder)
        ]
        jobs = changed_jobs(self._estimate, changed)
        estimate = changed_estimate(self._estimate, jobs, self._pricer) if changed else self._estimate
        verdict = check(estimate, budget=budget, rules=self._rules.files) if estimate.line_items else self._verdict
        limit = self._limit(before, found.load, before > found.load)
        return Plan(
            "changed" if changed else "fits",
            found.pain,
            found.bound,
            "exact" if found.is_proven else "none",
            [limit],
            changes,
            jobs,
            further,
            [],
            self._allowed.may,
            estimate,
            [*(verdict.problems if estimate.line_items else estimate.problems), *self._remarks(verdict)],
            verdict,
        )

    def _infeasible(self, before: int, least: int) -> Plan:
        limit, needed = self._standing, self._loads.limit_for(least)
        conflict = [Conflict(limit.scope, self._loads.limit, limit.currency, needed)]
        jobs = [PlannedJob(item, False) for item in self._estimate.line_items]
        problems = [*self._verdict.problems, *self._remarks(self._verdict)]
        about = (self._allowed.may, self._estimate, problems, self._verdict)
        limits = [self._limit(before, None, True)]
        return Plan("infeasible", None, None, "exact", limits, [], jobs, [], conflict, *about)

    def _limit(self, before: int, after: int | None, binding: bool) -> PlanLimit:
        loads, standing = self._loads, self._standing
        least = loads.limit_for(least_load([choices.group for choices in self._choices]))
        now = (None, None) if after is None else (loads.amount(after), loads.headroom(after))
        amount = loads.amount(before)
        return PlanLimit(standing.scope, loads.limit, standing.currency, amount, now[0], least, binding, now[1])

    def _changed(self, counts: Counts) -> dict[int, Alternative]:
        """The jobs that become something else, by place: of identical ones, the last ones first and most."""
        found = {}
        for cohort, choices, numbers in zip(self._held, self._choices, counts, strict=True):
            picks = sorted(number for number, jobs in numbers.items() for _ in range(jobs))
            for place, pick in zip(cohort.places, picks, strict=True):
                if pick:
                    found[place] = choices.alternatives[pick]
        return found

    def _remarks(self, verdict: Verdict) -> Iterator[Problem]:
        """Rules that change nothing, and policies that are broken."""
        for rule in self._allowed.may:
            if rule not in self._finder.used:
                name = f"{rule.place}: {rule.change}" if rule.place else rule.change
                yield problem("has_no_effect.may", "", change=name)
        broken = [policy.name for policy in verdict.policies if policy.status == "fail"]
        if broken:
            yield problem("not_allowed.policies", "", policies=Listed(broken))
