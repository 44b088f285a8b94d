"""Cohorts: the jobs of a plan that are alike, with the chances of their takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from kling_cost.planning.risk.takes import (
    RANGE_WEIGHTS,
    Chances,
    mean_and_variance,
    shortfall,
    success_of_charged,
    takes_until,
)
from kling_cost.planning.rules.job_groups import month_of
from kling_cost.planning.rules.selector_index import SelectorIndex, changes_with_request, numbers_of
from kling_cost.planning.rules.take_types import TakeClass
from kling_cost.planning.scopes.scope_limits import ScopeLimits
from kling_cost.pricebook.book import PriceBook
from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.line_item import Charge, LineItem
from kling_cost.problems import UsageError, shown

_CERTAIN = (Fraction(1),)
#: A scope by its place among the scopes, and the month of a limit that holds for one.
Held = tuple[int, str | None]


@dataclass(frozen=True)
class Cohort:
    """Jobs of one charge, one class of takes and one number of usable takes.

    Attributes:
        charge: what one take costs.
        of: their class; None where the takes of the plan are certain.
        usable: how many usable takes each of them needs.
        jobs: how many.
        source: their file, where files have limits of their own.
        refunded: whether the provider promises to refund failed calls; None where that is not known.
        held: the budgets by scope that hold them.
    """

    charge: Charge
    of: TakeClass | None
    usable: int
    jobs: int
    source: str | None
    refunded: bool | None
    held: frozenset[Held]

    @property
    def at_most(self) -> int | None:
        """After how many takes each of them ends anyway."""
        return None if self.of is None else self.of.at_most

    @cached_property
    def successes(self) -> tuple[Fraction, ...]:
        """The chance that a charged take is usable: one, or those of a range."""
        if self.of is None:
            return _CERTAIN
        uncharged = charged = Fraction(0)
        for fails, costs in ((self.of.failure, self.is_charged), (self.of.rejection, self.of.rejection.charged)):
            charged += fails.chance if costs else 0
            uncharged += 0 if costs else fails.chance
        return tuple(success_of_charged(success, uncharged, charged) for success in self.of.success)

    @property
    def is_charged(self) -> bool:
        """Whether a technical failure costs a take: what the class says, else the provider; yes where neither does."""
        own = None if self.of is None else self.of.failure.charged
        return not self.refunded if own is None else own

    @property
    def is_refund_unknown(self) -> bool:
        """Whether failures count as charged only because nobody says whether they are."""
        if self.of is None or self.of.failure.charged is not None or not self.of.failure.chance:
            return False
        return self.refunded is None

    @property
    def is_open(self) -> bool:
        """Whether its jobs are made again until enough takes are usable, however many it takes."""
        return self.of is not None and self.of.at_most is None

    @property
    def parts(self) -> int:
        """How many independent parts it has: the jobs, or without an end, one for each usable take."""
        return self.jobs * self.usable if self.is_open else self.jobs

    @property
    def takes(self) -> tuple[Chances, ...]:
        """The chances of the charged takes of one part."""
        usable = 1 if self.is_open else self.usable
        return tuple(takes_until(usable, success, self.at_most) for success in self.successes)

    @cached_property
    def moments(self) -> Sequence[tuple[Fraction, Fraction]]:
        """Mean and variance of the charged takes of all jobs, for each draw."""
        each = (mean_and_variance(self.usable, success, self.at_most) for success in self.successes)
        return [(self.jobs * mean, self.jobs * variance) for mean, variance in each]

    @property
    def kept(self) -> Fraction:
        """How many takes of all jobs end up in the film, on average: of the charged ones, those usable and kept."""
        pairs = zip(self.successes, self.moments, strict=True)
        keep = Fraction(1) if self.of is None else self.of.keep
        return keep * weighted([success * mean for success, (mean, _) in pairs])

    @property
    def seconds(self) -> Fraction | None:
        """How long each of these is there; None where that is not known.

        Raises:
            UsageError: longer than it is.
        """
        own, length = None if self.of is None else self.of.usable_seconds, self.charge.options.get("duration")
        if own is not None and self.of is not None and length is not None and own > int(length):
            raise UsageError(f"class of takes {shown(self.of.name)}: a take of {length} s has fewer usable seconds")
        return own if own is not None or length is None else Fraction(int(length))

    @property
    def short(self) -> Fraction:
        """The chance that one of its jobs ends with fewer usable takes than it needs."""
        return weighted([shortfall(self.usable, success, self.at_most) for success in self.successes])

    @property
    def least(self) -> int:
        """The fewest takes of all jobs."""
        return min(self.parts * takes.first for takes in self.takes)

    @property
    def most(self) -> int | None:
        """The most takes of all jobs; None without an end."""
        if self.is_open and min(self.successes) < 1:
            return None
        return max(self.parts * takes.last for takes in self.takes)


def weighted(values: Sequence[Fraction]) -> Fraction:
    """The mean of what the draws of a range give; the value itself where there is one.

    >>> weighted([Fraction(1), Fraction(2), Fraction(4)])
    Fraction(23, 10)
    """
    if len(values) == 1:
        return values[0]
    return sum((weight * value for weight, value in zip(RANGE_WEIGHTS, values, strict=True)), Fraction(0))


class TakesNeeded:
    """How many charged takes single jobs need, on average.

    Args:
        estimate: the plan.
        classes: of takes; the first that matches a job counts.
    """

    def __init__(self, estimate: Estimate, classes: Sequence[TakeClass]) -> None:
        self._classes, self._book = classes, estimate.book
        self._index = SelectorIndex([(of.where, of.source) for of in classes])
        #: Whether a job may come into another class when its request is changed.
        self.may_move = any(changes_with_request(of.where) for of in classes)

    def about(self, item: LineItem) -> int:
        """All by which classes tell a job from another one with the same request and takes."""
        return self._index.of_job(item.job)

    def expected(self, item: LineItem) -> Fraction | None:
        """How many takes a job needs; None where its class does not allow as many as have to be usable."""
        of, takes = _first(self._index.of(item), self._classes), item.takes
        usable = takes if of is None or of.usable is None else of.usable
        if of is not None and of.at_most is not None and usable > of.at_most:
            return None
        made = Cohort(item.charge, of, usable, 1, None, _refunded(item.charge, self._book), frozenset())
        return weighted([mean for mean, _ in made.moments])


def cohorts_of(
    estimate: Estimate, classes: Sequence[TakeClass], by_source: bool, limits: ScopeLimits | None = None
) -> list[Cohort]:
    """The jobs of a plan by what they share, in order of first use.

    Args:
        estimate: the plan.
        classes: of takes; the first that matches a job counts.
        by_source: jobs of different files are told apart.
        limits: budgets by scope, by which jobs are told apart, too.

    Raises:
        UsageError: a job needs more usable takes than its class allows takes.
    """
    scopes = limits.scopes if limits else ()
    selectors = [(scope.budget.where, scope.budget.source) for scope in scopes]
    index = SelectorIndex([*selectors, *((of.where, of.source) for of in classes)])
    counts: Counter[tuple[int, int, int, str | None, str | None]] = Counter()
    charges = {}
    for item in estimate.line_items:
        job, charge = item
        month = month_of(job.date or estimate.as_of) if scopes else None
        counts[id(charge), index.of(item), job.takes, job.source if by_source else None, month] += 1
        charges[id(charge)] = charge
    return [
        _cohort(
            estimate,
            charges[charge],
            _first(bits >> len(scopes), classes),
            takes,
            jobs,
            source,
            _held(limits, bits, month),
        )
        for (charge, bits, takes, source, month), jobs in counts.items()
    ]


def _cohort(
    estimate: Estimate,
    charge: Charge,
    of: TakeClass | None,
    takes: int,
    jobs: int,
    source: str | None,
    held: frozenset[Held],
) -> Cohort:
    usable = takes if of is None or of.usable is None else of.usable
    made = Cohort(charge, of, usable, jobs, source, _refunded(charge, estimate.book), held)
    if of is not None and of.at_most is not None and usable > of.at_most:
        needed = f"a job needs {usable:,} usable takes, and at most {of.at_most:,} are made"
        raise UsageError(f"class of takes {shown(of.name)}: {needed}")
    return made


def _first(bits: int, classes: Sequence[TakeClass]) -> TakeClass | None:
    """The first class of those whose bits are set."""
    return classes[numbers_of(bits)[0]] if bits else None


def _held(limits: ScopeLimits | None, bits: int, month: str | None) -> frozenset[Held]:
    """The budgets by scope that hold jobs."""
    if limits is None:
        return frozenset()
    scopes = limits.scopes
    return frozenset((at, month if scopes[at].is_monthly else None) for at in limits.places_of(bits))


def _refunded(charge: Charge, book: PriceBook | None) -> bool | None:
    """Whether failed calls are refunded: what the rate says, else what the provider promises of all."""
    own = None if charge.rate is None else charge.rate.refund_on_failure
    if own is not None or book is None:
        return own
    answers = book.providers[charge.provider].answers
    return None if answers is None else answers.refund_on_failure
