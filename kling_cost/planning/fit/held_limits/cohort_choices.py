"""What each cohort may choose, in numbers: the pain, and the load under each limit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from kling_cost.planning.fit.alternatives import Alternative, changed_item
from kling_cost.planning.fit.held_limits.limit_loads import LimitLoads
from kling_cost.planning.fit.held_limits.limits_to_hold import HeldJobs
from kling_cost.planning.fit.job_cohorts import Cohort
from kling_cost.planning.fit.several_limits.measures import Counts, Group, undominated
from kling_cost.pricing.line_item import Charge


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
        cohorts: the jobs; those of the same have one list of alternatives.
        held: which limits hold a job.
        limits: how many there are.
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
            known[key, cohort.weight] = _of_one_job(cohort.weight, once[key], loads)
        group, alternatives = known[key, cohort.weight]
        choices.append(Choices(cohort, group._replace(jobs=len(cohort.items)), alternatives))
    return choices, loads


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


def _of_one_job(weight: int, held: Sequence[_Held], loads: Sequence[LimitLoads]) -> tuple[Group, Sequence[Alternative]]:
    """What one job may choose, in numbers, and what each choice is."""
    measures = [
        (
            weight * one.pain,
            *(under.load(one.charge, one.takes) if number in limits else 0 for number, under in enumerate(loads)),
        )
        for one, limits in held
    ]
    kept = undominated(measures)
    return Group(1, [measures[number] for number in kept]), [held[number].alternative for number in kept]


def changed_places(choices: Sequence[Choices], counts: Counts) -> dict[int, Alternative]:
    """The jobs that become something else, by place."""
    return {place: to for own, numbers in zip(choices, counts, strict=True) for place, to in own.picked(dict(numbers))}
