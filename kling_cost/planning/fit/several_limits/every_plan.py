"""The best of all plans, where there are few enough to look at every one that may be it."""

from __future__ import annotations

from collections.abc import Sequence

from kling_cost.planning.fit.several_limits.measures import (
    Core,
    Counts,
    Group,
    Measures,
    Task,
    extremes,
    split,
)

_MOST = 20_000  # plans, of the first jobs or of all, that are looked at
#: Plans by what they come to, each with the choice of each job.
_Plans = dict[Measures, tuple[int, ...]]


def best_of_all(core: Core, task: Task) -> tuple[bool, Counts | None]:
    """The best plan that stays within; of those that are as good, always the same one.

    Args:
        core: what may be chosen.
        task: what is looked for.

    Returns:
        Whether every plan was looked at, and the best; None where none stays within.

    >>> from kling_cost.planning.fit.several_limits.measures import Prices, core_of
    >>> groups, task = [Group(3, [(0, 10), (4, 2)])], Task(0, (None, 20))
    >>> best_of_all(core_of(groups, task, Prices({1: 1}, 2), 12), task)
    (True, [{0: 1, 1: 2}])
    """
    groups = [
        Group(group.jobs, [(*choice, more) for choice, more in zip(group.choices, own, strict=True)])
        for group, own in zip(core.groups, core.excess, strict=True)
    ]
    limited = [*task.limited, (len(task.most), core.room)]
    found: _Plans = {(0,) * (len(task.most) + 1): ()}
    room = {place: most - extremes(groups, place)[0] for place, most in limited}
    work = 0
    for group in groups:
        lows = {place: extremes([Group(1, group.choices)], place)[0] for place in room}
        for _ in range(group.jobs):
            work += len(found) * len(group.choices)
            if work > _MOST:
                return False, None
            # What is left for this job and those before it, once all others are as small as they can be.
            room = {place: left + lows[place] for place, left in room.items()}
            found = _longer(found, group.choices, room)
    best = min(found, key=task.rank, default=None)
    return True, None if best is None else core.among_all(list(split(found[best], groups)))


def _longer(plans: _Plans, choices: Sequence[Measures], room: dict[int, int]) -> _Plans:
    """The plans with one more job; of those that come to the same, the first."""
    found: _Plans = {}
    for totals, picks in plans.items():
        for at, choice in enumerate(choices):
            sums = tuple(a + b for a, b in zip(totals, choice, strict=True))
            if sums not in found and all(sums[place] <= left for place, left in room.items()):
                found[sums] = (*picks, at)
    return found
