"""The shape of a distribution: totals at even, round distances, to draw it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from kling_cost.planning.risk.risk_figures import Within

_ROUND = (1, 2, 5, 10)  # what a distance begins with
_STEPS = 10  # about so many
_REACH = Decimal(25).scaleb(-1)  # standard deviations around the mean


def shape_of(
    least: Decimal, most: Decimal | None, mean: Decimal, sd: Decimal, chance: Callable[[Decimal], Decimal]
) -> Iterator[Within]:
    """The chance of round totals from where it begins to rise to where it hardly does any more.

    Args:
        least, most: that can be spent; `most` is None without an end.
        mean, sd: of what is spent.
        chance: that no more than a total is spent.

    >>> found = shape_of(Decimal(0), Decimal(9), Decimal(5), Decimal(3), lambda total: total / 9)
    >>> [int(one.total) for one in found]
    [1, 2, 3, 4, 5, 6, 7, 8, 9]
    """
    if not sd:
        return
    low, high = max(least, mean - _REACH * sd), mean + _REACH * sd
    high = high if most is None else min(most, high)
    step = _round_step((high - low) / _STEPS)
    first, last = (int((end / step).to_integral_value(way)) for end, way in ((low, ROUND_FLOOR), (high, ROUND_CEILING)))
    for times in range(first + 1, last + 1):
        yield Within(times * step, chance(times * step))
    if most is None or last * step < most:
        yield Within(None, Decimal(1))


def _round_step(distance: Decimal) -> Decimal:
    """The next distance that people can read: 1, 2 or 5 with noughts."""
    unit = Decimal(1).scaleb(distance.adjusted())
    return next(times * unit for times in _ROUND if times * unit >= distance)
