"""The chances of a plan: what its jobs may cost together, in each currency and under each limit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from math import floor, gcd, isqrt, lcm

from kling_cost.amounts import EXACT, divide_half_up
from kling_cost.planning.limits import Standing, credits_of
from kling_cost.planning.risk.cohorts import Cohort, Held, cohorts_of, weighted
from kling_cost.planning.risk.distribution import LIKELY, Distribution, Group
from kling_cost.planning.risk.per_result import per_result
from kling_cost.planning.risk.risk_figures import (
    CHANCE_PLACES,
    Driver,
    Percentile,
    RiskClass,
    RiskFigures,
    RiskLimit,
    RiskTotal,
)
from kling_cost.planning.risk.shape import shape_of
from kling_cost.planning.rules.take_types import TakeClass
from kling_cost.planning.scopes.scope_limits import ScopeLimits
from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.grand_total import DOLLAR
from kling_cost.problems import Listed, Problem, problem

_LEVELS = tuple(Decimal(percent).scaleb(-2).normalize() for percent in (50, 80, 90, 95))  # of every total
_SD_PLACES = 4
_FOUR = 4
_TIE = Fraction(501, 1_000)  # rounds half up, off the ties that are met exactly
_ONE = Decimal(1)


def _with_scopes(standings: Sequence[Standing], limits: ScopeLimits | None) -> Iterator[tuple[Standing, Held | None]]:
    """Each limit with the scope that it is for; those of scopes come in their order."""
    places = {id(scope): at for at, scope in enumerate(limits.scopes)} if limits else {}
    of_scopes = iter([(places[id(scope)], month) for scope, month, _ in limits.places] if limits else [])
    for standing in standings:
        yield standing, None if standing.base_limit is None else next(of_scopes)


class PlanChances:
    """What the jobs of a plan may cost together; each distribution is worked out once.

    Args:
        estimate: the plan, of jobs whose cost has an upper end.
        classes: of takes.
        confidence: the chance with which a contingency is to be enough.
        limits: the limits of budgets by scope, if there are any.
        sources: the files whose jobs the other limits hold; None for all files.

    Attributes:
        has_classes: whether any job is in a class of takes.
    """

    def __init__(
        self,
        estimate: Estimate,
        classes: Sequence[TakeClass],
        confidence: Decimal,
        limits: ScopeLimits | None,
        sources: Iterable[str | None],
    ) -> None:
        self._estimate, self._classes, self._confidence = estimate, classes, confidence
        self._credits, self._limits = credits_of(estimate.summary) - {DOLLAR}, limits
        of_scopes = (scope.budget.source for scope in (limits.scopes if limits else ()))
        by_source = any(source is not None for source in (*sources, *of_scopes))
        self._cohorts = cohorts_of(estimate, classes, by_source, limits)
        self.has_classes = any(cohort.of is not None for cohort in self._cohorts)
        self._distributions: dict[tuple[str | int, ...], tuple[Distribution, Fraction]] = {}
        self._percentiles: dict[tuple[str, str | None, Held | None], Fraction] = {}

    def figures(self, standings: Sequence[Standing]) -> RiskFigures:
        """Everything that is worked out, with the chance to stay within each limit."""
        return RiskFigures(
            self._confidence,
            list(self._totals()),
            [self._limit(*pair) for pair in _with_scopes(standings, self._limits)],
            list(_by_class(self._classes, self._cohorts)),
            list(self._drivers()),
            list(per_result(self._classes, self._cohorts)),
        )

    def remarks(self) -> list[Problem]:
        """What the figures of each class rest on."""
        return list(_remarks(self._classes, self._cohorts))

    def enough(self, currency: str, source: str | None = None, held: Held | None = None) -> Fraction | None:
        """What the jobs of a limit cost at most, with the confidence; None where no job of the plan is in a class of
        takes, and where an exchange rate is not known.

        Args:
            currency: of the limit.
            source: the file whose jobs it holds; None for all files.
            held: the place of its scope among all, and its month; None for a limit of no scope.
        """
        return self._needed(currency, source, held) if self.has_classes else None

    def _needed(self, currency: str, source: str | None, held: Held | None) -> Fraction | None:
        key = currency, source, held
        if key not in self._percentiles:
            cohorts = self._held(*key)
            if any(self._estimate.summary.per_usd(code) is None for code in _other_codes(cohorts, currency)):
                return None
            distribution, quantum = self._distribution(cohorts, currency)
            self._percentiles[key] = distribution.percentile(Fraction(self._confidence)) * quantum
        return self._percentiles[key]

    def _totals(self) -> Iterator[RiskTotal]:
        """What the jobs of each currency may cost."""
        for total in self._estimate.totals:
            yield self._total(total.currency, total.due)

    def _total(self, currency: str, planned: Decimal) -> RiskTotal:
        cohorts = self._counted_in(currency)
        distribution, quantum = self._distribution(cohorts, currency)
        levels = sorted({*_LEVELS, self._confidence})
        found = {level: _exactly(distribution.percentile(Fraction(level)) * quantum) for level in levels}
        mean, variance = _moments(cohorts)
        least = _added_up((cohort, cohort.least) for cohort in cohorts)
        most = None if any(c.most is None for c in cohorts) else _added_up((c, c.most or 0) for c in cohorts)
        expected, sd = divide_half_up(mean, _ONE), _root(variance, _SD_PLACES)
        shape = shape_of(least, most, expected, sd, lambda total: _within(distribution, quantum, Fraction(total)))
        return RiskTotal(
            currency,
            planned,
            expected,
            least,
            most,
            sd,
            [Percentile(level, total) for level, total in found.items()],
            max(Decimal(0), found[self._confidence] - planned),
            _exactly(distribution.error * quantum),
            list(shape),
        )

    def _limit(self, standing: Standing, held: Held | None) -> RiskLimit:
        """The chance to stay within a limit, which may be that of a scope."""
        named = standing.scope, standing.limit, standing.currency
        about = standing.currency, standing.source, held
        needed = self._needed(*about) if self._is_known(standing) else None
        if needed is None or standing.limit is None or standing.planned is None:
            return RiskLimit(*named, None)
        cohorts = self._held(*about)
        distribution, quantum = self._distribution(cohorts, standing.currency)
        allowed = Fraction(standing.limit) - Fraction(standing.committed)
        chance = _within(distribution, quantum, allowed)
        is_certain = self._is_certain(cohorts, standing.currency, allowed)
        return RiskLimit(*named, chance, needed > allowed or standing.planned > allowed, is_certain)

    def _is_certain(self, cohorts: Sequence[Cohort], currency: str, allowed: Fraction) -> bool:
        """Whether jobs cost no more than is allowed whatever happens, or more whatever happens."""
        costs = [self._cost_in(cohort, currency) for cohort in cohorts]
        if sum(cost * cohort.least for cost, cohort in zip(costs, cohorts, strict=True)) > allowed:
            return True
        if any(cohort.most is None for cohort in cohorts):
            return False
        return sum(cost * (cohort.most or 0) for cost, cohort in zip(costs, cohorts, strict=True)) <= allowed

    def _drivers(self) -> Iterator[Driver]:
        """What the range of each class does to the total of each currency."""
        for total in self._estimate.totals:
            cohorts = self._counted_in(total.currency)
            ranged = (cohort.of for cohort in cohorts if cohort.of is not None and cohort.of.is_range)
            for of in dict.fromkeys(ranged):
                yield self._driver(of, cohorts, total.currency)

    def _driver(self, of: TakeClass, cohorts: Sequence[Cohort], currency: str) -> Driver:
        own = [cohort for cohort in cohorts if cohort.of is of]
        (_, all_), (_, ranged), (_, known) = _moments(cohorts), _moments(own), _moments(own, LIKELY)
        share = (ranged - known) / all_ if all_ else Fraction(0)
        distribution, quantum = self._distribution(cohorts, currency)
        level = Fraction(self._confidence)
        totals = (distribution.percentile(level, {of.place: draw}) * quantum for draw in range(len(of.success)))
        return Driver(of.name, currency, divide_half_up(share, _ONE, CHANCE_PLACES), *map(_exactly, totals))

    def _is_known(self, standing: Standing) -> bool:
        """Whether all that a limit holds has a price in its currency."""
        if standing.unknown_currencies or standing.status == "unknown":
            return False
        return not (self._estimate.partial and standing.status == "over")

    def _counted_in(self, currency: str) -> list[Cohort]:
        """The jobs that are counted in a currency."""
        return [cohort for cohort in self._cohorts if cohort.charge.currency == currency]

    def _held(self, currency: str, source: str | None, held: Held | None) -> list[Cohort]:
        """What a limit holds: in credits, the jobs of that currency; in money, all."""
        cohorts = self._counted_in(currency) if currency in self._credits else self._cohorts
        return [
            cohort for cohort in cohorts if source in (None, cohort.source) and (held is None or held in cohort.held)
        ]

    def _distribution(self, cohorts: Sequence[Cohort], currency: str) -> tuple[Distribution, Fraction]:
        """The distribution of what jobs cost in a currency, and the quantum that it counts in."""
        key: tuple[str | int, ...] = (currency, *map(id, cohorts))
        if key not in self._distributions:
            costs = [self._cost_in(cohort, currency) for cohort in cohorts]
            quantum = _quantum(costs)
            groups = (
                Group(int(cost / quantum), cohort.takes, cohort.parts, cohort.of.place if cohort.of else "")
                for cohort, cost in zip(cohorts, costs, strict=True)
            )
            self._distributions[key] = Distribution(groups), quantum
        return self._distributions[key]

    def _cost_in(self, cohort: Cohort, currency: str) -> Fraction:
        """What one take costs, in a currency for which exchange rates are known."""
        if cohort.charge.currency == currency:
            return _cost(cohort)
        here, there = (self._estimate.summary.per_usd(code) for code in (cohort.charge.currency, currency))
        assert here is not None
        assert there is not None
        return _cost(cohort) * Fraction(there) / Fraction(here)


def _other_codes(cohorts: Iterable[Cohort], currency: str) -> set[str]:
    """The currencies between which costs are converted; none where all are in that of the limit."""
    codes = {cohort.charge.currency for cohort in cohorts}
    return codes | {currency} if codes - {currency} else set()


def _cost(cohort: Cohort) -> Fraction:
    return Fraction(cohort.charge.due)


def _quantum(costs: Sequence[Fraction]) -> Fraction:
    """The greatest amount of which all costs are multiples."""
    scale = lcm(*(cost.denominator for cost in costs))
    return Fraction(gcd(*(int(cost * scale) for cost in costs)) or 1, scale)


def _within(distribution: Distribution, quantum: Fraction, amount: Fraction) -> Decimal:
    """The chance that no more than an amount is spent."""
    return _shown(distribution.chance(floor(amount / quantum)))


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
    expected, chance = (divide_half_up(x / jobs, _ONE, CHANCE_PLACES) for x in (takes, short))
    success = divide_half_up(of.likely, _ONE, CHANCE_PLACES)
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
    return Decimal(floor(Fraction(chance) * 10**CHANCE_PLACES + _TIE)).scaleb(-CHANCE_PLACES)
