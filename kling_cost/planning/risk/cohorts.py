"""Cohorts: the jobs of a plan that are alike, with the chances of their takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple

from kling_cost.jobs.id_likeness import composed
from kling_cost.planning.risk.takes import (
    RANGE_WEIGHTS,
    Chances,
    mean_and_variance,
    shortfall,
    success_of_charged,
    takes_until,
)
from kling_cost.planning.rules.selectors import CHARGE_FIELDS, TAG, Selector
from kling_cost.planning.rules.take_types import TakeClass
from kling_cost.pricebook.book import PriceBook
from kling_cost.pricing.estimate import Estimate
from kling_cost.pricing.line_item import Charge, LineItem
from kling_cost.problems import UsageError, shown

_CERTAIN = (Fraction(1),)


@dataclass(frozen=True, slots=True)
class Cohort:
    """Jobs of one charge, one class of takes and one number of usable takes.

    Attributes:
        charge: what one take costs.
        of: their class; None where the takes of the plan are certain.
        usable: how many usable takes each of them needs.
        jobs: how many.
        source: their file, where files have limits of their own.
        refunded: whether the provider promises to refund failed calls; None where that is not known.
    """

    charge: Charge
    of: TakeClass | None
    usable: int
    jobs: int
    source: str | None
    refunded: bool | None

    @property
    def at_most(self) -> int | None:
        """After how many takes each of them ends anyway."""
        return None if self.of is None else self.of.at_most

    @property
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

    def moments(self) -> list[tuple[Fraction, Fraction]]:
        """Mean and variance of the charged takes of all jobs, for each draw."""
        each = (mean_and_variance(self.usable, success, self.at_most) for success in self.successes)
        return [(self.jobs * mean, self.jobs * variance) for mean, variance in each]

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


class _Read(NamedTuple):
    """How a job's field is read: what jobs are told apart by, and the texts that a selector compares."""

    key: Callable[[LineItem], Any]
    texts: Callable[[LineItem], tuple[str, ...]]


def cohorts_of(estimate: Estimate, classes: Sequence[TakeClass], by_source: bool) -> list[Cohort]:
    """The jobs of a plan by what they share, in order of first use.

    Args:
        estimate: the plan.
        classes: of takes; the first that matches a job counts.
        by_source: jobs of different files are told apart.

    Raises:
        UsageError: a job needs more usable takes than its class allows takes.
    """
    find = _Finder(classes, estimate.as_of)
    counts: Counter[tuple[int, int | None, int, str | None]] = Counter()
    charges = {}
    for item in estimate.line_items:
        job, charge = item
        place = find.place(item)
        own = None if place is None else classes[place].usable
        counts[id(charge), place, job.takes if own is None else own, job.source if by_source else None] += 1
        charges[id(charge)] = charge
    made = [
        Cohort(
            charges[charge],
            None if place is None else classes[place],
            usable,
            jobs,
            source,
            _refunded(charges[charge], estimate.book),
        )
        for (charge, place, usable, source), jobs in counts.items()
    ]
    for cohort in made:
        if cohort.at_most is not None and cohort.usable > cohort.at_most:
            name = shown(cohort.of.name if cohort.of else "")
            raise UsageError(
                f"class of takes {name}: a job needs {cohort.usable:,} usable takes, and at most "
                f"{cohort.at_most:,} are made"
            )
    return made


class _Finder:
    """Finds the class of each job; jobs with the same fields are looked at once."""

    def __init__(self, classes: Sequence[TakeClass], as_of: date | None) -> None:
        self._classes = classes
        fields = {condition.field for made in classes for condition in made.where}
        self._reads = {field: _read(field, as_of) for field in sorted(fields)}
        if any(made.source is not None for made in classes):
            self._reads[""] = _Read(lambda item: item.job.source, lambda item: (item.job.source or "",))
        self._keys = [read.key for read in self._reads.values()]
        self._known: dict[tuple[Any, ...], int | None] = {}

    def place(self, item: LineItem) -> int | None:
        """Which of the classes is the job's; None where its takes are certain."""
        key = tuple([of(item) for of in self._keys])
        if key not in self._known:
            texts = {field: read.texts(item) for field, read in self._reads.items()}
            self._known[key] = next(self._matching(texts), None)
        return self._known[key]

    def _matching(self, texts: dict[str, tuple[str, ...]]) -> Iterator[int]:
        for place, made in enumerate(self._classes):
            if (made.source is None or texts[""] == (made.source,)) and _holds(made.where, texts):
                yield place


def _holds(where: Selector, texts: dict[str, tuple[str, ...]]) -> bool:
    return all(condition.holds(texts[condition.field]) for condition in where)


def _refunded(charge: Charge, book: PriceBook | None) -> bool | None:
    """Whether failed calls are refunded: what the rate says, else what the provider promises of all."""
    own = None if charge.rate is None else charge.rate.refund_on_failure
    if own is not None or book is None:
        return own
    answers = book.providers[charge.provider].answers
    return None if answers is None else answers.refund_on_failure


def _read(field: str, as_of: date | None) -> _Read:
    if field in CHARGE_FIELDS:  # charges of equal jobs are one
        return _Read(lambda item: id(item.charge), lambda item: CHARGE_FIELDS[field](item.charge))
    if field == "takes":
        return _texts(lambda item: item.job.takes)
    if field == "date":
        return _texts(lambda item: item.job.date or as_of)
    if field == "job_id":
        return _texts(lambda item: item.job.job_id)
    name = field.removeprefix(TAG)
    return _texts(lambda item: item.job.tags.get(name))


def _texts(take: Callable[[LineItem], Any]) -> _Read:
    def texts(item: LineItem) -> tuple[str, ...]:
        value = take(item)
        return () if value is None else (composed(str(value)),)

    return _Read(take, texts)
