"""The best of all plans, where few enough may be it: jobs that need limits in one proportion are added up first."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from math import gcd
from typing import Any

import numpy as np

from kling_cost.planning.fit.several_limits.measures import PAIN, SPEND, Core, Counts, Task, extremes

_FEW = 500_000  # sums that are looked at, at least
_A_JOB = 2_000  # and for each job
_MOST = 25_000_000  # and at most
_BLOCK = 1_000_000  # of them at once
_JUDGES = 200  # with which all are compared where limits are needed in no proportion
_COMPARED = 100  # such comparisons take as long as one sum
_SAFE = 1 << 61  # numbers below it cannot overflow 64 bits when one is added to another
_BITS = 40  # of the room for excess; what is finer is rounded down, so that no plan is left out


class _TooMany(Exception):
    """There are too many plans to look at."""


@dataclass(frozen=True, eq=False)
class _Sums:
    """What some jobs may come to together, but for what is no better than another of them in anything that matters.

    Attributes:
        numbers: a row for each measure that matters, the first the one that is to be least; a column for each sum.
        excess: by how much each exceeds the least value.
        picks: a row for each of the two parts, the column in it; of one job, the choice.
        parts: the two that were added up; None of one job.
        group: of one job, its group.
        ratio: in which proportion the open limits grow with each other; empty where none does, None without one.
    """

    numbers: Any
    excess: Any
    picks: Any
    parts: tuple[_Sums, _Sums] | None = None
    group: int = -1
    ratio: tuple[int, ...] | None = None

    def __len__(self) -> int:
        return len(self.excess)

    def only(self, columns: Any) -> _Sums:
        """Some of the columns, in an order."""
        return replace(
            self, numbers=self.numbers[:, columns], excess=self.excess[columns], picks=self.picks[:, columns]
        )


def best_of_all(core: Core, task: Task) -> tuple[bool, Counts | None]:
    """The best plan that stays within; of those that are as good, always the same one.

    Args:
        core: what may be chosen.
        task: what is looked for.

    Returns:
        Whether every plan was looked at, and the best; None where none stays within.

    >>> from kling_cost.planning.fit.several_limits.measures import Group, Prices, core_of
    >>> groups, task = [Group(3, [(0, 10), (4, 2)])], Task(0, (None, 20))
    >>> best_of_all(core_of(groups, task, Prices({1: 1}, 2), 12), task)
    (True, [{0: 1, 1: 2}])
    """
    if not all(core.numbers):
        return True, None
    search = _Search(core, task)
    try:
        found = search.best()
    except _TooMany:
        return False, None
    return True, None if found is None else core.among_all(found)


class _Search:
    """Adds up what jobs may come to.

    A limit is open as long as it may still be exceeded. Jobs that need all open limits in one proportion come first:
    of what they may come to, little is left, since of two sums one is no worse unless it hurts less and needs more.
    """

    def __init__(self, core: Core, task: Task) -> None:
        self._groups, self._excess = core.groups, core.excess
        self._left = min(_MOST, _FEW + _A_JOB * sum(group.jobs for group in core.groups))
        limited = dict(task.limited)
        # Of plans that hurt as little, the cheapest is looked for, so that its row stays open.
        self._stays = {SPEND} if task.measure == PAIN else set()
        self._places = [task.measure, *sorted({*self._stays, *limited} - {task.measure})]
        reach = [extremes(core.groups, place) for place in self._places]
        self._kind = np.dtype(np.int64 if max(high - low for low, high in reach) < _SAFE else object)
        room = [
            max(-1, min(limited.get(place, high), high) - low)
            for place, (low, high) in zip(self._places, reach, strict=True)
        ]
        self._room = np.array(room, self._kind)
        self._grain = max(1, core.room >> _BITS)
        self._most = core.room // self._grain
        self._open = list(range(1, len(self._places)))

    def best(self) -> Counts | None:
        """The best plan; None where none stays within."""
        if (self._room < 0).any():
            return None
        found = self._closed([self._of_group(number) for number, own in enumerate(self._groups) if own.choices[1:]])
        while len(found) > 1:
            found = self._closed(self._together(found))
        if not all(map(_Sums.__len__, found)):
            return None
        counts = [{} if group.choices[1:] else {0: group.jobs} for group in self._groups]
        for number, picked in _picked(found):
            counts[number] = {at: picked[at] for at in sorted(picked)}
        return counts

    def _of_group(self, number: int) -> _Sums:
        """What identical jobs may come to."""
        jobs, choices = self._groups[number]
        columns = [[choice[place] for choice in choices] for place in self._places]
        numbers = np.array([[one - min(row) for one in row] for row in columns], self._kind)
        excess = np.array([one // self._grain for one in self._excess[number]], np.int64)
        twice = self._reduced(_Sums(numbers, excess, np.arange(len(choices))[None], group=number))
        parts = []
        while jobs:
            if jobs & 1:
                parts.append(twice)
            jobs >>= 1
            twice = self._sum(twice, twice) if jobs else twice
        return reduce(self._sum, parts)

    def _closed(self, found: Sequence[_Sums]) -> list[_Sums]:
        """The same without what exceeds a limit, the limits that cannot be exceeded any more being closed."""
        found = [self._within(sums) for sums in found]
        if not all(map(_Sums.__len__, found)):
            return [min(found, key=_Sums.__len__)]
        reach = sum((sums.numbers.max(axis=1) for sums in found), np.zeros_like(self._room))
        open_ = [row for row in self._open if self._places[row] in self._stays or reach[row] > self._room[row]]
        is_same, self._open = open_ == self._open, open_
        return found if is_same else [self._reduced(sums) for sums in found]

    def _within(self, sums: _Sums) -> _Sums:
        return sums.only((sums.numbers <= self._room[:, None]).all(axis=0))

    def _together(self, found: Sequence[_Sums]) -> list[_Sums]:
        """Add up all that have a proportion in common; where none have, two of those that some limit holds."""
        same: dict[Any, list[_Sums]] = {}
        for number, sums in enumerate(found):
            same.setdefault(number if sums.ratio is None else sums.ratio, []).append(sums)
        if len(same) < len(found):
            return [self._all_of(own) for own in same.values()]
        return self._two_together(found)

    def _all_of(self, found: Sequence[_Sums]) -> _Sums:
        left = deque(found)
        while len(left) > 1:
            left.append(self._sum(left.popleft(), left.popleft()))
        return left[0]

    def _two_together(self, found: Sequence[_Sums]) -> list[_Sums]:
        """Add up the two smallest of the limit that holds fewest, so that it can soon be closed."""
        held = [[sums for sums in found if sums.numbers[row].max() > sums.numbers[row].min()] for row in self._open]
        own = min((some for some in held if len(some) > 1), key=len, default=found)
        one, other = sorted(own, key=_Sums.__len__)[:2]
        return [self._sum(one, other), *(sums for sums in found if sums is not one and sums is not other)]

    def _sum(self, one: _Sums, other: _Sums) -> _Sums:
        """What both may come to together."""
        order = np.argsort(other.excess, kind="stable")
        partners = np.searchsorted(other.excess[order], self._most - one.excess, side="right")
        ends = np.cumsum(partners)
        work = int(ends[-1]) if len(ends) else 0
        self._count(work)
        blocks = np.split(np.arange(len(partners)), np.searchsorted(ends, range(_BLOCK, work, _BLOCK)))
        found = [self._sum_of_columns(one, other, columns, partners[columns], order) for columns in blocks]
        return found[0] if len(found) == 1 else self._reduced(_side_by_side(found))

    def _count(self, work: int) -> None:
        self._left -= work
        if self._left < 0:
            raise _TooMany

    def _sum_of_columns(self, one: _Sums, other: _Sums, columns: Any, partners: Any, order: Any) -> _Sums:
        """The same of some columns of one; each with the first partners in an order."""
        left = np.repeat(columns, partners)
        right = order[np.arange(len(left)) - np.repeat(np.cumsum(partners) - partners, partners)]
        numbers = one.numbers[:, left] + other.numbers[:, right]
        excess = one.excess[left] + other.excess[right]
        return self._reduced(self._within(_Sums(numbers, excess, np.stack([left, right]), (one, other))))

    def _reduced(self, sums: _Sums) -> _Sums:
        """The same, in order, without what is no better than another, and with its proportion."""
        limits = sums.numbers[self._open]
        ratio = _ratio(limits)
        if ratio is None:
            self._count(len(sums) * min(len(sums), _JUDGES) // _COMPARED)
            sums = _without_worse(sums, [0, *self._open])
            return replace(sums, ratio=None).only(_ordered(sums.numbers[[0, *self._open]]))
        one = next((row for row, part in zip(self._open, ratio, strict=False) if part), 0)
        order = _ordered(sums.numbers[[0, one]])
        needs = sums.numbers[one, order]
        is_less = np.append(True, needs[1:] < np.minimum.accumulate(needs)[:-1])[: len(order)]
        return replace(sums, ratio=ratio).only(order[is_less])


def _side_by_side(found: Sequence[_Sums]) -> _Sums:
    numbers, excess, picks = ([getattr(one, name) for one in found] for name in ("numbers", "excess", "picks"))
    return replace(found[0], numbers=np.hstack(numbers), excess=np.hstack(excess), picks=np.hstack(picks))


def _ordered(rows: Any) -> Any:
    """The columns in the order of what they come to."""
    order = np.arange(rows.shape[1])
    for row in rows[::-1]:
        order = order[np.argsort(row[order], kind="stable")]
    return order


def _without_worse(sums: _Sums, rows: Sequence[int]) -> _Sums:
    """Without what is no better in some rows than one of those nearest to the least value; others of that may stay."""
    sums = sums.only(np.argsort(sums.excess, kind="stable"))
    at = 0
    while at < min(_JUDGES, len(sums)):
        is_worse = np.logical_and.reduce([sums.numbers[row] >= sums.numbers[row, at] for row in rows])
        is_worse[at] = False
        at += 1 - int(is_worse[:at].sum())
        if is_worse.any():
            sums = sums.only(~is_worse)
    return sums


def _ratio(rows: Any) -> tuple[int, ...] | None:
    """In which proportion rows grow with each other; empty where none does, None where there is none."""
    if not rows.size:
        return ()
    steps = rows - rows.min(axis=1)[:, None]
    tops = [int(top) for top in steps.max(axis=1)]
    common = gcd(*tops)
    if not common:
        return ()
    ratio = tuple(top // common for top in tops)
    first = next(at for at, top in enumerate(tops) if top)
    parts = steps[first] // ratio[first]  # none is above `common`, so that nothing overflows
    return ratio if (steps == np.array(ratio, rows.dtype)[:, None] * parts).all() else None


def _picked(found: Sequence[_Sums]) -> Iterator[tuple[int, Counter[int]]]:
    """How many jobs of each group have which choice in the first sum."""
    groups: dict[int, Counter[int]] = {}
    left = [(sums, 0) for sums in found]
    while left:
        sums, column = left.pop()
        if sums.parts is None:
            groups.setdefault(sums.group, Counter())[int(sums.picks[0, column])] += 1
        else:
            left += zip(sums.parts, map(int, sums.picks[:, column]), strict=True)
    yield from groups.items()
