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
    word, counts, prices = _searched(groups, task)
    bound, known = prices.bound(groups, task), extremes(groups, task.measure)[1]
    if bound > known:
        return Best(None, (), bound, "exact")
    if counts is not None:
        known = totals_of(groups, counts)[task.measure]
    core = core_of(groups, task, prices, known)
    is_complete, first = best_of_all(core, task)
    return _first(groups, task, first) if is_complete else _best_found(groups, task, word, counts, bound, core)


def _of_what_matters(groups: Sequence[Group], task: Task) -> Task:
    """Without the limits that no plan can exceed."""
    reach = [extremes(groups, place)[1] for place in range(len(task.most))]
    return task._replace(
        most=[None if most is None or high <= most else most for most, high in zip(task.most, reach, strict=True)]
    )


def _best_found(groups: Sequence[Group], task: Task, word: str, counts: Counts | None, bound: int, core: Core) -> Best:
    """What was found, where there are too many plans to look at."""
    if counts is None:
        return Best(None, (), bound, "solver" if word == "infeasible" else "none")
    totals = totals_of(groups, counts)
    is_met = totals[task.measure] == bound
    return Best(counts, totals, bound, "exact" if is_met else "solver" if word == "optimal" else "none", core)


def _first(groups: Sequence[Group], task: Task, counts: Counts | None) -> Best:
    """The first of all plans in rank; None where there is none."""
    if counts is None:
        return Best(None, (), 0, "exact")
    totals = totals_of(groups, counts)
    return Best(counts, totals, totals[task.measure], "exact")


def _searched(groups: Sequence[Group], task: Task) -> tuple[str, Counts | None, Prices]:
    """What the solver says where there is one, a plan that stays within, if one is found, and prices of the limits."""
    if not solver.is_installed():
        prices = good_prices(groups, task)
        return "stopped", mended_plan(groups, task, prices), prices
    search = solver.Solver(groups, task)
    prices = search.prices() or good_prices(groups, task)
    word, counts = search.plan()
    if word == "stopped" and counts is None:
        counts = mended_plan(groups, task, prices)
    return word, counts, prices
