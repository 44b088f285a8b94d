"""What each cohort may choose, in numbers: the pain, and the load under each limit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from kling_cost.planning.fit.alternatives import Alternative, changed_item
from kling_cost.planning.fit.held_limits.limit_loads import LimitLoads
from kling_cost.planning.fit.held_limits.limits_to_hold import HeldJobs
from kling_cost.planning.fit.job_cohorts import Cohort
from kling_cost.planning.fit.several_limits.measures import Counts, Group, undominated


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
    """What a job may become, and the limits that hold it then."""

    alternative: Alternative
    limits: Sequence[int]


def choices_of(cohorts: Sequence[Cohort], held: HeldJobs, limits: int) -> tuple[list[Choices], list[LimitLoads]]:
    """What the cohorts that limits hold may choose, and what costs come to under each limit.

    Args:
        cohorts: the jobs.
        held: which limits hold a job.
        limits: how many there are.
    """
    found = [(cohort, list(_held(cohort, held))) for cohort in cohorts if held.numbers(cohort.items[0])]
    every = [one for _, some in found for one in some]
    loads = [held.loads(n, (one.alternative.charge for one in every if n in one.limits)) for n in range(limits)]
    return [_choices(cohort, some, loads) for cohort, some in found], loads


def _held(cohort: Cohort, held: HeldJobs) -> Iterator[_Held]:
    """What the jobs may become under some limit; what none holds any more, or cannot count, would only look cheap."""
    item = cohort.items[0]
    before = held.numbers(item)
    for one in cohort.alternatives:
        is_same = not held.may_move and one.charge.currency == item.currency
        if is_same or not one.takes:
            yield _Held(one, before)
            continue
        now = held.numbers(changed_item(item, one))
        if now and all(held.can_be_counted(number, one.charge) for number in now):
            yield _Held(one, now)


def _choices(cohort: Cohort, held: Sequence[_Held], loads: Sequence[LimitLoads]) -> Choices:
    measures = [
        (
            cohort.weight * one.pain,
            *(under.load(one.charge, one.takes) if number in limits else 0 for number, under in enumerate(loads)),
        )
        for one, limits in held
    ]
    kept = undominated(measures)
    group = Group(len(cohort.items), [measures[number] for number in kept])
    return Choices(cohort, group, [held[number].alternative for number in kept])


def changed_places(choices: Sequence[Choices], counts: Counts) -> dict[int, Alternative]:
    """The jobs that become something else, by place."""
    return {place: to for own, numbers in zip(choices, counts, strict=True) for place, to in own.picked(dict(numbers))}
