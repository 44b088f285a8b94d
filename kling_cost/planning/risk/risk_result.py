"""The result of `risk`: what a plan may really cost, and with which chances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from kling_cost.amounts import grouped_text, plain_text
from kling_cost.planning.verdict import Verdict
from kling_cost.pricing.provenance import Stamp
from kling_cost.problems import EXIT_OK, EXIT_OVER, Problem


class Percentile(NamedTuple):
    """The total that is not exceeded with a chance."""

    level: Decimal
    total: Decimal


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
    """

    scope: str
    limit: Decimal | None
    currency: str
    chance_within: Decimal | None
    is_over: bool = False


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


@dataclass(frozen=True, slots=True, repr=False)
class Risk:
    """What a plan may really cost.

    Attributes:
        confidence: the chance with which the contingency is enough.
        totals: one for each currency.
        limits: the chance to stay within each limit.
        classes: the classes of takes that jobs are in.
        drivers: classes whose success is a range, in each currency.
        per_result: what each class costs for what comes of it, in each currency.
        problems: those of the estimate and of the limits, and what the figures rest on.
        verdict: the check of the plan against the limits and policies.

    >>> import kling_cost as kc
    >>> kc.risk(kc.estimate([{"model": "kling-v3-text-to-video", "prompt": "Fog"}]))
    <Risk: 27 EVOLINK_CREDIT in 0.8 of all cases>
    """

    confidence: Decimal
    totals: Sequence[RiskTotal]
    limits: Sequence[RiskLimit]
    classes: Sequence[RiskClass]
    drivers: Sequence[Driver]
    per_result: Sequence[PerResult]
    problems: Sequence[Problem]
    verdict: Verdict

    @property
    def as_of(self) -> date | None:
        """The day whose rates counted; None for the latest."""
        return self.verdict.estimate.as_of

    @property
    def price_book(self) -> Stamp:
        """Which prices were used."""
        return self.verdict.estimate.price_book

    @property
    def partial(self) -> bool:
        """Whether any job is left out."""
        return self.verdict.estimate.partial

    @property
    def exit_code(self) -> int:
        """As that of a check, in which the contingency of every limit is the one that is worked out here."""
        if self.verdict.exit_code not in (EXIT_OK, EXIT_OVER):
            return self.verdict.exit_code
        is_refused = any(policy.status == "fail" for policy in self.verdict.policies)
        return EXIT_OVER if is_refused or any(limit.is_over for limit in self.limits) else EXIT_OK

    @property
    def exit(self) -> int:
        """The same as `exit_code`, under its name in JSON."""
        return self.exit_code

    def at_confidence(self, total: RiskTotal) -> Decimal:
        """What a total is at most, with the chance of `confidence`."""
        return next(found.total for found in total.percentiles if found.level == self.confidence)

    def __repr__(self) -> str:
        totals = (f"{grouped_text(self.at_confidence(total))} {total.currency}" for total in self.totals)
        return f"<Risk: {', '.join(totals) or 'nothing'} in {plain_text(self.confidence)} of all cases>"
