"""`risk`: what a plan may really cost, where takes are made again until enough of them are usable."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from decimal import Decimal
from fractions import Fraction
from math import floor, gcd, isqrt, lcm
from typing import Any

from kling_cost.amounts import EXACT, Amount, divide_half_up
from kling_cost.planning.applied_rules import RulesInForce
from kling_cost.planning.limits import Standing
from kling_cost.planning.risk.cohorts import Cohort, Held, cohorts_of, weighted
from kling_cost.planning.risk.distribution import LIKELY, Distribution, Group
from kling_cost.planning.risk.per_result import per_result
from kling_cost.planning.risk.risk_result import Driver, Percentile, Risk, RiskClass, RiskLimit, RiskTotal
from kling_cost.planning.rules.read_rules import campaign_rules, rules_given
from kling_cost.planning.rules.rule_types import Rules
from kling_cost.planning.rules.take_types import TakeClass
from kling_cost.planning.scopes.scope_limits import ScopeLimits
from kling_cost.planning.verdict import Verdict, check, credits_of
from kling_cost.pricing.estimate import Estimate
from kling_cost.problems import Listed, Problem, UsageError, problem
from kling_cost.python_values import instance, told

#: The chance with which a contingency is enough, where nobody says another.
USUAL_CONFIDENCE = Decimal(8).scaleb(-1)
_LEVELS = tuple(Decimal(percent).scaleb(-2).normalize() for percent in (50, 80, 90, 95))  # of every total
_CHANCE_PLACES = 6
_SD_PLACES = 4
_FOUR = 4
_TIE = Fraction(501, 1_000)  # rounds half up, off the ties that are met exactly
_ONE = Decimal(1)


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
    level, found = _level(confidence), rules_given(rules)
    in_force = RulesInForce(found, campaign_rules(estimate.campaigns), estimate.campaigns)
    verdict = _checked(estimate, budget, in_force)
    limits = verdict.applied.limits if verdict.applied else None
    of_campaigns = (made for _, more in in_force.campaigns for made in more.takes)
    classes = [*(found.takes if found else ()), *of_campaigns]
    cohorts = cohorts_of(estimate, classes, any(of.source is not None for of in verdict.limits), limits)
    made = _Distributions(estimate, cohorts, level)
    by_limit = [made.limit(*pair) for pair in _with_scopes(verdict.limits, limits)]
    by_class = list(_by_class(classes, cohorts))
    problems = [*verdict.problems, *_remarks(classes, cohorts)]
    drivers, results = list(made.drivers()), list(per_result(classes, cohorts))
    return Risk(level, list(made.totals()), by_limit, by_class, drivers, results, problems, verdict)


def _level(confidence: str | Decimal) -> Decimal:
    level = Decimal(0)
    if isinstance(confidence, (str, Decimal)):
        with suppress(ArithmeticError, ValueError):
            level = Decimal(confidence)
    places = level.as_tuple().exponent
    if not level.is_finite() or not 0 < level < 1 or not isinstance(places, int) or -places > _CHANCE_PLACES:
        raise UsageError(f'confidence must be a chance between 0 and 1 such as "0.8", not {told(confidence)}')
    return level


def _checked(estimate: Estimate, budget: Any, rules: RulesInForce) -> Verdict:
    """The check against the limits that there are."""
    has_limits = budget is not None or rules.scopes or any(campaign.limits for campaign in estimate.campaigns)
    if not has_limits:
        return check(estimate, rules=rules.files, no_budget=True)
    return check(estimate, budget=budget, rules=rules.files)


def _with_scopes(standings: Sequence[Standing], limits: ScopeLimits | None) -> Iterator[tuple[Standing, Held | None]]:
    """Each limit with the scope that it is for; those of scopes come in their order."""
    places = {scope.path: at for at, scope in enumerate(limits.scopes)} if limits else {}
    of_scopes = iter([(places[scope.path], month) for scope, month, _ in limits.places] if limits else [])
    for standing in standings:
        yield standing, None if standing.base_limit is None else next(of_scopes)


class _Distributions:
    """The distributions of a plan's cohorts, each worked out once.

    Args:
        estimate: the plan.
        cohorts: its jobs.
        confidence: the chance with which a contingency is to be enough.
    """

    def __init__(self, estimate: Estimate, cohorts: Sequence[Cohort], confidence: Decimal) -> None:
        self._estimate, self._cohorts, self._confidence = estimate, cohorts, confidence
        self._credits = credits_of(estimate.summary) - {"USD"}
        self._known: dict[tuple[str | None, Held | None, str], tuple[Distribution, Fraction]] = {}

    def totals(self) -> Iterator[RiskTotal]:
        """What the jobs of each currency may cost."""
        for total in self._estimate.totals:
            yield self._total(total.currency, total.due)

    def _total(self, currency: str, planned: Decimal) -> RiskTotal:
        cohorts = self._held(currency)
        distribution, quantum = self._distribution(currency)
        levels = sorted({*_LEVELS, self._confidence})
        found = {level: _exactly(distribution.percentile(Fraction(level)) * quantum) for level in levels}
        mean, variance = _moments(cohorts)
        return RiskTotal(
            currency,
            planned,
            divide_half_up(mean, _ONE),
            _added_up((cohort, cohort.least) for cohort in cohorts),
            None if any(c.most is None for c in cohorts) else _added_up((c, c.most or 0) for c in cohorts),
            _root(variance, _SD_PLACES),
            [Percentile(level, total) for level, total in found.items()],
            max(Decimal(0), found[self._confidence] - planned),
            _exactly(distribution.error * quantum),
        )

    def limit(self, standing: Standing, held: Held | None) -> RiskLimit:
        """The chance to stay within a limit, which may be that of a scope."""
        named = standing.scope, standing.limit, standing.currency
        if standing.limit is None or standing.planned is None or not self._is_known(standing):
            return RiskLimit(*named, None)
        distribution, quantum = self._distribution(standing.currency, standing.source, held)
        allowed = Fraction(standing.limit) - Fraction(standing.committed)
        chance = distribution.chance(floor(allowed / quantum))
        needed = distribution.percentile(Fraction(self._confidence)) * quantum
        return RiskLimit(*named, _shown(chance), needed > allowed or standing.planned > allowed)

    def drivers(self) -> Iterator[Driver]:
        """What the range of each class does to the total of each currency."""
        for total in self._estimate.totals:
            cohorts = self._held(total.currency)
            ranged = (cohort.of for cohort in cohorts if cohort.of is not None and cohort.of.is_range)
            for of in dict.fromkeys(ranged):
                yield self._driver(of, cohorts, total.currency)

    def _driver(self, of: TakeClass, cohorts: Sequence[Cohort], currency: str) -> Driver:
        own = [cohort for cohort in cohorts if cohort.of is of]
        (_, all_), (_, ranged), (_, known) = _moments(cohorts), _moments(own), _moments(own, LIKELY)
        share = (ranged - known) / all_ if all_ else Fraction(0)
        distribution, quantum = self._distribution(currency)
        level = Fraction(self._confidence)
        totals = (distribution.percentile(level, {of.place: draw}) * quantum for draw in range(len(of.success)))
        return Driver(of.name, currency, divide_half_up(share, _ONE, _CHANCE_PLACES), *map(_exactly, totals))

    def _is_known(self, standing: Standing) -> bool:
        """Whether all that a limit holds has a price in its currency."""
        if standing.unknown_currencies or standing.status == "unknown":
            return False
        return not (self._estimate.partial and standing.status == "over")

    def _held(self, currency: str, source: str | None = None, held: Held | None = None) -> list[Cohort]:
        """What a limit holds: in credits, the jobs of that currency; in money, all."""
        is_all = currency not in self._credits and currency not in {c.charge.currency for c in self._cohorts}
        return [
            cohort
            for cohort in self._cohorts
            if (is_all or cohort.charge.currency == currency)
            and source in (None, cohort.source)
            and (held is None or held in cohort.held)
        ]

    def _distribution(
        self, currency: str, source: str | None = None, held: Held | None = None
    ) -> tuple[Distribution, Fraction]:
        """The distribution of what a limit holds, and the quantum that it counts in."""
        if (source, held, currency) not in self._known:
            cohorts = self._held(currency, source, held)
            costs = [self._cost_in(cohort, currency) for cohort in cohorts]
            quantum = _quantum(costs)
            groups = (
                Group(int(cost / quantum), cohort.takes, cohort.parts, cohort.of.place if cohort.of else "")
                for cohort, cost in zip(cohorts, costs, strict=True)
            )
            self._known[source, held, currency] = Distribution(groups), quantum
        return self._known[source, held, currency]

    def _cost_in(self, cohort: Cohort, currency: str) -> Fraction:
        """What one take costs, in a currency for which exchange rates are known."""
        if cohort.charge.currency == currency:
            return _cost(cohort)
        here, there = (self._estimate.summary.per_usd(code) for code in (cohort.charge.currency, currency))
        assert here is not None
        assert there is not None
        return _cost(cohort) * Fraction(there) / Fraction(here)


def _cost(cohort: Cohort) -> Fraction:
    return Fraction(cohort.charge.due)


def _quantum(costs: Sequence[Fraction]) -> Fraction:
    """The greatest amount of which all costs are multiples."""
    scale = lcm(*(cost.denominator for cost in costs))
    return Fraction(gcd(*(int(cost * scale) for cost in costs)) or 1, scale)


def _moments(cohorts: Iterable[Cohort], fixed: int | None = None) -> tuple[Fraction, Fraction]:
    """Mean and variance of the total of some jobs in their currency; `fixed` is the draw of ranges that is known."""
    by_draw: dict[str, dict[int, list[tuple[Fraction, Fraction]]]] = defaultdict(lambda: defaultdict(list))
    for cohort in cohorts:
        moments, cost = cohort.moments, _cost(cohort)
        if fixed is not None:
            moments = [moments[min(fixed, len(moments) - 1)]]
        name = cohort.of.place if cohort.of is not None and len(moments) > 1 else ""
        for draw, (mean, variance) in enumerate(moments):
            by_draw[name][draw].append((cost * mean, cost * cost * variance))
    found = [_mixed([_added(moments) for moments in draws.values()]) for draws in by_draw.values()]
    return _added(found)


def _added(moments: Iterable[tuple[Fraction, Fraction]]) -> tuple[Fraction, Fraction]:
    """Those of a sum of independent parts."""
    listed = list(moments)
    return sum((m for m, _ in listed), Fraction(0)), sum((v for _, v in listed), Fraction(0))


def _mixed(draws: Sequence[tuple[Fraction, Fraction]]) -> tuple[Fraction, Fraction]:
    """Those of one of several draws."""
    mean = weighted([mean for mean, _ in draws])
    return mean, weighted([variance + mean * mean for mean, variance in draws]) - mean * mean


def _added_up(takes: Iterable[tuple[Cohort, int]]) -> Decimal:
    """What takes of cohorts cost together, in their currency."""
    return _exactly(sum((_cost(cohort) * count for cohort, count in takes), Fraction(0)))


def _by_class(classes: Sequence[TakeClass], cohorts: Sequence[Cohort]) -> Iterator[RiskClass]:
    """What each class that jobs are in comes to."""
    for of in classes:
        own = [cohort for cohort in cohorts if cohort.of is of]
        if own:
            yield _class(of, own)


def _class(of: TakeClass, cohorts: Sequence[Cohort]) -> RiskClass:
    jobs = sum(cohort.jobs for cohort in cohorts)
    takes = sum((weighted([mean for mean, _ in cohort.moments]) for cohort in cohorts), Fraction(0))
    short = sum((cohort.jobs * cohort.short for cohort in cohorts), Fraction(0))
    expected, chance = (divide_half_up(x / jobs, _ONE, _CHANCE_PLACES) for x in (takes, short))
    success = divide_half_up(of.likely, _ONE, _CHANCE_PLACES)
    return RiskClass(of.name, jobs, of.usable, success, of.at_most, expected, chance, of.origin, of.checked)


def _remarks(classes: Sequence[TakeClass], cohorts: Sequence[Cohort]) -> Iterator[Problem]:
    """What the figures of each class rest on."""
    for of in classes:
        own = [cohort for cohort in cohorts if cohort.of is of]
        if not own:
            yield problem("has_no_effect.takes", name=of.name)
        elif of.preset is not None:
            yield problem("assumed_takes.preset", name=of.name, preset=of.preset)
        sellers = sorted({cohort.charge.provider for cohort in own if cohort.is_refund_unknown})
        if sellers:
            yield problem("unknown_refund.takes", name=of.name, sellers=Listed(sellers))


def _exactly(amount: Fraction) -> Decimal:
    return EXACT.divide(Decimal(amount.numerator), Decimal(amount.denominator))


def _root(square: Fraction, places: int) -> Decimal:
    """The square root, rounded half up."""
    doubled = isqrt(floor(_FOUR * square * 10 ** (2 * places)))
    return Decimal((doubled + 1) // 2).scaleb(-places)


def _shown(chance: float) -> Decimal:  # float: chance
    """A chance to six decimals, the same wherever it was worked out."""
    return Decimal(floor(Fraction(chance) * 10**_CHANCE_PLACES + _TIE)).scaleb(-_CHANCE_PLACES)
