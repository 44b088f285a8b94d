"""The figures of a risk: what a plan may really cost, and with which chances."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from kling_cost.problems import UsageError
from kling_cost.python_values import told

#: Decimals of a chance.
CHANCE_PLACES = 6


class Percentile(NamedTuple):
    """The total that is not exceeded with a chance."""

    level: Decimal
    total: Decimal


class Within(NamedTuple):
    """The chance that no more than a total is spent; the total is None for whatever is spent."""

    total: Decimal | None
    chance: Decimal


class RiskTotal(NamedTuple):
    """What the jobs of one currency may cost.

    Attributes:
        currency: of all amounts.
        planned: the estimate's own total.
        expected: the mean, rounded half up to 12 decimals.
        least, most: that it can cost; `most` is None where takes have no end.
        sd: the standard deviation, rounded half up to 4 decimals.
        percentiles: the total that is not exceeded with each chance, exact unless `error_at_most` says otherwise.
        contingency: what has to be set aside so that the chance is that of `confidence`, 0 or more.
        error_at_most: by how much percentiles may be too high; they are never too low.
        shape: the chance of totals at even distances, to draw; empty where the total is certain.
    """

    currency: str
    planned: Decimal
    expected: Decimal
    least: Decimal
    most: Decimal | None
    sd: Decimal
    percentiles: Sequence[Percentile]
    contingency: Decimal
    error_at_most: Decimal
    shape: Sequence[Within] = ()

    @property
    def exact(self) -> bool:
        """Whether the percentiles are exact."""
        return not self.error_at_most


class RiskLimit(NamedTuple):
    """The chance to stay within a limit.

    Attributes:
        scope: what it holds.
        limit: the amount; None for jobs that no limit covers.
        currency: of the limit.
        chance_within: that its jobs cost no more; None where that cannot be known.
        is_over: what is planned, with the contingency, is more than the limit.
        is_certain: whether its jobs cost no more whatever happens, or more whatever happens.
    """

    scope: str
    limit: Decimal | None
    currency: str
    chance_within: Decimal | None
    is_over: bool = False
    is_certain: bool = False


class RiskClass(NamedTuple):
    """What a class of takes comes to.

    Attributes:
        name: what it is called.
        jobs: how many are in it.
        usable: how many usable takes each needs; None for as many as it has takes.
        success: the chance that a delivered take is usable, or the likely one of a range.
        at_most: after how many takes a job ends anyway; None for no such end.
        expected_takes: charged takes of one job, on average.
        chance_short: that a job ends with fewer usable takes than it needs.
        source: where the figures are from.
        checked: when somebody last looked.
    """

    name: str
    jobs: int
    usable: int | None
    success: Decimal
    at_most: int | None
    expected_takes: Decimal
    chance_short: Decimal
    source: str | None
    checked: date | None


class Driver(NamedTuple):
    """What the range of a class does to a total.

    Attributes:
        name: of the class.
        currency: of the totals.
        variance_share: of the total's variance, what would go if the success were known to be the likely one.
        at_low, at_likely, at_high: the total at the confidence, were the success known to be that.
    """

    name: str
    currency: str
    variance_share: Decimal
    at_low: Decimal
    at_likely: Decimal
    at_high: Decimal


class PerResult(NamedTuple):
    """What a class costs for what comes of it, on average, in one currency; amounts have at most 12 decimals.

    Attributes:
        name: of the class.
        kept: how many of its takes end up in the film.
        per_kept: the expected cost for one of them; None where none is expected.
        per_usable_second, per_finished_minute: for the time that they are there; None where that is not known.
        currency: of all amounts.
    """

    name: str
    kept: Decimal
    per_kept: Decimal | None
    per_usable_second: Decimal | None
    per_finished_minute: Decimal | None
    currency: str


@dataclass(frozen=True, slots=True)
class RiskFigures:
    """What a plan may really cost, in figures.

    Attributes:
        confidence: the chance with which the contingency is enough.
        totals: one for each currency.
        limits: the chance to stay within each limit.
        classes: the classes of takes that jobs are in.
        drivers: classes whose success is a range, in each currency.
        per_result: what each class costs for what comes of it, in each currency.
    """

    confidence: Decimal
    totals: Sequence[RiskTotal]
    limits: Sequence[RiskLimit]
    classes: Sequence[RiskClass]
    drivers: Sequence[Driver]
    per_result: Sequence[PerResult]

    def at_confidence(self, total: RiskTotal) -> Decimal:
        """What a total is at most, with the chance of `confidence`."""
        return next(found.total for found in total.percentiles if found.level == self.confidence)


def confidence_of(value: Any) -> Decimal:
    """An argument as a confidence.

    Raises:
        UsageError: it is no chance between 0 and 1.

    >>> confidence_of("0.8")
    Decimal('0.8')
    """
    level = Decimal(0)
    if isinstance(value, (str, Decimal)):
        with suppress(ArithmeticError, ValueError):
            level = Decimal(value)
    places = level.as_tuple().exponent
    if not level.is_finite() or not 0 < level < 1 or not isinstance(places, int) or -places > CHANCE_PLACES:
        raise UsageError(f'confidence must be a chance between 0 and 1 such as "0.8", not {told(value)}')
    return level
