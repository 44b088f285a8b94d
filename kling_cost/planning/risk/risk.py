"""`risk`: what a plan may really cost, where takes are made again until enough of them are usable."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import fields
from decimal import Decimal
from typing import Any

from kling_cost.amounts import Amount
from kling_cost.planning.applied_rules import RulesInForce
from kling_cost.planning.risk.plan_chances import PlanChances
from kling_cost.planning.risk.risk_figures import confidence_of
from kling_cost.planning.risk.risk_result import Risk
from kling_cost.planning.rules.read_rules import campaign_rules, rules_given
from kling_cost.planning.rules.rule_types import Rules
from kling_cost.planning.verdict import Verdict, check
from kling_cost.pricing.estimate import Estimate
from kling_cost.python_values import instance

#: The chance with which a contingency is enough, where nobody says another.
USUAL_CONFIDENCE = Decimal(8).scaleb(-1)


def risk(
    estimate: Estimate,
    rules: Rules | str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None = None,
    confidence: str | Decimal = USUAL_CONFIDENCE,
    *,
    budget: str | Amount | Sequence[str | Amount] | None = None,
) -> Risk:
    """What a plan may really cost, where its takes are made again until enough of them are usable.

    Args:
        estimate: what is planned.
        rules: rules with classes of takes, or the paths of their files; jobs of no class are made as often as planned.
        confidence: the chance with which the contingency is to be enough, between 0 and 1.
        budget: limits as of `check`; those of campaign files count where it is left out.

    Returns:
        The exact distribution of each currency's total in its percentiles, and the chance to stay within each limit.

    Raises:
        ReadError, RulesError: rules cannot be read, or are not valid.
        UsageError: a wrong confidence or limit, or a job that needs more takes than its class allows.

    >>> import kling_cost as kc
    >>> estimate = kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "Fog"}])
    >>> kc.risk(estimate, budget="20 EVOLINK_CREDIT").exit_code
    3
    """
    estimate = instance(estimate, Estimate, "estimate", "an estimate from estimate() or read_estimate()")
    estimate = estimate.with_upper_ends()
    level, found = confidence_of(confidence), rules_given(rules)
    in_force = RulesInForce(found, campaign_rules(estimate.campaigns), estimate.campaigns)
    verdict = _checked(estimate, budget, in_force)
    limits = verdict.applied.limits if verdict.applied else None
    chances = PlanChances(estimate, in_force.classes, level, limits, (standing.source for standing in verdict.limits))
    figures = chances.figures(verdict.limits)
    problems = [*verdict.problems, *chances.remarks()]
    return Risk(
        **{field.name: getattr(figures, field.name) for field in fields(figures)}, problems=problems, verdict=verdict
    )


def _checked(estimate: Estimate, budget: Any, rules: RulesInForce) -> Verdict:
    """The check against the limits that there are."""
    has_limits = budget is not None or rules.scopes or any(campaign.limits for campaign in estimate.campaigns)
    if not has_limits:
        return check(estimate, rules=rules.files, no_budget=True)
    return check(estimate, budget=budget, rules=rules.files)
