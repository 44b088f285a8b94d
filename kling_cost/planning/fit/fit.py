"""`fit`: change a plan so that it fits into its limits and hurts least."""

from __future__ import annotations

import os
from collections.abc import Sequence
from decimal import Decimal

from kling_cost.amounts import Amount
from kling_cost.planning.applied_rules import RulesInForce
from kling_cost.planning.fit.confident_fitter import ConfidentFitter
from kling_cost.planning.fit.fitter import Fitter
from kling_cost.planning.fit.held_limits.limits_to_hold import LimitToHold, limits_to_hold
from kling_cost.planning.fit.may_text import may_given
from kling_cost.planning.fit.plan import Plan, PlanLimit, PlannedJob
from kling_cost.planning.fit.sellers.seller_moves import SellerMoves
from kling_cost.planning.limits import limits_given
from kling_cost.planning.risk.cohorts import TakesNeeded
from kling_cost.planning.rules.fitting.fit_rules import QUALITY, SELLER, FitRules, MayChange
from kling_cost.planning.rules.read_rules import campaign_rules, rules_given
from kling_cost.planning.rules.rule_types import Rules
from kling_cost.planning.verdict import Verdict, check
from kling_cost.pricebook.book import PriceBook
from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.pricer import pricer
from kling_cost.problems import RulesError, UsageError, problem, shown
from kling_cost.python_values import instance

_Budget = str | Amount | Sequence[str | Amount] | None


def fit(
    estimate: Estimate,
    budget: _Budget = None,
    rules: Rules | str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None = None,
    *,
    may: str | Sequence[str] | None = None,
    confidence: str | Decimal | None = None,
) -> Plan:
    """Change a plan so that it fits into its limits and hurts least.

    Args:
        estimate: what is planned.
        budget: limits as of `check`; those of the campaign files count where it is left out.
        rules: rules with the section `fit`, or the paths of their files; their budgets are limits, and their policies
            are kept, too.
        may: changes that are allowed without rules, such as `"quality,sound,takes:2"`.
        confidence: the chance, such as `"0.8"`, with which the contingency of every limit is to be enough for the plan
            itself, worked out from the classes of takes in the rules as of `check`.

    Returns:
        The plan of least pain, of those the cheapest under the first limit, and of one limit the least that would hurt
        less. With a confidence, the best of at most five plans, each made for what those before it need, that holds its
        limits with its own contingency. Nothing is changed that no rule allows, and nothing gets a price that is not
        exact. Several limits need the extra `fit` for a plan of many jobs that nothing is known to be better than.

    Raises:
        ReadError, RulesError: rules cannot be read, or are not valid.
        UsageError: nothing may change, there is no limit, the estimate was stored, or a confidence that is no chance.

    >>> import kling_cost as kc
    >>> body = {"model": "kling-v3-text-to-video", "prompt": "Fog", "quality": "1080p", "sound": "on"}
    >>> plan = kc.fit(kc.estimate([body]), "0.5 USD", may="quality,sound")
    >>> [(change.change, change.to, change.pain) for change in plan.changes]
    [('sound', 'off', 2)]
    """
    estimate = instance(estimate, Estimate, "estimate", "an estimate from estimate() or read_estimate()")
    if estimate.book is None:
        raise UsageError("a stored estimate cannot be changed: pass the jobs")
    in_force = RulesInForce(rules_given(rules), campaign_rules(estimate.campaigns), estimate.campaigns)
    allowed = _allowed(in_force, may, estimate.book)
    given = limits_given(budget)
    if not given and not in_force.scopes and not any(campaign.limits for campaign in estimate.campaigns):
        told = problem("missing.budget")
        raise UsageError('no budget: pass budget="500 USD", or put `budget:` into the campaign', problem=told)

    def checked(plan: Estimate) -> Verdict:
        return check(plan, budget=given or None, rules=in_force.files, confidence=confidence)

    plan = estimate.with_upper_ends()
    verdict = checked(plan)
    limits = list(limits_to_hold(verdict, bool(given)))
    if not all(limit.can_be_checked for limit in limits):
        return _without_plan(verdict, plan, allowed, limits)
    return _fitter(plan, verdict, limits, in_force, allowed).plan(checked)


def _fitter(
    plan: Estimate, verdict: Verdict, limits: Sequence[LimitToHold], rules: RulesInForce, allowed: FitRules
) -> Fitter:
    """What fits the plan: with the contingency of its rules, or that of a confidence."""
    if verdict.risk is None or not verdict.risk.classes:
        return Fitter(plan, verdict, limits, rules, allowed)
    bare = [limit.without_contingency for limit in limits]
    return ConfidentFitter(plan, verdict, bare, rules, allowed, TakesNeeded(plan, rules.classes))


def _allowed(rules: RulesInForce, may: str | Sequence[str] | None, book: PriceBook) -> FitRules:
    """What may change.

    Raises:
        UsageError: nothing may, or a seller of the same product, of which the price book has none.
        RulesError: a quality or a seller that the price book does not have.
    """
    in_words = may_given(may)
    if not book.products and any(rule.change == SELLER for rule in in_words):
        raise UsageError(
            "may: seller: the price book has no products, which say who sells the same; add an overlay that has some",
            problem=problem("missing.products"),
        )
    found = rules.fit + FitRules(in_words)
    if not found.may:
        raise UsageError(
            'nothing may be changed: write `fit` into the rules, or pass may="quality,sound,takes:2"',
            problem=problem("missing.may_change"),
        )
    unsold = [rule for rule in found.may if rule.to is not None and not _is_sold(rule, book)]
    faults = [f"{rule.to_place}: fit.may: the price book has no price for {shown(rule.to or '')}" for rule in unsold]
    if faults:
        raise RulesError(faults)
    return found


def _is_sold(rule: MayChange, book: PriceBook) -> bool:
    """Whether somebody sells what a rule changes to."""
    if rule.change == SELLER:
        return SellerMoves(pricer(book, None)).is_sold(rule.to or "")
    rates = (rate for _, sku in book.skus() for rate in sku.rates)
    return rule.change != QUALITY or any(rule.to in rate.options.get(QUALITY, ()) for rate in rates)


def _without_plan(verdict: Verdict, estimate: Estimate, rules: FitRules, limits: Sequence[LimitToHold]) -> Plan:
    """What is known where a limit cannot be checked."""
    told = [
        PlanLimit(one.scope, one.limit or Decimal(0), one.currency, one.planned, None, None, False, None)
        for one, *_ in limits
    ]
    jobs = [PlannedJob(item, False) for item in estimate.line_items]
    problems = list(verdict.problems)
    return Plan("unknown", None, None, "none", told, [], jobs, [], [], rules.may, estimate, problems, verdict)
