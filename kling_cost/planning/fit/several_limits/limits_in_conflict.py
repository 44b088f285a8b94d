"""Why no plan holds several limits: which of them cannot be held together, and what each would have to be."""

from __future__ import annotations

from collections.abc import Sequence

from kling_cost.planning.fit.several_limits.best_plan import Best, best_plan
from kling_cost.planning.fit.several_limits.measures import Group, Task, extremes

_MOST = 10  # limits among which is searched


def limits_in_conflict(groups: Sequence[Group], allowed: Sequence[int]) -> dict[int, int]:
    """The limits that no plan holds, by number, each with the load that it would have to hold.

    Those that are too small alone, each for itself; where every one would do alone, some that cannot be held together,
    of which none can be left out, each with the least load beside the others. None where too many limits matter.

    Args:
        groups: the jobs; measures beyond the limits do not matter.
        allowed: the most load under each limit; no plan holds all of them.

    >>> limits_in_conflict([Group(1, [(0, 9, 1), (0, 1, 9)])], (4, 4))
    {0: 9, 1: 9}
    """
    groups = _with_limits(groups, len(allowed))
    reach = [extremes(groups, number + 1) for number in range(len(allowed))]
    alone = {number: low for number, (low, _) in enumerate(reach) if low > allowed[number]}
    if alone:
        return alone
    open_ = [number for number, (_, high) in enumerate(reach) if high > allowed[number]]
    kept = _irreducible(groups, allowed, open_) if len(open_) <= _MOST else []
    least = {number: _least(groups, allowed, kept, number) for number in kept}
    return {number: one.totals[number + 1] if one.counts else one.bound for number, one in least.items()}


def _with_limits(groups: Sequence[Group], limits: int) -> list[Group]:
    """The groups without measures beyond those of the limits."""
    return [Group(jobs, [choice[: limits + 1] for choice in choices]) for jobs, choices in groups]


def _irreducible(groups: Sequence[Group], allowed: Sequence[int], among: Sequence[int]) -> Sequence[int]:
    """Some of the limits that cannot be held together; without any one of them the others can, as far as is known."""
    kept = among
    for number in among:
        others = [other for other in kept if other != number]
        if len(others) > 1 and _cannot_hold(groups, allowed, others):
            kept = others
    return kept


def _least(groups: Sequence[Group], allowed: Sequence[int], among: Sequence[int], number: int) -> Best:
    """The plan that needs least of one limit and holds some others."""
    most = [most if at in among and at != number else None for at, most in enumerate(allowed)]
    return best_plan(groups, Task(number + 1, (None, *most)))


def _cannot_hold(groups: Sequence[Group], allowed: Sequence[int], among: Sequence[int]) -> bool:
    """Whether it is known that no plan holds some limits together."""
    last = among[-1]
    found = _least(groups, allowed, among, last)
    if found.counts is None:
        return found.proof != "none"
    is_above = found.bound > allowed[last] or found.proof != "none"
    return found.totals[last + 1] > allowed[last] and is_above
