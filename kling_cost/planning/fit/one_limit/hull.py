"""The plan that relieves most for its pain, step by step, and what no plan can be better than."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from kling_cost.planning.fit.one_limit.choices import Choice, Group, Multiplier

#: How many jobs of each group have which choice.
Counts = list[dict[int, int]]


class HullPlan(NamedTuple):
    """A plan on the hull.

    Attributes:
        counts: how many jobs of each group have which choice.
        pain, load: of all.
        multiplier: what the last step paid for its relief.
    """

    counts: Counts
    pain: int
    load: int
    multiplier: Multiplier


class _Step(NamedTuple):
    """From one choice of a group to the next on its hull."""

    slope: Fraction
    group: int
    at: int
    to: int
    pain: int
    relief: int


def hull_plan(groups: Sequence[Group], allowed: int) -> HullPlan:
    """The first plan on the hull that needs no more load than is allowed; the last one where none does.

    >>> groups = [Group(3, (Choice(0, 10), Choice(4, 2)))]
    >>> hull_plan(groups, 20).counts
    [{0: 1, 1: 2}]
    """

    def count(step: _Step, jobs: int, pain: int, load: int) -> int:
        return min(jobs, max(0, -((allowed - load) // step.relief)))

    return _walked(groups, count)


def with_room_used(plan: HullPlan, groups: Sequence[Group], allowed: int) -> HullPlan:
    """A plan that hurts less where the last step has left room, one job after the other.

    >>> groups = [Group(1, (Choice(0, 10), Choice(4, 2))), Group(1, (Choice(0, 5), Choice(1, 4)))]
    >>> with_room_used(hull_plan(groups, 7), groups, 7).pain
    4
    """
    counts, pain, load = [dict(own) for own in plan.counts], plan.pain, plan.load
    while move := max(_moves(groups, counts, allowed - load), default=None):
        gain, relief, back, at, to = move
        number = -back
        own = counts[number]
        own[at] -= 1
        own[to] = own.get(to, 0) + 1
        pain, load = pain - gain, load - relief
    return HullPlan(counts, pain, load, plan.multiplier)


def _moves(groups: Sequence[Group], counts: Counts, room: int) -> Iterator[tuple[int, int, int, int, int]]:
    """What one job of each kind may become again: less pain, less relief (negative), its group, from where to where."""
    for number, (group, own) in enumerate(zip(groups, counts, strict=True)):
        for at, jobs in own.items():
            least = group.choices[at].load + room
            to = next((to for to in range(at) if group.choices[to].load <= least), None)
            if jobs and to is not None:
                gain, more = (
                    group.choices[at].pain - group.choices[to].pain,
                    group.choices[to].load - group.choices[at].load,
                )
                yield gain, -more, -number, at, to


def plan_within_pain(groups: Sequence[Group], most: int) -> HullPlan:
    """The last plan on the hull that hurts no more than some points.

    >>> plan_within_pain([Group(3, (Choice(0, 10), Choice(4, 2)))], 9).load
    14
    """

    def count(step: _Step, jobs: int, pain: int, load: int) -> int:
        return min(jobs, (most - pain) // step.pain)

    return _walked(groups, count)


def _walked(groups: Sequence[Group], count: Callable[[_Step, int, int, int], int]) -> HullPlan:
    """Take steps, those that relieve most for their pain first, until one is not taken by all of its jobs."""
    counts: Counts = [{0: group.jobs} for group in groups]
    pain = sum(group.jobs * group.choices[0].pain for group in groups)
    load = sum(group.jobs * group.choices[0].load for group in groups)
    multiplier = Multiplier(0, 1)
    for step in sorted(step for number, group in enumerate(groups) for step in _steps(number, group.choices)):
        own = counts[step.group]
        taken = count(step, own.get(step.at, 0), pain, load)
        all_of_it = taken == own.get(step.at, 0)
        if taken or not all_of_it:
            multiplier = Multiplier(step.slope.numerator, step.slope.denominator)
        if taken:
            own[step.at] -= taken
            own[step.to] = own.get(step.to, 0) + taken
            pain, load = pain + taken * step.pain, load - taken * step.relief
        if not all_of_it:
            break
    return HullPlan(counts, pain, load, multiplier)


def _steps(group: int, choices: Sequence[Choice]) -> Iterator[_Step]:
    """The steps along the lower hull of a group's choices."""
    hull: list[int] = []
    for number in range(len(choices)):
        while len(hull) > 1 and not _is_convex(choices, hull[-2], hull[-1], number):
            hull.pop()
        hull.append(number)
    for at, to in itertools.pairwise(hull):
        pain, relief = choices[to].pain - choices[at].pain, choices[at].load - choices[to].load
        yield _Step(Fraction(pain, relief), group, at, to, pain, relief)


def _is_convex(choices: Sequence[Choice], first: int, middle: int, last: int) -> bool:
    """Whether relief costs more pain after a choice than before it."""
    one, two, three = choices[first], choices[middle], choices[last]
    before = (two.pain - one.pain) * (two.load - three.load)
    return before < (three.pain - two.pain) * (one.load - two.load)
