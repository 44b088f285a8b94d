"""A good plan within several limits without a solver: limits get prices, and what still exceeds them is mended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from kling_cost.planning.fit.one_limit.choices import Choice
from kling_cost.planning.fit.one_limit.choices import Group as OneLimitGroup
from kling_cost.planning.fit.one_limit.hull import hull_plan
from kling_cost.planning.fit.several_limits.measures import (
    Counts,
    Group,
    Measures,
    Prices,
    Task,
    prices_of,
    totals_of,
)

_ROUNDS = 8  # in which each limit gets a new price
_DENOMINATOR = 10**9  # of a price; any price gives a bound


def good_prices(groups: Sequence[Group], task: Task) -> Prices:
    """Prices of the limits that give a good bound: one after the other gets the best one beside the others.

    >>> groups = [Group(3, [(0, 10), (4, 2)])]
    >>> good_prices(groups, Task(0, (None, 20))).bound(groups, Task(0, (None, 20)))
    5
    """
    fractions = {place: Fraction(0) for place, _ in task.limited}
    best = prices_of(fractions)
    bound = best.bound(groups, task)
    for _ in range(_ROUNDS):
        for place, most in task.limited:
            others = prices_of({at: price for at, price in fractions.items() if at != place})
            plan = hull_plan(list(_of_one(groups, task, place, others)), most)
            price = Fraction(plan.multiplier.pain, plan.multiplier.load * others.unit)
            fractions[place] = price.limit_denominator(_DENOMINATOR)
        prices = prices_of(fractions)
        found = prices.bound(groups, task)
        if found <= bound:
            break
        best, bound = prices, found
    return best


def _of_one(groups: Sequence[Group], task: Task, place: int, others: Prices) -> Iterator[OneLimitGroup]:
    """The groups under one limit, with what they need of the others in their pain."""
    for jobs, choices in groups:
        found: list[Choice] = []
        for pain, load in sorted((others.value(choice, task.measure), choice[place]) for choice in choices):
            if not found or load < found[-1].load:
                found.append(Choice(pain, load))
        yield OneLimitGroup(jobs, found)


class _Move(NamedTuple):
    """What one job of a group may choose in place of what it has."""

    group: int
    at: int
    to: int


def mended_plan(groups: Sequence[Group], task: Task, prices: Prices) -> Counts | None:
    """The plan that is best at these prices, changed until it stays within, then bettered; None where that fails.

    >>> groups = [Group(3, [(0, 10), (4, 2)])]
    >>> mended_plan(groups, Task(0, (None, 20)), Prices({1: 1}, 2))
    [{0: 1, 1: 2}]
    """
    plan = _ChangingPlan(groups, task, prices)
    while plan.excess(plan.totals):
        relief = min(plan.reliefs(), default=None)
        if relief is None:
            return None
        plan.make(relief[-1])
    while gain := min(plan.gains(), default=None):
        plan.make(gain[-1])
    return [{at: jobs for at, jobs in sorted(own.items()) if jobs} for own in plan.counts]


class _ChangingPlan:
    """A plan that is changed step by step.

    Attributes:
        counts: how many jobs of each group have which choice.
        totals: what it comes to.
    """

    def __init__(self, groups: Sequence[Group], task: Task, prices: Prices) -> None:
        self._groups, self._task = groups, task
        self._values = [[prices.value(choice, task.measure) for choice in group.choices] for group in groups]
        self.counts = [
            {min(range(len(own)), key=own.__getitem__): group.jobs}
            for group, own in zip(groups, self._values, strict=True)
        ]
        self.totals = totals_of(groups, self.counts)
        scale = max([1, *(most for _, most in task.limited)])
        # A limit counts the more, the smaller it is, so that all are exceeded by comparable numbers.
        self._weights = [(place, most, 1 + scale // max(1, most)) for place, most in task.limited]

    def excess(self, totals: Measures) -> int:
        """By how much the limits are exceeded together; 0 where none is."""
        return sum(weight * max(0, totals[place] - most) for place, most, weight in self._weights)

    def _moves(self) -> Iterator[tuple[_Move, Measures]]:
        """All moves, and what the plan comes to after one job has made each."""
        for number, (group, own) in enumerate(zip(self._groups, self.counts, strict=True)):
            for at in [at for at, jobs in own.items() if jobs]:
                for to in range(len(group.choices)):
                    move = _Move(number, at, to)
                    yield move, tuple(map(sum, zip(self.totals, self._steps(move), strict=True)))

    def _steps(self, move: _Move) -> Measures:
        """By how much a move of one job changes each measure."""
        choices = self._groups[move.group].choices
        return tuple(b - a for a, b in zip(choices[move.at], choices[move.to], strict=True))

    def reliefs(self) -> Iterator[tuple[Fraction, _Move]]:
        """The moves after which the limits are exceeded by less, with what that costs at the prices."""
        now = self.excess(self.totals)
        for move, totals in self._moves():
            less = now - self.excess(totals)
            if less > 0:
                values = self._values[move.group]
                yield Fraction(values[move.to] - values[move.at], less), move

    def gains(self) -> Iterator[tuple[Measures, _Move]]:
        """The moves that make the plan better and keep it within."""
        now = self._task.rank(self.totals)
        for move, totals in self._moves():
            rank = self._task.rank(totals)
            if rank < now and self._task.keeps(totals):
                yield rank, move

    def make(self, move: _Move) -> None:
        """Make a move, of as many jobs at once as go before a limit is reached from either side."""
        own, steps = self.counts[move.group], self._steps(move)
        left = [(most - self.totals[place], steps[place]) for place, most in self._task.limited]
        reach = [room // step for room, step in left if step and (room < 0) == (step < 0)]
        jobs = max(1, min([own[move.at], *reach]))
        own[move.at] -= jobs
        own[move.to] = own.get(move.to, 0) + jobs
        self.totals = tuple(total + jobs * step for total, step in zip(self.totals, steps, strict=True))
