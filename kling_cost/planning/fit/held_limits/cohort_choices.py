"""What each cohort may choose, in numbers: the pain, and the load under each limit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil
from typing import Any, NamedTuple

from kling_cost.planning.fit.alternatives import Alternative, changed_item
from kling_cost.planning.fit.held_limits.limit_loads import LimitLoads
from kling_cost.planning.fit.held_limits.limits_to_hold import HeldJobs
from kling_cost.planning.fit.job_cohorts import Cohort
from kling_cost.planning.fit.several_limits.measures import Counts, Group, undominated
from kling_cost.pricing.line_item import Charge, LineItem

#: Parts of a take, in which needed takes are counted.
HUNDREDTHS = 100


class Choices(NamedTuple):
    """What one cohort may choose.

    Attributes:
        cohort: the cohort.
        group: the choices in numbers, without those that another one is no worse than.
        alternatives: what each of them is.
    """

    cohort: Cohort
    group: Group
    alternatives: Sequence[Alternative]

    def picked(self, numbers: dict[int, int]) -> Iterator[tuple[int, Alternative]]:
        """The jobs that become something else, by place: of identical ones, the last ones first and most."""
        picks = sorted(number for number, jobs in numbers.items() for _ in range(jobs))
        for place, pick in zip(self.cohort.places, picks, strict=True):
            if pick:
                yield place, self.alternatives[pick]


class _Held(NamedTuple):
    """What a job may become, the limits that hold it then, and how many hundredths of a take it needs on average."""

    alternative: Alternative
    limits: Sequence[int]
    needed: int


def choices_of(cohorts: Sequence[Cohort], held: HeldJobs, limits: int) -> tuple[list[Choices], list[LimitLoads]]:
    """What the cohorts that limits hold may choose, and what costs come to under each limit.

    Args:
        cohorts: the jobs; those of the same have one list of alternatives.
        held: which limits hold a job.
        limits: how many there are.

    Returns:
        The choices, in pain and the load under each limit; then, where it is told how many takes are needed, what these
        come to under each limit, in hundredths of its unit.
    """
    found = [cohort for cohort in cohorts if held.numbers(cohort.items[0])]
    keys = [(id(cohort.alternatives), held.about(cohort.items[0])) for cohort in found]
    once = {key: list(_held(cohort, held)) for key, cohort in dict(zip(keys, found, strict=True)).items()}
    under: list[list[Charge]] = [[] for _ in range(limits)]
    for one in (one for some in once.values() for one in some):
        for number in one.limits:
            under[number].append(one.alternative.charge)
    loads = [held.loads(number, charges) for number, charges in enumerate(under)]
    known: dict[tuple[Any, ...], tuple[Group, Sequence[Alternative]]] = {}
    choices = []
    for key, cohort in zip(keys, found, strict=True):
        if (key, cohort.weight) not in known:
            has_needed = held.takes_needed is not None
            known[key, cohort.weight] = _of_one_job(cohort.weight, once[key], loads, has_needed)
        group, alternatives = known[key, cohort.weight]
        choices.append(Choices(cohort, group._replace(jobs=len(cohort.items)), alternatives))
    return choices, loads


def _held(cohort: Cohort, held: HeldJobs) -> Iterator[_Held]:
    """What the jobs may become under some limit; what none holds any more, or cannot count, would only look cheap."""
    item = cohort.items[0]
    before = held.numbers(item)
    for one in cohort.alternatives:
        is_same = not held.may_move and one.charge.currency == item.currency
        needed = _needed(item, one, held)
        if needed is None:
            continue
        if is_same or not one.takes:
            yield _Held(one, before, needed)
            continue
        now = held.numbers(changed_item(item, one))
        if now and all(held.can_be_counted(number, one.charge) for number in now):
            yield _Held(one, now, needed)


def _needed(item: LineItem, to: Alternative, held: HeldJobs) -> int | None:
    """How many hundredths of a take a job needs on average, rounded up, once it is something else; None where its class
    does not allow as many."""
    if held.takes_needed is None or not to.takes:
        return 0
    takes = held.takes_needed.expected(changed_item(item, to))
    return None if takes is None else ceil(takes * HUNDREDTHS)


def _of_one_job(
    weight: int, held: Sequence[_Held], loads: Sequence[LimitLoads], has_needed: bool
) -> tuple[Group, Sequence[Alternative]]:
    """What one job may choose, in numbers, and what each choice is."""

    def under(one: _Held, takes: int) -> Iterator[int]:
        for number, limit in enumerate(loads):
            yield limit.load(one.alternative.charge, takes) if number in one.limits else 0

    measures = [
        (
            weight * one.alternative.pain,
            *under(one, one.alternative.takes),
            *(under(one, one.needed) if has_needed else ()),
        )
        for one in held
    ]
    kept = undominated(measures)
    return Group(1, [measures[number] for number in kept]), [held[number].alternative for number in kept]


def changed_places(choices: Sequence[Choices], counts: Counts) -> dict[int, Alternative]:
    """The jobs that become something else, by place."""
    return {place: to for own, numbers in zip(choices, counts, strict=True) for place, to in own.picked(dict(numbers))}
