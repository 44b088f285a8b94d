"""The best plan that stays within several limits, by the surest way that there is for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from kling_cost.planning.fit import solver
from kling_cost.planning.fit.several_limits.every_plan import best_of_all
from kling_cost.planning.fit.several_limits.measures import Counts, Group, Measures, Task, extremes, totals_of
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
        is_complete: every plan was looked at, so that this one is the first in rank.
    """

    counts: Counts | None
    totals: Measures
    bound: int
    proof: Proof
    is_complete: bool = False


def best_plan(groups: Sequence[Group], task: Task) -> Best:
    """The best plan that stays within.

    >>> best_plan([Group(3, [(0, 10), (4, 2)])], Task(0, (None, 20)))
    Best(counts=[{0: 1, 1: 2}], totals=(8, 14), bound=8, proof='exact', is_complete=True)
    """
    reach = {place: extremes(groups, place) for place, _ in task.limited}
    if any(reach[place][0] > most for place, most in task.limited):
        return Best(None, (), 0, "exact", True)
    # A limit that no plan can exceed does not matter.
    open_ = [most if place in reach and reach[place][1] > (most or 0) else None for place, most in enumerate(task.most)]
    narrow = task._replace(most=open_)
    is_complete, counts = best_of_all(groups, narrow)
    if not is_complete:
        return _searched(groups, narrow)
    if counts is None:
        return Best(None, (), 0, "exact", True)
    totals = totals_of(groups, counts)
    return Best(counts, totals, totals[task.measure], "exact", True)


def _searched(groups: Sequence[Group], task: Task) -> Best:
    """The best plan of many, by the solver where there is one."""
    word, counts, prices = "stopped", None, None
    if solver.is_installed():
        search = solver.Solver(groups, task)
        prices = search.prices()
        word, counts = search.plan()
    prices = prices or good_prices(groups, task)
    bound = prices.bound(groups, task)
    if counts is None and word == "stopped":
        counts = mended_plan(groups, task, prices)
    if counts is None:
        is_proven = bound > extremes(groups, task.measure)[1]
        return Best(None, (), bound, "exact" if is_proven else "solver" if word == "infeasible" else "none")
    totals = totals_of(groups, counts)
    is_best = totals[task.measure] == bound
    return Best(counts, totals, bound, "exact" if is_best else "solver" if word == "optimal" else "none")
