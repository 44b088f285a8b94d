"""The plan of least pain within several limits: of one that binds alone if there is one, else of all together."""

from __future__ import annotations

from collections.abc import Sequence

from kling_cost.planning.fit.one_limit.choices import Choice
from kling_cost.planning.fit.one_limit.choices import Group as OneLimitGroup
from kling_cost.planning.fit.one_limit.hull import hull_plan
from kling_cost.planning.fit.one_limit.least_pain import least_pain
from kling_cost.planning.fit.several_limits.best_plan import Best, best_plan
from kling_cost.planning.fit.several_limits.exchanges import cheaper_plan
from kling_cost.planning.fit.several_limits.measures import PAIN, SPEND, Counts, Group, Prices, Task, core_of, totals_of


def least_pain_within(groups: Sequence[Group], allowed: Sequence[int | None]) -> Best:
    """The plan of least pain that needs no more of each limit than is allowed; of those, one that spends least under
    the first, or where that is not found in time, one that no change of one job or two makes cheaper.

    Args:
        groups: the jobs.
        allowed: the most load under each limit; None where that does not matter.

    >>> groups = [Group(1, [(0, 10, 10), (4, 2, 2)]), Group(1, [(0, 5, 0), (1, 4, 0)])]
    >>> least_pain_within(groups, (8, 8)).totals
    (4, 7, 2)
    """
    task = Task(PAIN, (None, *allowed))
    found = _by_one_limit(groups, task) or best_plan(groups, task)
    if found.counts is None or found.core is None:
        return found
    cheapest = best_plan(found.core.groups, Task(SPEND, (found.totals[PAIN], None, *allowed[1:])))
    if cheapest.counts and task.keeps(cheapest.totals) and task.rank(cheapest.totals) < task.rank(found.totals):
        found = found._replace(counts=found.core.among_all(cheapest.counts), totals=cheapest.totals)
    if cheapest.proof == "none" and found.counts is not None:  # whether that is the cheapest is not known
        counts = cheaper_plan(groups, found.counts, task)
        found = found._replace(counts=counts, totals=totals_of(groups, counts))
    return found


def _by_one_limit(groups: Sequence[Group], task: Task) -> Best | None:
    """The plan of least pain within one limit, if it keeps the others as well."""
    for place, most in task.limited:
        numbers, own = zip(*(_under(group, place) for group in groups), strict=True)
        hull = hull_plan(own, most)
        if not task.keeps(totals_of(groups, _numbered(hull.counts, numbers))):
            continue
        found = least_pain(own, most)
        counts = _numbered(found.counts, numbers)
        totals = totals_of(groups, counts)
        if task.keeps(totals):
            prices = Prices({place: hull.multiplier.pain}, hull.multiplier.load)
            is_first = found.is_complete and place == SPEND
            core = None if is_first else core_of(groups, task, prices, found.pain)
            return Best(counts, totals, found.bound, "exact" if found.is_proven else "none", core)
    return None


def _under(group: Group, place: int) -> tuple[list[int], OneLimitGroup]:
    """The choices under one limit that another one is no worse than, and their numbers."""
    numbers: list[int] = []
    choices: list[Choice] = []
    order = sorted(range(len(group.choices)), key=lambda at: (group.choices[at][PAIN], group.choices[at][place], at))
    for at in order:
        if not choices or group.choices[at][place] < choices[-1].load:
            numbers.append(at)
            choices.append(Choice(group.choices[at][PAIN], group.choices[at][place]))
    return numbers, OneLimitGroup(group.jobs, choices)


def _numbered(counts: Counts, numbers: Sequence[Sequence[int]]) -> Counts:
    """How many jobs have which choice, by its number among all."""
    return [{own[at]: jobs for at, jobs in some.items() if jobs} for some, own in zip(counts, numbers, strict=True)]
