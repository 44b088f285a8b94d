"""The distribution of a campaign's cost by plain enumeration in fractions, for holding the fast way against."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import product

from kling_cost.planning.risk.distribution import Group
from kling_cost.planning.risk.takes import RANGE_WEIGHTS


def enumerated(groups: Sequence[Group]) -> dict[int, Fraction]:
    """The chance of every total."""
    names = sorted({group.shared for group in groups if len(group.takes) > 1})
    totals: dict[int, Fraction] = {}
    for draws in product(range(len(RANGE_WEIGHTS)), repeat=len(names)):
        weight = Fraction(1)
        for draw in draws:
            weight *= RANGE_WEIGHTS[draw]
        for total, chance in _of_draw(groups, dict(zip(names, draws, strict=True))).items():
            totals[total] = totals.get(total, Fraction(0)) + weight * chance
    return totals


def _of_draw(groups: Sequence[Group], draws: dict[str, int]) -> dict[int, Fraction]:
    now = {0: Fraction(1)}
    for group in groups:
        takes = group.takes[draws[group.shared] if len(group.takes) > 1 else 0]
        for _ in range(group.jobs):
            after: dict[int, Fraction] = {}
            for total, chance in now.items():
                for n, weight in enumerate(takes.weights, takes.first):
                    cost = total + group.step * n
                    after[cost] = after.get(cost, Fraction(0)) + chance * Fraction(weight, takes.scale)
            now = after
    return now


def percentile(totals: dict[int, Fraction], level: Fraction) -> int:
    """The least total that is not exceeded with a chance."""
    reached = Fraction(0)
    for total in sorted(totals):
        reached += totals[total]
        if reached >= level:
            return total
    raise AssertionError(reached)
