"""The best plan that stays within several limits, by the surest way that there is for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from kling_cost.planning.fit import solver
from kling_cost.planning.fit.several_limits.every_plan import best_of_all
from kling_cost.planning.fit.several_limits.measures import (
    Core,
    Counts,
    Group,
    Measures,
    Prices,
    Task,
    core_of,
    extremes,
    totals_of,
)
from kling_cost.planning.fit.several_limits.multiplier_plan import good_prices, mended_plan

_STEPS = 1 << 12  # parts of what there is, by one of which more is looked at next
_WIDER = 4  # times as much more after that
#: How sure something is: it follows in whole numbers; the solver says so; it is not known.
Proof = Literal["exact", "solver", "none"]


class Best(NamedTuple):
    """The best plan that was found.

    Attributes:
        counts: the plan; None without one.
        totals: what it comes to.
        bound: what every plan that stays within comes to at least, in the measure that is to be least.
        proof: how sure it is that none is better, or that there is none.
        core: what plans may choose that are as good; None where every one was looked at, so that this is the first.
    """

    counts: Counts | None
    totals: Measures
    bound: int
    proof: Proof
    core: Core | None = None


def best_plan(groups: Sequence[Group], task: Task) -> Best:
    """The best plan that stays within.

    >>> best_plan([Group(3, [(0, 10), (4, 2)])], Task(0, (None, 20)))
    Best(counts=[{0: 1, 1: 2}], totals=(8, 14), bound=8, proof='exact', core=None)
    """
    if any(extremes(groups, place)[0] > most for place, most in task.limited):
        return Best(None, (), 0, "exact")
    task = _of_what_matters(groups, task)
    search = solver.Solver(groups, task) if solver.is_installed() else None
    prices = (search.prices() if search else None) or good_prices(groups, task)
    proven = _proven(groups, task, prices)
    return proven if proven.proof == "exact" else _searched(groups, task, search, prices, proven)


def _searched(groups: Sequence[Group], task: Task, search: solver.Solver | None, prices: Prices, proven: Best) -> Best:
    """The best of what the solver finds and what is known without it, where there are too many plans to look at."""
    word, counts = search.plan() if search else ("stopped", None)
    found = [one for one in (counts, proven.counts) if one is not None]
    if word == "stopped" and not found:
        found = [one for one in [mended_plan(groups, task, prices)] if one is not None]
    best = min(found, key=lambda one: task.rank(totals_of(groups, one)), default=None)
    return _best_found(groups, task, word, best, prices, proven.bound)


def _proven(groups: Sequence[Group], task: Task, prices: Prices) -> Best:
    """The best plan, if it is among those that are looked at: those that come to the bound, then those that come to
    more; without proof what is known once there are too many."""
    bound, most = prices.bound(groups, task), extremes(groups, task.measure)[1]
    known, step = bound, 1 + (most - bound) // _STEPS
    found = Best(None, (), bound, "exact")
    while found.bound <= most:
        are_all, first = best_of_all(core_of(groups, task, prices, known), task)
        if not are_all:
            return found._replace(proof="none")
        if first is not None:
            totals = totals_of(groups, first)
            found, most = Best(first, totals, known + 1, "none"), totals[task.measure]
            if most <= known:
                return Best(first, totals, most, "exact")
        found = found._replace(bound=known + 1)
        known, step = min(most, known + step), step * _WIDER
    return found._replace(proof="exact")


def _of_what_matters(groups: Sequence[Group], task: Task) -> Task:
    """Without the limits that no plan can exceed."""
    reach = [extremes(groups, place)[1] for place in range(len(task.most))]
    return task._replace(
        most=[None if most is None or high <= most else most for most, high in zip(task.most, reach, strict=True)]
    )


def _best_found(
    groups: Sequence[Group], task: Task, word: str, counts: Counts | None, prices: Prices, bound: int
) -> Best:
    """What was found, where there are too many plans to look at."""
    if counts is None:
        return Best(None, (), bound, "solver" if word == "infeasible" else "none")
    totals = totals_of(groups, counts)
    found = totals[task.measure]
    core = core_of(groups, task, prices, found)
    return Best(counts, totals, bound, "exact" if found == bound else "solver" if word == "optimal" else "none", core)
