"""Cheaper plans that hurt no more: one job changes, or two jobs change against each other, step by step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from kling_cost.planning.fit.several_limits.measures import PAIN, SPEND, Counts, Group, Measures, Task, totals_of

_FEW = 20  # changes of each pain that are paired, those that save most
_MOST_WORK = 1_000_000  # changes that are looked at


class _Move(NamedTuple):
    """One job of a group from one choice to another.

    Attributes:
        by: what that adds to each measure.
        group, at, to: which.
    """

    by: Measures
    group: int
    at: int
    to: int


def cheaper_plan(groups: Sequence[Group], counts: Counts, task: Task) -> Counts:
    """A plan that spends no more under the first limit, hurts no more, and stays within; the same each time.

    It need not be the cheapest of those that hurt as little.

    Args:
        groups: the jobs.
        counts: a plan that stays within.
        task: the limits.

    >>> groups = [Group(1, [(0, 9, 0), (2, 5, 0)]), Group(1, [(0, 9, 0), (2, 3, 0)])]
    >>> cheaper_plan(groups, [{1: 1}, {0: 1}], Task(0, (None, 14, 9)))
    [{0: 1}, {1: 1}]
    """
    plan = [dict(own) for own in counts]
    totals, work = totals_of(groups, plan), 0
    while work < _MOST_WORK:
        moves = list(_moves(groups, plan))
        work += len(moves)
        taken = _best(moves, totals, task)
        if not taken:
            break
        for move in taken:
            own = plan[move.group]
            own[move.at] -= 1
            own[move.to] = own.get(move.to, 0) + 1
            totals = _sum(totals, move.by)
    return [{at: jobs for at, jobs in sorted(own.items()) if jobs} for own in plan]


def _moves(groups: Sequence[Group], plan: Counts) -> Iterator[_Move]:
    """What one job of each kind may become instead."""
    for number, (group, own) in enumerate(zip(groups, plan, strict=True)):
        for at, jobs in own.items():
            if jobs:
                before = group.choices[at]
                for to, after in enumerate(group.choices):
                    if to != at:
                        yield _Move(tuple(b - a for a, b in zip(before, after, strict=True)), number, at, to)


def _best(moves: Sequence[_Move], totals: Measures, task: Task) -> Sequence[_Move]:
    """The one or two changes that save most of those that hurt no more and stay within; none where none saves."""
    by_pain: dict[int, list[_Move]] = {}
    for move in sorted(moves, key=lambda one: (one.by[SPEND], one)):
        same = by_pain.setdefault(move.by[PAIN], [])
        if len(same) < _FEW:
            same.append(move)
    found: Sequence[_Move] = ()
    saves = 0
    for taken in _together(by_pain):
        by = taken[0].by if len(taken) == 1 else _sum(taken[0].by, taken[1].by)
        if by[SPEND] < saves and task.keeps(_sum(totals, by)):
            found, saves = taken, by[SPEND]
    return found


def _together(by_pain: dict[int, list[_Move]]) -> Iterator[tuple[_Move, ...]]:
    """Single changes that hurt no more, and pairs of one that hurts more and one that hurts as much less."""
    for pain in sorted(by_pain):
        if pain <= 0:
            yield from ((move,) for move in by_pain[pain])
        else:
            for one in by_pain[pain]:
                yield from ((one, other) for other in by_pain.get(-pain, ()) if other.group != one.group)


def _sum(one: Measures, other: Measures) -> Measures:
    return tuple(a + b for a, b in zip(one, other, strict=True))
